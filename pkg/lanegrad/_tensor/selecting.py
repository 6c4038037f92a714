"""Elements selected by indices and by masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, record
from .axes import axis_of
from .inside import array_of, as_tensor
from .movement import numpy_names, values_of
from .places import checked, gathered, taken
from .views import expand

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "argwhere",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
    "take",
    "take_along_dim",
    "unravel_index",
]


OUTSIDE = "{name}(): index {{index}} is out of bounds for a size of {{size}}"


def index_of(name: str, index: Any, size: int, error: Any = IndexError) -> Array:
    """An index, after checks that there are so many places."""
    at = as_tensor(index)
    if at.dtype not in (np.int32, np.int64) and at.numel():
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, found {at.dtype}")
    return checked(array_of(at), size, False, error, OUTSIDE.format(name=name))


def along_axis(name: str, x: Tensor, dim: int, index: Any) -> tuple[Array, int]:
    """An index along an axis of `x`, where it has one, with as many axes; and that axis."""
    axis = axis_of(dim, x.ndim)
    shape = x.shape or (1,)
    at = index_of(name, index, shape[axis], RuntimeError)
    if (at.ndim == 0 and len(shape) == 1) or (x.ndim == 0 and at.ndim <= 1):
        at = at.reshape((-1,))
    if at.size == 0:
        return at.reshape((0,) * len(shape)), axis
    if at.ndim != len(shape):
        raise ShapeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: "
            f"index of shape {at.shape} for {x.shape}"
        )
    for i, (n, most) in enumerate(zip(at.shape, shape, strict=True)):
        if i != axis and n > most:
            raise ShapeError(
                f"{name}(): Size does not match at dimension {i} expected index {at.shape} to be no larger "
                f"than self {x.shape} apart from dimension {axis}"
            )
    return at, axis


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Tensor:
    """The elements at the indices along an axis, each of the row and so on that the index is in.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int
    index : Tensor or array_like
        Integers from 0, with as many axes as `input` and, but for `dim`, no longer.
    sparse_grad : bool
        Accepted for PyTorch's sake: gradients are dense.

    Returns
    -------
    Tensor
        Of the shape of `index`.

    Raises
    ------
    RuntimeError
        An index is out of bounds, or the shapes do not fit.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.gather(lanegrad.tensor([[1.0, 2.0], [3.0, 4.0]]), 1, lanegrad.tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    x = as_tensor(input)
    at, axis = along_axis("gather", x, dim, index)
    y = gathered(x if x.ndim else x.reshape(1), at, axis)
    shape = as_tensor(index).shape
    return y if y.shape == shape else y.reshape(shape)


def index_select(input: Any, dim: int, index: Any) -> Tensor:
    """The slices of these indices along an axis.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int
    index : Tensor or array_like
        Integers from 0, of one axis or none.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_select(lanegrad.tensor([[1.0, 2.0, 3.0]]), 1, lanegrad.tensor([2, 0]))
    tensor([[3., 1.]])
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    if as_tensor(index).ndim > 1:
        raise IndexError(
            f"index_select(): Index is supposed to be a vector, found shape {as_tensor(index).shape}"
        )
    at = index_of("index_select", index, x.shape[axis] if x.ndim else 1).reshape((-1,))
    if not x.ndim:
        return taken(x.reshape(1), at, 0).reshape(())
    return taken(x, at, axis)


def masked_select(input: Any, mask: Any) -> Tensor:
    """The elements where a mask is true, in one axis; both are broadcast.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([1.0, -2.0, 3.0])
    >>> lanegrad.masked_select(x, x > 0)
    tensor([1., 3.])
    """
    x, where = of_one_shape(as_tensor(input), mask_of("masked_select", mask))
    return taken(x.reshape(-1), _core.places_of(array_of(where)), 0)


def mask_of(name: str, mask: Any) -> Tensor:
    """A mask, after a check that it is one."""
    where = as_tensor(mask)
    if where.dtype != np.bool_:
        raise RuntimeError(f"{name}: expected BoolTensor for mask, found {where.dtype}")
    return where


def of_one_shape(x: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors, broadcast to one another."""
    if x.shape == other.shape:
        return x, other
    shape = np.broadcast_shapes(x.shape, other.shape)
    return expand(x, shape), expand(other, shape)


def take(input: Any, index: Any) -> Tensor:
    """The elements of the flattened tensor at these indices, which may be negative.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.take(lanegrad.tensor([[1.0, 2.0], [3.0, 4.0]]), lanegrad.tensor([0, -1]))
    tensor([1., 4.])
    """
    x, at = as_tensor(input), as_tensor(index)
    if at.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, found {at.dtype}")
    outside = "take(): tried to access index {index} on a tensor of {size} elements"
    places = checked(array_of(at), x.numel(), True, IndexError, outside)
    return taken(x.reshape(-1), places, 0)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Tensor:
    """The elements at the indices along an axis, as `argsort` and `argmax` give them; both are broadcast.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([[3.0, 1.0], [2.0, 4.0]])
    >>> lanegrad.take_along_dim(x, lanegrad.argsort(x, 1), 1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    x, index = as_tensor(input), as_tensor(indices)
    if index.dtype != np.int64:
        raise RuntimeError(
            f"take_along_dim(): dtype of indices should be Long but got {index.dtype}"
        )
    if dim is None:
        return gather(x.reshape(-1), 0, index.reshape(-1))
    if x.ndim != index.ndim:
        raise ShapeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{x.ndim} dimensions for input, and {index.ndim} dimensions for indices"
        )
    axis = axis_of(dim, x.ndim)
    others = ((*t.shape[:axis], 1, *t.shape[axis + 1 :]) for t in (x, index))
    shape = np.broadcast_shapes(*others)
    outside = "take_along_dim(): index {index} is out of bounds for a size of {size}"
    at = checked(array_of(index), x.shape[axis], True, RuntimeError, outside)
    at = _core.expanded(at, (*shape[:axis], index.shape[axis], *shape[axis + 1 :]))
    return gathered(expand(x, (*shape[:axis], x.shape[axis], *shape[axis + 1 :])), at, axis)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0.

    Parameters
    ----------
    input : Tensor or array_like
    as_tuple : bool
        Whether to give one tensor for each axis, which together can index the tensor.

    Returns
    -------
    Tensor or tuple of Tensor
        A row for each element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.nonzero(lanegrad.tensor([0.0, 5.0, 2.0]))
    tensor([[1],
            [2]])
    """
    a = values_of(as_tensor(input))
    places = np.flatnonzero(a)
    axes = np.zeros((max(a.ndim, 1), len(places)), np.int64)
    for axis in range(a.ndim - 1, 0, -1):  # NumPy's own takes several times as long
        before = places // max(a.shape[axis], 1)
        axes[axis] = places - before * a.shape[axis]
        places = before
    axes[0] = places
    if as_tuple:
        return tuple(record(_core.copied(axis)) for axis in axes)
    return record(_core.with_axes(_core.adopt(axes[: a.ndim]), (1, 0)).copy())


def unravel_index(indices: Any, shape: tuple[int, ...]) -> tuple[Tensor, ...]:
    """The indices along each axis of a shape of elements of the flattened tensor.

    Beyond its end they begin anew, as in PyTorch.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.unravel_index(lanegrad.tensor([5, 1]), (2, 3))
    (tensor([1, 0]), tensor([2, 1]))
    """
    at = np.array(values_of(as_tensor(indices)))
    if at.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integers, found {at.dtype}")
    places = np.unravel_index(at % max(int(np.prod(shape)), 1), tuple(shape))
    return tuple(record(_core.copied(axis)) for axis in places)


def argwhere(input: Any) -> Tensor:
    """The indices of the elements that are not 0, a row for each.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.argwhere(lanegrad.tensor([0.0, 5.0, 2.0]))
    tensor([[1],
            [2]])
    """
    result: Tensor = nonzero(input)
    return result


numpy_names(globals())
