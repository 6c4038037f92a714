"""The largest and the least elements, where they are, and what stands in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, adopt, record
from .axes import axes_of, axis_of
from .choice import maximum, minimum
from .inside import array_of, as_tensor
from .movement import kept_shape, numpy_names, values_of
from .places import gathered
from .reduction import Dim, length, reduced
from .results import AMinMax, ValuesIndices, values_indices

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max", "min"]


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
    choose = np.max if name.endswith("max") else np.min
    value = choose(values_of(x), axes, keepdims=True)
    saved = array_of(x), np.array(value), axes, with_nans
    return reduced(x, axes, keepdim, value, _extreme_gradient, *saved)


def _extreme_gradient(
    g: np.ndarray, a: np.ndarray, value: np.ndarray, axes: tuple[int, ...], with_nans: bool
) -> Any:
    there = (a == value) | (np.isnan(a) & np.isnan(value) & with_nans)
    return there * (g / there.sum(axes, keepdims=True))


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
    choose = np.argmax if name == "max" else np.argmin
    at = choose(np.atleast_1d(values_of(x)), axis, keepdims=True)
    return chosen(name, x, at, axis, keepdim)


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
    a = values_of(x)
    rows = a.reshape(1, -1) if dim is None or not x.ndim else np.moveaxis(a, axes[0], -1)
    at = (np.argmax if name == "argmax" else np.argmin)(rows, -1)
    return record(adopt(np.reshape(at, kept_shape(x.shape, axes, keepdim)).astype(np.int64)))


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
