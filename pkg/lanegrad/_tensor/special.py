"""Functions that NumPy lacks, of float64 arrays, right to the last digit of the float32 they are for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Values = np.ndarray[Any, np.dtype[np.float64]]


def _each(function: Callable[[float], float]) -> Callable[[Values], Values]:
    """A function of numbers, applied to each element."""
    over_all = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(over_all(x), np.float64)


def _log_gamma(x: float) -> float:
    return math.inf if x <= 0 and x % 1 == 0 else math.lgamma(x)


erf = _each(math.erf)
erfc = _each(math.erfc)
lgamma = _each(_log_gamma)


def erfinv(x: Values) -> Values:
    """The inverse of erf: a closed form right to 2e-3, then two of Halley's steps."""
    logarithm = np.log1p(-x * x)
    half = 2 / (np.pi * 0.147) + logarithm / 2
    y = np.copysign(np.sqrt(np.sqrt(half * half - logarithm / 0.147) - half), x)
    for _ in range(2):
        step = (erf(y) - x) / (2 / np.sqrt(np.pi) * np.exp(-y * y))
        y = y - step / (1 + y * step)
    return np.where(np.abs(x) == 1, np.copysign(np.inf, x), y)


def digamma(x: Values) -> Values:
    """The slope of lgamma; at 0 it is infinite, at whole numbers below there is none."""
    y = _far(x, lambda z: -1 / z)
    z = _shifted(x)
    u = 1 / (z * z)
    y = y + np.log(z) - 0.5 / z - u * (1 / 12 - u * (1 / 120 - u * (1 / 252 - u / 240)))
    y = np.where(x < 0, y - np.pi / np.tan(np.pi * (x - np.rint(x))), y)
    y = np.where((x < 0) & (x == np.floor(x)), np.nan, y)
    return np.where(x == 0, -np.copysign(np.inf, x), y)


def trigamma(x: Values) -> Values:
    """The slope of digamma."""
    y = _far(x, lambda z: 1 / (z * z))
    z = _shifted(x)
    u = 1 / (z * z)
    y = y + 1 / z + u / 2 + u / z * (1 / 6 - u * (1 / 30 - u * (1 / 42 - u / 30)))
    reflected = (np.pi / np.sin(np.pi * (x - np.rint(x)))) ** 2 - y
    return np.where(x == 0, np.inf, np.where(x < 0, reflected, y))


STEPS = 8  # up the recurrence, to where the series converges


def _right(x: Values) -> Values:
    """Where the reflection formulas take a function: 1 - x for x below zero."""
    return np.where(x < 0, 1 - x, x)


def _shifted(x: Values) -> Values:
    return _right(x) + STEPS


def _far(x: Values, term: Callable[[Values], Values]) -> Values:
    """The sum of a recurrence's terms on the way to `_shifted(x)`."""
    z = _right(x)
    return np.asarray(np.sum([term(z + i) for i in range(STEPS)], 0))
