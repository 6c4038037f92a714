"""Batches that a thread of this process makes ahead."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..._core import limit_threads
from .passes import Pass, own_generator


class Prefetched:
    """What a function makes of tasks, a few of them ahead.

    Tasks are taken in the thread that asks for results, so that samplers draw in their order. The thread's
    kernels leave the other cores to who trains. An exception comes with its traceback.
    """

    def __init__(
        self, make: Callable[[Any], Any], tasks: Iterator[Any], ahead: int, current: Pass
    ) -> None:
        self._make, self._tasks = make, tasks
        self._pool = ThreadPoolExecutor(1, "lanegrad-prefetch", _begin, (current,))
        weakref.finalize(self, self._pool.shutdown, wait=False, cancel_futures=True)
        self._waiting: deque[Future[Any]] = deque()
        for _ in range(ahead):
            self._ask()

    def _ask(self) -> None:
        for task in self._tasks:
            self._waiting.append(self._pool.submit(self._make, task))
            return

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if not self._waiting:
            raise StopIteration
        self._ask()
        return self._waiting.popleft().result()


def _begin(current: Pass) -> None:
    limit_threads(1)
    own_generator(current)
