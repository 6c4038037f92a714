"""Rotation, affine and perspective maps: where each pixel of the result comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._images import FLOAT, is_pil, made, pixels, values
from ._conversion import (
    InterpolationMode,
    get_dimensions,
    mode_of,
    pil_number,
    pil_to_tensor,
    to_pil_image,
)
from ._geometry import fill_of, rotation_matrix
from ._resizing import as_before

__all__ = ["affine", "elastic_transform", "perspective", "rotate"]

NEAREST, BILINEAR = InterpolationMode.NEAREST, InterpolationMode.BILINEAR


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """Turned counter-clockwise by an angle in degrees.

    Parameters
    ----------
    img : PIL image or Tensor (..., C, H, W)
    angle : float
    interpolation : InterpolationMode
    expand : bool
        Whether the result becomes as large as the turned picture is; else its corners are cut off.
    center : (x, y), optional
        What it is turned around: the middle, or a place counted from the top left.
    fill : number or sequence of number, optional
        What is seen beyond the picture: zero.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.rotate(lanegrad.tensor([[[1, 2], [3, 4]]]), 90).tolist()
    [[[2, 4], [1, 3]]]
    """
    mode = mode_of(interpolation)
    _check(angle, center)
    if is_pil(img):
        return img.rotate(angle, pil_number(mode), expand, center, fillcolor=fill_of(fill, img))
    _, h, w = get_dimensions(img)
    matrix = rotation_matrix(offset(center, w, h), -angle, (0, 0), 1.0, (0, 0))
    width, height = _turned_size(matrix, w, h) if expand else (w, h)
    return _affine(img, matrix, height, width, mode, fill)


def affine(
    img: Any,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Any,
    interpolation: Any = NEAREST,
    fill: Any = None,
    center: Sequence[float] | None = None,
) -> Any:
    """Sheared, turned clockwise, scaled around the middle (or `center`) and moved by `translate` (x, y).

    Angles are in degrees, `shear` is one for x or two for x and y.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.affine(lanegrad.tensor([[[1, 2, 3]]]), 0, [1, 0], 1.0, 0).tolist()
    [[[0, 1, 2]]]
    """
    mode = mode_of(interpolation)
    _check(angle, center)
    if not isinstance(translate, list | tuple):
        raise TypeError("Argument translate should be a sequence")
    if len(translate) != 2:
        raise ValueError("Argument translate should be a sequence of length 2")
    if scale <= 0:
        raise ValueError("Argument scale should be positive")
    if not isinstance(shear, int | float | list | tuple):
        raise TypeError("Shear should be either a single value or a sequence of two values")
    if isinstance(shear, int | float):
        shear = (shear, 0.0)
    if len(shear) not in (1, 2):
        raise ValueError(f"Shear should be a sequence containing two values. Got {shear}")
    shear = tuple(shear) * (2 // len(shear))
    _, h, w = get_dimensions(img)
    if is_pil(img):
        around = (w * 0.5, h * 0.5) if center is None else center
        matrix = rotation_matrix(around, angle, translate, scale, shear)
        fillcolor = fill_of(fill, img)
        method = 0  # pillow's AFFINE
        return img.transform(img.size, method, matrix, pil_number(mode), fillcolor=fillcolor)
    matrix = rotation_matrix(offset(center, w, h), angle, translate, scale, shear)
    return _affine(img, matrix, h, w, mode, fill)


def _check(angle: Any, center: Any) -> None:
    if not isinstance(angle, int | float):
        raise TypeError("Argument angle should be int or float")
    if center is not None and not isinstance(center, list | tuple):
        raise TypeError("Argument center should be a sequence")


def offset(center: Sequence[float] | None, w: int, h: int) -> tuple[float, float]:
    """A place as seen from the middle."""
    return (0.0, 0.0) if center is None else (center[0] - w * 0.5, center[1] - h * 0.5)


def _turned_size(matrix: list[float], w: int, h: int) -> tuple[int, int]:
    points = np.array([[x, y, 1] for x in (-0.5 * w, 0.5 * w) for y in (-0.5 * h, 0.5 * h)], FLOAT)
    seen = points @ np.array(matrix, FLOAT).reshape(2, 3).T + np.array([w * 0.5, h * 0.5], FLOAT)
    low, high = (np.trunc(edge / 1e-4) * 1e-4 for edge in (seen.min(0), seen.max(0)))
    width, height = np.ceil(high) - np.floor(low)
    return int(width), int(height)


def _affine(
    img: Any, matrix: list[float], height: int, width: int, mode: InterpolationMode, fill: Any
) -> Any:
    x = pixels(img)
    h, w = x.shape[-2:]
    rows = np.array(matrix, FLOAT).reshape(2, 3) / np.array([[0.5 * w], [0.5 * h]], FLOAT)
    grid = _places(height, width, -width * 0.5, -height * 0.5) @ rows.T
    return _sampled(x, grid, mode, fill)


def _places(height: int, width: int, left: float, top: float) -> np.ndarray:
    """(x, y, 1) of the middles of the result's pixels, (height, width, 3)."""
    places = np.ones((height, width, 3), FLOAT)
    places[..., 0] = np.arange(width) + (left + 0.5)
    places[..., 1] = (np.arange(height) + (top + 0.5))[:, None]
    return places


def perspective(
    img: Any,
    startpoints: Sequence[Sequence[float]],
    endpoints: Sequence[Sequence[float]],
    interpolation: Any = BILINEAR,
    fill: Any = None,
) -> Any:
    """Seen so that four corners (x, y), from the top left clockwise, come to lie at four other places.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> corners = [[0, 0], [3, 0], [3, 3], [0, 3]]
    >>> tuple(TF.perspective(lanegrad.ones(1, 4, 4), corners, corners).shape)
    (1, 4, 4)
    """
    mode = mode_of(interpolation)
    coefficients = _perspective_of(startpoints, endpoints)
    if is_pil(img):
        fillcolor = fill_of(fill, img)
        method = 2  # pillow's PERSPECTIVE
        return img.transform(img.size, method, coefficients, pil_number(mode), fillcolor=fillcolor)
    x = pixels(img)
    h, w = x.shape[-2:]
    matrix = np.array([*coefficients, 1.0], FLOAT).reshape(3, 3)
    places = _places(h, w, 0, 0)
    seen = places @ (matrix[:2] / np.array([[0.5 * w], [0.5 * h]], FLOAT)).T
    return _sampled(x, seen / (places @ matrix[2:].T) - FLOAT.type(1), mode, fill)


def _perspective_of(
    startpoints: Sequence[Sequence[float]], endpoints: Sequence[Sequence[float]]
) -> list[float]:
    """The eight numbers of the map that takes the end points to the start points."""
    if len(startpoints) != 4 or len(endpoints) != 4:
        raise ValueError(
            f"four corners are moved; found {len(startpoints)} startpoints and "
            f"{len(endpoints)} endpoints"
        )
    equations, results = [], []
    for (x, y), (u, v) in zip(endpoints, startpoints, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        results += [u, v]
    found = np.linalg.lstsq(np.array(equations, float), np.array(results, float), rcond=None)[0]
    return [float(value) for value in found.astype(FLOAT)]


def elastic_transform(
    img: Any, displacement: Any, interpolation: Any = BILINEAR, fill: Any = None
) -> Any:
    """Each pixel from another place: `displacement` (1, H, W, 2) in (x, y), of a picture 2 wide and high.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.elastic_transform(lanegrad.ones(1, 2, 2), lanegrad.zeros(1, 2, 2, 2)).tolist()
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    mode = mode_of(interpolation)
    if is_pil(img):
        tensor = elastic_transform(pil_to_tensor(img), displacement, mode, fill)
        return to_pil_image(tensor, mode=img.mode)
    x = pixels(img)
    h, w = x.shape[-2:]
    shift = values(displacement)
    if shift.shape != (1, h, w, 2):
        raise ValueError(f"displacement should be (1, {h}, {w}, 2); found {shift.shape}")
    grid = _places(h, w, -w * 0.5, -h * 0.5)[..., :2] / np.array([0.5 * w, 0.5 * h], FLOAT)
    return _sampled(x, grid + shift[0].astype(FLOAT), mode, fill)


def _sampled(x: np.ndarray, grid: np.ndarray, mode: InterpolationMode, fill: Any) -> Any:
    """The values of (..., C, H, W) at places (H', W', 2) from -1 to 1; beyond the edges is the fill."""
    if mode not in (NEAREST, BILINEAR):
        raise ValueError(f"interpolation {mode.value!r} is for PIL images, not for tensors")
    channels = 1 if x.ndim == 2 else x.shape[-3]
    if isinstance(fill, list | tuple) and len(fill) not in (1, channels):
        raise ValueError(f"fill has {len(fill)} values for an image of {channels} channels")
    h, w = x.shape[-2:]
    at = ((grid + FLOAT.type(1)) * np.array([w, h], FLOAT) - FLOAT.type(1)) / FLOAT.type(2)
    floats = x.astype(FLOAT)
    result = np.zeros((*x.shape[:-2], *grid.shape[:2]), FLOAT)
    seen = np.zeros(grid.shape[:2], FLOAT)  # how much of a pixel is of the picture
    for weight, column, row in _taps(at, mode):
        inside = (column >= 0) & (column < w) & (row >= 0) & (row < h)
        weight = np.where(inside, weight, FLOAT.type(0))
        taken = floats[..., row.clip(0, h - 1), column.clip(0, w - 1)]
        result += np.where(inside, taken, FLOAT.type(0)) * weight
        seen += weight
    if fill is not None:
        back = np.array(fill, FLOAT).reshape(-1, 1, 1)
        back = back[0] if x.ndim == 2 else back
        share = (seen >= 0.5).astype(FLOAT) if mode is NEAREST else seen
        result = result * share + (1 - share) * back
    return made(as_before(result, x.dtype))


def _taps(at: np.ndarray, mode: InterpolationMode) -> list[tuple[Any, np.ndarray, np.ndarray]]:
    """The pixels that a place is made of: weight, column and row."""
    far = 2.0**30  # as good as infinity, and an integer
    x, y = np.nan_to_num(at, nan=-far).clip(-far, far).transpose(2, 0, 1)
    if mode is NEAREST:
        return [(FLOAT.type(1), np.rint(x).astype(np.int64), np.rint(y).astype(np.int64))]
    left, top = np.floor(x), np.floor(y)
    right, low = x - left, y - top
    columns = [(1 - right, left.astype(np.int64)), (right, left.astype(np.int64) + 1)]
    rows = [(1 - low, top.astype(np.int64)), (low, top.astype(np.int64) + 1)]
    return [(a * b, column, row) for b, row in rows for a, column in columns]
