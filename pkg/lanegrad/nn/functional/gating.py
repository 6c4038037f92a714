"""Activations that let numbers through by degrees: gates, hard and smooth, and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._pointwise import Pointwise, elementwise

__all__ = ["glu", "hardsigmoid", "hardswish", "logsigmoid", "mish", "softplus"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _sigmoid(x: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-x))


def _mish_slope(x: np.ndarray) -> Any:
    gate = np.tanh(np.logaddexp(0, x))
    return gate + x * (1 - gate * gate) * _sigmoid(x)


_hardsigmoid = Pointwise(lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x: (abs(x) < 3) / 6)
_hardswish = Pointwise(
    lambda x: x * np.clip(x + 3, 0, 6) / 6,
    lambda x: np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1)),
)
_logsigmoid = Pointwise(lambda x: -np.logaddexp(0, -x), lambda x: _sigmoid(-x), wide=False)
_mish = Pointwise(lambda x: x * np.tanh(np.logaddexp(0, x)), _mish_slope, wide=False)
_softplus = Pointwise(
    lambda x, beta, limit: np.where(beta * x > limit, x, np.logaddexp(0, beta * x) / beta),
    lambda x, beta, limit: np.where(beta * x > limit, 1, _sigmoid(beta * x)),
    wide=False,
)


def hardsigmoid(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input / 6 + 1/2, but at least 0 and at most 1.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.hardsigmoid([-3.0, 0.0, 9.0])
    tensor([0.0000, 0.5000, 1.0000])
    """
    return elementwise(_hardsigmoid, input, (), inplace)


def hardswish(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input times its `hardsigmoid` (Howard et al. 2019).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.hardswish([-1.5, 0.0, 9.0])
    tensor([-0.3750,  0.0000,  9.0000])
    """
    return elementwise(_hardswish, input, (), inplace)


def logsigmoid(input: ArrayLike | Tensor) -> Tensor:
    """The logarithm of the sigmoid, exact where that is close to 0 or 1.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.logsigmoid([-100.0, 0.0])
    tensor([-100.0000,   -0.6931])
    """
    return elementwise(_logsigmoid, input)


def mish(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input times the tanh of its `softplus` (Misra 2019).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.mish([-1.0, 2.0])
    tensor([-0.3034,  1.9440])
    """
    return elementwise(_mish, input, (), inplace)


def softplus(input: ArrayLike | Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta * input)) / beta; where ``beta * input`` is more than `threshold`, input itself.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softplus([-1.0, 0.0, 30.0])
    tensor([ 0.3133,  0.6931, 30.0000])
    """
    return elementwise(_softplus, input, (float(beta), float(threshold)))


def glu(input: ArrayLike | Tensor, dim: int = -1) -> Tensor:
    """The first half along an axis, times the sigmoid of the second half.

    Raises
    ------
    RuntimeError
        The axis has an odd length.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.glu([1.0, 2.0, 0.0, 0.0])
    tensor([0.5000, 1.0000])
    """
    x = floats(input, "input")
    if not x.ndim:
        raise ShapeError("glu halves an axis, which a single number has not")
    if not -x.ndim <= dim < x.ndim:
        raise IndexError(f"no axis {dim} of an input of shape {x.shape}")
    axis = dim % x.ndim
    length = x.shape[axis]
    if length % 2:
        raise ShapeError(f"glu halves an axis of even length, axis {dim} of {x.shape} is not")
    before = (slice(None),) * axis
    half = length // 2
    return x[(*before, slice(half))] * x[(*before, slice(half, None))].sigmoid()
