"""Resampling along one axis: each element a sum of weighted elements of the input."""

from __future__ import annotations

import numpy as np

from ..._core import Array, adopt, record
from ..._tensor import Tensor, array_of

Taps = list[tuple[np.ndarray, np.ndarray | None]]
"""For each term, the index of every element of the result, and its weight if that is not 1."""

f32 = np.float32


def resampled(x: Tensor, axis: int, taps: Taps) -> Tensor:
    """`x` with an axis resampled."""
    values = np.moveaxis(array_of(x).array(), axis, -1)
    result = sum(
        values[..., at] if weight is None else values[..., at] * weight for at, weight in taps
    )
    value = np.ascontiguousarray(np.moveaxis(np.asarray(result), -1, axis))
    return record(adopt(value), _resampled_gradient, (x.shape, axis, taps), x)


def _resampled_gradient(g: Array, shape: tuple[int, ...], axis: int, taps: Taps) -> Array:
    gx = np.zeros(shape, f32)
    to, up = np.moveaxis(gx, axis, 0), np.moveaxis(g.array(), axis, 0)
    for at, weight in taps:
        for i, place in enumerate(at):
            to[place] += up[i] if weight is None else up[i] * weight[i]
    return adopt(gx)


def taps_of(mode: str, size: int, wanted: int, scale: float | None, align_corners: bool) -> Taps:
    """How an axis of `size` elements becomes one of `wanted`.

    `scale` is the factor that was asked for, which says more than both sizes; None if there was none.
    """
    step = f32(1 / scale) if scale else f32(size) / f32(wanted)
    places = np.arange(wanted, dtype=f32)
    last = size - 1
    if mode in ("nearest", "nearest-exact"):
        at = places * step if mode == "nearest" else (places + f32(0.5)) * step
        if wanted == size:
            at = places
        return [(np.minimum(at.astype(np.int64), last), None)]
    if align_corners:
        at = places * (f32(last) / f32(wanted - 1) if wanted > 1 else f32(0))
    else:
        at = step * (places + f32(0.5)) - f32(0.5)
    if mode == "bicubic":
        below = np.floor(at)
        weights = _cubic(at - below)
        first = below.astype(np.int64)
        return [(np.clip(first + i - 1, 0, last), weights[i]) for i in range(4)]
    at = np.maximum(at, f32(0))
    below = np.minimum(at.astype(np.int64), last)
    above, part = np.minimum(below + 1, last), at - below.astype(f32)
    return [(below, f32(1) - part), (above, part)]


def _cubic(t: np.ndarray) -> list[np.ndarray]:
    """Weights of the four elements around a place, `t` after the second (Keys, 1981, a = -0.75)."""
    a = f32(-0.75)

    def near(x: np.ndarray) -> np.ndarray:  # up to 1 away
        return np.asarray(((a + 2) * x - (a + 3)) * x * x + 1, f32)

    def far(x: np.ndarray) -> np.ndarray:  # between 1 and 2 away
        return np.asarray(((a * x - 5 * a) * x + 8 * a) * x - 4 * a, f32)

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
