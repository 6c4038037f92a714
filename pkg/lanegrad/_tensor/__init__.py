"""Tensors: the class, the functions that make and join them, and what they are made of.

What other modules know of a tensor beyond what every user knows is in inside.py.
"""

from .inside import array_of, array_or_same, as_tensor, overwrite, plain_array
from .tensor import Tensor

__all__ = [
    "Tensor",
    "array_of",
    "array_or_same",
    "as_tensor",
    "overwrite",
    "plain_array",
]
