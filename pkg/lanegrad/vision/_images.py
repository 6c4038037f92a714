"""What a picture is here: a tensor (..., C, H, W), or pillow's, which is imported where one is needed."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np

from .._core import adopt, record
from .._tensor import Tensor
from .._tensor.inside import plain_array

FLOAT = np.dtype(np.float32)


def pillow(module: str = "Image") -> Any:
    """A module of pillow's."""
    try:
        return import_module(f"PIL.{module}")
    except ModuleNotFoundError:
        raise ImportError(
            'pictures that are not tensors need pillow: pip install "lanegrad[vision]"'
        ) from None


def is_pil(picture: Any) -> bool:
    """Whether it is a picture of pillow's; where that was never imported, nothing is."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def pixels(picture: Any) -> np.ndarray:
    """The array of a tensor (..., H, W), to be read; a TypeError for anything else."""
    if not isinstance(picture, Tensor):
        raise TypeError(f"img should be a PIL image or a tensor; found {type(picture)}")
    if picture.ndim < 2:
        raise TypeError(f"a tensor that is an image is (..., H, W); found shape {picture.shape}")
    return picture.numpy()


def values(x: Any) -> np.ndarray:
    """The array of a tensor, or of what NumPy can turn into one."""
    return plain_array(x).array() if isinstance(x, Tensor) else np.asarray(x)


def made(array: np.ndarray) -> Tensor:
    """A tensor of an array that nobody else holds."""
    return record(adopt(np.asarray(array, order="C")))


def picture_of(planes: np.ndarray) -> Any:
    """Pillow's picture of bytes (C, H, W)."""
    if planes.dtype != np.uint8 or len(planes) not in (1, 3, 4):
        raise TypeError(
            "a PIL image is made of bytes (uint8) in 1, 3 or 4 channels; "
            f"found {planes.dtype} in {len(planes)}"
        )
    rows = planes[0] if len(planes) == 1 else planes.transpose(1, 2, 0)
    return pillow().fromarray(np.ascontiguousarray(rows))
