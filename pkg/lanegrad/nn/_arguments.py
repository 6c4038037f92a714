"""How the functions of nn read their arguments."""

from __future__ import annotations

from .._core import float_tensor as floats
from .._core import pair_option as pair

__all__ = ["Pair", "floats", "pair"]

Pair = int | tuple[int, int]
