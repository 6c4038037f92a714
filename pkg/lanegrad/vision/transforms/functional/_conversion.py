"""Pictures to tensors and back, dtypes, normalization, and how large a picture is."""

from __future__ import annotations

import warnings
from enum import Enum
from typing import Any

import numpy as np

from ...._core import Array, ShapeError, adopt, record
from ...._tensor import Tensor
from ...._tensor.inside import overwrite, plain_array
from ..._images import FLOAT, is_pil, made, pillow, values

__all__ = [
    "InterpolationMode",
    "convert_image_dtype",
    "get_dimensions",
    "get_image_num_channels",
    "get_image_size",
    "normalize",
    "pil_to_tensor",
    "to_pil_image",
    "to_tensor",
]


class InterpolationMode(Enum):
    """How pixels are found between pixels; pillow's numbers are taken too.

    Examples
    --------
    >>> from lanegrad.vision.transforms import InterpolationMode
    >>> InterpolationMode.BILINEAR.value
    'bilinear'
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_PIL_NUMBERS = {"nearest": 0, "nearest-exact": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}
_PIL_NUMBERS |= {"box": 4, "hamming": 5}
_MODES = {number: InterpolationMode(name) for name, number in reversed(_PIL_NUMBERS.items())}


def mode_of(interpolation: Any) -> InterpolationMode:
    """The mode, of itself or of pillow's number for it."""
    if isinstance(interpolation, InterpolationMode):
        return interpolation
    if isinstance(interpolation, int) and int(interpolation) in _MODES:
        return _MODES[int(interpolation)]
    raise TypeError(
        "interpolation should be an InterpolationMode or a number of pillow's (0 to 5); "
        f"found {interpolation!r}"
    )


def pil_number(mode: InterpolationMode) -> int:
    """Pillow's number of a mode."""
    return _PIL_NUMBERS[mode.value]


def largest(dtype: Any) -> int:
    """What stands for white: the largest integer, or 1."""
    kind = np.dtype(dtype)
    return 1 if kind.kind in "fb" else int(np.iinfo(kind).max)


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width of a picture or a tensor (..., C, H, W).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.get_dimensions(lanegrad.zeros(3, 8, 5))
    [3, 8, 5]
    """
    if is_pil(img):
        return [len(img.getbands()), img.height, img.width]
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be a PIL image or a tensor; found {type(img)}")
    if img.ndim < 2:
        raise TypeError(f"a tensor that is an image is (..., H, W); found shape {img.shape}")
    return [1 if img.ndim == 2 else img.shape[-3], img.shape[-2], img.shape[-1]]


def get_image_size(img: Any) -> list[int]:
    """Width and height, in this order.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.get_image_size(lanegrad.zeros(3, 8, 5))
    [5, 8]
    """
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img: Any) -> int:
    """The number of channels.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.get_image_num_channels(lanegrad.zeros(3, 8, 5))
    3
    """
    return get_dimensions(img)[0]


def to_tensor(pic: Any) -> Tensor:
    """A picture, or an array (H, W, C) or (H, W), as a tensor (C, H, W); bytes become 0 to 1 in float32.

    Raises
    ------
    TypeError
        `pic` is neither; a tensor is not taken.
    ValueError
        An array of other dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.to_tensor(np.array([[0, 51, 255]], np.uint8)).tolist()
    [[[0.0, 0.20000000298023224, 1.0]]]
    """
    if is_pil(pic):
        planes = _planes(pic)
        if pic.mode == "1":
            planes = planes.astype(np.uint8) * np.uint8(255)
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        planes = (pic[:, :, None] if pic.ndim == 2 else pic).transpose(2, 0, 1)
    else:
        raise TypeError(f"pic should be a PIL image or an ndarray; found {type(pic)}")
    return made(scaled(planes) if planes.dtype == np.uint8 else _kept(planes))


def scaled(images: np.ndarray) -> np.ndarray:
    """Bytes as float32 from 0 to 1."""
    return np.asarray(images.astype(FLOAT) / FLOAT.type(255))


def _kept(planes: np.ndarray) -> np.ndarray:
    """A copy in a dtype that tensors have."""
    return planes.astype(FLOAT if planes.dtype.kind == "f" else planes.dtype, order="C")


def _planes(pic: Any) -> np.ndarray:
    """A copy of pillow's values, (C, H, W)."""
    rows = np.array(pic)
    if pic.mode.startswith("I;16"):
        rows = rows.astype(np.int16)
    return rows.reshape(pic.height, pic.width, -1).transpose(2, 0, 1)


def pil_to_tensor(pic: Any) -> Tensor:
    """A picture as a tensor (C, H, W) of the same values: bytes stay bytes.

    Examples
    --------
    >>> from PIL import Image
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.pil_to_tensor(Image.new("RGB", (1, 2), (7, 8, 9))).tolist()
    [[[7], [7]], [[8], [8]], [[9], [9]]]
    """
    if not is_pil(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return made(_kept(_planes(pic)))


def convert_image_dtype(image: Any, dtype: Any = FLOAT) -> Tensor:
    """A tensor in another dtype, scaled: white is 1 for floats and the largest integer for others.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.convert_image_dtype(lanegrad.tensor([[0.0, 0.5, 1.0]]), np.uint8).tolist()
    [[0, 127, 255]]
    """
    if not isinstance(image, Tensor):
        raise TypeError("Input img should be Tensor Image")
    found = values(image)
    wanted = np.dtype(dtype)
    return image if found.dtype == wanted else made(converted(found, wanted))


def converted(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The scaled values of an array in another dtype."""
    if x.dtype == dtype:
        return x
    top = largest(dtype)
    if x.dtype.kind == "f":
        if dtype in (np.int32, np.int64):
            raise RuntimeError(f"The cast from {x.dtype} to {dtype} cannot be performed safely.")
        return np.asarray(x * FLOAT.type(top + 1 - 1e-3)).astype(dtype)
    white = largest(x.dtype)
    if dtype.kind == "f":
        return x.astype(FLOAT) / FLOAT.type(white)
    if white > top:
        return (x // ((white + 1) // (top + 1))).astype(dtype)
    return np.asarray(x.astype(dtype) * dtype.type((top + 1) // (white + 1)))


# The modes of pillow's that an array of so many channels, or of one of that dtype, may be shown in.
_SINGLE = {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"}
_SEVERAL = {2: ["LA"], 3: ["RGB", "YCbCr", "HSV"], 4: ["RGBA", "CMYK", "RGBX"]}


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (C, H, W) or (H, W), or an array (H, W, C) or (H, W), as a picture; floats from 0 to 1.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.to_pil_image(lanegrad.ones(3, 4, 5)).getpixel((0, 0))
    (255, 255, 255)
    """
    if isinstance(pic, Tensor):
        rows = values(pic.detach())
        rows = rows.transpose(1, 2, 0) if rows.ndim == 3 else rows
    elif isinstance(pic, np.ndarray):
        rows = pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    if rows.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {rows.ndim} dimensions.")
    rows = rows[:, :, None] if rows.ndim == 2 else rows
    channels = rows.shape[2]
    if channels not in (1, *_SEVERAL):
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if rows.dtype.kind == "f" and mode != "F":
        rows = (rows * rows.dtype.type(255)).astype(np.int64).astype(np.uint8)
    found = _SINGLE.get(rows.dtype.name)
    allowed = [found] if found else []
    if channels > 1:
        allowed = _SEVERAL[channels] if rows.dtype == np.uint8 else []
    if not allowed:
        raise TypeError(f"Input type {rows.dtype} is not supported")
    if mode is not None and mode not in allowed:
        raise ValueError(
            f"mode {mode} does not fit {channels} channels of {rows.dtype}: use one of {allowed}"
        )
    rows = np.ascontiguousarray(rows[:, :, 0] if channels == 1 else rows)
    mode = mode or allowed[0]
    return pillow().frombytes(mode, (rows.shape[1], rows.shape[0]), rows.tobytes())


def normalize(tensor: Any, mean: Any, std: Any, inplace: bool = False) -> Tensor:
    """(tensor - mean) / std, for each channel of a float32 tensor (..., C, H, W).

    Parameters
    ----------
    tensor : Tensor
    mean, std : float or sequence of float
        One for all channels, or one for each.
    inplace : bool
        Write the result over the tensor.

    Raises
    ------
    TypeError
        Not a tensor, or not of float32.
    ValueError
        Fewer than three dimensions, or a std of 0.
    RuntimeError
        `mean` or `std` does not fit the channels (a `ShapeError`, which is a ValueError too).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import functional as TF
    >>> TF.normalize(lanegrad.ones(2, 1, 1), (0.5, 1.0), (0.5, 2.0)).tolist()
    [[[1.0]], [[0.0]]]
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    array = plain_array(tensor)
    if array.dtype != FLOAT:
        raise TypeError(
            f"normalize takes floats; found a tensor of {array.dtype}: put ToTensor() before it"
        )
    if array.ndim < 3:
        raise ValueError(
            f"Expected tensor to be a tensor image of size (..., C, H, W); found {tensor.shape}"
        )
    result, divisor = normalized(array.array(), mean, std)
    if inplace:
        overwrite(tensor, adopt(result))
        return tensor
    return record(adopt(result), _normalize_gradient, (divisor,), tensor)


def _normalize_gradient(g: Array, std: np.ndarray) -> Array:
    return adopt(np.asarray(g.array() / std, order="C"))


def normalized(x: np.ndarray, mean: Any, std: Any) -> tuple[np.ndarray, np.ndarray]:
    """(x - mean) / std of float32 (..., C, H, W), and std as it was divided by."""
    parts = []
    for name, value in (("mean", mean), ("std", std)):
        part = values(value).astype(FLOAT)
        part = part.reshape(-1, 1, 1) if part.ndim == 1 else part
        if part.ndim > 0 and part.shape[0] not in (1, x.shape[-3]):
            raise ShapeError(
                f"normalize: {name} has {part.shape[0]} values for an image of {x.shape[-3]} channels "
                f"(shape {x.shape})"
            )
        parts.append(part)
    if not parts[1].all():
        raise ValueError(
            f"std evaluated to zero after conversion to float32, leading to division by zero: {std}"
        )
    result = x - parts[0]
    result /= parts[1]
    return result, parts[1]


def warn_antialias() -> None:
    """Says that pillow's pictures are always resized with antialiasing."""
    warnings.warn(
        "antialias=False has no effect on PIL images, which are always antialiased", stacklevel=4
    )
