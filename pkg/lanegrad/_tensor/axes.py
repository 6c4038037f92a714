"""Which axes of a tensor an argument `dim` means."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any

__all__ = ["axes_of", "axis_of"]


def axis_of(dim: Any, ndim: int) -> int:
    """The axis that `dim` means in a tensor of so many axes, counted from the first one.

    A tensor without axes is taken for one with a single axis.

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `dim` is no integer.

    Examples
    --------
    >>> axis_of(-1, 3)
    2
    >>> axis_of(2, 2)
    Traceback (most recent call last):
    IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)
    """
    if isinstance(dim, bool):
        raise TypeError("dim must be int, not bool")
    axis, axes = index(dim), max(ndim, 1)
    if not -axes <= axis < axes:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-axes}, {axes - 1}], but got {axis})"
        )
    return axis % axes


def axes_of(dim: Any, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` means, an integer or several: NumPy's, and so none of a tensor without axes.

    None and no integer at all mean all axes.

    Raises
    ------
    IndexError
        There is no such axis.
    RuntimeError
        An axis is named twice.
    TypeError
        `dim` is something else.

    Examples
    --------
    >>> axes_of((0, -1), 3), axes_of(None, 2), axes_of(-1, 0)
    ((0, 2), (0, 1), ())
    """
    dims = () if dim is None else tuple(dim) if isinstance(dim, Iterable) else (dim,)
    axes = tuple(axis_of(d, ndim) for d in dims)
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
    return (axes or tuple(range(ndim))) if ndim else ()
