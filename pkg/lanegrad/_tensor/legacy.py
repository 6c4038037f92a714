"""FloatTensor and its kin: the constructors that PyTorch had before dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .conversion import converted
from .creation import tensor, zeros
from .tensor import Tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "FloatTensor", "IntTensor", "LongTensor", "ShortTensor",
]  # fmt: skip


class _OfType(type):
    """Tensors of a dtype are instances; calling makes one, of values or of a shape."""

    of_type: np.dtype[Any]

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.of_type

    def __call__(cls, *data: Any) -> Tensor:
        if isinstance(data[0] if len(data) == 1 else None, Tensor):
            return converted(data[0], cls.of_type)
        if all(type(size) is int for size in data) or hasattr(data[0], "numel"):
            return zeros(*data, dtype=cls.of_type)
        return tensor(*data, dtype=cls.of_type)


class FloatTensor(metaclass=_OfType):
    """A tensor of float32, of values or, for whole numbers, of a shape.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.FloatTensor([1, 2]), lanegrad.FloatTensor(2, 3).shape
    (tensor([1., 2.]), (2, 3))
    """

    of_type = np.dtype(np.float32)


class LongTensor(metaclass=_OfType):
    """A tensor of int64, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.int64)


class IntTensor(metaclass=_OfType):
    """A tensor of int32, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.int32)


class ShortTensor(metaclass=_OfType):
    """A tensor of int16, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.int16)


class CharTensor(metaclass=_OfType):
    """A tensor of int8, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.int8)


class ByteTensor(metaclass=_OfType):
    """A tensor of uint8, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.uint8)


class BoolTensor(metaclass=_OfType):
    """A tensor of bool, of values or, for whole numbers, of a shape."""

    of_type = np.dtype(np.bool_)
