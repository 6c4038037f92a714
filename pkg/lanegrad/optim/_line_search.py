"""A line search for L-BFGS: how far to go along a direction."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import numpy as np

_ENOUGH = 1e-4  # of the decrease that the slope at the start promises (the first Wolfe condition)
_FLAT = 0.9  # of the slope at the start (the second)


class Point(NamedTuple):
    """A place on the line."""

    t: float  # how far from the start, in lengths of the direction
    loss: float
    grad: np.ndarray
    slope: float  # of the loss, along the line


def strong_wolfe(
    look: Callable[[float], Point],
    start: Point,
    t: float,
    size: float,
    tolerance: float,
    most: int,
) -> Point:
    """A point with a loss low enough and a slope flat enough, or the lowest of those looked at.

    First the steps grow until there is such a point between two, then these come together [1]_.

    Parameters
    ----------
    look : callable
        Computes a point.
    start : Point
    t : float
        Where to look first.
    size : float
        The largest element of the direction.
    tolerance : float
        A distance that is not worth looking further.
    most : int
        How many points to look at, after the first.

    References
    ----------
    .. [1] J. Nocedal, S. Wright, "Numerical optimization", algorithms 3.5 and 3.6, 2006.
    """

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + _ENOUGH * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -_FLAT * start.slope

    before, point, looks = start, look(t), 0
    while looks < most:
        if too_high(point) or (looks > 1 and point.loss >= before.loss):
            break
        if flat(point):
            return point
        if point.slope >= 0:
            break
        bounds = point.t + 0.01 * (point.t - before.t), point.t * 10
        before, point = point, look(_lowest(before, point, bounds))
        looks += 1
    else:
        before = start
    ends, stuck = [before, point], False
    low = _lower(ends)
    while looks < most:
        first, second = sorted(ends, key=lambda end: end.t)
        left, right = first.t, second.t
        if (right - left) * size < tolerance:
            break
        t = _lowest(first, second, (left, right))
        margin = 0.1 * (right - left)
        if not min(right - t, t - left) < margin:
            stuck = False
        elif stuck or t >= right or t <= left:
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            stuck = False
        else:
            stuck = True
        point = look(t)
        looks += 1
        if too_high(point) or point.loss >= ends[low].loss:
            ends[1 - low] = point
            low = _lower(ends)
        else:
            if flat(point):
                return point
            if point.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = point
    return ends[low]


def _lower(ends: list[Point]) -> int:
    return 0 if ends[0].loss <= ends[1].loss else 1


def _lowest(a: Point, b: Point, bounds: tuple[float, float]) -> float:
    """Where the cubic through two points, the left one first, is lowest within bounds."""
    least, most = bounds
    if a.t == b.t:
        return (least + most) / 2
    mean = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = mean**2 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2
    root = sqrt(square)
    slopes = b.slope - a.slope + 2 * root
    if not slopes:
        return (least + most) / 2
    t = b.t - (b.t - a.t) * ((b.slope + root - mean) / slopes)
    return min(max(t, least), most)
