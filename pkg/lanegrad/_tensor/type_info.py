"""What tensors and their types are: questions that programs ask before they compute."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._core import BaseTensor
from .convert import FLOAT

__all__ = ["finfo", "iinfo", "is_complex", "is_floating_point", "is_tensor", "typename"]

_NAMES = {
    "float32": "FloatTensor", "int8": "CharTensor", "int16": "ShortTensor", "int32": "IntTensor",
    "int64": "LongTensor", "uint8": "ByteTensor", "bool": "BoolTensor",
}  # fmt: skip


class _Limits:
    """Numbers that describe a type; equal to those of the same type."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype.name
        self.bits = dtype.itemsize * 8

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Limits) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)

    def _text(self, *names: str) -> str:
        numbers = (f"{name}={getattr(self, name):.6g}" for name in names)
        return f"{type(self).__name__}({', '.join(numbers)}, dtype={self.dtype})"


class finfo(_Limits):
    """The limits of float32.

    Parameters
    ----------
    type : dtype
        float32, which is the only type of floats here.

    Attributes
    ----------
    bits : int
    eps, max, min, tiny, smallest_normal, resolution : float
        As in `numpy.finfo`.
    dtype : str

    Raises
    ------
    TypeError
        `type` is another type.

    Examples
    --------
    >>> import lanegrad
    >>> finfo().eps
    1.1920928955078125e-07
    """

    def __init__(self, type: np.dtype[Any] = FLOAT) -> None:
        if _dtype(type, "finfo") != FLOAT:
            raise TypeError(f"finfo takes float32, got {type}: iinfo has the limits of integers")
        super().__init__(FLOAT)
        info = np.finfo(FLOAT)
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = 10.0**-info.precision

    def __repr__(self) -> str:
        return self._text("resolution", "min", "max", "eps", "smallest_normal", "tiny")


class iinfo(_Limits):
    """The limits of a type of integers.

    Parameters
    ----------
    type : dtype

    Attributes
    ----------
    bits, max, min : int
    dtype : str

    Raises
    ------
    TypeError
        `type` is no type of integers.

    Examples
    --------
    >>> import numpy as np
    >>> iinfo(np.dtype(np.uint8)).max
    255
    """

    def __init__(self, type: np.dtype[Any]) -> None:
        dtype = _dtype(type, "iinfo")
        if dtype.kind not in "iu":
            raise TypeError(f"iinfo takes integers, got {type}: finfo has the limits of float32")
        super().__init__(dtype)
        info = np.iinfo(dtype)
        self.max, self.min = int(info.max), int(info.min)

    def __repr__(self) -> str:
        return self._text("min", "max")


def _dtype(found: Any, name: str) -> np.dtype[Any]:
    if isinstance(found, np.dtype) or (isinstance(found, type) and issubclass(found, np.generic)):
        return np.dtype(found)
    raise TypeError(f"{name} takes a dtype, got {type(found).__name__}")


def is_tensor(obj: object) -> bool:
    """Whether an object is a tensor.

    Examples
    --------
    >>> import lanegrad
    >>> is_tensor(lanegrad.ones(2)), is_tensor([1.0, 1.0])
    (True, False)
    """
    return isinstance(obj, BaseTensor)


def is_floating_point(input: BaseTensor) -> bool:
    """Whether a tensor holds floats.

    Examples
    --------
    >>> import lanegrad
    >>> is_floating_point(lanegrad.ones(2)), is_floating_point(lanegrad.tensor([1, 2]))
    (True, False)
    """
    return _tensor(input, "is_floating_point").dtype.kind == "f"


def is_complex(input: BaseTensor) -> bool:
    """Whether a tensor holds complex numbers, which none does here.

    Examples
    --------
    >>> import lanegrad
    >>> is_complex(lanegrad.ones(2))
    False
    """
    return _tensor(input, "is_complex").dtype.kind == "c"


def _tensor(input: Any, name: str) -> BaseTensor:
    if not isinstance(input, BaseTensor):
        raise TypeError(f"{name} takes a tensor, got {type(input).__name__}")
    return input


def typename(obj: Any) -> str:
    """The name of an object's type: of a tensor, with the type of its elements.

    Examples
    --------
    >>> import lanegrad
    >>> typename(lanegrad.ones(2)), typename(3)
    ('lanegrad.FloatTensor', 'int')
    """
    if isinstance(obj, BaseTensor):
        return f"lanegrad.{_NAMES.get(obj.dtype.name, 'Tensor')}"
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"
