"""How the functions of nn read their arguments."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from .._convert import FLOAT, as_floats
from ..tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Pair = int | tuple[int, int]


def floats(x: ArrayLike | Tensor, name: str) -> Tensor:
    """`x` as a tensor of float32."""
    if not isinstance(x, Tensor):
        return Tensor(as_floats(x, name))
    if x._value.dtype != FLOAT:
        as_floats(x._plain(), name)  # raises
    return x


def raw(x: Any) -> Any:
    """The array of a tensor, without its tape."""
    return x._plain() if isinstance(x, Tensor) else x


def pair(value: Any, name: str, optional: bool = False) -> tuple[Any, Any]:
    """An option that is one whole number or two, as (height, width); maybe None if `optional`."""
    try:
        if isinstance(value, (tuple, list)):
            height, width = value if len(value) != 1 else (*value, *value)
        else:
            height = width = value
        if optional:
            return height if height is None else index(height), width if width is None else index(
                width
            )
        return index(height), index(width)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a whole number or a pair (height, width), found {value!r}"
        ) from None


def batch_of_one(image: Tensor) -> Tensor:
    """One image (C, H, W) as a batch."""
    if image.ndim != 3:
        raise ValueError(f"images must be (N, C, H, W) or (C, H, W), found shape {image.shape}")
    return image.reshape(1, *image.shape)


def first_image(images: Tensor) -> Tensor:
    """The only image of a batch of one."""
    return images.reshape(images.shape[1:])
