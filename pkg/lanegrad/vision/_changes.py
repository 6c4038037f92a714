"""The kernels that change batches of pictures (see csrc/kernels/augment/), with their arguments checked.

Pictures are NumPy's arrays (N, C, H, W), and what becomes of each stands in a row of a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _core
from .._core import ShapeError
from ._images import FLOAT

Size = Sequence[int]
BYTE = np.dtype(np.uint8)


def _sizes(
    images: Any,
    size: Size | None = None,
    dtypes: Sequence[np.dtype] = (BYTE,),
    *,
    count: int | None = None,
    taps: int = 0,
    padding: str = "constant",
    bilinear: bool = False,
) -> tuple[int, ...]:
    """The members of the kernels' struct, of pictures that are checked."""
    if not isinstance(images, np.ndarray) or images.dtype not in dtypes:
        wanted = " or ".join(map(str, dtypes))
        found = getattr(images, "dtype", type(images))
        raise TypeError(f"expected images of {wanted}; found {found}")
    if images.ndim != 4 or not images.flags.c_contiguous:
        raise ShapeError(f"expected C-contiguous images (N, C, H, W); found {images.shape}")
    N, C, H, W = images.shape
    OH, OW = (H, W) if size is None else size
    if min(OH, OW) < 0 or (not H * W and OH * OW):
        raise ShapeError(f"pictures of {H} x {W} cannot become {OH} x {OW}")
    mode = _core.PICTURE_PADDING[padding]
    n = N if count is None else count
    return n, C, H, W, OH, OW, images.itemsize, taps, mode, int(bilinear)


def _made(sizes: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """Pictures (N, C, OH, OW), not initialised, in memory that is used again."""
    shape = *sizes[:2], *sizes[4:6]
    count = math.prod(shape) * dtype.itemsize
    room = _core.empty((-(-count // 4),))
    return room.view(BYTE)[:count].view(dtype).reshape(shape)


def _table(name: str, table: Any, rows: int, columns: int, dtype: Any = np.int64) -> np.ndarray:
    found = np.ascontiguousarray(table, dtype)
    if found.shape != (rows, columns):
        raise ShapeError(f"expected {name} of shape {(rows, columns)}; found {found.shape}")
    return found


def _boxes(box: Any, sizes: Sequence[int]) -> np.ndarray:
    """Top, left, bottom and right of a box within each picture."""
    found = _table("box", box, sizes[0], 4)
    height, width = sizes[2:4]
    wrong = (found[:, :2] < 0).any(1) | (found[:, 2] > height) | (found[:, 3] > width)
    for row in np.flatnonzero(wrong):
        raise IndexError(
            f"box[{row}] is {found[row].tolist()}, beyond a picture of {height} x {width}"
        )
    return found


def corners(box: np.ndarray) -> np.ndarray:
    """Top, left, bottom and right of boxes (n, 4) of top, left, height and width."""
    return np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], 1)


def _fill(fill: Any, images: np.ndarray) -> np.ndarray:
    """A value for each channel, of the pictures' dtype."""
    values = np.asarray(fill).astype(images.dtype)
    return np.ascontiguousarray(np.broadcast_to(values, images.shape[1:2]))


def draws(key: int, stream: int, image: np.ndarray, count: int) -> np.ndarray:
    """Numbers (n, count) from 0 to below 1 for pictures, image (n, 2) of numbers and how often each came.

    A row depends on the key, of 64 bits, on the stream and on its row of `image` alone.
    """
    image = _table("image", image, len(image), 2)
    found = np.empty((len(image), count))
    _core.draws(key, stream, image, len(image), count, found)
    return found


def window(
    images: np.ndarray,
    index: np.ndarray,
    at: np.ndarray,
    size: Size,
    padding: str = "constant",
    fill: Any = 0,
    table: np.ndarray | None = None,
) -> np.ndarray:
    """Windows (n, C, height, width) of those of the pictures that index (n) names.

    at (n, 4) has top, left, whether upside down and whether mirrored. Elements are of one byte or four; with
    a table (C, 256) bytes become the floats table[c, byte].
    """
    if table is None and images.itemsize not in (1, 4):
        return _window_by_places(images, index, at, size, padding, fill)
    dtypes = [BYTE] if table is not None else [getattr(images, "dtype", BYTE)]
    index = np.ascontiguousarray(index, np.int64)
    sizes = _sizes(images, size, dtypes, count=len(index), padding=padding)
    for place in np.flatnonzero((index < 0) | (index >= len(images))):
        raise IndexError(f"index[{place}] is {index[place]}, but there are {len(images)} images")
    at = _table("at", at, len(index), 4)
    if table is not None:
        table = _table("table", table, images.shape[1], 256, FLOAT)
    found = _made(sizes, images.dtype if table is None else FLOAT)
    _core.window(sizes, images, index, at, _fill(fill, images), table, found)
    return found


def _window_by_places(
    images: np.ndarray, index: np.ndarray, at: np.ndarray, size: Size, padding: str, fill: Any
) -> np.ndarray:
    """The same of elements of other sizes: the windows of their places, then what is there."""
    shape = images.shape[1:]
    places = np.arange(math.prod(shape), dtype=np.int32).reshape(1, *shape)
    found = window(places, np.zeros_like(index), at, size, padding, -1)
    taken = images.reshape(len(images), -1)[index[:, None], found.reshape(len(index), -1)]
    return np.where(found < 0, _fill(fill, images)[:, None, None], taken.reshape(found.shape))


def erase(images: np.ndarray, box: np.ndarray, fill: Any = 0) -> None:
    """Set box (n, 4), top, left, bottom and right, of each picture to `fill`, in place."""
    sizes = _sizes(images, None, (BYTE, FLOAT))
    _core.erase(sizes, _boxes(box, sizes), _fill(fill, images), images)


def mix(images: np.ndarray, others: np.ndarray, share: np.ndarray, box: np.ndarray) -> np.ndarray:
    """share (n) of each picture of floats and the rest of another; but of that alone within box (n, 4)."""
    sizes = _sizes(images, None, (FLOAT,))
    if _sizes(others, None, (FLOAT,)) != sizes or len(share) != len(images):
        raise ShapeError(
            f"expected images, others and share of (N, C, H, W) twice and (N,); found {images.shape}, "
            f"{others.shape} and {share.shape}"
        )
    found = _made(sizes, FLOAT)
    share = np.ascontiguousarray(share, FLOAT)
    _core.mix(sizes, images, others, share, _boxes(box, sizes), found)
    return found


def warp(images: np.ndarray, map: np.ndarray, bilinear: bool, fill: Any = 0) -> np.ndarray:
    """Pictures of bytes whose pixels come from where map (n, 6) says: see csrc/kernels/augment/warp.c."""
    sizes = _sizes(images, bilinear=bilinear)
    found = _made(sizes, BYTE)
    _core.warp(sizes, images, _table("map", map, len(images), 6), _fill(fill, images), found)
    return found


def resized_crop(images: np.ndarray, box: np.ndarray, size: Size) -> np.ndarray:
    """Windows of pictures of bytes, box (n, 4) of top, left, height and width, resized to (n, C, *size)."""
    (height, width), (h, w) = size, np.shape(images)[2:]
    taps = 2 * max(-(-h // max(height, 1)), -(-w // max(width, 1))) + 2
    sizes = _sizes(images, size, taps=taps)
    box = _table("box", box, len(images), 4)
    _boxes(corners(box), sizes)
    if len(box) and box[:, 2:].min() < 1:
        raise ShapeError("a window to be resized must have a pixel")
    found = _made(sizes, BYTE)
    if found.size:
        _core.resized_crop(sizes, images, box, found)
    return found


def jitter(images: np.ndarray, factors: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Pictures of bytes with other brightness, contrast, saturation and hue.

    These have factors (n, 4), NaN where they stay, and an order (n, 4).
    """
    sizes = _sizes(images)
    factors = _table("factors", factors, len(images), 4, np.float64)
    order = _table("order", order, len(images), 4)
    if images.shape[1] not in (1, 3):
        raise ShapeError(f"expected images of 1 or 3 channels; found {images.shape[1]}")
    if order.size and not 0 <= order.min() <= order.max() < 4:
        raise IndexError("order must have numbers from 0 to 3")
    found = images.copy()
    _core.jitter(sizes, factors, order, found)
    return found
