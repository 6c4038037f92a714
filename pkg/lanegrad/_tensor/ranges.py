"""Tensors of numbers at equal distances, and of powers with such exponents."""

from __future__ import annotations

from math import ceil, isfinite
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, cast_copy
from .convert import FLOAT, countable
from .creation import INTEGER, leaf, number, type_of
from .options import Options, checked

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = ["arange", "linspace", "logspace"]


def _numbers(*values: Any) -> list[Any]:
    return [number(v) if isinstance(v, BaseTensor) else v for v in values]


def arange(start: Any = 0, end: Any = None, step: Any = 1, **options: Unpack[Options]) -> Tensor:
    """The numbers from `start` to before `end` at distances of `step`.

    Parameters
    ----------
    start, end, step : number
        A single one is `end`.
    dtype : dtype, optional
        By default int64 if all numbers are integers, else float32.

    Raises
    ------
    RuntimeError
        The step is 0, or leads away from the end.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.arange(3), lanegrad.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    if end is None:
        start, end = 0, start
    first, last, by = _numbers(start, end, step)
    whole = all(type_of(v) != FLOAT for v in (first, last, by))
    dtype = checked("arange", options)[0] or (INTEGER if whole else FLOAT)
    if not all(isfinite(v) for v in (first, last, by)):
        raise RuntimeError(f"unsupported range: {first} -> {last} by {by}")
    if dtype != FLOAT:
        first, last, by = int(first), int(last), int(by)
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (last - first) * by < 0:
        raise RuntimeError(
            f"upper bound and lower bound inconsistent with step sign: {first} to {last} by {by}"
        )
    count = ceil((last - first) / by) if dtype == FLOAT else len(range(first, last, by))
    if dtype != FLOAT and count and not -(2**63) <= first + (count - 1) * by < 2**63:
        raise RuntimeError(f"{first} to {last} goes beyond the numbers of int64")
    return leaf("arange", cast_copy(first + np.arange(countable(count)) * by, dtype), options)


def linspace(start: Any, end: Any, steps: int, **options: Unpack[Options]) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both of which are there.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    return _spaced("linspace", start, end, steps, options)


def _spaced(name: str, start: Any, end: Any, steps: int, options: Any, base: Any = None) -> Tensor:
    if index(steps) < 0:
        raise RuntimeError(f"number of steps must be non-negative, found {steps}")
    dtype = checked(name, options)[0] or FLOAT
    first, last = _numbers(start, end)
    if dtype != FLOAT:
        first, last = int(first), int(last)
    places = np.arange(countable(index(steps)))
    step = (last - first) / max(steps - 1, 1)
    # From both ends, so that the last one is exact.
    values = np.where(places < steps / 2, first + step * places, last - step * (steps - 1 - places))
    if base is not None:
        values = np.power(float(base), values)
    return leaf(name, cast_copy(values, dtype), options)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, **options: Unpack[Options]
) -> Tensor:
    """The powers of `base` whose exponents are ``linspace(start, end, steps)``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    return _spaced("logspace", start, end, steps, options, base)
