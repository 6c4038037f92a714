"""Norms along axes, for what divides by them or compares them."""

from __future__ import annotations

import numpy as np

from ... import _core
from ..._core import Array, adopt, record
from ..._tensor import Tensor, array_of


def norm(x: Tensor, p: float, dim: int | tuple[int, ...], keepdim: bool = False) -> Tensor:
    """The p-norm along axes, in float64 and rounded once; its gradient is 0 where the norm is."""
    if not x.ndim:
        return norm(x.reshape(1), p, dim).reshape(())
    axes = dim if isinstance(dim, tuple) else (dim,)
    if any(not -x.ndim <= axis < x.ndim for axis in axes):
        raise IndexError(f"no axis {dim} of a tensor of shape {x.shape}")
    array = _core.plain_of(array_of(x))
    found = _norm(abs(array.array().astype(np.float64)), p, axes)
    shown = found if keepdim else found.squeeze(axes)
    return record(adopt(np.array(shown, np.float32)), _gradient, (array, p, axes), x)


def _norm(size: np.ndarray, p: float, axes: tuple[int, ...]) -> np.ndarray:
    if p == np.inf:
        return np.asarray(size.max(axes, keepdims=True))
    if p == -np.inf:
        return np.asarray(size.min(axes, keepdims=True))
    if p == 0:
        return np.asarray((size != 0).sum(axes, keepdims=True, dtype=np.float64))
    with np.errstate(all="ignore"):
        return np.asarray((size**p).sum(axes, keepdims=True) ** (1 / p))


def _gradient(g: Array, array: Array, p: float, axes: tuple[int, ...]) -> Array:
    x = array.array().astype(np.float64)
    size = abs(x)
    found = _norm(size, p, axes)
    with np.errstate(all="ignore"):
        if abs(p) == np.inf:  # shared by those that are equal
            slope = (size == found) / (size == found).sum(axes, keepdims=True)
        elif p == 0:
            slope = np.zeros_like(x)
        else:
            slope = np.where((found == 0) | (size == 0), p == 1, (size / found) ** (p - 1))
    up = g.array().astype(np.float64).reshape(found.shape)
    return adopt((up * slope * np.sign(x)).astype(np.float32))
