"""Activations that leave one side as it is and bend or cut the other: ReLU's relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.creation import tensor as new_tensor
from ...random import generator
from .._arguments import floats
from ._pointwise import Pointwise, elementwise, for_place, in_place

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "hardtanh",
    "hardtanh_",
    "prelu",
    "relu6",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "threshold",
    "threshold_",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946

# For x > 0 scale * x, else scale * alpha * (exp(x / width) - 1).
_elu = Pointwise(
    lambda x, alpha, scale, width: scale * np.where(x > 0, x, alpha * np.expm1(x / width)),
    lambda x, alpha, scale, width: scale * np.where(x <= 0, alpha / width * np.exp(x / width), 1),
    wide=False,
)
_hardtanh = Pointwise(
    lambda x, low, high: np.clip(x, low, high),
    lambda x, low, high: ~((x <= low) | (x >= high)),
    whole=True,
)
_threshold = Pointwise(
    lambda x, limit, value: np.where(x <= limit, value, x),
    lambda x, limit, value: ~(x <= limit),
    whole=True,
)
_sloped = Pointwise(  # of a slope for x <= 0, which may be trained
    lambda x, slope: np.where(x > 0, x, slope * x),
    lambda x, slope: np.where(x > 0, 1, slope),
    lambda x, slope: np.where(x > 0, 0, x),
)


def threshold(
    input: ArrayLike | Tensor, threshold: float, value: float, inplace: bool = False
) -> Tensor:
    """input where it is more than `threshold`, else `value`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.threshold([0.0, 1.0, 2.0], 1.0, 9.0)
    tensor([9., 9., 2.])
    """
    return elementwise(_threshold, input, (float(threshold), float(value)), inplace)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """As `threshold`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.threshold_(lanegrad.ones(1), 1.0, 9.0)
    tensor([9.])
    """
    return elementwise(_threshold, input, (float(threshold), float(value)), True)


def hardtanh(
    input: ArrayLike | Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """input, but at least `min_val` and at most `max_val`.

    Raises
    ------
    ValueError
        `min_val` is more than `max_val`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.hardtanh([-2.0, 0.5, 2.0])
    tensor([-1.0000,  0.5000,  1.0000])
    """
    low, high = float(min_val), float(max_val)
    if low > high:
        raise ValueError(f"min_val, {min_val}, is more than max_val, {max_val}")
    return elementwise(_hardtanh, input, (low, high), inplace)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """As `hardtanh`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.hardtanh_(lanegrad.ones(1), 2.0, 3.0)
    tensor([2.])
    """
    return hardtanh(input, min_val, max_val, inplace=True)


def relu6(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input, but at least 0 and at most 6.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.relu6([-1.0, 2.0, 8.0])
    tensor([0., 2., 6.])
    """
    return elementwise(_hardtanh, input, (0.0, 6.0), inplace)


def elu(input: ArrayLike | Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else ``alpha * (exp(input) - 1)``.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.elu([-1.0, 2.0])
    tensor([-0.6321,  2.0000])
    """
    return elementwise(_elu, input, (float(alpha), 1.0, 1.0), inplace)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """As `elu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.elu_(lanegrad.ones(1))
    tensor([1.])
    """
    return elu(input, alpha, inplace=True)


def selu(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled to keep mean 0 and variance 1 (Klambauer et al. 2017).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.selu([-1.0, 2.0])
    tensor([-1.1113,  2.1014])
    """
    return elementwise(_elu, input, (SELU_ALPHA, SELU_SCALE, 1.0), inplace)


def selu_(input: Tensor) -> Tensor:
    """As `selu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.selu_(lanegrad.ones(1))
    tensor([1.0507])
    """
    return selu(input, inplace=True)


def celu(input: ArrayLike | Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else ``alpha * (exp(input / alpha) - 1)``.

    Raises
    ------
    RuntimeError
        `alpha` is 0.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.celu([-1.0, 2.0], 2.0)
    tensor([-0.7869,  2.0000])
    """
    a = float(alpha)
    if a == 0:
        raise RuntimeError("alpha of celu divides the input: it cannot be 0")
    return elementwise(_elu, input, (a, 1.0, a), inplace)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """As `celu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.celu_(lanegrad.ones(1))
    tensor([1.])
    """
    return celu(input, alpha, inplace=True)


def prelu(input: ArrayLike | Tensor, weight: ArrayLike | Tensor) -> Tensor:
    """input where it is positive, else input times a weight, which is trained.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, ...), or of any shape for a single weight.
    weight : Tensor or array_like
        (C,), one for each channel; or a single number.

    Raises
    ------
    RuntimeError
        There are not as many weights as channels.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.prelu([[-1.0, -1.0, 2.0]], [0.25, 0.5, 0.5])
    tensor([[-0.2500, -0.5000,  2.0000]])
    """
    x, w = floats(input, "input"), floats(weight, "weight")
    if w.ndim > 1:
        raise ShapeError(f"weight must be one number or one a channel, found shape {w.shape}")
    if w.numel() != 1:
        channels = x.shape[1] if x.ndim > 1 else 1
        if not x.ndim or w.numel() != channels:
            raise ShapeError(f"{w.numel()} weights for an input of shape {x.shape}")
    return _sloped(x, w.reshape(-1, *(1,) * max(x.ndim - 2, 0)) if x.ndim else w.reshape(()))


def rrelu(
    input: ArrayLike | Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """input where it is positive, else input times a slope: in training a random one for each element.

    The slopes are evenly distributed between `lower` and `upper`; if not `training`, all are in the middle.

    Raises
    ------
    RuntimeError
        `lower` is more than `upper`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.rrelu([-1.0, 2.0], 0.2, 0.4)
    tensor([-0.3000,  2.0000])
    """
    low, high = float(lower), float(upper)
    if low > high:
        raise RuntimeError(f"lower, {lower}, is more than upper, {upper}")
    x = floats(input, "input")
    slopes = generator().uniform(low, high, x.shape) if training else np.float64((low + high) / 2)
    result = _sloped(for_place(x, inplace), new_tensor(slopes))
    return in_place(input, result) if inplace else result


def rrelu_(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False
) -> Tensor:
    """As `rrelu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.rrelu_(lanegrad.ones(1))
    tensor([1.])
    """
    return rrelu(input, lower, upper, training, inplace=True)
