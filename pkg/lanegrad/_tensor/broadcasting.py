"""Gradients of operands that were broadcast."""

from __future__ import annotations

import numpy as np

from .._core import Array, adopt


def summed(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`g` summed, in float64, over the axes along which an operand of this shape was repeated."""
    extra = g.ndim - len(shape)
    repeated = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])
    return np.array(g.sum(repeated, np.float64) if repeated else g).reshape(shape)


def summed_to(g: np.ndarray, shape: tuple[int, ...]) -> Array:
    """The gradient of such an operand, rounded to float32."""
    return adopt(np.asarray(summed(g, shape), np.float32))
