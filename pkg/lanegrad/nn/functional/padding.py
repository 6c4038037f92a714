"""Padding and its gradient rule."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from ... import _core
from ..._core import Array, ShapeError, adopt, record
from ..._tensor import Tensor, array_of
from ..._tensor.convert import FLOAT
from .._arguments import of_any_dtype

__all__ = ["pad"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def pad(
    input: ArrayLike | Tensor,
    pad: Sequence[int],
    mode: str = "constant",
    value: float | None = None,
) -> Tensor:
    """The input with elements added around it, or cut off.

    Parameters
    ----------
    input : Tensor or array_like
        Of any shape: floats, or a tensor of any dtype.
    pad : sequence of int
        How many elements to add before and behind the last axis, then before and behind the one before
        it, and so on: (left, right, top, bottom) for images. Negative numbers cut elements off.
    mode : "constant", "reflect", "replicate" or "circular"
        What is added: `value`; the elements mirrored at the first and the last; copies of the first and
        the last; or the elements from the other end.
    value : float, optional
        0 if not given; for "constant" alone.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        `pad` has an odd length or is longer than twice the number of axes, an axis cannot be padded so,
        there is no such mode, or a value is given that it has no use for.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.pad([1.0, 2.0, 3.0], (1, 2))
    tensor([0., 1., 2., 3., 0., 0.])
    >>> F.pad([1.0, 2.0, 3.0], (1, 2), "reflect")
    tensor([2., 1., 2., 3., 2., 1.])
    """
    x = of_any_dtype(input, "input")
    whole = x.dtype != FLOAT
    amounts = [index(i) for i in pad]
    axes = len(amounts) // 2
    if len(amounts) % 2 or axes > x.ndim:
        raise ValueError(
            f"pad must have two numbers for each axis, for at most {x.ndim} axes, found {tuple(pad)}"
        )
    if value is not None and mode != "constant":
        raise ValueError(f'mode="{mode}" has no use for a value, found {value}')
    filling = 0.0 if value is None else float(value)
    array = array_of(x)
    before, behind = _each_axis(amounts, x.ndim)
    if whole and mode == "constant":
        return record(_pad_whole(array, before, behind, filling))
    if whole:
        return _taken(x, before, behind, mode)
    lanes = array.in_lanes and axes < 4
    if lanes:
        before, behind = (*before, 0), (*behind, 0)  # the images side by side
    else:
        array = _core.plain_of(array)
    y = _core.pad(array, before, behind, mode, filling)
    saved = array.shape if not lanes else _core.shape_in_memory(array), before, behind, mode, lanes
    return record(y, _core.pad_gradient, saved, x)


def _each_axis(amounts: list[int], ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is added before and behind each axis, from the first on."""
    around = [0] * (ndim - len(amounts) // 2)
    return (*around, *amounts[-2::-2]), (*around, *amounts[:0:-2])


def _taken(x: Tensor, before: tuple[int, ...], behind: tuple[int, ...], mode: str) -> Tensor:
    """A tensor of integers or booleans, padded: its elements at what padding makes of their places."""
    for axis, size in enumerate(x.shape):
        alone = np.arange(x.ndim) == axis
        places = np.arange(size, dtype=np.float32).reshape(np.where(alone, size, 1))
        padded = _core.pad(
            adopt(places), np.multiply(before, alone), np.multiply(behind, alone), mode
        )
        x = x.index_select(axis, record(padded.reshape((-1,))).long())
    return x


def _pad_whole(x: Array, before: Sequence[int], behind: Sequence[int], value: float) -> Array:
    """An array of integers or booleans with a value around it."""
    sizes = [n + a + b for n, a, b in zip(x.shape, before, behind, strict=True)]
    if min(sizes, default=0) < 0:
        raise ShapeError(f"an array of shape {x.shape} cannot be padded by {before} and {behind}")
    y = _core.filled_like(x, sizes, value)
    given = tuple(
        slice(max(-a, 0), n + min(b, 0)) for n, a, b in zip(x.shape, before, behind, strict=True)
    )
    there = tuple(
        slice(max(a, 0), n - max(b, 0)) for n, a, b in zip(sizes, before, behind, strict=True)
    )
    if min(sizes, default=1):
        _core.part_of(y, there).write(_core.part_of(x, given))
    return y
