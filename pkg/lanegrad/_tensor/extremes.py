"""The largest and the least elements, where they are, and what stands in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, place_along, record, reduce_along, reduce_wholes
from .axes import axes_of, axis_of
from .choice import maximum, minimum
from .conversion import converted
from .convert import FLOAT
from .inside import as_tensor
from .movement import kept_shape, numpy_names
from .places import gathered
from .reduction import INTEGER, Dim, length
from .results import AMinMax, ValuesIndices, values_indices

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max", "min"]


KINDS = (np.dtype(np.int64), np.dtype(np.bool_), np.dtype(np.uint8))  # of whole numbers, in kernels


def must_have(name: str, x: Tensor, axes: tuple[int, ...], given: bool, error: Any) -> None:
    """An error, if nothing is there to choose from."""
    if x.ndim and not given and x.numel() == 0:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
            "Specify the reduction dim with the 'dim' argument."
        )
    for axis in axes:
        if x.ndim and x.shape[axis] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def _extreme(name: str, input: Any, dim: Any, keepdim: bool, with_nans: bool = False) -> Tensor:
    """The largest or least elements, whose gradient equals share; `with_nans`, NaNs count as equals."""
    x = as_tensor(input)
    axes = axes_of(dim, x.ndim)
    given = dim is not None and np.size(dim) > 0
    must_have(name, x, axes, given, RuntimeError)
    choose = name[-3:]
    if x.dtype == FLOAT:
        return reduce_along(x, dim, keepdim, choose, float(with_nans))
    kind = x.dtype if x.dtype in KINDS else INTEGER
    return converted(reduce_wholes(x, dim, keepdim, choose, kind), x.dtype)


def chosen(name: str, x: Tensor, at: np.ndarray, axis: int, keepdim: bool) -> ValuesIndices:
    """Values and indices of one element along an axis; `at` has that axis, of length 1."""
    lines, shown = x if x.ndim else x.reshape(1), kept_shape(x.shape, (axis,), keepdim)
    places = _core.copied(at.reshape(kept_shape(lines.shape, (axis,), True)))
    values = gathered(lines, places, axis).reshape(shown)
    return values_indices(name, values, record(places.reshape(shown)))


def _extreme_along(name: str, input: Any, dim: Any, keepdim: bool) -> ValuesIndices:
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    must_have(name, x, (axis,), True, IndexError)
    values, places = place_along(x, axis, keepdim, name, True)
    return values_indices(name, converted(values, x.dtype), places)


def _of_all_or_along(name: str, input: Any, dim: Any, keepdim: bool, other: Any) -> Any:
    """The three forms of `max` and `min`."""
    if isinstance(dim, BaseTensor | np.ndarray | list):
        dim, other = None, dim
    if other is not None:
        return (maximum if name == "max" else minimum)(input, other)
    if dim is None:
        return _extreme(name, input, None, False, True)
    return _extreme_along(name, input, dim, keepdim)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; along an axis ``(values, indices)``; with another tensor `maximum`.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int or Tensor, optional
        An axis; or the other tensor.
    keepdim : bool
        Whether the axis stays, with length 1.
    other : Tensor, optional

    Returns
    -------
    Tensor or tuple
        Along an axis a named tuple of values and indices, of the first one of equals. A gradient goes to
        the elements of these indices; without an axis, equals share it.

    Raises
    ------
    IndexError
        There is no such axis, or nothing along it.
    RuntimeError
        There are no elements.

    Examples
    --------
    >>> import lanegrad
    >>> values, indices = lanegrad.max([[1.0, 3.0], [5.0, 2.0]], 1)
    >>> values, indices
    (tensor([3., 5.]), tensor([1, 0]))
    """
    return _of_all_or_along("max", input, dim, keepdim, other)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The least element; along an axis ``(values, indices)``; with another tensor `minimum`. See `max`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.min([[1.0, 3.0], [5.0, 2.0]], 1).indices
    tensor([0, 1])
    """
    return _of_all_or_along("min", input, dim, keepdim, other)


def amax(input: Any, dim: Dim = (), keepdim: bool = False) -> Tensor:
    """The largest element, of all or along some axes; equals share its gradient.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.amax([[1.0, 3.0], [5.0, 2.0]], 0)
    tensor([5., 3.])
    """
    return _extreme("amax", input, dim, keepdim)


def amin(input: Any, dim: Dim = (), keepdim: bool = False) -> Tensor:
    """The least element, of all or along some axes; equals share its gradient.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.amin([[1.0, 3.0], [5.0, 2.0]], 0)
    tensor([1., 2.])
    """
    return _extreme("amin", input, dim, keepdim)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> AMinMax:
    """The least and the largest element, of all or along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.aminmax(lanegrad.tensor([3.0, 1.0, 2.0])).max
    tensor(3.)
    """
    x = as_tensor(input)
    axes = axes_of(None if dim is None else axis_of(dim, x.ndim), x.ndim)
    if x.ndim and not length(x.shape, axes):
        raise (RuntimeError if dim is None else IndexError)(
            "aminmax(): there are neither least nor largest of no elements"
        )
    return AMinMax(*(_extreme(name, x, dim, keepdim) for name in ("amin", "amax")))


def _place(name: str, input: Any, dim: int | None, keepdim: bool) -> Tensor:
    x = as_tensor(input)
    if x.dtype == np.bool_:
        raise RuntimeError(f"{name}(): does not support bool input: convert with .long() first")
    axes = axes_of(None if dim is None else axis_of(dim, x.ndim), x.ndim)
    must_have(name, x, axes if dim is not None else (), dim is not None, IndexError)
    places: Tensor = place_along(x, dim, keepdim, name[-3:], False)
    return places


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first largest element, along an axis or in the flattened tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.argmax([[1.0, 3.0], [5.0, 2.0]], 1)
    tensor([1, 0])
    """
    return _place("argmax", input, dim, keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first least element, along an axis or in the flattened tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.argmin([[1.0, 3.0], [5.0, 2.0]], 1)
    tensor([0, 1])
    """
    return _place("argmin", input, dim, keepdim)


numpy_names(globals())
