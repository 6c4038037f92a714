"""The program ``lanegrad``: beside the package, so that Ctrl-C ends it quietly while that is imported."""

import io
import os
import sys

# At once: the module signal takes milliseconds.
from _signal import (  # type: ignore[import-not-found]
    SIGINT,
    default_int_handler,
    getsignal,
    signal,
)


def leave(*_: object) -> None:
    """End the program at once."""
    os._exit(130)


def begin() -> None:
    """Have Ctrl-C do that, unless it is ignored."""
    if getsignal(SIGINT) is default_int_handler:
        signal(SIGINT, leave)


def main() -> int:
    """Run `lanegrad.cli.main`."""
    begin()
    _open_what_is_closed()
    from lanegrad.cli import main

    if getsignal(SIGINT) is not leave:
        return main()
    try:
        try:
            signal(SIGINT, default_int_handler)
            return main()
        finally:
            signal(SIGINT, leave)  # while Python ends
    except KeyboardInterrupt:  # after the one that main has seen
        return 130


def _open_what_is_closed() -> None:
    """Standard files that the program was started without are empty; no other file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):  # for names that the terminal does not know
        sys.stdout.reconfigure(errors="backslashreplace")
