"""How the functions of nn read their arguments."""

from __future__ import annotations

from typing import Any

from .._core import float_tensor as floats
from .._core import pair_option as pair
from .._tensor import Tensor

__all__ = ["Pair", "floats", "pair", "raw"]

Pair = int | tuple[int, int]


def raw(x: Any) -> Any:
    """The array of a tensor, without its tape."""
    return x._value if isinstance(x, Tensor) else x
