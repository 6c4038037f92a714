"""Functions of the elements of two and three tensors, and of one with options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .convert import FLOAT
from .inside import array_of, as_tensor
from .operators import mul, pow
from .pointwise import Op, described, no_slope, old_order
from .promotion import cast, common, operand

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Operand = ArrayLike | Tensor
    Binary = Callable[[Operand, Operand], Tensor]

__all__ = [
    "addcdiv", "addcmul", "arctan2", "atan2", "copysign", "hypot", "ldexp", "lerp", "logaddexp",
    "logaddexp2", "logit", "nextafter", "xlogy",
]  # fmt: skip


def _of(op: Op, summary: str, example: str, shown: str) -> Binary:
    """A function of an op of two tensors."""

    def function(input: Operand, other: Operand) -> Tensor:
        return op(input, other)

    made: Binary = described(function, op.name, summary, example, shown)
    return made


def _angle_slope(g: np.ndarray, part: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of atan2, which has none where both are 0."""
    square = a * a + b * b
    return np.where(square == 0, 0, g * part / square)


def _xlogy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y))


# fmt: off
atan2: Binary = _of(
    Op(
        "atan2", np.arctan2,
        (lambda g, a, b: _angle_slope(g, b, a, b), lambda g, a, b: _angle_slope(g, -a, a, b)),
        floating=True, wide=True,
    ),
    "The angle of the point (other, input), in radians from -pi to pi.",
    "[1.0, -1.0], [0.0, -1.0]", "tensor([ 1.5708, -2.3562])",
)
arctan2: Binary = atan2
hypot: Binary = _of(
    Op(
        "hypot", np.hypot,
        (lambda g, a, y: g * (a / y), lambda g, b, y: g * (b / y)),
        "f", wide=True,
    ),
    "The length of the hypotenuse, sqrt(input ** 2 + other ** 2), of floats.",
    "[3.0, 5.0], [4.0, 12.0]", "tensor([ 5., 13.])",
)
copysign: Binary = _of(
    Op(
        "copysign", np.copysign,
        (lambda g, a, y: np.where(a == 0, 0, g * (y / a)), no_slope),
        floating=True,
    ),
    "The sizes of elements of `input` with the signs of those of `other`.",
    "[1.0, 2.0], [-0.0, 3.0]", "tensor([-1.,  2.])",
)
logaddexp: Binary = _of(
    Op(
        "logaddexp", np.logaddexp,
        (lambda g, a, b: g / (1 + np.exp(b - a)), lambda g, a, b: g / (1 + np.exp(a - b))),
        "f", wide=False,
    ),
    "log(exp(input) + exp(other)) of floats, however large.",
    "[0.0, 1000.0], [0.0, 1000.0]", "tensor([6.9315e-01, 1.0007e+03])",
)
logaddexp2: Binary = _of(
    Op(
        "logaddexp2", np.logaddexp2,
        (lambda g, a, b: g / (1 + np.exp2(b - a)), lambda g, a, b: g / (1 + np.exp2(a - b))),
        "f",
    ),
    "log2(2 ** input + 2 ** other) of floats, however large.",
    "[0.0, 2000.0], [0.0, 2000.0]", "tensor([1.0000e+00, 2.0010e+03])",
)
xlogy: Binary = _of(
    Op(
        "xlogy", _xlogy,
        (lambda g, a, b: np.where((a == 0) & (b <= 0), 0, _xlogy(g, b)), lambda g, a, b: g * (a / b)),
        floating=True,
    ),
    "input * log(other), and 0 where `input` is 0 and `other` a number.",
    "[0.0, 2.0], [0.0, 10.0]", "tensor([0.0000, 4.6052])",
)
nextafter: Binary = _of(
    Op("nextafter", lambda a, b: np.nextafter(cast(a, FLOAT), cast(b, FLOAT)), (), "f"),
    "The float next to each element of `input`, in the direction of `other`.",
    "[0.0, 1.0], [1.0, 1.0]", "tensor([1.4013e-45, 1.0000e+00])",
)
# fmt: on


def ldexp(input: Operand, other: Operand) -> Tensor:
    """input * 2 ** other, element by element, in float32.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ldexp([1.5, 3.0], [1, -1])
    tensor([3.0000, 1.5000])
    """
    return mul(input, pow(2.0, other))


def lerp(input: Operand, end: Operand, weight: Operand) -> Tensor:
    """input + weight * (end - input), element by element.

    Parameters
    ----------
    input, end : Tensor or array_like
        float32, of shapes that broadcast.
    weight : number or Tensor
        How far it is from `input` to `end`: 0 and 1 give these.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        The dtypes differ, or are not float32.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.lerp([0.0, 10.0], [4.0, 20.0], 0.25)
    tensor([ 1.0000, 12.5000])
    """
    x = as_tensor(input)
    others = [as_tensor(end)]
    w = operand(weight)
    if not isinstance(w, int | float):
        others.append(w)
    for other in others:
        if other.dtype != x.dtype:
            raise RuntimeError(f"lerp of {x.dtype} with {other.dtype}: they must agree")
    return _LERP(x, others[0], w, dtype=x.dtype)


def _between(a: Any, b: Any, c: Any) -> Any:
    return np.where(np.abs(c) < 0.5, a + c * (b - a), b - (b - a) * (1 - c))


_LERP = Op(
    "lerp",
    _between,
    (lambda g, c: g * (1 - c), lambda g, c: g * c, lambda g, a, b: g * (b - a)),
    "f",
)


def addcmul(
    input: Operand, tensor1: Operand, tensor2: Operand, *old: Operand, value: float = 1
) -> Tensor:
    """input + value * tensor1 * tensor2, element by element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addcmul([1.0, 1.0], [2.0, 3.0], [10.0, 10.0], value=0.5)
    tensor([11., 16.])
    """
    if old:
        value, tensor1, tensor2 = old_order("addcmul", "value", tensor1, tensor2, *old, tensors=2)
    tensors = as_tensor(input), as_tensor(tensor1), as_tensor(tensor2)
    return _ADDCMUL(*tensors, value, dtype=common(map(array_of, tensors)))


_ADDCMUL = Op(
    "addcmul",
    lambda a, b, c, d: a + d * b * c,
    (lambda g: g, lambda g, c, d: g * d * c, lambda g, b, d: g * d * b, None),
)


def addcdiv(
    input: Operand, tensor1: Operand, tensor2: Operand, *old: Operand, value: float = 1
) -> Tensor:
    """input + value * tensor1 / tensor2, element by element, in float32.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        Both `tensor1` and `tensor2` are of whole numbers.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addcdiv([1.0, 1.0], [2.0, 3.0], [4.0, 4.0], value=2)
    tensor([2.0000, 2.5000])
    """
    if old:
        value, tensor1, tensor2 = old_order("addcdiv", "value", tensor1, tensor2, *old, tensors=2)
    above, below = as_tensor(tensor1), as_tensor(tensor2)
    if above.dtype.kind != "f" and below.dtype.kind != "f":
        raise RuntimeError(
            "addcdiv divides floats: call .float() on tensor1 or tensor2, or use div with a rounding_mode"
        )
    return _ADDCDIV(input, above, below, value)


_ADDCDIV = Op(
    "addcdiv",
    lambda a, b, c, d: a + d * (b / c),
    (lambda g: g, lambda g, c, d: g * d / c, lambda g, b, c, d: -g * d * (b / c / c), None),
)


def logit(input: ArrayLike | Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)) of each element x, the inverse of `sigmoid`.

    Parameters
    ----------
    input : Tensor or array_like
        Of any shape.
    eps : float, optional
        Elements are taken to be `eps` at least and ``1 - eps`` at most. By default the result is NaN
        below 0 and above 1.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logit([0.5, 0.9]), lanegrad.logit([0.0, 0.5], eps=0.1)
    (tensor([0.0000, 2.1972]), tensor([-2.1972,  0.0000]))
    """
    return _LOGIT(input, options=(eps,))


def _logit(x: Any, eps: float | None) -> Any:
    if eps is not None:
        x = np.where(x < eps, eps, np.where(x > 1 - eps, 1 - eps, x))
    return np.log(x / (1 - x))


def _logit_slope(g: Any, a: Any, eps: float | None) -> Any:
    beyond, outside = (a < 0) | (a > 1), np.nan
    if eps is not None:
        beyond, outside = (a < eps) | (a > 1 - eps), 0.0
    return np.where(beyond, outside, g / (a * (1 - a)))


_LOGIT = Op("logit", _logit, (_logit_slope,), floating=True)
