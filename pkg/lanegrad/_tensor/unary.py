"""Functions of each element of one tensor, most of them lines of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array
from . import special
from .pointwise import BOOL, Op, Slope, described, floats, no_slope
from .tracing import function, single

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Unary = Callable[[ArrayLike | Tensor], Tensor]

__all__ = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_not",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "fix",
    "floor",
    "frac",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logical_not",
    "rad2deg",
    "reciprocal",
    "round",
    "rsqrt",
    "sgn",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
]

LN2, LN10 = np.log(2.0), np.log(10.0)


# --- what makes the functions -------------------------------------------------------------------------------


def _of(op: Op, summary: str, example: str, shown: str) -> Unary:
    """A function of an op."""

    def of_each(input: ArrayLike | Tensor) -> Tensor:
        return op(input)

    made: Unary = described(of_each, op.name, summary, example, shown)
    return made


def _floating(
    name: str,
    value: Callable[..., Any],
    slope: Slope,
    summary: str,
    example: str,
    shown: str,
    kernel: Callable[[Array], Array] | None = None,
) -> Unary:
    """A function whose results are float32, of whole numbers too."""
    op = Op(name, value, (slope,), floating=True, kernel=kernel, wide=True)
    return _of(op, summary, example, shown)


def _kernel(
    name: str,
    kernel: Callable[[Array], Array],
    backward: Callable[[Array, Array], Array],
    from_result: bool,
    summary: str,
    example: str,
    shown: str,
) -> Unary:
    """The same by kernels, which keep images in lanes."""

    def of_each(input: ArrayLike | Tensor) -> Tensor:
        return _core.elementwise(floats(input), kernel, backward, from_result)

    made: Unary = described(of_each, name, summary, example, shown)
    return made


def _test(name: str, value: Callable[..., Any], summary: str, example: str, shown: str) -> Unary:
    """A function whose results are True or False."""
    return _of(Op(name, value, result=BOOL), summary, example, shown)


def _step(name: str, value: Callable[..., Any], summary: str, example: str, shown: str) -> Unary:
    """A function to whole numbers, which are such already in tensors of them."""
    op = Op(name, _but_for_whole(value), (no_slope,), "fiu")
    return _of(op, summary, example, shown)


def _but_for_whole(value: Callable[..., Any]) -> Callable[[np.ndarray], Any]:
    return lambda x: value(x) if x.dtype.kind == "f" else x.copy()


def _sign(x: Any) -> Any:
    if x.dtype == BOOL:
        return x.copy()
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)  # 0 for NaN, as PyTorch has it


# fmt: off
# --- exponentials and logarithms ----------------------------------------------------------------------------

exp: Unary = _floating(
    "exp", np.exp, lambda g, y: g * y,
    "e to the power of each element.", "[0.0, 1.0]", "tensor([1.0000, 2.7183])",
    kernel=_core.exp,
)
log: Unary = _floating(
    "log", np.log, lambda g, a: g / a,
    "The natural logarithm of each element.", "[1.0, 10.0]", "tensor([0.0000, 2.3026])",
    kernel=_core.log,
)
sigmoid: Unary = _kernel(
    "sigmoid", _core.sigmoid, _core.sigmoid_backward, True,
    "1 / (1 + exp(-x)) of each element x.", "[-1.0, 0.0]", "tensor([0.2689, 0.5000])",
)
tanh: Unary = _kernel(
    "tanh", _core.tanh, _core.tanh_backward, True,
    "The hyperbolic tangent of each element.", "[-1.0, 0.5]", "tensor([-0.7616,  0.4621])",
)
exp2: Unary = _floating(
    "exp2", np.exp2, lambda g, y: g * y * LN2,
    "2 to the power of each element.", "[0.0, 3.0]", "tensor([1., 8.])",
)
expm1: Unary = _floating(
    "expm1", np.expm1, lambda g, y: g * (y + 1),
    "exp(x) - 1 of each element x, exact near 0 too.", "[0.0, 1.0]", "tensor([0.0000, 1.7183])",
)
log2: Unary = _floating(
    "log2", np.log2, lambda g, a: g / (a * LN2),
    "The logarithm to base 2 of each element.", "[1.0, 8.0]", "tensor([0., 3.])",
)
log10: Unary = _floating(
    "log10", np.log10, lambda g, a: g / (a * LN10),
    "The logarithm to base 10 of each element.", "[1.0, 100.0]", "tensor([0., 2.])",
)
log1p: Unary = _floating(
    "log1p", np.log1p, lambda g, a: g / (a + 1),
    "log(1 + x) of each element x, exact near 0 too.", "[0.0, 1.0]", "tensor([0.0000, 0.6931])",
    kernel=_core.log1p,
)

# --- powers -------------------------------------------------------------------------------------------------

sqrt: Unary = _floating(
    "sqrt", np.sqrt, lambda g, y: g / (2 * y),
    "The square root of each element.", "[4.0, 9.0]", "tensor([2., 3.])",
)
rsqrt: Unary = _floating(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, y: -0.5 * g * y**3,
    "1 / sqrt(x) of each element x.", "[4.0, 16.0]", "tensor([0.5000, 0.2500])",
    kernel=_core.rsqrt,
)
reciprocal: Unary = _floating(
    "reciprocal", lambda x: 1 / x, lambda g, y: -g * y * y,
    "1 / x of each element x.", "[2.0, 4.0]", "tensor([0.5000, 0.2500])",
)

# --- angles -------------------------------------------------------------------------------------------------

sin: Unary = _floating(
    "sin", np.sin, lambda g, a: g * np.cos(a),
    "The sine of each element, an angle in radians.", "[0.0, 1.0]", "tensor([0.0000, 0.8415])",
    kernel=_core.sin,
)
cos: Unary = _floating(
    "cos", np.cos, lambda g, a: -g * np.sin(a),
    "The cosine of each element, an angle in radians.", "[0.0, 1.0]", "tensor([1.0000, 0.5403])",
    kernel=_core.cos,
)
tan: Unary = _floating(
    "tan", np.tan, lambda g, y: g * (1 + y * y),
    "The tangent of each element, an angle in radians.", "[0.0, 1.0]", "tensor([0.0000, 1.5574])",
)
asin: Unary = _floating(
    "asin", np.arcsin, lambda g, a: g / np.sqrt(1 - a * a),
    "The arc sine of each element.", "[0.0, 1.0]", "tensor([0.0000, 1.5708])",
)
arcsin: Unary = asin
acos: Unary = _floating(
    "acos", np.arccos, lambda g, a: -g / np.sqrt(1 - a * a),
    "The arc cosine of each element.", "[0.0, 1.0]", "tensor([1.5708, 0.0000])",
)
arccos: Unary = acos
atan: Unary = _floating(
    "atan", np.arctan, lambda g, a: g / (1 + a * a),
    "The arc tangent of each element.", "[0.0, 1.0]", "tensor([0.0000, 0.7854])",
)
arctan: Unary = atan
sinh: Unary = _floating(
    "sinh", np.sinh, lambda g, a: g * np.cosh(a),
    "The hyperbolic sine of each element.", "[0.0, 1.0]", "tensor([0.0000, 1.1752])",
)
cosh: Unary = _floating(
    "cosh", np.cosh, lambda g, a: g * np.sinh(a),
    "The hyperbolic cosine of each element.", "[0.0, 1.0]", "tensor([1.0000, 1.5431])",
)
asinh: Unary = _floating(
    "asinh", np.arcsinh, lambda g, a: g / np.sqrt(a * a + 1),
    "The inverse hyperbolic sine of each element.", "[0.0, 1.0]", "tensor([0.0000, 0.8814])",
)
arcsinh: Unary = asinh
acosh: Unary = _floating(
    "acosh", np.arccosh, lambda g, a: g / np.sqrt(a * a - 1),
    "The inverse hyperbolic cosine of each element.", "[1.0, 2.0]", "tensor([0.0000, 1.3170])",
)
arccosh: Unary = acosh
atanh: Unary = _floating(
    "atanh", np.arctanh, lambda g, a: g / (1 - a * a),
    "The inverse hyperbolic tangent of each element.", "[0.0, 0.5]", "tensor([0.0000, 0.5493])",
)
arctanh: Unary = atanh
deg2rad: Unary = _floating(
    "deg2rad", np.deg2rad, lambda g: np.deg2rad(g),
    "Each element, an angle in degrees, in radians.", "[0.0, 180.0]", "tensor([0.0000, 3.1416])",
)
rad2deg: Unary = _floating(
    "rad2deg", np.rad2deg, lambda g: np.rad2deg(g),
    "Each element, an angle in radians, in degrees.", "[0.0, 1.0]", "tensor([ 0.0000, 57.2958])",
)
sinc: Unary = _floating(
    "sinc", np.sinc,
    lambda g, a: g * np.where(a == 0, 0, (np.cos(np.pi * a) - np.sinc(a)) / a),
    "sin(pi x) / (pi x) of each element x, and 1 at 0.", "[0.0, 0.5]", "tensor([1.0000, 0.6366])",
)

# --- integrals of the normal distribution, factorials -------------------------------------------------------

erf: Unary = _floating(
    "erf", function("erf", special.erf), lambda g, a: g * (2 / np.sqrt(np.pi)) * np.exp(-a * a),
    "The error function of each element.", "[0.0, 1.0]", "tensor([0.0000, 0.8427])",
    kernel=_core.erf,
)
erfc: Unary = _floating(
    "erfc", function("erfc", special.erfc), lambda g, a: g * (-2 / np.sqrt(np.pi)) * np.exp(-a * a),
    "1 - erf(x) of each element x, exact where that is near 0 too.",
    "[0.0, 1.0]", "tensor([1.0000, 0.1573])",
)
erfinv: Unary = _floating(
    "erfinv", special.erfinv, lambda g, y: g * (np.sqrt(np.pi) / 2) * np.exp(y * y),
    "The number whose error function each element is.", "[0.0, 0.5]", "tensor([0.0000, 0.4769])",
)
lgamma: Unary = _floating(
    "lgamma", special.lgamma, lambda g, a: g * special.digamma(a),
    "The logarithm of the absolute value of the gamma function of each element.",
    "[1.0, 5.0]", "tensor([0.0000, 3.1781])",
)
digamma: Unary = _floating(
    "digamma", special.digamma, lambda g, a: g * special.trigamma(a),
    "The slope of `lgamma` at each element.", "[1.0, 5.0]", "tensor([-0.5772,  1.5061])",
)

# --- signs and steps ----------------------------------------------------------------------------------------

abs: Unary = _of(
    Op("abs", np.abs, (lambda g, a: g * _sign(a),), "fiu"),
    "The absolute value of each element.", "[-1.5, 2.0]", "tensor([1.5000, 2.0000])",
)
absolute: Unary = abs
sign: Unary = _of(
    Op("sign", _sign, (no_slope,)),
    "1 for each element above 0, -1 for each below, else 0.", "[-1.5, 0.0, 2.0]", "tensor([-1.,  0.,  1.])",
)
sgn: Unary = _of(
    Op("sgn", _sign, (no_slope,)),
    "`sign`, which differs for complex numbers alone.", "[-1.5, 0.0, 2.0]", "tensor([-1.,  0.,  1.])",
)
floor: Unary = _step(
    "floor", np.floor,
    "Each element rounded down.", "[-1.5, 1.5]", "tensor([-2.,  1.])",
)
ceil: Unary = _step(
    "ceil", np.ceil,
    "Each element rounded up.", "[-1.5, 1.5]", "tensor([-1.,  2.])",
)
trunc: Unary = _step(
    "trunc", np.trunc,
    "Each element rounded towards 0.", "[-1.5, 1.5]", "tensor([-1.,  1.])",
)
fix: Unary = trunc
frac: Unary = _of(
    Op("frac", lambda x: x - np.trunc(x), (lambda g: g,), "f"),
    "What `trunc` takes from each element.", "[-1.5, 1.25]", "tensor([-0.5000,  0.2500])",
)
bitwise_not: Unary = _of(
    Op("bitwise_not", np.invert, (), "iub"),
    "Each element with all its bits turned, or not, of bools.", "[0, 5]", "tensor([-1, -6])",
)

# --- questions ----------------------------------------------------------------------------------------------

signbit: Unary = _test(
    "signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0,
    "Whether each element has a minus, as -0.0 has.", "[-0.0, 1.0]", "tensor([ True, False])",
)
isnan: Unary = _test(
    "isnan", lambda x: x != x,
    "Whether each element is not a number.", "[1.0, float('nan')]", "tensor([False,  True])",
)
isinf: Unary = _test(
    "isinf", lambda x: (x == np.inf) | (x == -np.inf),
    "Whether each element is infinite.", "[1.0, -float('inf')]", "tensor([False,  True])",
)
isposinf: Unary = _test(
    "isposinf", lambda x: x == np.inf,
    "Whether each element is inf.", "[-float('inf'), float('inf')]", "tensor([False,  True])",
)
isneginf: Unary = _test(
    "isneginf", lambda x: x == -np.inf,
    "Whether each element is -inf.", "[-float('inf'), float('inf')]", "tensor([ True, False])",
)
isfinite: Unary = _test(
    "isfinite", np.isfinite,
    "Whether each element is neither infinite nor NaN.", "[1.0, float('inf')]", "tensor([ True, False])",
)
isreal: Unary = _test(
    "isreal", lambda x: np.ones_like(x, BOOL),
    "Whether each element is a real number: here all are.", "[1.0]", "tensor([True])",
)
logical_not: Unary = _test(
    "logical_not", np.logical_not,
    "Whether each element is 0.", "[0.0, 2.0]", "tensor([ True, False])",
)
# fmt: on

# --- with options -------------------------------------------------------------------------------------------


def round(input: ArrayLike | Tensor, *, decimals: int = 0) -> Tensor:
    """Each element rounded to the nearest number of so many decimals, of two as near to the even one.

    Parameters
    ----------
    input : Tensor or array_like
        Of any shape. Whole numbers stay as they are, and take no other `decimals` than 0.
    decimals : int
        Below 0: tens, hundreds and so on.

    Raises
    ------
    NotImplementedError
        `input` is of bools, or of whole numbers and `decimals` is not 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.round([2.5, -1.6]), lanegrad.round([1.234, 0.5], decimals=1)
    (tensor([ 2., -2.]), tensor([1.2000, 0.5000]))
    """
    if decimals == 0:
        return _ROUND(input)
    return _ROUND_TO(input, options=(decimals,))


def _rounded(x: Any, decimals: int) -> Any:
    """In float32, as PyTorch does it: what counts as half way is seen there."""
    unit = np.float32(10.0 ** np.abs(decimals))
    return (
        single(np.rint(single(x * unit))) / unit
        if decimals > 0
        else np.rint(single(x / unit)) * unit
    )


_ROUND_TO = Op("round", _rounded, (lambda g, decimals: np.zeros_like(g),), "f")
_ROUND = Op("round", _but_for_whole(np.rint), (no_slope,), "fiu")
