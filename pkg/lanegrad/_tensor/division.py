"""Quotients and what they leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .pointwise import Op, no_slope

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Operand = ArrayLike | Tensor

__all__ = ["div", "divide", "floor_divide", "fmod", "remainder", "true_divide"]


def _truncated(a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind == "f":
        return np.trunc(a / b)
    return np.floor_divide(a - np.fmod(a, b), b)


def _remainder(a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind != "f":
        return np.remainder(a, b)
    rest = np.fmod(a, b)
    return np.where((rest != 0) & ((b < 0) != (rest < 0)), rest + b, rest)


_NO_SLOPES = (no_slope, no_slope)
DIV: Op = Op(
    "div",
    np.divide,
    (lambda g, b: g / b, lambda g, a, b: -g * (a / b / b)),
    floating=True,
)
_DIV = {
    None: DIV,
    "floor": Op("div", np.floor_divide, _NO_SLOPES, "fiu", divides=True),
    "trunc": Op("div", _truncated, _NO_SLOPES, "fiu", divides=True),
}
_FLOOR_DIVIDE = Op("floor_divide", np.floor_divide, (), "fiu", divides=True)
_REMAINDER = Op(
    "remainder",
    _remainder,
    (lambda g: g, lambda g, a, b: -g * np.floor_divide(a, b)),
    "fiu",
    divides=True,
)
_FMOD = Op(
    "fmod",
    np.fmod,
    (lambda g: g, lambda g, a, b: -g * np.trunc(a / b)),
    "fiu",
    divides=True,
)


def div(input: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, element by element; `divide` and `true_divide` are the same function.

    Parameters
    ----------
    input, other : Tensor, number or array_like
        Of shapes that broadcast.
    rounding_mode : {None, "floor", "trunc"}
        None: float32, of whole numbers too. "floor", "trunc": rounded down or towards 0, in the type
        in which the operands meet, and without a slope.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        There is no such rounding mode, or whole numbers are to be rounded and one is divided by 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.div([7, -7], 2), lanegrad.div([7, -7], 2, rounding_mode="trunc")
    (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]))
    """
    op = _DIV.get(rounding_mode)
    if op is None:
        raise RuntimeError(
            f"rounding_mode must be None, 'floor' or 'trunc', found {rounding_mode!r}"
        )
    return op(input, other)


def floor_divide(input: Operand, other: Operand) -> Tensor:
    """input // other, element by element: the quotient rounded down, in the type in which they meet.

    Raises
    ------
    RuntimeError
        A whole number is divided by 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.floor_divide([7, -7], 2)
    tensor([ 3, -4])
    """
    return _FLOOR_DIVIDE(input, other)


def remainder(input: Operand, other: Operand) -> Tensor:
    """input % other, element by element: what `floor_divide` leaves, of the sign of `other`.

    Raises
    ------
    RuntimeError
        A whole number is divided by 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.remainder([7, -7], 3)
    tensor([1, 2])
    """
    return _REMAINDER(input, other)


def fmod(input: Operand, other: Operand) -> Tensor:
    """What a division rounded towards 0 leaves, of the sign of `input`, element by element.

    Raises
    ------
    RuntimeError
        A whole number is divided by 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.fmod([7, -7], 3)
    tensor([ 1, -1])
    """
    return _FMOD(input, other)


divide: Callable[..., Tensor] = div
true_divide: Callable[..., Tensor] = div
