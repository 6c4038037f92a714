"""Where a grid of places reads pictures, and how much of which pixels: what `grid_sample` computes with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

f32 = np.float32


class Tap(NamedTuple):
    """One of the pixels along an axis that each place reads."""

    at: np.ndarray  # its index, in the picture
    weight: np.ndarray  # how much of it is read; 0 of what is not in the picture
    slope: np.ndarray  # of that weight, by the grid's number


def taps(place: np.ndarray, size: int, mode: str, padding: str, align_corners: bool) -> list[Tap]:
    """What numbers of a grid, from -1 to 1 in the picture, read along an axis of so many pixels."""
    scale = f32((size - 1) / 2 if align_corners else size / 2)
    at = (place + f32(1)) * scale - f32(0 if align_corners else 0.5)
    slope = np.full_like(at, scale)
    if mode != "bicubic":  # where each pixel is brought into the picture by itself
        at, turn = _inside(at, size, padding, align_corners)
        slope = slope * turn
    at = np.where(np.isfinite(at) & (np.abs(at) < 2**30), at, f32(-100))
    one, none = np.ones_like(at), np.zeros_like(at)
    if mode == "nearest":
        return [_tap(np.rint(at), one, none, size)]
    low = np.floor(at)
    part = at - low
    if mode == "bilinear":
        return [_tap(low, one - part, -slope, size), _tap(low + 1, part, slope, size)]
    found = []
    for i, (weight, change) in enumerate(_cubic(part)):
        pixel = _inside(low + f32(i - 1), size, padding, align_corners)[0]
        found.append(_tap(pixel, weight, change * slope, size))
    return found


def _tap(at: np.ndarray, weight: np.ndarray, slope: np.ndarray, size: int) -> Tap:
    there = (at >= 0) & (at < size)
    index = np.where(there, at, 0).astype(np.int64)
    return Tap(index, np.where(there, weight, f32(0)), np.where(there, slope, f32(0)))


def _inside(
    at: np.ndarray, size: int, padding: str, align_corners: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Places brought into the picture, and how they change there with where they were."""
    turn = np.ones_like(at)
    if padding == "zeros":
        return at, turn
    if padding == "reflection":
        low, span = (f32(0), f32(size - 1)) if align_corners else (f32(-0.5), f32(size))
        if span == 0:
            return np.zeros_like(at), np.zeros_like(at)
        away = np.abs(at - low)
        turn = np.where(at < low, f32(-1), f32(1))
        flips, rest = np.floor(away / span), np.fmod(away, span)
        even = flips % 2 == 0
        at = np.where(even, rest, span - rest) + low
        turn = np.where(even, turn, -turn)
    turn = np.where((at <= 0) | (at >= size - 1), f32(0), turn)
    return np.clip(at, f32(0), f32(size - 1)), turn


def _cubic(part: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights of four pixels, `part` after the second (Keys, 1981, a = -0.75), and their slopes."""
    a = f32(-0.75)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for x in (part + 1, part, 1 - part, 2 - part):
        near = x <= 1
        weight = np.where(
            near, ((a + 2) * x - (a + 3)) * x * x + 1, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        )
        change = np.where(
            near, (3 * (a + 2) * x - 2 * (a + 3)) * x, (3 * a * x - 10 * a) * x + 8 * a
        )
        found.append((weight, change if len(found) < 2 else -change))
    return found
