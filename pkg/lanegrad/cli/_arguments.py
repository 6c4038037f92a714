"""What the commands' parsers have in common."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any, NoReturn


class UsageError(Exception):
    """Something the user can put right; its message is all that is shown."""


class Failure(Exception):
    """Something that went wrong although it was asked for rightly; likewise."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, where there is more to say than that."""


class Parser(argparse.ArgumentParser):
    """Takes no abbreviations of options, and reports a wrong argument in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="show where an error came from",
        )

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def number(
    kind: type[int] | type[float], least: int, most: float = math.inf
) -> Callable[[str], float]:
    """A converter for argparse: a finite number of that kind, not below `least` or above `most`."""
    name = "a whole number" if kind is int else "a number"
    bounds = f"{least} or more" if most == math.inf else f"{least} to {most}"

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (least <= value <= most and value < math.inf):
            raise argparse.ArgumentTypeError(f"expected {name}, {bounds}; found {text!r}")
        return value

    return convert
