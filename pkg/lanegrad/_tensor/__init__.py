"""Tensors: the class, what it is made of, and the functions that make and join tensors."""

from .tensor import Tensor, as_tensor

__all__ = ["Tensor", "as_tensor"]
