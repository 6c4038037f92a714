"""Resizing arrays: for each axis a matrix of weights, which says how pixels are made of pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def resized(x: np.ndarray, height: int, width: int, mode: str, antialias: bool) -> np.ndarray:
    """An array (..., H, W) of any dtype, in another size."""
    if not (0 < height < 2**31 and 0 < width < 2**31):
        raise ValueError(f"pictures cannot be resized to {height} x {width} pixels")
    if mode in ("nearest", "nearest-exact"):
        shift = 0.5 if mode == "nearest-exact" else 0.0
        rows, columns = (
            _nearest(n, m, shift) for n, m in zip(x.shape[-2:], (height, width), strict=True)
        )
        return x[..., rows[:, None], columns]
    if mode not in ("bilinear", "bicubic"):
        raise NotImplementedError(f"interpolation {mode!r} is for PIL images, not for tensors")
    weights = _antialiased if antialias else _interpolated
    result = x.astype(np.float32)
    if width != x.shape[-1]:
        result = result @ weights(x.shape[-1], width, mode).T
    if height != x.shape[-2]:
        result = weights(x.shape[-2], height, mode) @ result
    if mode == "bicubic" and x.dtype == np.uint8:
        result = result.clip(0, 255)
    return as_before(result, x.dtype)


def as_before(result: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """float32 results in the dtype of what they were made of; integers are rounded."""
    found: np.ndarray = np.rint(result) if dtype.kind != "f" else result
    return np.asarray(found.astype(dtype))


def _nearest(before: int, after: int, shift: float) -> np.ndarray:
    scale = np.float32(before) / np.float32(after)
    at = (np.arange(after, dtype=np.float32) + np.float32(shift)) * scale
    return np.minimum(at.astype(np.int64), before - 1)


def _cubic(x: np.ndarray, a: float) -> np.ndarray:
    """The cubic convolution's weight at a distance."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0))


# The filter of a mode, and how far it reaches; the cubic one is another with antialiasing.
_SHAPES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]] = {
    "bilinear": (lambda x: np.maximum(1 - np.abs(x), 0), 1),
    "bicubic": (lambda x: _cubic(x, -0.5), 2),
}


def _antialiased(before: int, after: int, mode: str) -> np.ndarray:
    """Weights (after, before) of a filter that widens as the picture shrinks."""
    shape, reach = _SHAPES[mode]
    scale = before / after
    wide = max(scale, 1.0)
    centre = (np.arange(after) + 0.5)[:, None] * scale
    first = np.maximum((centre - reach * wide + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach * wide + 0.5).astype(np.int64), before)
    at = np.arange(before)
    weights = shape((at - centre + 0.5) / wide) * ((at >= first) & (at < last))
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def _interpolated(before: int, after: int, mode: str) -> np.ndarray:
    """Weights (after, before) of the two or four pixels around a place; beyond the edge is the edge."""
    at = (np.arange(after) + 0.5) * (before / after) - 0.5
    if mode == "bilinear":
        at = np.maximum(at, 0)
    first = np.floor(at).astype(np.int64)
    weights = np.zeros((after, before))
    for tap in (0, 1) if mode == "bilinear" else (-1, 0, 1, 2):
        distance = at - (first + tap)
        weight = 1 - np.abs(distance) if mode == "bilinear" else _cubic(distance, -0.75)
        np.add.at(weights, (np.arange(after), (first + tap).clip(0, before - 1)), weight)
    return weights.astype(np.float32)
