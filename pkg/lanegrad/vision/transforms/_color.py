"""Transforms of colours, sharpness and histograms by random amounts, and erasing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..._tensor import Tensor
from ...random import generator
from .. import _changes
from .._images import FLOAT, made
from . import functional as F
from ._base import Randomly, Transform, below, happens, probability, uniform
from ._draws import Draws
from ._geometry import check_ranges, window, windows_within
from .functional._geometry import two

__all__ = [
    "ColorJitter",
    "GaussianBlur",
    "Grayscale",
    "RandomAdjustSharpness",
    "RandomAutocontrast",
    "RandomEqualize",
    "RandomErasing",
    "RandomGrayscale",
    "RandomInvert",
    "RandomPosterize",
    "RandomSolarize",
]


class ColorJitter(Transform):
    """Another brightness, contrast, saturation and hue, in an order drawn each time.

    Parameters
    ----------
    brightness, contrast, saturation : float or (float, float)
        The range of factors; one number x is from max(0, 1 - x) to 1 + x.
    hue : float or (float, float)
        The range of turns within -0.5 and 0.5; one number x is from -x to x.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import ColorJitter
    >>> tuple(ColorJitter(0.2, 0.2, 0.2, 0.1)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    shown = ("brightness", "contrast", "saturation", "hue")

    def __init__(
        self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0
    ) -> None:
        super().__init__()
        self.brightness = _factors("brightness", brightness)
        self.contrast = _factors("contrast", contrast)
        self.saturation = _factors("saturation", saturation)
        self.hue = _factors("hue", hue, 0.0, (-0.5, 0.5))

    @staticmethod
    def get_params(
        brightness: Any, contrast: Any, saturation: Any, hue: Any
    ) -> tuple[list[int], float | None, float | None, float | None, float | None]:
        """The order of the four changes, and the factor of each, or None."""
        order = [int(number) for number in generator().permutation(4)]
        b, c, s, h = (
            None if pair is None else uniform(*pair)
            for pair in (brightness, contrast, saturation, hue)
        )
        return order, b, c, s, h

    def forward(self, img: Any) -> Any:
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        changes = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
        for number in order:
            factor = factors[number]
            if factor is not None:
                img = changes[number](img, factor)
        return img

    of_bytes: ClassVar[bool] = True

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """Each image with factors and an order of its own."""
        drawn = draws.uniform(8)
        factors = np.full((len(images), 4), np.nan)  # which leaves a change out
        for number, pair in enumerate((self.brightness, self.contrast, self.saturation, self.hue)):
            if pair is not None:
                factors[:, number] = pair[0] + (pair[1] - pair[0]) * drawn[:, number]
        order = drawn[:, 4:].argsort(1, kind="stable")
        return _changes.jitter(np.ascontiguousarray(images), factors, order)


def _factors(
    name: str, value: Any, center: float = 1.0, bound: tuple[float, float] = (0.0, math.inf)
) -> tuple[float, float] | None:
    """A range of factors, or None if it changes nothing."""
    if isinstance(value, int | float):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        low, high = center - float(value), center + float(value)
        low = max(low, 0.0) if center == 1 else low
    elif isinstance(value, tuple | list) and len(value) == 2:
        low, high = map(float, value)
    else:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not bound[0] <= low <= high <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {[low, high]}.")
    return None if low == high == center else (low, high)


class Grayscale(Transform):
    """Without colours, in one channel or three equal ones.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Grayscale
    >>> tuple(Grayscale()(lanegrad.zeros(3, 8, 8)).shape)
    (1, 8, 8)
    """

    shown = ("num_output_channels",)

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, self.num_output_channels)


class RandomGrayscale(Randomly):
    """Without colours with a probability, in as many channels as before.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomGrayscale
    >>> tuple(RandomGrayscale()(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def change(self, img: Any) -> Any:
        """The gray picture."""
        return F.rgb_to_grayscale(img, F.get_image_num_channels(img))


class GaussianBlur(Transform):
    """Blurred by a Gaussian of a random width.

    Parameters
    ----------
    kernel_size : int or (int, int)
        Odd.
    sigma : float or (float, float)
        The width, or its range.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import GaussianBlur
    >>> tuple(GaussianBlur(3)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    shown = ("kernel_size", "sigma")

    def __init__(self, kernel_size: Any, sigma: Any = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = two(kernel_size, "kernel_size")
        if any(size <= 0 or size % 2 == 0 for size in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        if isinstance(sigma, int | float):
            sigma = (sigma, sigma)
        if not isinstance(sigma, Sequence) or len(sigma) != 2 or not 0 < sigma[0] <= sigma[1]:
            raise ValueError(f"sigma should be positive, of the form (min, max); found {sigma}")
        self.sigma = sigma

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A width."""
        return uniform(sigma_min, sigma_max)

    def forward(self, img: Any) -> Any:
        return F.gaussian_blur(img, list(self.kernel_size), self.get_params(*self.sigma))


class RandomErasing(Transform):
    """A random window of a tensor erased with a probability.

    Parameters
    ----------
    p : float
    scale, ratio : (float, float)
        Between which the window's share of the area, and its height by its width, are drawn.
    value : number, sequence of numbers or 'random'
        What it is filled with: one for all channels, one for each, or draws of the normal distribution.
    inplace : bool
        Write over the tensor.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomErasing
    >>> RandomErasing(p=1, scale=(0.2, 0.2))(lanegrad.ones(1, 8, 8)).sum().item() < 64
    True
    """

    shown = ("p", "scale", "ratio", "value", "inplace")

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(value, int | float | str | tuple | list):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        check_ranges(scale, ratio)
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        self.p, self.scale, self.ratio = probability(p), scale, ratio
        self.value, self.inplace = value, inplace

    @staticmethod
    def get_params(
        img: Tensor,
        scale: Sequence[float],
        ratio: Sequence[float],
        value: Sequence[float] | None = None,
    ) -> tuple[int, int, int, int, Tensor]:
        """Top, left, height, width and content of a window; the tensor itself if ten do not fit."""
        channels, h, w = F.get_dimensions(img)
        for _ in range(10):
            height, width = window(h * w, scale, ratio, tall=True)
            if height < h and width < w:
                if value is None:
                    content = generator().standard_normal((channels, height, width), FLOAT)
                else:
                    content = np.array(value, FLOAT).reshape(-1, 1, 1)
                place = below(h - height + 1), below(w - width + 1)
                return *place, height, width, made(content)
        return 0, 0, h, w, img

    def forward(self, img: Any) -> Any:
        if not happens(self.p):
            return img
        value: list[Any] | None = None
        if not isinstance(self.value, str):
            value = [self.value] if isinstance(self.value, int | float) else list(self.value)
            if len(value) not in (1, img.shape[-3]):
                raise ValueError(
                    "If value is a sequence, it should have either a single value or "
                    f"{img.shape[-3]} (number of input channels)"
                )
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)

    takes: ClassVar[str] = "tensors"

    @property
    def in_batches(self) -> bool:
        """Whether a window gets values that are given."""
        return self.value != "random"

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """A window of some images erased."""
        h, w = images.shape[2:]
        box, found = windows_within(draws, h, w, self.scale, self.ratio, tall=True)
        box[~(found & draws.happens(self.p))] = 0
        return erased(images, _changes.corners(box), self.value)


def erased(images: np.ndarray, box: np.ndarray, value: Any) -> np.ndarray:
    """A batch with a box of each image, its top, left, bottom and right, set to a value or several."""
    images = np.array(images, order="C")
    _changes.erase(images, box, value)
    return images


class RandomInvert(Randomly):
    """Inverted with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomInvert
    >>> RandomInvert(p=1)(lanegrad.tensor([[[0.25]]])).tolist()
    [[[0.75]]]
    """

    def change(self, img: Any) -> Any:
        """The negative."""
        return F.invert(img)


class RandomAutocontrast(Randomly):
    """Stretched from black to white with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomAutocontrast
    >>> RandomAutocontrast(p=1)(lanegrad.tensor([[[0.25, 0.5]]])).tolist()
    [[[0.0, 1.0]]]
    """

    def change(self, img: Any) -> Any:
        """The stretched picture."""
        return F.autocontrast(img)


class RandomEqualize(Randomly):
    """Bytes spread evenly with a probability.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomEqualize
    >>> RandomEqualize(p=1)(lanegrad.tensor(np.full((1, 1, 1), 7, np.uint8))).tolist()
    [[[7]]]
    """

    def change(self, img: Any) -> Any:
        """The equalized picture."""
        return F.equalize(img)


class RandomPosterize(Randomly):
    """With the highest bits of each byte alone, with a probability.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomPosterize
    >>> RandomPosterize(1, p=1)(lanegrad.tensor(np.full((1, 1, 1), 255, np.uint8))).tolist()
    [[[128]]]
    """

    shown = ("bits", "p")

    def __init__(self, bits: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.bits = bits

    def change(self, img: Any) -> Any:
        """The posterized picture."""
        return F.posterize(img, self.bits)


class RandomSolarize(Randomly):
    """Inverted where a value is not below a threshold, with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomSolarize
    >>> RandomSolarize(0.5, p=1)(lanegrad.tensor([[[0.25, 0.75]]])).tolist()
    [[[0.25, 0.25]]]
    """

    shown = ("threshold", "p")

    def __init__(self, threshold: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.threshold = threshold

    def change(self, img: Any) -> Any:
        """The solarized picture."""
        return F.solarize(img, self.threshold)


class RandomAdjustSharpness(Randomly):
    """As sharp as a factor says, with a probability.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomAdjustSharpness
    >>> tuple(RandomAdjustSharpness(2, p=1)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    shown = ("sharpness_factor", "p")

    def __init__(self, sharpness_factor: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def change(self, img: Any) -> Any:
        """The sharpened picture."""
        return F.adjust_sharpness(img, self.sharpness_factor)
