"""Ops whose results are one or another of their inputs: the larger one, the nearer bound, a mask's choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, adopt, array_or_same, record
from .convert import FLOAT
from .inside import array_of, as_tensor
from .pointwise import BOOL, Op, Slope, described
from .promotion import cast, common, fitting, operand, result_type

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Operand = ArrayLike | Tensor
    Binary = Callable[[Operand, Operand], Tensor]

__all__ = [
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "fmax",
    "fmin",
    "heaviside",
    "masked_fill",
    "maximum",
    "minimum",
    "nan_to_num",
    "relu",
    "where",
]


# --- of two -------------------------------------------------------------------------------------------------


def _of_two(
    name: str, ufunc: np.ufunc, slopes: tuple[Slope, Slope], summary: str, shown: str
) -> Binary:
    """A function that gives one of two elements."""
    op = Op(name, ufunc, slopes)

    def function(input: Operand, other: Operand) -> Tensor:
        return op(input, other)

    example = "[1.0, 5.0, float('nan')], [2.0, 3.0, 4.0]"
    made: Binary = described(function, name, summary, example, shown)
    return made


# fmt: off
maximum: Binary = _of_two(
    "maximum", np.maximum,
    (
        lambda g, a, b: np.where(a < b, 0, np.where(a == b, g / 2, g)),
        lambda g, a, b: np.where(b < a, 0, np.where(a == b, g / 2, g)),
    ),
    "The larger of two elements, or NaN if one is; equals share the gradient.", "tensor([2., 5., nan])",
)
minimum: Binary = _of_two(
    "minimum", np.minimum,
    (
        lambda g, a, b: np.where(a > b, 0, np.where(a == b, g / 2, g)),
        lambda g, a, b: np.where(b > a, 0, np.where(a == b, g / 2, g)),
    ),
    "The smaller of two elements, or NaN if one is; equals share the gradient.", "tensor([1., 3., nan])",
)
fmax: Binary = _of_two(
    "fmax", np.fmax,
    (
        lambda g, a, b: np.where((a >= b) | np.isnan(b), g, 0),
        lambda g, a, b: np.where((a >= b) | np.isnan(b), 0, g),
    ),
    "The larger of two elements, or the other if one is NaN.", "tensor([2., 5., 4.])",
)
fmin: Binary = _of_two(
    "fmin", np.fmin,
    (
        lambda g, a, b: np.where((a <= b) | np.isnan(b), g, 0),
        lambda g, a, b: np.where((a <= b) | np.isnan(b), 0, g),
    ),
    "The smaller of two elements, or the other if one is NaN.", "tensor([1., 3., 4.])",
)
# fmt: on


# --- within bounds ------------------------------------------------------------------------------------------

_AT_LEAST = Op(
    "clamp",
    np.maximum,
    (lambda g, a, b: np.where(a >= b, g, 0), lambda g, a, b: np.where(a < b, g, 0)),
)
_AT_MOST = Op(
    "clamp",
    np.minimum,
    (lambda g, a, b: np.where(a <= b, g, 0), lambda g, a, b: np.where(a > b, g, 0)),
)
_BETWEEN = Op(
    "clamp",
    lambda a, b, c: np.minimum(np.maximum(a, b), c),
    (
        lambda g, a, b, c: np.where((a >= b) & (a <= c), g, 0),
        lambda g, a, b, c: np.where((a < b) & (b < c), g, 0),
        lambda g, a, b, c: np.where((a > c) | (b > c), g, 0),
    ),
    "fiu",
)


def clamp(input: Operand, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """Each element, or the bound that it is beyond; `clip` is the same function.

    Parameters
    ----------
    input : Tensor or array_like
        Whole numbers stay such if the bounds are.
    min, max : number, Tensor or array_like, optional
        At least one of them, of shapes that broadcast. Where `min` is above `max` the result is `max`. The
        gradient passes where an element is not beyond a bound, and else goes to the bound.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        There is no bound, or no element of the dtype can be what a bound is.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.clamp([-2.0, 0.5, 3.0], 0, 1), lanegrad.clamp([-2, 5], max=2)
    (tensor([0.0000, 0.5000, 1.0000]), tensor([-2,  2]))
    """
    x = as_tensor(input)
    op = _BETWEEN if max is not None else _AT_LEAST
    if min is None:
        if max is None:
            raise RuntimeError("clamp takes min, max or both: both are None")
        op = _AT_MOST
    given = [v for v in (min, max) if v is not None]
    if x.dtype == FLOAT and all(type(v) is float or type(v) is int for v in given):
        return op(x, *given)
    bounds = [operand(v) for v in given]
    dtype = common(array_or_same(v) for v in (x, *bounds))
    if dtype == BOOL and not all(isinstance(v, BaseTensor) for v in bounds):
        raise NotImplementedError("bools are clamped by a tensor of bools alone")
    return op(x, *[fitting(v, dtype, "bound") for v in bounds])


clip: Callable[..., Tensor] = clamp


def clamp_min(input: Operand, min: Operand) -> Tensor:
    """Each element, or `min` if it is below.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.clamp_min([-2.0, 3.0], 0)
    tensor([0., 3.])
    """
    return clamp(input, min)


def clamp_max(input: Operand, max: Operand) -> Tensor:
    """Each element, or `max` if it is above.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.clamp_max([-2.0, 3.0], 0)
    tensor([-2.,  0.])
    """
    return clamp(input, max=max)


def relu(input: ArrayLike | Tensor) -> Tensor:
    """max(x, 0) of each element x, a float or a whole number.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.relu([-1.0, 2.0])
    tensor([0., 2.])
    """
    x = as_tensor(input)
    if x.dtype.kind == "f":
        return _core.elementwise(x, _core.relu, _core.relu_backward, True)
    return _RELU(x)


_RELU = Op("relu", lambda x: np.maximum(x, cast(0, x.dtype)), (), "iu")


def nan_to_num(
    input: ArrayLike | Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    """The elements with numbers in the place of NaN, inf and -inf.

    Parameters
    ----------
    input : Tensor or array_like
        Of any shape.
    nan, posinf, neginf : float, optional
        What comes in their place: 0, and the largest and the smallest finite number by default.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.nan_to_num([float("nan"), float("inf"), 1.0], posinf=9.0)
    tensor([0., 9., 1.])
    """
    most = float(np.finfo(np.float32).max)
    instead = (
        0.0 if nan is None else nan,
        most if posinf is None else posinf,
        -most if neginf is None else neginf,
    )
    return _NAN_TO_NUM(input, options=instead)


def _finite(x: Any, nan: float, most: float, least: float) -> Any:
    if x.dtype.kind != "f":
        return x.copy()
    return np.where(x != x, nan, np.where(x == np.inf, most, np.where(x == -np.inf, least, x)))


_NAN_TO_NUM = Op(
    "nan_to_num", _finite, (lambda g, a, nan, most, least: np.where(np.isfinite(a), g, 0),)
)


def heaviside(input: Operand, values: Operand) -> Tensor:
    """0 for each element below 0, 1 for each above, and what `values` says for 0.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        The dtypes differ.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.heaviside([-1.5, 0.0, 2.0], [0.5])
    tensor([0.0000, 0.5000, 1.0000])
    """
    x, at_zero = as_tensor(input), as_tensor(values)
    if x.dtype != at_zero.dtype:
        raise RuntimeError(
            f"heaviside of {x.dtype} with values of {at_zero.dtype}: they must agree"
        )
    return _HEAVISIDE(x, at_zero)


_HEAVISIDE = Op("heaviside", lambda a, b: np.where(a == 0, b, (a > 0).astype(a.dtype)))

# --- by a mask ----------------------------------------------------------------------------------------------


def _mask(x: Any, name: str, kinds: str) -> Tensor:
    # A copy of what is no tensor, which a gradient can hold on to.
    mask: Any = as_tensor(x)
    if mask is not x:
        mask = record(array_of(mask).copy())
    if mask.dtype != BOOL and mask.dtype.name not in kinds:
        raise RuntimeError(f"{name} must be of bools, found {mask.dtype}: x != 0 makes such of x")
    return mask  # type: ignore[no-any-return]


_CHOICE = Op(
    "where",
    np.where,
    (None, lambda g, a: np.where(a, g, 0), lambda g, a: np.where(a, 0, g)),
)


def where(condition: Operand, input: Operand | None = None, other: Operand | None = None) -> Any:
    """The elements of `input` where a condition holds, and those of `other` where not.

    Parameters
    ----------
    condition : Tensor or array_like
        Of bools. Alone, of any dtype: the result is then a tuple with the indices of what is not 0 along
        each axis.
    input, other : Tensor, number or array_like
        Of shapes that broadcast with that of `condition`; `result_type` says of which type the result is.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        `condition` is not of bools.
    TypeError
        Only one of `input` and `other` is given.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([-1.0, 0.5, 2.0])
    >>> lanegrad.where(x > 0, x, 0.0), lanegrad.where(x > 0)
    (tensor([0.0000, 0.5000, 2.0000]), (tensor([1, 2]),))
    """
    if input is None and other is None:
        found = np.nonzero(np.atleast_1d(array_of(as_tensor(condition)).array()))
        return tuple(record(adopt(np.array(indices))) for indices in found)
    if input is None or other is None:
        raise TypeError("where takes a condition, or a condition, input and other")
    chosen = _mask(condition, "condition", "uint8")
    x, y = operand(input), operand(other)
    kind = result_type(x, y)
    x, y = fitting(x, kind, "input"), fitting(y, kind, "other")
    return _CHOICE(chosen, x, y, dtype=kind)


def masked_fill(input: Operand, mask: Operand, value: Operand) -> Tensor:
    """The elements, with `value` in the place of those where a mask is True.

    Parameters
    ----------
    input : Tensor or array_like
        The result has its dtype.
    mask : Tensor or array_like
        Of bools, of a shape that broadcasts with that of `input`.
    value : number, or Tensor of one number without an axis

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        The mask is not of bools, `value` has axes, or no element can be what it is.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([1.0, 2.0, 3.0])
    >>> lanegrad.masked_fill(x, x > 1.5, -1.0)
    tensor([ 1., -1., -1.])
    """
    x = as_tensor(input)
    filled = _mask(mask, "mask", "")
    fill = fitting(operand(value), x.dtype, "value")
    if isinstance(fill, BaseTensor) and fill.shape:
        raise RuntimeError(f"value must be one number without an axis, found shape {fill.shape}")
    return _CHOICE(filled, fill, x, dtype=x.dtype)
