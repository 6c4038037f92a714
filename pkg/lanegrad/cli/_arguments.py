"""What the commands' parsers have in common."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import Any, NoReturn

NOT_IN_FILES = ("help", "version", "debug", "config", "resume")


class UsageError(Exception):
    """Something the user can put right; its message is all that is shown."""


class Failure(Exception):
    """Something that went wrong although it was asked for rightly; likewise."""


class Interrupted(KeyboardInterrupt):
    """A signal has ended it, where there is more to say than that; `code` is the exit code."""

    def __init__(self, message: str, code: int = 130) -> None:
        super().__init__(message)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Takes no abbreviations of options, and a wrong argument is a UsageError."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="show where an error came from",
        )

    def does(
        self,
        run: Callable[[argparse.Namespace], None],
        fill_in: Callable[[argparse.Namespace], None] = lambda arguments: None,
    ) -> None:
        """It is a command: `run` gets its arguments, after `fill_in` has made options complete."""
        self.add_argument(
            "--config",
            metavar="FILE",
            help="TOML file with options; those that are given go before",
        )
        self.set_defaults(run=run, fill_in=fill_in, parser=self)

    def options(self) -> dict[str, argparse.Action]:
        """What may stand in a file, by name."""
        found = {
            action.option_strings[-1][2:]: action
            for action in self._actions
            if action.option_strings
        }
        return {name: action for name, action in found.items() if name not in NOT_IN_FILES}

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()  # the error of a closed pipe comes now, where it is caught
        super().exit(status, message)


class number:  # a converter, as int and float are
    """A converter for argparse: a finite number of that kind, not below `least` or above `most`."""

    def __init__(self, kind: type[int] | type[float], least: int, most: float = math.inf) -> None:
        self.kind, self.least, self.most = kind, least, most

    def __call__(self, text: str) -> float:
        try:
            value = self.kind(text)
        except ValueError:
            value = math.nan
        if not (self.least <= value <= self.most and value < math.inf):
            name = "a whole number" if self.kind is int else "a number"
            bounds = f"{self.least} " + ("or more" if self.most == math.inf else f"to {self.most}")
            raise argparse.ArgumentTypeError(f"expected {name}, {bounds}; found {text!r}")
        return value
