"""Transforms that cut, pad, mirror and resize. For `batch`, see `_conversion.py`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import _changes
from . import functional as F
from ._base import Randomly, Transform, below, uniform
from ._draws import Draws
from ._windows import Windows
from .functional import InterpolationMode
from .functional._conversion import mode_of
from .functional._geometry import PADDING_MODES, centre, sides_of, two

__all__ = [
    "CenterCrop",
    "FiveCrop",
    "Pad",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomVerticalFlip",
    "Resize",
    "TenCrop",
]


class Resize(Transform):
    """Another size; see `functional.resize`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Resize
    >>> tuple(Resize((4, 6))(lanegrad.zeros(3, 8, 8)).shape)
    (3, 4, 6)
    """

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, int | Sequence):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = mode_of(interpolation)

    def forward(self, img: Any) -> Any:
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(size={self.size}, interpolation={self.interpolation.value}, "
            f"max_size={self.max_size}, antialias={self.antialias})"
        )


class CenterCrop(Transform):
    """The window in the middle, after padding with zeros what is smaller.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import CenterCrop
    >>> tuple(CenterCrop(4)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 4, 4)
    """

    shown = ("size",)

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = two(size)

    def forward(self, img: Any) -> Any:
        return F.center_crop(img, self.size)

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """The windows in the middle."""
        padding, (top, left) = centre(*windows.size, *self.size)
        return windows.window((top - padding[1], left - padding[0]), self.size)


class _Padding(Transform):
    """Has `padding`, `fill` and `padding_mode`."""

    padding: Any
    fill: Any
    padding_mode: str

    @property
    def in_batches(self) -> bool:
        """Whether pictures and tensors are padded alike: with one number, on sides that grow."""
        return isinstance(self.fill, int | float) and min(sides_of(self.padding or 0)) >= 0

    def padded(self, windows: Windows, sides: Sequence[int]) -> Windows:
        """Windows that are larger on all sides."""
        left, top, right, bottom = sides
        height, width = windows.size
        size = height + top + bottom, width + left + right
        return windows.window((-top, -left), size, self.padding_mode, self.fill)


class Pad(_Padding):
    """More pixels on all sides; see `functional.pad`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Pad
    >>> Pad([1, 0], fill=7)(lanegrad.zeros(1, 1, 1)).tolist()
    [[[7.0, 0.0, 7.0]]]
    """

    shown = ("padding", "fill", "padding_mode")

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        sides_of(padding)
        if not isinstance(fill, int | float | str | tuple | list):
            raise TypeError("Got inappropriate fill arg")
        if padding_mode not in PADDING_MODES:
            raise ValueError(
                f"padding_mode should be one of {[*PADDING_MODES]}; found {padding_mode!r}"
            )
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """Padded pictures."""
        return self.padded(windows, sides_of(self.padding))


class RandomCrop(_Padding):
    """A window of a random place, after padding.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    padding : int or sequence of int, optional
        See `Pad`.
    pad_if_needed : bool
        Whether to pad further where the window is larger.
    fill, padding_mode
        See `Pad`.

    Raises
    ------
    ValueError
        `size` is not positive, or the window is larger than the padded picture.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomCrop
    >>> tuple(RandomCrop(32, padding=4)(lanegrad.ones(3, 32, 32)).shape)
    (3, 32, 32)
    """

    shown = ("size", "padding")

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = two(size)
        if min(self.size) < 1:
            raise ValueError(f"expected a positive size; found {size}")
        if padding is not None:
            sides_of(padding)
        self.padding, self.pad_if_needed = padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    @staticmethod
    def get_params(img: Any, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a window."""
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        _check_window(height, width, h, w)
        return below(h - height + 1), below(w - width + 1), height, width

    def _paddings(self, h: int, w: int) -> list[list[int]]:
        """What a picture (h, w) is padded with, one after the other."""
        sides = [sides_of(0 if self.padding is None else self.padding)]
        if self.pad_if_needed:
            left, top, right, bottom = sides[0]
            x, y = self.size[1] - (w + left + right), self.size[0] - (h + top + bottom)
            sides += [[x, 0, x, 0]] * (x > 0) + [[0, y, 0, y]] * (y > 0)
        return sides

    def forward(self, img: Any) -> Any:
        _, h, w = F.get_dimensions(img)
        for sides in self._paddings(h, w):
            if any(sides):
                img = F.pad(img, sides, self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """A window of each image."""
        for sides in self._paddings(*windows.size):
            windows = self.padded(windows, sides) if any(sides) else windows
        _check_window(*self.size, *windows.size)
        room = np.subtract(windows.size, self.size) + 1
        return windows.window(np.floor(draws.uniform(2) * room).astype(np.int64), self.size)


def _check_window(height: int, width: int, h: int, w: int) -> None:
    if height > h or width > w:
        raise ValueError(
            f"Required crop size {(height, width)} is larger than input image size {(h, w)}"
        )


class RandomHorizontalFlip(Randomly):
    """Mirror left to right with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomHorizontalFlip
    >>> RandomHorizontalFlip(p=1)(lanegrad.tensor([[[1, 2, 3]]])).tolist()
    [[[3, 2, 1]]]
    """

    def change(self, img: Any) -> Any:
        """The mirror image."""
        return F.hflip(img)

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """Some of them mirrored."""
        return windows.mirrored(draws.happens(self.p))


class RandomVerticalFlip(Randomly):
    """Mirror top to bottom with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomVerticalFlip
    >>> RandomVerticalFlip(p=1)(lanegrad.tensor([[[1], [2]]])).tolist()
    [[[2], [1]]]
    """

    def change(self, img: Any) -> Any:
        """The mirror image."""
        return F.vflip(img)

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """Some of them upside down."""
        return windows.mirrored(draws.happens(self.p), 2)


class RandomResizedCrop(Transform):
    """A window of random area and shape at a random place, resized.

    Parameters
    ----------
    size : int or (int, int)
        Of the result.
    scale, ratio : (float, float)
        Between which the window's share of the area, and its width by its height, are drawn.
    interpolation, antialias
        See `functional.resize`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomResizedCrop
    >>> tuple(RandomResizedCrop(6)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 6, 6)
    """

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = two(size)
        check_ranges(scale, ratio)
        self.scale, self.ratio = scale, ratio
        self.interpolation, self.antialias = mode_of(interpolation), antialias

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float]
    ) -> tuple[int, int, int, int]:
        """Top, left, height and width of a window; the largest one in the middle if ten do not fit."""
        _, h, w = F.get_dimensions(img)
        for _ in range(10):
            height, width = window(h * w, scale, ratio)
            if 0 < width <= w and 0 < height <= h:
                return below(h - height + 1), below(w - width + 1), height, width
        return _largest_window(h, w, ratio)

    def forward(self, img: Any) -> Any:
        place = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, *place, self.size, self.interpolation, self.antialias)

    of_bytes: ClassVar[bool] = True

    @property
    def in_batches(self) -> bool:
        """Whether it is what the kernel does."""
        return bool(self.antialias) and self.interpolation is InterpolationMode.BILINEAR

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """A window of each image, resized as pillow does it."""
        h, w = images.shape[2:]
        box, found = windows_within(draws, h, w, self.scale, self.ratio)
        box[~found] = _largest_window(h, w, self.ratio)
        return _changes.resized_crop(np.ascontiguousarray(images), box, self.size)

    def __repr__(self) -> str:
        scale, ratio = (tuple(round(x, 4) for x in pair) for pair in (self.scale, self.ratio))
        return (
            f"{type(self).__name__}(size={self.size}, scale={scale}, ratio={ratio}, "
            f"interpolation={self.interpolation.value}, antialias={self.antialias})"
        )


def check_ranges(scale: Any, ratio: Any) -> None:
    """A TypeError if these are no ranges, a warning if they are the wrong way round."""
    for name, value in (("Scale", scale), ("Ratio", ratio)):
        if not isinstance(value, Sequence):
            raise TypeError(f"{name} should be a sequence")
    if scale[0] > scale[1] or ratio[0] > ratio[1]:
        warnings.warn("Scale and ratio should be of kind (min, max)", stacklevel=3)


def window(
    area: float, scale: Sequence[float], ratio: Sequence[float], tall: bool = False
) -> tuple[int, int]:
    """Height and width of a share of an area; the ratio is width by height, or the other way round."""
    share = area * uniform(*scale)
    shape = math.exp(uniform(math.log(ratio[0]), math.log(ratio[1])))
    less, more = round(math.sqrt(share / shape)), round(math.sqrt(share * shape))
    return (more, less) if tall else (less, more)


def _largest_window(h: int, w: int, ratio: Sequence[float]) -> tuple[int, int, int, int]:
    """Top, left, height and width of the largest window in the middle whose width by height is in range."""
    shape = min(max(w / h, min(ratio)), max(ratio))
    height, width = (round(w / shape), w) if w / h < shape else (h, round(h * shape))
    return (h - height) // 2, (w - width) // 2, height, width


def windows_within(
    draws: Draws,
    h: int,
    w: int,
    scale: Sequence[float],
    ratio: Sequence[float],
    tall: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Top, left, height and width (n, 4) of a `window` for each image, and whether one of ten fitted (n)."""
    drawn = draws.uniform(22)
    share = h * w * (scale[0] + (scale[1] - scale[0]) * drawn[:, :10])
    low, high = math.log(ratio[0]), math.log(ratio[1])
    shape = np.exp(low + (high - low) * drawn[:, 10:20])
    sides = np.rint(np.sqrt(np.stack([share / shape, share * shape], -1)))  # (n, 10, 2)
    if tall:  # and of an erased window smaller than the picture
        sides = sides[..., ::-1]
    fits = np.all((sides > 0) & (sides <= np.array([h, w]) - tall), -1)
    size = sides[np.arange(len(sides)), fits.argmax(1)]
    place = np.floor(drawn[:, 20:] * (np.array([h, w]) - size + 1))
    return np.concatenate([place, size], 1).astype(np.int64), np.any(fits, 1)


class FiveCrop(Transform):
    """The windows in the four corners and the middle, as a tuple.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import FiveCrop
    >>> len(FiveCrop(2)(lanegrad.zeros(1, 4, 4)))
    5
    """

    shown = ("size",)

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = two(size)

    def forward(self, img: Any) -> tuple[Any, ...]:
        return F.five_crop(img, self.size)


class TenCrop(Transform):
    """`FiveCrop` of a picture, and of its mirror image.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import TenCrop
    >>> len(TenCrop(2)(lanegrad.zeros(1, 4, 4)))
    10
    """

    shown = ("size", "vertical_flip")

    def __init__(self, size: Any, vertical_flip: bool = False) -> None:
        super().__init__()
        self.size, self.vertical_flip = two(size), vertical_flip

    def forward(self, img: Any) -> tuple[Any, ...]:
        return F.ten_crop(img, self.size, self.vertical_flip)
