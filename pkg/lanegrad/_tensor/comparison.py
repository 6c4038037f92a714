"""Comparisons, logic, and what works on the bits of whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import adopt, array_or_same, record
from .inside import array_of, as_tensor
from .pointwise import BOOL, Op, described
from .promotion import cast, common, operand
from .tracing import single
from .unary import bitwise_not

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

    Operand = ArrayLike | Tensor
    Binary = Callable[[Operand, Operand], Tensor]

__all__ = [
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "eq", "equal", "gcd", "ge", "greater", "greater_equal", "gt", "isclose", "isin", "lcm", "le", "less",
    "less_equal", "logical_and", "logical_or", "logical_xor", "lt", "ne", "not_equal",
]  # fmt: skip

PAIR = "[1, 2, 3], [3, 2, 1]"


def _comparison(name: str, ufunc: np.ufunc, summary: str, shown: str) -> Binary:
    op = Op(name, ufunc, result=BOOL)

    def function(input: Operand, other: Operand) -> Tensor:
        return op(input, other)

    made: Binary = described(function, name, summary, PAIR, shown)
    return made


def _logic(name: str, ufunc: np.ufunc, summary: str, shown: str) -> Binary:
    op = Op(name, ufunc)

    def function(input: Operand, other: Operand) -> Tensor:
        return op(input, other, dtype=BOOL)

    made: Binary = described(function, name, summary, "[0, 0, 1, 1], [0, 1, 0, 1]", shown)
    return made


def _of_whole(
    name: str, ufunc: np.ufunc, summary: str, shown: str, kinds: str = "iu", pair: str = PAIR
) -> Binary:
    op = Op(name, ufunc, kinds=kinds)

    def function(input: Operand, other: Operand) -> Tensor:
        return op(input, other)

    made: Binary = described(function, name, summary, pair, shown)
    return made


# fmt: off
eq: Binary = _comparison(
    "eq", np.equal, "Whether elements are equal.", "tensor([False,  True, False])",
)
ne: Binary = _comparison(
    "ne", np.not_equal, "Whether elements differ.", "tensor([ True, False,  True])",
)
not_equal: Binary = ne
lt: Binary = _comparison(
    "lt", np.less, "Whether elements of `input` are below those of `other`.",
    "tensor([ True, False, False])",
)
less: Binary = lt
le: Binary = _comparison(
    "le", np.less_equal, "Whether elements of `input` are not above those of `other`.",
    "tensor([ True,  True, False])",
)
less_equal: Binary = le
gt: Binary = _comparison(
    "gt", np.greater, "Whether elements of `input` are above those of `other`.",
    "tensor([False, False,  True])",
)
greater: Binary = gt
ge: Binary = _comparison(
    "ge", np.greater_equal, "Whether elements of `input` are not below those of `other`.",
    "tensor([False,  True,  True])",
)
greater_equal: Binary = ge

logical_and: Binary = _logic(
    "logical_and", np.logical_and, "Whether both elements are other than 0.",
    "tensor([False, False, False,  True])",
)
logical_or: Binary = _logic(
    "logical_or", np.logical_or, "Whether one of two elements, or both, are other than 0.",
    "tensor([False,  True,  True,  True])",
)
logical_xor: Binary = _logic(
    "logical_xor", np.logical_xor, "Whether one of two elements alone is other than 0.",
    "tensor([False,  True,  True, False])",
)

bitwise_and: Binary = _of_whole(
    "bitwise_and", np.bitwise_and, "The bits that both elements have; of bools, whether both are True.",
    "tensor([1, 2, 1])", "iub",
)
bitwise_or: Binary = _of_whole(
    "bitwise_or", np.bitwise_or, "The bits that an element has; of bools, whether one is True.",
    "tensor([3, 2, 3])", "iub",
)
bitwise_xor: Binary = _of_whole(
    "bitwise_xor", np.bitwise_xor, "The bits that one element alone has; of bools, whether they differ.",
    "tensor([2, 0, 2])", "iub",
)
bitwise_left_shift: Binary = _of_whole(
    "bitwise_left_shift", np.left_shift, "The bits of each element moved up by so many places.",
    "tensor([8, 8, 6])",
)
bitwise_right_shift: Binary = _of_whole(
    "bitwise_right_shift", np.right_shift, "The bits of each element moved down by so many places.",
    "tensor([4, 2, 1])", pair="[8, 8, 8], [1, 2, 3]",
)
gcd: Binary = _of_whole(
    "gcd", np.gcd, "The greatest common divisor of elements.",
    "tensor([6, 5])", pair="[12, 0], [18, -5]",
)
lcm: Binary = _of_whole(
    "lcm", np.lcm, "The least common multiple of elements.",
    "tensor([36,  0])", pair="[12, 0], [18, -5]",
)
# fmt: on


def invert(self: Tensor) -> Tensor:
    """`~self`, for which Python wants a TypeError where there is none."""
    if self.dtype.kind == "f":
        raise TypeError(f"~ is for whole numbers and bools, not for {self.dtype}")
    return bitwise_not(self)


# --- answers about whole tensors, and near enough -----------------------------------------------------------


def equality(op: Binary) -> Callable[[Tensor, Any], Any]:
    """Python's operator that a comparison is: a list or tuple, as anything else that is neither number nor
    tensor, is not equal to a tensor as a whole."""

    def operator(self: Tensor, other: Any) -> Any:
        if isinstance(other, list | tuple):
            return NotImplemented
        try:
            return op(self, other)
        except TypeError:
            return NotImplemented

    return operator


def equal(input: Operand, other: Operand) -> bool:
    """Whether two tensors have one shape and equal elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.equal([1.0, 2.0], [1.0, 2.0]), lanegrad.equal([1.0], [[1.0]])
    (True, False)
    """
    x, y = as_tensor(input), as_tensor(other)
    return x.shape == y.shape and bool(array_of(eq(x, y)).array().all())


def isclose(
    input: Operand,
    other: Operand,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> Tensor:
    """Whether elements differ by at most atol + rtol * abs(other).

    Parameters
    ----------
    input, other : Tensor or array_like
        Of one dtype, and of shapes that broadcast.
    rtol, atol : float
        At least 0.
    equal_nan : bool
        Whether NaN is close to NaN.

    Raises
    ------
    ShapeError
        The shapes do not fit.
    RuntimeError
        The dtypes differ, or `rtol` or `atol` is below 0.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.isclose([1.0, 2.0], [1.000001, 2.1])
    tensor([ True, False])
    """
    x, y = as_tensor(input), as_tensor(other)
    if x.dtype != y.dtype:
        raise RuntimeError(f"isclose of {x.dtype} and {y.dtype}: call .to() on one of them first")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be at least 0, found {value}")

    if x.dtype == BOOL:
        return eq(x, y)
    return _ISCLOSE(x, y, options=(float(rtol), float(atol), bool(equal_nan)))


def _near(a: Any, b: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    """In float32, as PyTorch does it: where a distance is just allowed is seen there."""
    distance = single(np.abs(a - b))
    allowed = single(single(atol) + np.abs(single(single(rtol) * b)))
    close = (a == b) | (np.isfinite(distance) & (distance <= allowed))
    return close | ((a != a) & (b != b)) if equal_nan else close


_ISCLOSE = Op("isclose", _near, floating=True, result=BOOL, wide=True)


def allclose(
    input: Operand,
    other: Operand,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> bool:
    """Whether all elements are as `isclose` wants them.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.allclose([1.0, 2.0], [1.000001, 2.0])
    True
    """
    return bool(array_of(isclose(input, other, rtol, atol, equal_nan)).array().all())


def isin(
    elements: Operand,
    test_elements: Operand,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """Whether each element is among some others.

    Parameters
    ----------
    elements, test_elements : Tensor, number or array_like
        Of any shapes; the result has that of `elements`.
    assume_unique : bool
        Whether neither has an element twice, which makes it faster.
    invert : bool
        Whether to say which are not among them.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.isin([1, 2, 3], [3, 1])
    tensor([ True, False,  True])
    """
    arrays = [array_or_same(operand(v)) for v in (elements, test_elements)]
    dtype = common(arrays)
    values, others = (cast(v, dtype) for v in arrays)
    return record(adopt(np.isin(values, others, assume_unique, invert)))
