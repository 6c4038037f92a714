"""Pictures of files as tensors, and back, by pillow."""

from __future__ import annotations

import io
import os
from enum import Enum
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._images import made, picture_of, pillow, values
from .transforms.functional import pil_to_tensor

__all__ = [
    "ImageReadMode",
    "decode_image",
    "encode_jpeg",
    "encode_png",
    "read_image",
    "write_jpeg",
    "write_png",
]


class ImageReadMode(Enum):
    """The channels that a picture is read with.

    Examples
    --------
    >>> from lanegrad.vision.io import ImageReadMode
    >>> ImageReadMode.RGB.value
    3
    """

    UNCHANGED = 0
    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGB_ALPHA = 4


_PIL_MODES = {"GRAY": "L", "GRAY_ALPHA": "LA", "RGB": "RGB", "RGB_ALPHA": "RGBA"}


def read_image(
    path: str | os.PathLike[str],
    mode: ImageReadMode | str = ImageReadMode.UNCHANGED,
    apply_exif_orientation: bool = False,
) -> Tensor:
    """The picture of a file as a tensor (C, H, W) of bytes.

    Parameters
    ----------
    path : str or path
    mode : ImageReadMode or str
        The channels: those of the file, or 'GRAY', 'GRAY_ALPHA', 'RGB', 'RGB_ALPHA'.
    apply_exif_orientation : bool
        Whether to turn the picture as the file says.

    Raises
    ------
    RuntimeError
        The file is not there, or holds no picture.
    """
    try:
        with open(path, "rb") as file:
            return decode_image(file.read(), mode, apply_exif_orientation)
    except OSError as error:
        raise RuntimeError(f"{os.fspath(path)}: {error}") from error


def decode_image(
    input: Any,
    mode: ImageReadMode | str = ImageReadMode.UNCHANGED,
    apply_exif_orientation: bool = False,
) -> Tensor:
    """The picture of a file's bytes, or of their tensor of uint8, or of a path; see `read_image`.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.io import decode_image, encode_png
    >>> picture = lanegrad.tensor(np.full((3, 1, 2), 7, np.uint8))
    >>> decode_image(encode_png(picture)).tolist()
    [[[7, 7]], [[7, 7]], [[7, 7]]]
    """
    if isinstance(input, str | os.PathLike):
        return read_image(input, mode, apply_exif_orientation)
    content = values(input).tobytes() if isinstance(input, Tensor) else bytes(input)
    wanted = mode.upper() if isinstance(mode, str) else mode.name
    try:
        picture = pillow().open(io.BytesIO(content))
        if apply_exif_orientation:
            picture = pillow("ImageOps").exif_transpose(picture)
        if wanted != "UNCHANGED":
            picture = picture.convert(_PIL_MODES[wanted])
        elif picture.mode == "P":
            picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
        return pil_to_tensor(picture)
    except (OSError, SyntaxError) as error:  # pillow raises both for what it cannot read
        raise RuntimeError(f"not a picture that pillow can read: {error}") from error


def _encoded(input: Tensor, format: str, **options: Any) -> Tensor:
    file = io.BytesIO()
    picture_of(values(input)).save(file, format=format, **options)
    return made(np.frombuffer(file.getvalue(), np.uint8).copy())


def encode_png(input: Tensor, compression_level: int = 6) -> Tensor:
    """The bytes of a PNG file of a picture (C, H, W) of bytes, as a tensor.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.io import encode_png
    >>> bytes(encode_png(lanegrad.tensor(np.zeros((1, 2, 2), np.uint8))).tolist())[1:4]
    b'PNG'
    """
    return _encoded(input, "png", compress_level=compression_level)


def encode_jpeg(input: Tensor, quality: int = 75) -> Tensor:
    """The bytes of a JPEG file of a picture (C, H, W) of bytes, as a tensor.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.io import encode_jpeg
    >>> encode_jpeg(lanegrad.tensor(np.zeros((1, 2, 2), np.uint8))).tolist()[:2]
    [255, 216]
    """
    return _encoded(input, "jpeg", quality=quality)


def write_png(input: Tensor, filename: str | os.PathLike[str], compression_level: int = 6) -> None:
    """Write a picture (C, H, W) of bytes to a PNG file."""
    _write(encode_png(input, compression_level), filename)


def write_jpeg(input: Tensor, filename: str | os.PathLike[str], quality: int = 75) -> None:
    """Write a picture (C, H, W) of bytes to a JPEG file."""
    _write(encode_jpeg(input, quality), filename)


def _write(content: Tensor, filename: str | os.PathLike[str]) -> None:
    with open(filename, "wb") as file:
        file.write(values(content).tobytes())
