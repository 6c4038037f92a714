"""Cutting, padding, mirroring and resizing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...._tensor import Tensor
from ..._images import is_pil, made, pillow, pixels, values
from ._conversion import InterpolationMode, get_dimensions, mode_of, pil_number, warn_antialias
from ._resizing import resized

__all__ = [
    "center_crop",
    "crop",
    "erase",
    "five_crop",
    "hflip",
    "pad",
    "resize",
    "resized_crop",
    "ten_crop",
    "vflip",
]

PADDING_MODES = {"constant": "constant", "edge": "edge", "reflect": "reflect"}
PADDING_MODES |= {"symmetric": "symmetric"}


def hflip(img: Any) -> Any:
    """Mirrored left to right.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.hflip(lanegrad.tensor([[[1, 2, 3]]])).tolist()
    [[[3, 2, 1]]]
    """
    if is_pil(img):
        return img.transpose(pillow().Transpose.FLIP_LEFT_RIGHT)
    get_dimensions(img)
    return img[..., ::-1].clone()


def vflip(img: Any) -> Any:
    """Mirrored top to bottom.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.vflip(lanegrad.tensor([[[1], [2]]])).tolist()
    [[[2], [1]]]
    """
    if is_pil(img):
        return img.transpose(pillow().Transpose.FLIP_TOP_BOTTOM)
    get_dimensions(img)
    return img[..., ::-1, :].clone()


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A window; what of it lies beyond the picture is zero.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.crop(lanegrad.tensor([[[1, 2], [3, 4]]]), 1, 1, 1, 2).tolist()
    [[[4, 0]]]
    """
    if is_pil(img):
        return img.crop((left, top, left + width, top + height))
    _, h, w = get_dimensions(img)
    bottom, right = top + height, left + width
    part = img[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    beyond = [
        max(min(0, right) - left, 0),
        max(min(0, bottom) - top, 0),
        max(right - max(w, left), 0),
        max(bottom - max(h, top), 0),
    ]
    return pad(part, beyond) if any(beyond) else part


def two(size: Any, name: str = "size") -> tuple[int, int]:
    """Height and width, of one number for both or of two."""
    if isinstance(size, int | float | np.integer):
        return int(size), int(size)
    if len(size) == 1:
        return size[0], size[0]
    if len(size) != 2:
        raise ValueError(f"{name} is one number or two, (height, width); found {size}")
    return size[0], size[1]


def center_crop(img: Any, output_size: Any) -> Any:
    """The window in the middle, after padding with zeros what is smaller.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.center_crop(lanegrad.tensor([[[1, 2, 3]]]), 1).tolist()
    [[[2]]]
    """
    height, width = two(output_size)
    _, h, w = get_dimensions(img)
    padding, (top, left) = centre(h, w, height, width)
    if any(padding):
        img = pad(img, padding)
    return crop(img, top, left, height, width)


def centre(h: int, w: int, height: int, width: int) -> tuple[list[int], tuple[int, int]]:
    """How a picture (h, w) is padded for a window in its middle, and the window's top and left then."""
    x, y = max(width - w, 0), max(height - h, 0)
    padding = [x // 2, y // 2, (x + 1) // 2, (y + 1) // 2]
    return padding, (round((h + y - height) / 2), round((w + x - width) / 2))


def five_crop(img: Any, size: Any) -> tuple[Any, ...]:
    """The windows in the four corners (top left, top right, bottom left, bottom right) and the middle.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> [tuple(part.shape) for part in TF.five_crop(lanegrad.zeros(1, 3, 3), 2)][:2]
    [(1, 2, 2), (1, 2, 2)]
    """
    height, width = two(size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        raise ValueError(
            f"Requested crop size {(height, width)} is bigger than input size {(h, w)}"
        )
    places = [(0, 0), (0, w - width), (h - height, 0), (h - height, w - width)]
    corners = [crop(img, top, left, height, width) for top, left in places]
    return *corners, center_crop(img, (height, width))


def ten_crop(img: Any, size: Any, vertical_flip: bool = False) -> tuple[Any, ...]:
    """`five_crop` of a picture, and of its mirror image.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> len(TF.ten_crop(lanegrad.zeros(1, 3, 3), 2))
    10
    """
    return five_crop(img, size) + five_crop(vflip(img) if vertical_flip else hflip(img), size)


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """More pixels on all sides.

    Parameters
    ----------
    img : PIL image or Tensor (..., H, W)
    padding : int or sequence of int
        One number for all sides, two for left and right, and top and bottom, or four: left, top, right,
        bottom. Negative ones cut off.
    fill : number or sequence of number
        The constant; for PIL images also one for each channel.
    padding_mode : str
        'constant', 'edge' (the last pixel again), 'reflect' (mirrored without the last pixel) or
        'symmetric' (mirrored with it).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.pad(lanegrad.tensor([[[1, 2]]]), [1, 0]).tolist()
    [[[0, 1, 2, 0]]]
    >>> TF.pad(lanegrad.tensor([[[1, 2, 3]]]), [2, 0, 0, 0], padding_mode="reflect").tolist()
    [[[3, 2, 1, 2, 3]]]
    """
    sides = sides_of(padding)
    if not isinstance(padding_mode, str):
        raise TypeError(f"padding_mode should be a str; found {padding_mode!r}")
    if padding_mode not in PADDING_MODES:
        raise ValueError(
            f"padding_mode should be one of {[*PADDING_MODES]}; found {padding_mode!r}"
        )
    if not is_pil(img):
        if fill is not None and not isinstance(fill, int | float):
            raise TypeError(f"fill of a tensor should be one number; found {fill!r}")
        return made(padded(pixels(img), sides, fill or 0, padding_mode))
    if padding_mode == "constant":
        found = pillow("ImageOps").expand(img, border=tuple(sides), fill=fill_of(fill, img))
    else:
        rows = np.asarray(img)
        planes = rows[None] if rows.ndim == 2 else rows.transpose(2, 0, 1)
        planes = padded(planes, sides, 0, padding_mode)
        rows = planes[0] if rows.ndim == 2 else planes.transpose(1, 2, 0)
        found = pillow().fromarray(np.ascontiguousarray(rows))
    if img.mode == "P":
        found.putpalette(img.getpalette())
    return found


def sides_of(padding: Any) -> list[int]:
    """Left, top, right and bottom of one, two or four numbers."""
    if isinstance(padding, int | np.integer):
        return [int(padding)] * 4
    if not isinstance(padding, tuple | list):
        raise TypeError(f"padding should be an int or a sequence of ints; found {padding!r}")
    if len(padding) not in (1, 2, 4):
        raise ValueError(
            f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple"
        )
    return [int(side) for side in padding] * (4 // len(padding))


def padded(x: np.ndarray, sides: Sequence[int], fill: float, mode: str) -> np.ndarray:
    """An array (..., H, W) with pixels added to its left, top, right and bottom, or cut off."""
    left, top, right, bottom = (max(-side, 0) for side in sides)
    x = x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]
    left, top, right, bottom = (max(side, 0) for side in sides)
    widths = [(0, 0)] * (x.ndim - 2) + [(top, bottom), (left, right)]
    if mode == "reflect" and (max(left, right) >= x.shape[-1] or max(top, bottom) >= x.shape[-2]):
        raise RuntimeError(
            f"padding {list(sides)} by reflection should be less than the size {x.shape[-2:]} of the image"
        )
    if mode == "constant":
        return np.pad(x, widths, constant_values=np.asarray(fill).astype(x.dtype))
    return np.pad(x, widths, mode=mode)  # type: ignore[call-overload, no-any-return]


def fill_of(fill: Any, img: Any) -> Any:
    """A fill as pillow wants it: a number, or one for each of the channels."""
    channels = len(img.getbands())
    fill = 0 if fill is None else fill
    if isinstance(fill, int | float) and channels > 1:
        fill = [fill] * channels
    kind = float if img.mode == "F" else int
    if not isinstance(fill, list | tuple):
        return kind(fill)
    if len(fill) == 1:
        fill = list(fill) * channels
    if len(fill) != channels:
        raise ValueError(f"fill has {len(fill)} values for an image of {channels} channels")
    return tuple(map(kind, fill))


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """In another size.

    Parameters
    ----------
    img : PIL image or Tensor (..., H, W)
    size : int or sequence of int
        (height, width), or one number for the smaller edge.
    interpolation : InterpolationMode
        Tensors take NEAREST, NEAREST_EXACT, BILINEAR and BICUBIC.
    max_size : int, optional
        The most that the longer edge may become where `size` is one number.
    antialias : bool
        Whether to smooth where the picture shrinks; PIL images are always smoothed.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.resize(lanegrad.zeros(3, 8, 4), 6).shape)
    (3, 12, 6)
    """
    mode = mode_of(interpolation)
    if isinstance(size, list | tuple) and len(size) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list; found {size}")
    if isinstance(size, list | tuple) and len(size) == 2 and max_size is not None:
        raise ValueError("max_size is for a size of one number, that of the smaller edge")
    _, h, w = get_dimensions(img)
    height, width = _resized_size(h, w, size, max_size)
    if (height, width) == (h, w):
        return img
    if is_pil(img):
        if antialias is False:
            warn_antialias()
        return img.resize((width, height), pil_number(mode))
    smooth = bool(antialias) and mode.value in ("bilinear", "bicubic")
    return made(resized(pixels(img), height, width, mode.value, smooth))


def _resized_size(h: int, w: int, size: Any, max_size: int | None) -> tuple[int, int]:
    if isinstance(size, list | tuple) and len(size) == 2:
        return size[0], size[1]
    short = size[0] if isinstance(size, list | tuple) else size
    long = int(short * max(h, w) / min(h, w))
    if max_size is not None:
        if max_size <= short:
            raise ValueError(f"max_size {max_size} must be greater than the smaller edge, {short}")
        if long > max_size:
            short, long = int(max_size * short / long), max_size
    return (long, short) if w <= h else (short, long)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """`crop`, then `resize`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.resized_crop(lanegrad.zeros(1, 8, 8), 0, 0, 4, 4, [6, 6]).shape)
    (1, 6, 6)
    """
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Tensor:
    """A tensor with the window from row `i` and column `j` of size (h, w) set to `v`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.erase(lanegrad.ones(1, 2, 2), 0, 1, 2, 1, 0).tolist()
    [[[1.0, 0.0], [1.0, 0.0]]]
    """
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}")
    result = img if inplace else img.clone()
    result[..., i : i + h, j : j + w] = values(v) if isinstance(v, Tensor) else v
    return result


def rotation_matrix(
    center: Sequence[float],
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Sequence[float],
) -> list[float]:
    """Where a pixel of the result comes from: two rows (x, y, 1) of the inverse map, angles in degrees.

    The map moves `center` to the origin, shears, turns, scales, moves it back and translates.
    """
    turn, sx, sy = map(math.radians, (angle, *shear))
    a, b = math.cos(turn - sy) / math.cos(sy), math.sin(turn - sy) / math.cos(sy)
    forward = [a, -a * math.tan(sx) - math.sin(turn), b, -b * math.tan(sx) + math.cos(turn)]
    # Of determinant 1 but for the scale.
    back = [x / scale for x in (forward[3], -forward[1], -forward[2], forward[0])]
    x, y = (-c - t for c, t in zip(center, translate, strict=True))
    return [
        *back[:2],
        back[0] * x + back[1] * y + center[0],
        *back[2:],
        back[2] * x + back[3] * y + center[1],
    ]
