"""Views: tensors that show the memory of another one, in another shape.

A change in place of a view changes its base, and the other way round, also on the tape: `_core.record_view`
notes which function of arrays makes the view, and what gives the base's gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, record, record_view
from .axes import axis_of
from .broadcasting import summed_to
from .inside import array_of, as_tensor, plain_array

__all__ = [
    "broadcast_tensors", "broadcast_to", "detach", "flatten", "moveaxis", "movedim", "permute", "ravel",
    "reshape", "squeeze", "swapaxes", "swapdims", "t", "transpose", "unflatten", "unsqueeze",
]  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Input = ArrayLike | Tensor


def sizes(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """A shape that is given as several numbers, or as one sequence of them."""
    if len(shape) == 1 and not hasattr(shape[0], "__index__"):
        return tuple(shape[0])
    return shape


def reshape(input: Input, *shape: Any) -> Tensor:
    """The same elements in another shape, in the same memory where that can be, else a copy.

    Parameters
    ----------
    input : Tensor or array_like
    *shape : int, or one sequence of int
        One of the sizes may be -1: what is left.

    Raises
    ------
    ShapeError
        `input` has another number of elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return _core.reshape(as_tensor(input), sizes(shape))


def view(input: Input, *shape: Any) -> Tensor:
    """The same elements in another shape, in the same memory.

    Raises
    ------
    ShapeError
        No view of this memory has that shape: `reshape` copies then.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.zeros(2, 3)
    >>> x.view(3, -1)[0, 0] = 1
    >>> x
    tensor([[1., 0., 0.],
            [0., 0., 0.]])
    """
    x = as_tensor(input)
    if len(shape) == 1 and isinstance(shape[0], np.dtype | type):
        if np.dtype(shape[0]) == x.dtype:
            return x
        raise TypeError("view() does not show elements as another dtype: use .to() to convert them")
    shown = _core.reshape(x, sizes(shape))
    if shown.numel() and not array_of(shown).shares(array_of(x)):
        raise ShapeError(
            f"view size is not compatible with input tensor's size and stride: of shape {x.shape}, not in "
            f"memory as it is read, there is no view of shape {shown.shape}: use .reshape(...)"
        )
    return shown


def flatten(input: Input, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The same elements with the axes from `start_dim` to `end_dim` made one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.flatten(lanegrad.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    x = as_tensor(input)
    shape = x.shape or (1,)
    start, end = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    if start > end:
        raise ShapeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end and x.ndim:
        return x
    return _core.reshape(x, (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Input) -> Tensor:
    """The elements along one axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ravel([[1, 2], [3, 4]])
    tensor([1, 2, 3, 4])
    """
    return _core.reshape(as_tensor(input), (-1,))


def unflatten(input: Input, dim: int, sizes: Sequence[int]) -> Tensor:
    """An axis cut into several, of these sizes; one may be -1.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 12).unflatten(1, (3, -1)).shape
    (2, 3, 4)
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    known = -prod(sizes) if -1 in sizes else prod(sizes)
    whole = x.shape[axis]
    if not len(sizes) or (whole % known if known and -1 in sizes else known != whole):
        raise ShapeError(
            f"unflatten: sizes {list(sizes)} do not make up the size {whole} of dim {dim}"
        )
    new = [whole // known if size == -1 else size for size in sizes]
    return _core.reshape(x, (*x.shape[:axis], *new, *x.shape[axis + 1 :]))


def permute(input: Input, *dims: Any) -> Tensor:
    """The axes in another order.

    Parameters
    ----------
    input : Tensor or array_like
    *dims : int, or one sequence of int
        All axes, in the order that they are to have.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3, 4).permute(2, 0, 1).shape
    (4, 2, 3)
    """
    x, order = as_tensor(input), sizes(dims)
    if len(order) != x.ndim:
        raise ShapeError(
            f"permute(): {len(order)} axes are given, {tuple(order)}, of a tensor of shape {x.shape}"
        )
    axes = tuple(axis_of(dim, x.ndim) for dim in order)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"permute(): duplicate dims are not allowed, found {tuple(order)}")
    return permuted(x, axes)


def permuted(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The axes in another order, which are counted from the first one."""
    return record_view(*permuting(x, axes))


def permuting(x: Tensor, axes: tuple[int, ...]) -> tuple[Any, ...]:
    """What `record_view` takes for that."""
    back = [0] * len(axes)
    for place, axis in enumerate(axes):
        back[axis] = place
    return x, _core.with_axes, (axes,), _core.transpose_gradient, (tuple(back),)


def exchanged(ndim: int, dim0: int, dim1: int) -> tuple[int, ...]:
    """The axes of a tensor of so many, two of them exchanged."""
    axes = list(range(ndim))
    first, second = axis_of(dim0, ndim), axis_of(dim1, ndim)
    if axes:
        axes[first], axes[second] = second, first
    return tuple(axes)


def transpose(input: Input, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged; `swapdims` is the same function.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([[1, 2, 3]]).transpose(0, 1)
    tensor([[1],
            [2],
            [3]])
    """
    x = as_tensor(input)
    return permuted(x, exchanged(x.ndim, dim0, dim1))


def swapaxes(input: Input, axis0: int, axis1: int) -> Tensor:
    """As `transpose`."""
    return transpose(input, axis0, axis1)


swapdims: Callable[..., Tensor] = transpose


def t(input: Input) -> Tensor:
    """A matrix with rows and columns exchanged; what has fewer axes, as it is.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.t([[1, 2, 3]]).shape
    (3, 1)
    """
    x = as_tensor(input)
    return permuted(x, turned(x.ndim))


def turned(ndim: int) -> tuple[int, ...]:
    """The axes in the order that `t` gives them."""
    if ndim > 2:
        raise ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return tuple(reversed(range(ndim)))


def movedim(input: Input, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Axes moved to other places, the others in their order; `moveaxis` is the same function.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3, 4).movedim(0, -1).shape
    (3, 4, 2)
    """
    x = as_tensor(input)
    sources, targets = (
        [axis_of(d, x.ndim) for d in ([dims] if isinstance(dims, int) else dims)]
        for dims in (source, destination)
    )
    if len(sources) != len(targets):
        raise ShapeError(f"movedim: {len(sources)} axes are to go to {len(targets)} places")
    if len(set(sources)) < len(sources) or len(set(targets)) < len(targets):
        raise ShapeError(f"movedim: repeated dim in {source} or {destination}")
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for place, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(place, axis)
    return permuted(x, tuple(order))


moveaxis: Callable[..., Tensor] = movedim


def squeeze(input: Input, dim: Any = None, *more: int) -> Tensor:
    """Without axes of a single element: all of them, or those of `dim` that have one.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.zeros(1, 3, 1)
    >>> x.squeeze().shape, x.squeeze(0).shape, x.squeeze(1).shape
    ((3,), (3, 1), (1, 3, 1))
    """
    x = as_tensor(input)
    return _core.reshape(x, squeezed(x.shape, (dim, *more) if more else dim))


def squeezed(shape: tuple[int, ...], dim: Any) -> list[int]:
    """A shape without axes of a single element."""
    dims = range(len(shape)) if dim is None else dim if isinstance(dim, tuple | list) else [dim]
    axes = {axis_of(d, len(shape)) for d in dims}
    return [n for i, n in enumerate(shape) if not (i in axes and n == 1)]


def unsqueeze(input: Input, dim: int) -> Tensor:
    """With an axis of one element more, in front of axis `dim`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3).unsqueeze(1).shape
    (2, 1, 3)
    """
    return record_view(*unsqueezing(as_tensor(input), dim))


def unsqueezing(x: Tensor, dim: int) -> tuple[Any, ...]:
    """What `record_view` takes for that."""
    parts = (*(slice(None),) * axis_of(dim, x.ndim + 1), None)
    return x, _core.part_of, (parts,), _core.reshape_gradient, (x.shape,)


def expand(input: Input, *size: Any) -> Tensor:
    """Axes of one element repeated, and new axes in front, without a copy.

    Parameters
    ----------
    input : Tensor or array_like
    *size : int, or one sequence of int
        -1 leaves an axis as it is.

    Raises
    ------
    ShapeError
        An axis of several elements would have to be repeated.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    x, wanted = as_tensor(input), list(sizes(size))
    extra = len(wanted) - x.ndim
    for i, n in enumerate(wanted):
        if n == -1 and i < extra:
            raise ShapeError(
                f"the expanded size -1 isn't allowed in a leading, non-existing dimension {i}"
            )
        if n == -1:
            wanted[i] = x.shape[i - extra]
    return record_view(x, _core.expanded, (tuple(wanted),), _expand_gradient, (x.shape,))


def _expand_gradient(g: Array, shape: tuple[int, ...]) -> Array:
    return summed_to(g.array(), shape)


def expand_as(input: Input, other: Tensor) -> Tensor:
    """Expanded to the shape of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(1, 3).expand_as(lanegrad.zeros(2, 3)).shape
    (2, 3)
    """
    return expand(input, other.shape)


def broadcast_to(input: Input, size: Sequence[int]) -> Tensor:
    """As `expand`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.broadcast_to([1, 2], (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(input, size)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Tensors expanded to the shape that arithmetic with all of them would give.

    Examples
    --------
    >>> import lanegrad
    >>> [x.shape for x in lanegrad.broadcast_tensors([[1], [2]], [1, 2, 3])]
    [(2, 3), (2, 3)]
    """
    parts = [as_tensor(x) for x in (tensors[0] if len(tensors) == 1 else tensors)]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in parts))
    except ValueError:
        raise ShapeError(
            f"shapes {', '.join(str(x.shape) for x in parts)} do not broadcast"
        ) from None
    return tuple(expand(x, shape) for x in parts)


def view_as(input: Input, other: Tensor) -> Tensor:
    """The same elements, in the same memory, in the shape of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(6).view_as(lanegrad.zeros(2, 3)).shape
    (2, 3)
    """
    return view(input, other.shape)


def reshape_as(input: Input, other: Tensor) -> Tensor:
    """The same elements in the shape of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(6).reshape_as(lanegrad.zeros(2, 3)).shape
    (2, 3)
    """
    return reshape(input, other.shape)


def detach(input: Tensor) -> Tensor:
    """A tensor of the same memory that requires no gradient.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(2, requires_grad=True).detach()
    tensor([1., 1.])
    """
    return record(plain_array(input).alias())
