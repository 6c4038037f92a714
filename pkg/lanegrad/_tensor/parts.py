"""Views of a part of a tensor: along an axis, pieces of it, diagonals, windows."""

from __future__ import annotations

from itertools import pairwise
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, record_view
from .axes import axis_of
from .inside import array_of, array_or_same, as_tensor
from .views import unsqueeze

__all__ = [
    "as_strided", "atleast_1d", "atleast_2d", "atleast_3d", "chunk", "diagonal", "dsplit", "hsplit", "narrow",
    "select", "split", "split_with_sizes", "tensor_split", "unbind", "vsplit",
]  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Input = ArrayLike | Tensor


def part_of(x: Tensor, parts: tuple[Any, ...]) -> Tensor:
    """What an index of whole numbers, slices, None and Ellipsis shows."""
    return record_view(x, _core.part_of, (parts,), _core.index_gradient, (x.shape, parts))


def _along(x: Tensor, axis: int, part: Any) -> Tensor:
    return part_of(x, (*(slice(None),) * axis, part))


def _checked_axis(name: str, x: Tensor, dim: int) -> int:
    if not x.ndim:
        raise ShapeError(f"{name}() cannot be applied to a 0-dim tensor")
    return axis_of(dim, x.ndim)


def _whole(number: Any) -> Any:
    """A tensor of a single whole number as that; anything else as it is."""
    return array_of(number).item() if isinstance(number, BaseTensor) and not number.ndim else number


def narrow(input: Input, dim: int, start: int, length: int) -> Tensor:
    """So many elements along an axis, from `start` on.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.narrow([1, 2, 3, 4], 0, 1, 2)
    tensor([2, 3])
    """
    x = as_tensor(input)
    axis = _checked_axis("narrow", x, dim)
    size, first = x.shape[axis], int(start)
    if not -size <= first <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {first})"
        )
    first += size if first < 0 else 0
    if length < 0 or first + length > size:
        raise ShapeError(f"start ({first}) + length ({length}) exceeds dimension size ({size})")
    return _along(x, axis, slice(first, first + length))


def select(input: Input, dim: int, index: int) -> Tensor:
    """What has this index along an axis, without that axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.select([[1, 2], [3, 4]], 1, 0)
    tensor([1, 3])
    """
    x = as_tensor(input)
    return _along(x, _checked_axis("select", x, dim), int(index))


def unbind(input: Input, dim: int = 0) -> tuple[Tensor, ...]:
    """What `select` gives for each index along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.unbind([[1, 2], [3, 4]])
    (tensor([1, 2]), tensor([3, 4]))
    """
    x = as_tensor(input)
    if not x.ndim:
        raise IndexError(f"unbind: dimension {dim} is specified, but the tensor has no dimensions")
    axis = axis_of(dim, x.ndim)
    return tuple(_along(x, axis, i) for i in range(x.shape[axis]))


def _pieces(x: Tensor, axis: int, bounds: Sequence[int]) -> tuple[Tensor, ...]:
    """The parts of an axis between one bound and the next."""
    return tuple(_along(x, axis, slice(a, b)) for a, b in pairwise(bounds))


def split(
    tensor: Input, split_size_or_sections: int | Sequence[int], dim: int = 0
) -> tuple[Tensor, ...]:
    """Pieces along an axis.

    Parameters
    ----------
    tensor : Tensor or array_like
    split_size_or_sections : int or sequence of int
        The size of each piece, but maybe of the last; or the sizes of all, which make up the axis.
    dim : int

    Raises
    ------
    ShapeError
        The sizes do not make up the axis, or one is negative.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.split(lanegrad.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    >>> lanegrad.split(lanegrad.arange(5), [1, 4])
    (tensor([0]), tensor([1, 2, 3, 4]))
    """
    x = as_tensor(tensor)
    axis = _checked_axis("split", x, dim)
    whole, each = x.shape[axis], _whole(split_size_or_sections)
    if isinstance(each, int):
        if each < 0 or (each == 0 and whole):
            raise ShapeError(f"split expects split_size be non-negative, but got split_size={each}")
        return _pieces(x, axis, [*range(0, whole, each or 1), whole] if whole else [0, 0])
    lengths = [int(n) for n in each]
    if sum(lengths) != whole or min(lengths, default=0) < 0:
        raise ShapeError(
            f"split_with_sizes expects split_sizes to sum exactly to {whole} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={lengths}"
        )
    return _pieces(x, axis, np.cumsum([0, *lengths]).tolist())


def split_with_sizes(input: Input, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of these sizes along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.split_with_sizes(lanegrad.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    return split(input, list(split_sizes), dim)


def chunk(input: Input, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many pieces along an axis, all of one size but maybe the last.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.chunk(lanegrad.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    x = as_tensor(input)
    axis, chunks = _checked_axis("chunk", x, dim), index(chunks)
    if chunks < 1:
        raise ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    whole = x.shape[axis]
    if not whole:
        return _pieces(x, axis, [0] * (chunks + 1))
    return split(x, -(-whole // chunks), axis)


def tensor_split(
    input: Input, sections: Any = None, dim: int = 0, *, indices: Any = None
) -> tuple[Tensor, ...]:
    """So many pieces along an axis, of sizes that differ by one at most; or such as begin at these indices.

    Examples
    --------
    >>> import lanegrad
    >>> [len(piece) for piece in lanegrad.tensor_split(lanegrad.arange(7), 3)]
    [3, 2, 2]
    >>> lanegrad.tensor_split(lanegrad.arange(4), (1,))
    (tensor([0]), tensor([1, 2, 3]))
    """
    x = as_tensor(input)
    axis = _checked_axis("tensor_split", x, dim)
    whole, where = x.shape[axis], array_or_same(_whole(_given(sections, indices)))
    if isinstance(where, int):
        if where < 1:
            raise ShapeError(f"number of sections must be larger than 0, got {where}")
        each, more = divmod(whole, where)
        return _pieces(x, axis, [i * each + min(i, more) for i in range(where + 1)])
    at = [int(i) for i in (where.array() if isinstance(where, Array) else where)]
    starts, ends = [0, *at], [*at, whole]
    return tuple(_along(x, axis, slice(a, b)) for a, b in zip(starts, ends, strict=True))


def hsplit(input: Input, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces along the second axis, or the only one; so many, all of one size, or such as begin at indices.

    Examples
    --------
    >>> import lanegrad
    >>> [piece.shape for piece in lanegrad.hsplit(lanegrad.zeros(2, 4), 2)]
    [(2, 2), (2, 2)]
    """
    x = as_tensor(input)
    return _even_split("hsplit", x, _given(sections, indices), min(x.ndim - 1, 1), 1)


def vsplit(input: Input, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces along the first axis of at least two.

    Examples
    --------
    >>> import lanegrad
    >>> [piece.shape for piece in lanegrad.vsplit(lanegrad.zeros(4, 2), 2)]
    [(2, 2), (2, 2)]
    """
    return _even_split("vsplit", as_tensor(input), _given(sections, indices), 0, 2)


def dsplit(input: Input, sections: Any = None, *, indices: Any = None) -> tuple[Tensor, ...]:
    """Pieces along the third axis.

    Examples
    --------
    >>> import lanegrad
    >>> [piece.shape for piece in lanegrad.dsplit(lanegrad.zeros(2, 2, 4), 2)]
    [(2, 2, 2), (2, 2, 2)]
    """
    return _even_split("dsplit", as_tensor(input), _given(sections, indices), 2, 3)


def _given(sections: Any, indices: Any) -> Any:
    """How many pieces, or where they begin: PyTorch's names of one argument."""
    if (sections is None) == (indices is None):
        raise TypeError("give either the number of sections, or the indices that they begin at")
    return indices if sections is None else sections


def _even_split(
    name: str, x: Tensor, where: int | Sequence[int], axis: int, axes: int
) -> tuple[Tensor, ...]:
    if x.ndim < axes:
        raise ShapeError(
            f"torch.{name} requires a tensor with at least {axes} dimension, but got {x.ndim}"
        )
    if isinstance(where, int) and (where < 1 or x.shape[axis] % where):
        raise ShapeError(
            f"{name}: {where} pieces of one size do not make up {x.shape[axis]} elements"
        )
    return tensor_split(x, where, axis)


def diagonal(input: Input, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes, as the last axis: elements whose index along `dim2` is `offset` more.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diagonal([[1, 2], [3, 4]])
    tensor([1, 4])
    """
    x = as_tensor(input)
    first, second = axis_of(dim1, x.ndim), axis_of(dim2, x.ndim)
    if first == second:
        raise ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    arguments = int(offset), first, second
    return record_view(
        x,
        _core.diagonal_of,
        arguments,
        _core.view_gradient,
        (x.shape, _core.diagonal_of, arguments),
    )


def unfold(input: Input, dimension: int, size: int, step: int) -> Tensor:
    """Windows along an axis: it counts them, and a new last axis has their elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    x = as_tensor(input)
    axis = axis_of(dimension, x.ndim)
    if not 0 <= size <= (x.shape[axis] if x.ndim else 1):
        raise ShapeError(
            f"maximum size for tensor at dimension {axis} is {x.shape[axis]} but size is {size}"
        )
    if step < 1:
        raise ShapeError(f"step is {step} but must be > 0")
    arguments = axis, int(size), int(step)
    return record_view(
        x, _core.windows_of, arguments, _core.view_gradient, (x.shape, _core.windows_of, arguments)
    )


def as_strided(
    input: Input, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """The elements of the same memory that such steps lead to.

    Parameters
    ----------
    input : Tensor or array_like
        Whose elements stand one after the other in memory of its own, as those of a new tensor or of a
        `clone` do.
    size : sequence of int
        The shape of the result.
    stride : sequence of int
        How many elements apart neighbours along each axis are.
    storage_offset : int, optional
        Which element is the first one: by default that of number 0.

    Raises
    ------
    RuntimeError
        The input is a part of another tensor, or does not have such elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.as_strided(lanegrad.arange(5), (2, 3), (2, 1))
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    return record_view(*strided(as_tensor(input), size, stride, storage_offset))


def strided(x: Tensor, size: Any, stride: Any, start: int | None) -> tuple[Any, ...]:
    """What `record_view` takes for that."""
    arguments = tuple(size), tuple(int(step) for step in stride), int(start or 0)
    return x, _core.strided, arguments, _core.view_gradient, (x.shape, _core.strided, arguments)


def atleast_1d(*tensors: Any) -> Any:
    """Tensors with an axis at least; of one tensor, that tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.atleast_1d(lanegrad.tensor(2.0))
    tensor([2.])
    """
    return _each(tensors, lambda x: x if x.ndim else unsqueeze(x, 0))


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with two axes at least, new ones in front.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.atleast_2d(lanegrad.zeros(3)).shape
    (1, 3)
    """
    return _each(tensors, lambda x: x if x.ndim > 1 else unsqueeze(atleast_1d(x), 0))


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with three axes at least: (N,) becomes (1, N, 1), and (M, N) becomes (M, N, 1).

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.atleast_3d(lanegrad.zeros(3)).shape
    (1, 3, 1)
    """
    return _each(tensors, lambda x: x if x.ndim > 2 else unsqueeze(atleast_2d(x), 2))


def _each(tensors: tuple[Any, ...], form: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], list | tuple):
        return form(as_tensor(tensors[0]))
    return tuple(form(as_tensor(x)) for x in (tensors[0] if len(tensors) == 1 else tensors))
