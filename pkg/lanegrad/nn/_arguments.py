"""How the functions of nn read their arguments."""

from __future__ import annotations

from typing import Any

from .._core import BaseTensor
from .._core import float_tensor as floats
from .._core import pair_option as pair

__all__ = ["Pair", "floats", "of_any_dtype", "pair"]

Pair = int | tuple[int, int]


def of_any_dtype(x: Any, name: str) -> Any:
    """A tensor as it is, and what is none as one of floats."""
    return x if isinstance(x, BaseTensor) else floats(x, name)
