"""Padding and its gradient rule."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING

from ... import _core
from ..._core import Array, BaseTensor, ShapeError, record
from ..._tensor import Tensor, array_of, as_tensor
from ..._tensor.convert import FLOAT
from .._arguments import floats

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
        Of any shape: floats, or with mode "constant" a tensor of any dtype.
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
    whole = isinstance(input, BaseTensor) and input.dtype != FLOAT and mode == "constant"
    x = as_tensor(input) if whole else floats(input, "input")
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
    if whole:
        before, behind = _each_axis(amounts, x.ndim)
        return record(_pad_whole(array, before, behind, filling))
    lanes = array.in_lanes and axes < 4
    before, behind = _each_axis(amounts, x.ndim)
    if lanes:
        before, behind = [*before, 0], [*behind, 0]  # the images side by side
    else:
        array = _core.plain_of(array)
    y = _core.pad(array, before, behind, mode, filling)
    saved = array.shape if not lanes else _core.shape_in_memory(array), before, behind, mode, lanes
    return record(y, _core.pad_gradient, saved, x)


def _each_axis(amounts: list[int], ndim: int) -> tuple[list[int], list[int]]:
    """What is added before and behind each axis, from the first on."""
    around = [0] * (ndim - len(amounts) // 2)
    return around + amounts[-2::-2], around + amounts[:0:-2]


def _pad_whole(x: Array, before: list[int], behind: list[int], value: float) -> Array:
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
