"""Gradients of operands that were broadcast."""

from __future__ import annotations

import numpy as np

from .._core import Array, adopt


def summed_to(g: np.ndarray, shape: tuple[int, ...]) -> Array:
    """`g` summed over the axes along which an operand of this shape was repeated."""
    if g.shape != shape:
        extra = g.ndim - len(shape)
        repeated = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])
        g = np.asarray(g.sum(repeated, np.float64)).reshape(shape)
    return adopt(np.array(g, np.float32))
