"""Sums, products and powers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, array_or_same
from .convert import FLOAT
from .inside import array_of, as_tensor
from .pointwise import BOOL, Op, old_order
from .promotion import cast, common, operand

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Operand = ArrayLike | Tensor

__all__ = [
    "add",
    "float_power",
    "mul",
    "multiply",
    "neg",
    "negative",
    "positive",
    "pow",
    "rsub",
    "square",
    "sub",
    "subtract",
]


# --- sums ---------------------------------------------------------------------------------------------------


def _scaled_sum(op: Op, input: Operand, other: Operand, alpha: Any) -> Tensor:
    """A sum or difference of which the second operand is multiplied by alpha, as PyTorch allows it."""
    alpha = operand(alpha)
    alpha = array_of(alpha).item() if isinstance(alpha, BaseTensor) else alpha
    operands = operand(input), operand(other)
    dtype = common(map(array_or_same, operands))
    if isinstance(alpha, bool) and dtype != BOOL:
        raise RuntimeError(f"alpha={alpha} for operands of {dtype}: only bools take a bool")
    if isinstance(alpha, float) and dtype.kind != "f":
        raise RuntimeError(f"alpha={alpha} for operands of {dtype}: it must be an int")
    return op(*operands, alpha, dtype=dtype)


ADD: Op = Op("add", np.add, (lambda g: g, lambda g: g))
SUB: Op = Op("sub", np.subtract, (lambda g: g, lambda g: -g))
_ADD_SCALED = Op("add", lambda a, b, c: a + b * c, (lambda g: g, lambda g, c: g * c, None))
_SUB_SCALED = Op("sub", lambda a, b, c: a - b * c, (lambda g: g, lambda g, c: -(g * c), None))


def add(input: Operand, other: Operand, *old: Operand, alpha: float = 1) -> Tensor:
    """input + alpha * other, element by element.

    Parameters
    ----------
    input, other : Tensor, number or array_like
        Of shapes that broadcast. `result_type` says in which type they meet.
    *old
        PyTorch's old order, ``add(input, alpha, other)``, is understood, with a warning.
    alpha : number
        An int unless the result is float32.

    Raises
    ------
    ShapeError
        The shapes do not fit: a RuntimeError and a ValueError.
    RuntimeError
        `alpha` is no number of the result's type.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.add([1.0, 2.0], 10), lanegrad.add([1.0, 2.0], [3.0, 4.0], alpha=0.5)
    (tensor([11., 12.]), tensor([2.5000, 4.0000]))
    """
    if old:
        alpha, other = old_order("add", "alpha", other, *old, tensors=1)
    if type(alpha) is not int or alpha != 1:
        return _scaled_sum(_ADD_SCALED, input, other, alpha)
    return ADD(input, other)


def sub(input: Operand, other: Operand, *old: Operand, alpha: float = 1) -> Tensor:
    """input - alpha * other, element by element; `subtract` is the same function.

    The parameters are those of `add`.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        An operand is of bools, whose difference `^` is, or `alpha` is no number of the result's type.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.sub([5.0, 7.0], [1.0, 2.0])
    tensor([4., 5.])
    """
    if old:
        alpha, other = old_order("sub", "alpha", other, *old, tensors=1)
    for x in (operand(input), operand(other)):
        if isinstance(x, bool) or (isinstance(x, BaseTensor) and x.dtype == BOOL):
            raise RuntimeError(
                "bools are not subtracted: use ^ or logical_not(), or .float() first"
            )
    if type(alpha) is not int or alpha != 1:
        return _scaled_sum(_SUB_SCALED, input, other, alpha)
    return SUB(input, other)


def rsub(input: Operand, other: Operand, *, alpha: float = 1) -> Tensor:
    """other - alpha * input, element by element: `sub` the other way round.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.rsub([0.25, 1.0], 1)
    tensor([0.7500, 0.0000])
    """
    return sub(other, input, alpha=alpha)


# --- products -----------------------------------------------------------------------------------------------

MUL: Op = Op("mul", np.multiply, (lambda g, b: g * b, lambda g, a: g * a))


def mul(input: Operand, other: Operand) -> Tensor:
    """input * other, element by element; `multiply` is the same function.

    Parameters
    ----------
    input, other : Tensor, number or array_like
        Of shapes that broadcast. `result_type` says in which type they meet.

    Raises
    ------
    ShapeError
        The shapes do not fit.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.mul([[1.0], [2.0]], [10.0, 20.0])
    tensor([[10., 20.],
            [20., 40.]])
    """
    return MUL(input, other)


def square(input: Operand) -> Tensor:
    """x * x of each element x; int64 of bools.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.square([3.0, -1.5])
    tensor([9.0000, 2.2500])
    """
    x = as_tensor(input)
    return pow(x, 2)


def neg(input: Operand) -> Tensor:
    """-input, element by element; `negative` is the same function.

    Raises
    ------
    RuntimeError
        `input` is of bools.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.neg([1.0, -2.0])
    tensor([-1.,  2.])
    """
    x = as_tensor(input)
    if x.dtype == BOOL:
        raise RuntimeError("bools have no negative: use ~ or logical_not()")
    return _NEG(x)


_NEG = Op("neg", np.negative, (lambda g: -g,), "fiu")


def positive(input: Operand) -> Tensor:
    """The tensor itself, which must not be of bools.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.positive([1.0, -2.0])
    tensor([ 1., -2.])
    """
    x = as_tensor(input)
    if x.dtype == BOOL:
        raise RuntimeError("+ is not for bools")
    return x


# --- powers -------------------------------------------------------------------------------------------------


def _power(a: np.ndarray, b: np.ndarray) -> Any:
    if a.dtype.kind == "f":
        return np.power(a, b)
    value = np.power(a, np.maximum(b, cast(0, b.dtype)))
    # 1 / x ** n of whole numbers, rounded towards 0
    below = np.where(a == 1, 1, np.where(a == cast(-1, a.dtype), np.where(b % 2 == 0, 1, -1), 0))
    return np.where(b < 0, below.astype(a.dtype), value)


_POWER_SLOPES = (
    lambda g, a, b: np.where(b == 0, 0, g * (b * np.power(a, b - 1))),
    lambda g, a, b, y: np.where((a == 0) & (b >= 0), 0, g * (y * np.log(a))),
)
# Frequent powers have programs without a logarithm. What they save is PyTorch's: the base, not the result.
_POWERS: dict[float, Op] = {
    2: Op("pow", lambda a: a * a, (lambda g, a: g * (2 * a),)),
    3: Op("pow", lambda a: a * a * a, (lambda g, a: g * (3 * (a * a)),)),
    0.5: Op("pow", np.sqrt, (lambda g, a: g / (2 * np.sqrt(a)),)),
    -1: Op("pow", lambda a: 1 / a, (lambda g, a: -(g / (a * a)),)),
}
_POW = Op("pow", _power, _POWER_SLOPES, "fiu")
_FLOAT_POWER = Op("float_power", _power, _POWER_SLOPES, floating=True)


def pow(input: Operand, exponent: Operand) -> Tensor:
    """input ** exponent, element by element.

    Parameters
    ----------
    input, exponent : Tensor, number or array_like
        Of shapes that broadcast. Whole numbers have whole powers; with a float they are float32.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        The exponent is a number below 0, and both are whole.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.pow([1.0, 3.0], 2), lanegrad.pow(2, lanegrad.tensor([0, 5]))
    (tensor([1., 9.]), tensor([ 1, 32]))
    """
    power: Any = exponent if type(exponent) in (int, float) else operand(exponent)
    if type(power) in (int, float) and power in _POWERS and as_tensor(input).dtype == FLOAT:
        return _POWERS[power](input)
    if isinstance(power, int) and power < 0 and as_tensor(input).dtype != FLOAT:
        raise RuntimeError(f"whole numbers have no power {power}: call .float() first")
    return _POW(input, power)


def float_power(input: Operand, exponent: Operand) -> Tensor:
    """input ** exponent in float32, the widest type here, where PyTorch has float64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.float_power([4, 9], -1)
    tensor([0.2500, 0.1111])
    """
    return _FLOAT_POWER(input, exponent)


negative: Callable[..., Tensor] = neg
subtract: Callable[..., Tensor] = sub
multiply: Callable[..., Tensor] = mul
