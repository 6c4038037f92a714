"""Elements in another order, repeated, or on and around diagonals."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, record
from .axes import axes_of, axis_of
from .convert import countable
from .inside import array_of, as_tensor
from .movement import numpy_names, values_of
from .options import Options, checked, size_of
from .places import taken
from .views import exchanged, unsqueeze

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = [
    "diag",
    "diag_embed",
    "diagflat",
    "flip",
    "fliplr",
    "flipud",
    "repeat_interleave",
    "roll",
    "rot90",
    "tile",
    "trace",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
]


def flip(input: Any, *axes: Any, dims: Any = ()) -> Tensor:
    """The elements in reversed order along these axes, given as integers or as one tuple: a copy.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.flip(lanegrad.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    x = as_tensor(input)
    given = size_of(axes) or dims
    reversed_axes = axes_of(given, x.ndim) if given != () else ()
    return record(_flipped(array_of(x), reversed_axes), _flipped, (reversed_axes,), x)


def _flipped(a: Array, axes: tuple[int, ...]) -> Array:
    return _core.backwards(a, axes).copy()


def _needs(name: str, x: Tensor, ndim: int) -> Tensor:
    if x.ndim < ndim:
        raise RuntimeError(
            f"{name}: input tensor must have at least {ndim} dimensions, found {x.ndim}"
        )
    return x


def fliplr(input: Any) -> Tensor:
    """The elements in reversed order along the second axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.fliplr(lanegrad.tensor([[1, 2, 3]]))
    tensor([[3, 2, 1]])
    """
    return flip(_needs("fliplr", as_tensor(input), 2), 1)


def flipud(input: Any) -> Tensor:
    """The elements in reversed order along the first axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.flipud(lanegrad.tensor([1, 2, 3]))
    tensor([3, 2, 1])
    """
    return flip(_needs("flipud", as_tensor(input), 1), 0)


def roll(input: Any, shifts: Any, dims: Any = ()) -> Tensor:
    """The elements moved along axes; those that leave at one end come in at the other.

    Parameters
    ----------
    input : Tensor or array_like
    shifts : int or tuple of int
        By how much, one for each axis.
    dims : int or tuple of int, optional
        Without them the flattened tensor is rolled, and has its shape again.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.roll(lanegrad.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    x = as_tensor(input)
    shifts = index(array_of(shifts).item()) if isinstance(shifts, BaseTensor) else shifts
    if dims is None or (not isinstance(dims, int) and not len(dims)):
        if np.size(shifts) != 1:
            raise RuntimeError(
                f"shifts={shifts} and dims={dims}: a shift for each of dims is wanted"
            )
        return roll(x.reshape(-1), index(np.reshape(shifts, ())[()]), 0).reshape(x.shape)
    steps, given = (v if isinstance(v, tuple | list) else (v,) for v in (shifts, dims))
    if len(steps) != len(given):
        raise RuntimeError(f"shifts={shifts} and dims={dims}: a shift for each of dims is wanted")
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dims} but tensor has no dimensions")
    saved = tuple(index(n) for n in steps), tuple(axis_of(d, x.ndim) for d in given)
    return record(_rolled(array_of(x), *saved), _rolled_back, saved, x)


def _rolled(a: Array, steps: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    y = _core.plain_of(a)
    for step, axis in zip(steps, axes, strict=True):
        before, size = (slice(None),) * axis, y.shape[axis]
        if size and step % size:
            ends = slice(-step % size, None), slice(-step % size)
            y = _core.cat([_core.part_of(y, (*before, end)) for end in ends], axis)
    return y.copy() if y.shares(a) else y


def _rolled_back(g: Array, steps: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    return _rolled(g, tuple(-step for step in steps), axes)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The tensor turned `k` times by 90 degrees in the plane of two axes, from the first to the second.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.rot90(lanegrad.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    x = _needs("rot90", as_tensor(input), 2)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    axes = axis_of(dims[0], x.ndim), axis_of(dims[1], x.ndim)
    if axes[0] == axes[1]:
        raise RuntimeError(f"expected rotation dims to be different, but got {tuple(dims)}")
    return record(_turned(array_of(x), k, axes), _turned, (-k, axes), x)


def _turned(a: Array, k: int, axes: tuple[int, int]) -> Array:
    if k % 2:
        a = _core.with_axes(a, exchanged(a.ndim, *axes))
    reversed_axes = ((), (axes[0],), axes, (axes[1],))[k % 4]
    return _flipped(a, reversed_axes)


def repeat(input: Any, *repeats: Any) -> Tensor:
    """The tensor repeated along its axes, before which new ones may come: Tensor.repeat.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([1, 2]).repeat(2, 1)
    tensor([[1, 2],
            [1, 2]])
    """
    x, counts = as_tensor(input), size_of(repeats)
    if len(counts) < x.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{tuple(counts)} for shape {x.shape}"
        )
    return tile(x, counts)


def tile(input: Any, *repeats: Any, dims: Any = ()) -> Tensor:
    """The tensor repeated so often along its last axes, or along new ones before them.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tile(lanegrad.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    x, counts = as_tensor(input), tuple(index(n) for n in size_of(repeats) or dims)
    if any(n < 0 for n in counts):
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeats {counts}")
    return _repeated(x, counts)


def _repeated(x: Tensor, counts: tuple[int, ...]) -> Tensor:
    ndim = max(x.ndim, len(counts))
    sizes = (1,) * (ndim - x.ndim) + x.shape
    counts = (1,) * (ndim - len(counts)) + counts
    apart = tuple(n for pair in zip(counts, sizes, strict=True) for n in pair)
    value = _shown_repeatedly(array_of(x), apart).copy()
    shape = [count * size for count, size in zip(counts, sizes, strict=True)]
    return record(value.reshape(shape), _repeated_gradient, (x.shape, apart), x)


def _shown_repeatedly(a: Array, apart: tuple[int, ...]) -> Array:
    """The view of this shape: how often each axis is repeated, and its size."""
    return _core.expanded(a.reshape([n if i % 2 else 1 for i, n in enumerate(apart)]), apart)


def _repeated_gradient(g: Array, shape: tuple[int, ...], apart: tuple[int, ...]) -> Array:
    return _core.view_gradient(_core.plain_of(g).reshape(apart), shape, _shown_repeatedly, (apart,))


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element, or slice along an axis, repeated.

    Parameters
    ----------
    input : Tensor or array_like
        Given alone, it says how often each of the numbers 0, 1, 2 ... is there.
    repeats : int or Tensor
        How often; one number for each slice, or one for all.
    dim : int, optional
        Without it the flattened tensor is taken.
    output_size : int, optional
        Accepted for PyTorch's sake.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.repeat_interleave(lanegrad.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    """
    x = as_tensor(input)
    if repeats is None:
        return repeat_interleave(record(_core.copied(np.arange(x.numel()))), x)
    if dim is not None and not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if dim is None:
        x, dim = x.reshape(-1), 0
    axis, counts = axis_of(dim, x.ndim), np.array(values_of(as_tensor(repeats)))
    length = x.shape[axis]
    if counts.ndim > 1 or (counts.size not in (1, length)):
        raise ShapeError(
            f"repeats must have the same size as input along dim: {counts.shape} for {length}"
        )
    if counts.size and counts.min() < 0:
        raise RuntimeError("repeats can not be negative")
    if counts.size == 1:
        each = (int(counts.reshape(())), *(1,) * (x.ndim - axis - 1))
        return tile(unsqueeze(x, axis + 1), each).flatten(axis, axis + 1)
    return taken(x, _core.copied(np.repeat(np.arange(length), counts)), axis)


def _triangle(name: str, input: Any, diagonal: int) -> Tensor:
    x, saved = _needs(name, as_tensor(input), 2), (diagonal, name == "triu")
    return record(_core.triangle(array_of(x), *saved), _core.triangle, saved, x)


def tril(input: Any, diagonal: int = 0) -> Tensor:
    """The matrices of the last two axes with zeros above a diagonal.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tril(lanegrad.tensor([[1, 2], [3, 4]]))
    tensor([[1, 0],
            [3, 4]])
    """
    return _triangle("tril", input, diagonal)


def triu(input: Any, diagonal: int = 0) -> Tensor:
    """The matrices of the last two axes with zeros below a diagonal.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.triu(lanegrad.tensor([[1, 2], [3, 4]]))
    tensor([[1, 2],
            [0, 4]])
    """
    return _triangle("triu", input, diagonal)


def _triangle_indices(name: str, row: int, col: int, offset: int, options: Any) -> Tensor:
    dtype, _ = checked(name, options)
    if min(row, col) < 0:
        raise RuntimeError(f"row and col must be non-negative, got {row} and {col}")
    countable(row * col)
    places = getattr(np, name)(row, offset, col)
    return record(_core.copied(np.stack(places).astype(dtype or np.int64)))


def tril_indices(row: int, col: int, offset: int = 0, **options: Unpack[Options]) -> Tensor:
    """The indices, two rows of them, of the elements on and below a diagonal of a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle_indices("tril_indices", row, col, offset, options)


def triu_indices(row: int, col: int, offset: int = 0, **options: Unpack[Options]) -> Tensor:
    """The indices, two rows of them, of the elements on and above a diagonal of a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _triangle_indices("triu_indices", row, col, offset, options)


def diag(input: Any, diagonal: int = 0) -> Tensor:
    """The matrix that has a vector on a diagonal; or of a matrix, a diagonal: a copy.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diag(lanegrad.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    x = as_tensor(input)
    if x.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")
    if x.ndim == 1:
        return diag_embed(x, diagonal)
    saved = x.shape, diagonal
    return record(_diagonal(array_of(x), diagonal, 0, 1), _diagonal_gradient, saved, x)


def _diagonal(a: Array, offset: int, first: int, second: int) -> Array:
    return _core.diagonal_of(a, offset, first, second).copy()


def _diagonal_gradient(g: Array, shape: tuple[int, ...], offset: int) -> Array:
    return _core.view_gradient(g, shape, _core.diagonal_of, (offset, 0, 1))


def diagflat(input: Any, offset: int = 0) -> Tensor:
    """The matrix that has all elements, in one line, on a diagonal.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diagflat(lanegrad.tensor([[1], [2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(as_tensor(input).reshape(-1), offset)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices that have the last axis on a diagonal, along two new axes.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diag_embed(lanegrad.tensor([[1, 2]]), 1).shape
    (1, 3, 3)
    """
    x = as_tensor(input)
    axes = axis_of(dim1, x.ndim + 1), axis_of(dim2, x.ndim + 1)
    if not x.ndim:
        raise IndexError("diag_embed takes a tensor of at least one axis")
    if axes[0] == axes[1]:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    saved = offset, *axes
    size, shape = x.shape[-1] + abs(offset), list(x.shape[:-1])
    for axis in sorted(axes):
        shape.insert(axis, size)
    value = _core.filled_like(array_of(x), shape, 0)
    _core.diagonal_of(value, *saved).write(array_of(x))
    return record(value, _diagonal, saved, x)


def trace(input: Any) -> Tensor:
    """The sum of the diagonal of a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.trace(lanegrad.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    x = as_tensor(input)
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}")
    if x.dtype == np.bool_:
        raise NotImplementedError("trace of booleans: convert with .long() first")
    return diag(x).sum()


numpy_names(globals())
