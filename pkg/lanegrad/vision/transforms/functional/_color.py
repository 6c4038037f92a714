"""Brightness, colours, sharpness and histograms: by pillow for its pictures, by NumPy for tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._images import FLOAT, is_pil, made, pillow, pixels
from ._conversion import converted, largest, pil_to_tensor, to_pil_image
from ._geometry import padded
from ._resizing import as_before

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "adjust_sharpness",
    "autocontrast",
    "equalize",
    "gaussian_blur",
    "invert",
    "posterize",
    "rgb_to_grayscale",
    "solarize",
    "to_grayscale",
]


def _colours(img: Any, least: int = 2) -> np.ndarray:
    """The array of a tensor of one channel or three."""
    x = pixels(img)
    channels = 1 if x.ndim == 2 else x.shape[-3]
    if x.ndim < least:
        raise TypeError(f"expected at least {least} dimensions; found shape {x.shape}")
    if channels not in (1, 3):
        raise TypeError(f"expected one channel or three; found {channels} (shape {x.shape})")
    return x


def _blended(x: np.ndarray, other: Any, ratio: float) -> Any:
    """ratio * x + (1 - ratio) * other, within the range of x's dtype."""
    ratio = float(ratio)
    mixed = FLOAT.type(ratio) * x.astype(FLOAT) + FLOAT.type(1 - ratio) * np.asarray(other, FLOAT)
    return made(mixed.clip(0, largest(x.dtype)).astype(x.dtype))


def _enhanced(img: Any, kind: str, factor: float) -> Any:
    return getattr(pillow("ImageEnhance"), kind)(img).enhance(factor)


def _not_negative(name: str, factor: float) -> None:
    if factor < 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")


def _gray(x: np.ndarray) -> np.ndarray:
    """One channel (..., 1, H, W), of its dtype."""
    if x.shape[-3] == 1:
        return x.copy()
    red, green, blue = (x[..., channel, :, :].astype(FLOAT) for channel in range(3))
    mixed = FLOAT.type(0.2989) * red + FLOAT.type(0.587) * green + FLOAT.type(0.114) * blue
    return np.asarray(mixed, x.dtype)[..., None, :, :]


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Without colours, in one channel or three equal ones.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.rgb_to_grayscale(lanegrad.zeros(3, 4, 4)).shape)
    (1, 4, 4)
    """
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if is_pil(img):
        gray = img.convert("L")
        return gray if num_output_channels == 1 else pillow().merge("RGB", [gray] * 3)
    gray = _gray(_colours(img, 3))
    # As torchvision does, which leaves one channel one.
    return made(gray if num_output_channels == 1 else np.repeat(gray, pixels(img).shape[-3], -3))


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """`rgb_to_grayscale` of a PIL image.

    Examples
    --------
    >>> from PIL import Image
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.to_grayscale(Image.new("RGB", (1, 1), (255, 255, 255))).getpixel((0, 0))
    255
    """
    if not is_pil(img):
        raise TypeError("Input should be PIL Image")
    return rgb_to_grayscale(img, num_output_channels)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """As bright as a factor says: 0 is black, 1 the picture.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.adjust_brightness(lanegrad.ones(1, 1, 1), 0.5).tolist()
    [[[0.5]]]
    """
    if is_pil(img):
        return _enhanced(img, "Brightness", brightness_factor)
    _not_negative("brightness_factor", brightness_factor)
    return _blended(_colours(img), 0, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """With as much contrast as a factor says: 0 is an even gray, 1 the picture.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.adjust_contrast(lanegrad.tensor([[[0.0, 1.0]]]), 0.5).tolist()
    [[[0.25, 0.75]]]
    """
    if is_pil(img):
        return _enhanced(img, "Contrast", contrast_factor)
    _not_negative("contrast_factor", contrast_factor)
    x = _colours(img)
    gray = _gray(x) if x.ndim > 2 else x
    axes = tuple(range(-min(x.ndim, 3), 0))
    return _blended(x, gray.astype(FLOAT).mean(axes, keepdims=True), contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """As colourful as a factor says: 0 is without colours, 1 the picture.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.adjust_saturation(lanegrad.ones(3, 2, 2), 0.5).shape)
    (3, 2, 2)
    """
    if is_pil(img):
        return _enhanced(img, "Color", saturation_factor)
    _not_negative("saturation_factor", saturation_factor)
    x = _colours(img)
    if x.ndim == 2 or x.shape[-3] == 1:
        return img
    return _blended(x, _gray(x), saturation_factor)


def adjust_sharpness(img: Any, sharpness_factor: float) -> Any:
    """As sharp as a factor says: 0 is blurred, 1 the picture, 2 sharper.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.adjust_sharpness(lanegrad.ones(3, 4, 4), 2).shape)
    (3, 4, 4)
    """
    if is_pil(img):
        return _enhanced(img, "Sharpness", sharpness_factor)
    _not_negative("sharpness_factor", sharpness_factor)
    x = _colours(img)
    h, w = x.shape[-2:]
    if min(h, w) <= 2:
        return img
    kernel = np.ones((3, 3), FLOAT)
    kernel[1, 1] = 5
    blurred = x.copy()
    blurred[..., 1:-1, 1:-1] = as_before(_filtered(x.astype(FLOAT), kernel / kernel.sum()), x.dtype)
    return _blended(x, blurred, sharpness_factor)


def _filtered(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The weighted sums of windows as large as the kernel."""
    height, width = (n - k + 1 for n, k in zip(x.shape[-2:], kernel.shape, strict=True))
    result = np.zeros((*x.shape[:-2], height, width), FLOAT)
    for (row, column), weight in np.ndenumerate(kernel):
        result += weight * x[..., row : row + height, column : column + width]
    return result


def gaussian_blur(img: Any, kernel_size: Any, sigma: Any = None) -> Any:
    """Blurred by a Gaussian of an odd size and a width, each for x and y or one for both.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> tuple(TF.gaussian_blur(lanegrad.ones(3, 8, 8), 3, 1.0).shape)
    (3, 8, 8)
    """
    sizes = _pair("kernel_size", kernel_size, int)
    if any(size % 2 == 0 or size < 0 for size in sizes):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    widths = _pair(
        "sigma", [size * 0.15 + 0.35 for size in sizes] if sigma is None else sigma, float
    )
    if min(widths) <= 0:
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    if is_pil(img):
        return to_pil_image(gaussian_blur(pil_to_tensor(img), sizes, widths), mode=img.mode)
    x = pixels(img)
    across, down = (_bell(size, width) for size, width in zip(sizes, widths, strict=True))
    sides = [sizes[0] // 2, sizes[1] // 2] * 2
    wide = padded(x.astype(FLOAT), sides, 0, "reflect")
    return made(as_before(_filtered(wide, down[:, None] * across), x.dtype))


def _pair(name: str, value: Any, kind: type) -> list[Any]:
    if not isinstance(value, int | float | list | tuple):
        raise TypeError(f"{name} should be a number or a sequence of two. Got {type(value)}")
    several = [value] if isinstance(value, int | float) else list(value)
    if len(several) not in ((1, 2) if kind is float else (2,)) and not isinstance(value, int):
        raise ValueError(f"If {name} is a sequence its length should be 2. Got {len(several)}")
    return [kind(part) for part in several] * (2 // len(several))


def _bell(size: int, width: float) -> np.ndarray:
    x = np.linspace(-(size - 1) * 0.5, (size - 1) * 0.5, size, dtype=FLOAT)
    heights = np.exp(FLOAT.type(-0.5) * (x / FLOAT.type(width)) ** 2)
    return np.asarray(heights / heights.sum(), FLOAT)


def adjust_gamma(img: Any, gamma: float, gain: float = 1) -> Any:
    """gain * x ** gamma, of values from 0 to 1.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.adjust_gamma(lanegrad.tensor([[[0.5]]]), 2).tolist()
    [[[0.25]]]
    """
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    if is_pil(img):
        curve = [int((255 + 1 - 1e-3) * gain * (level / 255) ** gamma) for level in range(256)]
        return img.convert("RGB").point(curve * 3).convert(img.mode)
    x = _colours(img)
    result = (FLOAT.type(gain) * converted(x, FLOAT) ** FLOAT.type(gamma)).clip(0, 1)
    return made(converted(result, x.dtype).copy())


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """With colours moved around the wheel: -0.5 and 0.5 are half a turn.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> red = lanegrad.tensor([[[1.0]], [[0.0]], [[0.0]]])
    >>> TF.adjust_hue(red, 0.5).tolist()
    [[[0.0]], [[1.0]], [[1.0]]]
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if is_pil(img):
        if img.mode in ("L", "1", "I", "F"):
            return img
        hue, *rest = img.convert("HSV").split()
        turned = np.array(hue) + np.array(int(hue_factor * 255)).astype(np.uint8)
        return pillow().merge("HSV", (pillow().fromarray(turned), *rest)).convert(img.mode)
    x = _colours(img)
    if x.ndim == 2 or x.shape[-3] == 1:
        return img
    return made(converted(_turned(converted(x, FLOAT), hue_factor), x.dtype).copy())


def _turned(x: np.ndarray, turn: float) -> np.ndarray:
    """Colours (..., 3, H, W) by way of hue, saturation and value."""
    red, green, blue = (x[..., channel, :, :] for channel in range(3))
    value, low = x.max(-3), x.min(-3)
    gray, chroma = value == low, value - low
    saturation = chroma / np.where(gray, FLOAT.type(1), value)
    divisor = np.where(gray, FLOAT.type(1), chroma)
    r, g, b = ((value - part) / divisor for part in (red, green, blue))
    sixth = np.where(value == red, b - g, np.where(value == green, 2 + r - b, 4 + g - r))
    hue = (np.fmod(sixth / FLOAT.type(6) + 1, FLOAT.type(1)) + FLOAT.type(turn)) % FLOAT.type(1)
    sector = np.floor(hue * 6)
    part = hue * 6 - sector
    p, q, t = (
        (value * (1 - saturation * share)).clip(0, 1) for share in (FLOAT.type(1), part, 1 - part)
    )
    sector = sector.astype(np.int64) % 6
    wheel = [
        (value, t, p),
        (q, value, p),
        (p, value, t),
        (p, q, value),
        (t, p, value),
        (value, p, q),
    ]
    return np.stack([np.choose(sector, [at[channel] for at in wheel]) for channel in range(3)], -3)


def invert(img: Any) -> Any:
    """White minus each value.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.invert(lanegrad.tensor([[[0.25]]])).tolist()
    [[[0.75]]]
    """
    if is_pil(img):
        return pillow("ImageOps").invert(img)
    x = _colours(img, 3)
    return made(x.dtype.type(largest(x.dtype)) - x)


def posterize(img: Any, bits: int) -> Any:
    """With the highest bits of each byte alone.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.posterize(lanegrad.tensor(np.array([[[255]]], np.uint8)), 1).tolist()
    [[[128]]]
    """
    if is_pil(img):
        return pillow("ImageOps").posterize(img, bits)
    if not 0 <= bits <= 8:
        raise ValueError(f"a byte has 0 to 8 bits to be kept, found {bits}")
    return made(_bytes(img) & np.uint8(256 - 2 ** (8 - bits) & 255))


def _bytes(img: Any) -> np.ndarray:
    x = _colours(img, 3)
    if x.dtype != np.uint8:
        raise TypeError(f"Only uint8 image tensors are supported, but found {x.dtype}")
    return x


def solarize(img: Any, threshold: float) -> Any:
    """Inverted where a value is not below the threshold.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.solarize(lanegrad.tensor([[[0.25, 0.75]]]), 0.5).tolist()
    [[[0.25, 0.25]]]
    """
    if is_pil(img):
        return pillow("ImageOps").solarize(img, threshold)
    x = _colours(img, 3)
    if threshold > largest(x.dtype):
        raise TypeError(f"Threshold should be at most {largest(x.dtype)}; found {threshold}")
    return made(np.where(x >= threshold, x.dtype.type(largest(x.dtype)) - x, x))


def autocontrast(img: Any) -> Any:
    """Each channel stretched from black to white.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.autocontrast(lanegrad.tensor([[[0.25, 0.5]]])).tolist()
    [[[0.0, 1.0]]]
    """
    if is_pil(img):
        return pillow("ImageOps").autocontrast(img)
    x = _colours(img, 3)
    low, high = (edge((-2, -1), keepdims=True).astype(FLOAT) for edge in (x.min, x.max))
    flat, bound = low == high, largest(x.dtype)
    scale = FLOAT.type(bound) / np.where(flat, FLOAT.type(bound), high - low)
    stretched = (x - np.where(flat, FLOAT.type(0), low)) * scale
    return made(stretched.clip(0, bound).astype(x.dtype))


def equalize(img: Any) -> Any:
    """Each channel with bytes spread so that all are about as frequent.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.equalize(lanegrad.tensor(np.full((1, 2, 2), 7, np.uint8))).tolist()
    [[[7, 7], [7, 7]]]
    """
    if is_pil(img):
        return pillow("ImageOps").equalize(img)
    x = _bytes(img)
    planes = x.reshape(-1, *x.shape[-2:])
    return made(np.stack([_spread(plane) for plane in planes]).reshape(x.shape))


def _spread(plane: np.ndarray) -> np.ndarray:
    counts = np.bincount(plane.ravel(), minlength=256)
    step = int(counts[counts > 0][:-1].sum()) // 255
    if step == 0:
        return plane
    levels = (np.cumsum(counts) + step // 2) // step
    return np.asarray(np.append(0, levels[:-1]).clip(0, 255)[plane], np.uint8)
