"""Signals that ask a program to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled(stop: Callable[[int], None]) -> Iterator[None]:
    """Have `stop` called with their numbers; those that are ignored, as in the background, stay that."""
    before = {number: signal.getsignal(number) for number in ENDING}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, lambda number, _: stop(number))
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
