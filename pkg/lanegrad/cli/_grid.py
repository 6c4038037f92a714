"""The settings of a sweep: all of a grid, or some at random."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Iterable, Sequence
from itertools import product
from random import Random
from typing import Any, NamedTuple

from ._arguments import Parser, UsageError, number
from ._settings import word

LOGARITHMIC = 10  # the ratio of a range's ends from which on its logarithm is drawn
DIGITS = 3  # of numbers that are drawn
LONGEST = 200  # letters in a folder's name

Setting = dict[str, Any]


class Range(NamedTuple):
    """Numbers between two, which belong to it."""

    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether each ratio is as probable, not each difference."""
        return 0 < LOGARITHMIC * self.low <= self.high

    def draw(self, share: float) -> float:
        """The number at a share (from 0 to 1) of the range."""
        low, high = self
        whole = isinstance(low, int)
        end = high + whole  # each whole number has one unit
        drawn = low * (end / low) ** share if self.logarithmic else low + (end - low) * share
        return min(high, int(drawn) if whole else max(low, float(f"{drawn:.{DIGITS}g}")))


def axes_of(
    grid: Iterable[str], ranges: Iterable[str], command: Parser, fixed: Iterable[str]
) -> dict[str, list[Any] | Range]:
    """What each option is to be, of ``name=value,value`` and ``name=low..high``; not those that are fixed."""
    axes: dict[str, list[Any] | Range] = {}
    for text in grid:
        action, values = _halves("--grid", text, command, fixed)
        options = [_value(text, action, value.strip(), command) for value in values.split(",")]
        if any(value in options[:place] for place, value in enumerate(options)):
            raise UsageError(f"--grid {text}: a value stands there twice")
        axes[action.dest] = options
    for text in ranges:
        action, values = _halves("--range", text, command, fixed)
        ends = values.split("..")
        if len(ends) != 2 or not isinstance(action.type, number):
            raise UsageError(f"--range {text}: expected an option that is a number, and LOW..HIGH")
        low, high = (_value(text, action, end, command) for end in ends)
        if not low < high:
            raise UsageError(f"--range {text}: expected the smaller number first")
        if action.dest in axes and not isinstance(axes[action.dest], Range):
            raise UsageError(f"--range {text}: the option is in --grid too")
        axes[action.dest] = Range(low, high)
    return axes


def _halves(
    option: str, text: str, command: Parser, fixed: Iterable[str]
) -> tuple[argparse.Action, str]:
    """The option and the values of ``name=values``."""
    name, equals, values = text.partition("=")
    action = command.options().get(name.replace("_", "-"))
    if not equals:
        raise UsageError(f"{option} {text}: expected the name of an option, = and values")
    if action is None or action.dest in fixed:
        raise UsageError(f"{option} {text}: there is no option {name} that a sweep can change")
    return action, values


def _value(text: str, action: argparse.Action, value: str, command: Parser) -> Any:
    """A value as the command takes it; true and false are for options without one."""
    option = action.option_strings[-1]
    switch = action.nargs == 0
    if switch and value == "false":
        return action.default
    words = [option] if switch and value == "true" else [f"{option}={value}"]
    try:
        return getattr(command.parse_args(words), action.dest)
    except UsageError as error:
        raise UsageError(f"{text}: {error}") from None


def all_of(axes: dict[str, list[Any] | Range]) -> list[Setting]:
    """Each value of each option with each of the others."""
    for name, axis in axes.items():
        if isinstance(axis, Range):
            raise UsageError(f"--range {name} needs --random, the number of settings to draw")
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def some_of(axes: dict[str, list[Any] | Range], count: int, seed: int) -> list[Setting]:
    """As many settings drawn, no two alike; the first of more are those of fewer.

    Examples
    --------
    >>> some_of({"lr": Range(0.001, 0.1), "optimizer": ["sgd", "adam"]}, 2, seed=1)
    [{'lr': 0.00186, 'optimizer': 'adam'}, {'lr': 0.0337, 'optimizer': 'sgd'}]
    """
    random = Random(seed)
    found: list[Setting] = []
    for _ in range(100 * count):
        drawn = {name: _drawn(axis, random.random()) for name, axis in axes.items()}
        if drawn not in found:
            found.append(drawn)
        if len(found) == count:
            return found
    raise UsageError(f"--random {count}: there are only {len(found)} different settings")


def _drawn(axis: list[Any] | Range, share: float) -> Any:
    return axis.draw(share) if isinstance(axis, Range) else axis[math.floor(share * len(axis))]


def names_of(settings: Sequence[Setting]) -> list[str]:
    """Names for folders, which tell one setting from the other.

    Examples
    --------
    >>> names_of([{"batch_size": 8, "data": "a/cats"}, {"batch_size": 8, "data": "b/cats"}])
    ['batch-size=8,data=cats', 'batch-size=8,data=cats-2']
    """
    names: list[str] = []
    for setting in settings:
        parts = (f"{name.replace('_', '-')}={_short(value)}" for name, value in setting.items())
        stem = name = re.sub(r"[^\w.,=+-]", "-", ",".join(parts))[:LONGEST]
        again = 1
        while name in names:
            again += 1
            name = f"{stem}-{again}"
        names.append(name)
    return names


def _short(value: Any) -> str:
    return os.path.basename(os.path.abspath(value)) if isinstance(value, str) else word(value)
