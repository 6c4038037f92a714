"""How the functions of nn read their arguments."""

from __future__ import annotations

from typing import Any

from .._core import float_tensor as floats
from .._core import pair_option as pair
from ..tensor import Tensor

__all__ = ["Pair", "batch_of_one", "first_image", "floats", "pair", "raw"]

Pair = int | tuple[int, int]


def raw(x: Any) -> Any:
    """The array of a tensor, without its tape."""
    return x._value if isinstance(x, Tensor) else x


def batch_of_one(image: Tensor) -> Tensor:
    """One image (C, H, W) as a batch."""
    if image.ndim != 3:
        raise ValueError(f"images must be (N, C, H, W) or (C, H, W), found shape {image.shape}")
    return image.reshape(1, *image.shape)


def first_image(images: Tensor) -> Tensor:
    """The only image of a batch of one."""
    return images.reshape(*images.shape[1:])
