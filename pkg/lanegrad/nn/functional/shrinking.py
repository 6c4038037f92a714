"""Activations that draw small numbers to zero, or large ones together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._tensor import Tensor
from ._pointwise import Pointwise, elementwise, numbers

__all__ = ["hardshrink", "softshrink", "softsign", "tanhshrink"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _without_tanh(x: np.ndarray) -> Any:
    """x - tanh(x), near zero by its series, since the difference cancels there."""
    square = x * x
    series = x * square * (1 / 3 - square * (2 / 15 - square * (17 / 315 - square * (62 / 2835))))
    return np.where(abs(x) < 0.02, series, x - np.tanh(x))


_hardshrink = Pointwise(
    lambda x, limit: np.where((x >= -limit) & (x <= limit), 0, x),
    lambda x, limit: ~((x >= -limit) & (x <= limit)),
)
_softshrink = Pointwise(
    lambda x, limit: np.where(abs(x) > limit, x - np.copysign(limit, x), 0 * x),
    lambda x, limit: ~(abs(x) <= limit),
)
_softsign = Pointwise(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2)
_tanhshrink = Pointwise(_without_tanh, lambda x: np.tanh(x) ** 2)


def hardshrink(input: ArrayLike | Tensor, lambd: float = 0.5) -> Tensor:
    """input, or 0 where it is between ``-lambd`` and `lambd`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.hardshrink([-0.25, 2.0])
    tensor([0., 2.])
    """
    return elementwise(_hardshrink, input, (float(lambd),))


def softshrink(input: ArrayLike | Tensor, lambd: float = 0.5) -> Tensor:
    """input moved towards 0 by `lambd`, but not beyond it.

    Raises
    ------
    RuntimeError
        `lambd` is negative.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softshrink([-2.0, 0.25])
    tensor([-1.5000,  0.0000])
    """
    limit = float(lambd)
    if not limit >= 0:
        raise RuntimeError(f"lambd must not be negative, found {lambd}")
    return elementwise(_softshrink, input, (limit,))


def softsign(input: ArrayLike | Tensor) -> Tensor:
    """input / (1 + abs(input)).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softsign([-1.0, 3.0])
    tensor([-0.5000,  0.7500])
    """
    return elementwise(_softsign, numbers(input, "input"))


def tanhshrink(input: ArrayLike | Tensor) -> Tensor:
    """input - tanh(input), exact near 0 too.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.tanhshrink([-1.0, 0.0])
    tensor([-0.2384,  0.0000])
    """
    return elementwise(_tanhshrink, numbers(input, "input"))
