"""Another number of elements, or another shape, for a tensor itself, as `x.resize_(2, 3)` gives it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import adopt, record
from .inside import array_of, plain_array
from .views import detach, sizes

if TYPE_CHECKING:
    from .tensor import Tensor


def resize_(input: Tensor, *size: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another shape; its elements keep their order in memory.

    Fewer elements are the first ones, in the same memory. More elements need new memory, in which zeros
    follow those that were there.

    Parameters
    ----------
    input : Tensor
        It requires no gradient.
    *size : int, or one sequence of int
    memory_format : optional
        Of no effect.

    Raises
    ------
    RuntimeError
        The tensor requires a gradient, or its elements do not stand one after the other, or it is to have
        more while another tensor shares its memory.
    ShapeError
        A size is negative.
    TypeError
        No size is given.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.arange(6.0)
    >>> x.resize_(2, 3)
    tensor([[0., 1., 2.],
            [3., 4., 5.]])
    >>> x.resize_(2)
    tensor([0., 1.])
    """
    if not size:
        raise TypeError("resize_ takes a shape")
    shape = sizes(size)
    if input.requires_grad:
        raise RuntimeError("cannot resize variables that require grad: use .reshape(...)")
    if min(shape, default=0) < 0:
        raise _core.ShapeError(f"resize_ takes sizes of 0 and more, found {tuple(shape)}")
    if input.shape != tuple(shape):
        input.data = _resized(input, prod(shape)).reshape(shape)
    return input


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """As `resize_`, to the shape of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(4).resize_as_(lanegrad.ones(2, 2)).shape
    (2, 2)
    """
    return resize_(input, the_template.shape)


def _resized(input: Tensor, count: int) -> Tensor:
    """So many elements in one row, in the memory of a tensor where that is enough."""
    if not plain_array(input).contiguous:
        raise RuntimeError(
            "resize_ takes a tensor whose elements stand one after the other: use .contiguous(), "
            "or .reshape(...)"
        )
    if count <= input.numel():
        return detach(input).reshape(-1)[:count]
    if not array_of(input).alone:
        raise RuntimeError(
            f"resize_ to {count} elements of a tensor that shares the memory of its {input.numel()}: call "
            ".clone() first"
        )
    values = array_of(input).array().copy()
    values.resize(count)
    return record(adopt(values))
