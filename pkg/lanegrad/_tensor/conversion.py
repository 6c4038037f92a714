"""Tensors of another dtype, as Python's numbers and as NumPy's arrays, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .. import _core
from .._core import ShapeError, adopt, record
from .convert import FLOAT
from .inside import array_of, plain_array
from .placement import check_placement, device

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["Conversions", "converted"]

CPU = device("cpu")


def converted(input: Any, dtype: np.dtype[Any] | None, copy: bool = False) -> Tensor:
    """A tensor in another dtype, through which gradients go; itself if it has that already."""
    x: Tensor = input
    if dtype is None or x.dtype == dtype:
        return x.clone() if copy else x
    cast = _core.cast_array(array_of(x), dtype)
    if cast is not None:
        return record(cast)
    values = array_of(x).array()
    if values.dtype.kind == "f" and dtype.kind in "iu":
        # Of NaN and what is too large, the least number of a type that the processor converts to.
        wider = np.int64 if dtype.itemsize == 8 else np.int32
        with np.errstate(invalid="ignore"):
            values = values.astype(wider)
    return record(adopt(values.astype(dtype)))


class Conversions(_core.BaseTensor):
    """The part of `Tensor` that converts it."""

    __slots__ = ()

    @property
    def device(self) -> device:
        """Where the tensor is: ``device(type='cpu')``."""
        return CPU

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """The tensor in another dtype, or on the CPU, where it is.

        Parameters
        ----------
        *args, **kwargs
            A device, a dtype, or a tensor to be like; `non_blocking`, `copy` and `memory_format`.

        Raises
        ------
        RuntimeError
            Another device than the CPU, or a dtype that no tensor has.

        Examples
        --------
        >>> import lanegrad
        >>> lanegrad.tensor([1.5, 2.5]).to(lanegrad.int64)
        tensor([1, 2])
        """
        flags = [flag for flag in args if isinstance(flag, bool)]  # non_blocking and copy
        copy = flags[1] if len(flags) > 1 else bool(kwargs.get("copy"))
        return converted(self, check_placement(*args, **kwargs), copy)

    def cpu(self, memory_format: Any = None) -> Tensor:
        """The tensor itself."""
        return self  # type: ignore[return-value]

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Tensor:
        """There is none: an error that says so."""
        raise RuntimeError(
            "lanegrad runs on the CPU: leave .cuda() out, or do it if lanegrad.cuda.is_available()"
        )

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The tensor in another dtype; or, without one, the name of its type, such as "torch.FloatTensor"."""
        if dtype is None:
            return f"torch.{_NAMES[self.dtype.name]}Tensor"
        if isinstance(dtype, str) or hasattr(dtype, "of_type"):
            name = getattr(dtype, "__name__", dtype).rpartition(".")[2].removesuffix("Tensor")
            found = [np.dtype(d) for d, text in _NAMES.items() if text == name]
            if not found:
                raise ValueError(f"there are no tensors of type {dtype!r}")
            dtype = found[0]
        return self.to(dtype)

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the dtype of another."""
        return converted(self, other.dtype)

    def float(self, memory_format: Any = None) -> Tensor:
        """The tensor as float32."""
        return converted(self, FLOAT)

    def long(self, memory_format: Any = None) -> Tensor:
        """The tensor as int64."""
        return converted(self, np.dtype(np.int64))

    def int(self, memory_format: Any = None) -> Tensor:
        """The tensor as int32."""
        return converted(self, np.dtype(np.int32))

    def short(self, memory_format: Any = None) -> Tensor:
        """The tensor as int16."""
        return converted(self, np.dtype(np.int16))

    def char(self, memory_format: Any = None) -> Tensor:
        """The tensor as int8."""
        return converted(self, np.dtype(np.int8))

    def byte(self, memory_format: Any = None) -> Tensor:
        """The tensor as uint8."""
        return converted(self, np.dtype(np.uint8))

    def bool(self, memory_format: Any = None) -> Tensor:
        """The tensor as bool: whether elements are not 0."""
        return converted(self, np.dtype(np.bool_))

    def double(self, memory_format: Any = None) -> Tensor:
        """There is no float64: an error that says so."""
        _no_such_type("double", "float64")

    def half(self, memory_format: Any = None) -> Tensor:
        """There is no float16: an error that says so."""
        _no_such_type("half", "float16")

    def bfloat16(self, memory_format: Any = None) -> Tensor:
        """There is no bfloat16: an error that says so."""
        _no_such_type("bfloat16", "bfloat16")

    def is_floating_point(self) -> Any:
        """Whether it holds floats."""
        return self.dtype == FLOAT

    def is_signed(self) -> Any:
        """Whether its dtype has negative numbers."""
        return self.dtype.kind in "fi"

    def numpy(self, *, force: Any = False) -> np.ndarray:
        """NumPy's array of the same memory; writing to it writes to the tensor.

        Parameters
        ----------
        force : bool
            Give it of a tensor that requires a gradient too.

        Raises
        ------
        RuntimeError
            The tensor requires a gradient: what is computed from the array would have none.
        """
        if self.requires_grad and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad, which arrays do not carry: use "
                "tensor.detach().numpy()"
            )
        return plain_array(self).array()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        array = self.numpy()
        if copy is None:  # which NumPy before 2.0 does not know
            return np.asarray(array, dtype)
        return np.array(array, dtype, copy=copy)

    def item(self) -> Any:
        """The only element as a Python number.

        Raises
        ------
        RuntimeError
            There are several, or none.
        """
        if self._value.size != 1:
            raise ShapeError(
                f"a Tensor with {self._value.size} elements cannot be converted to Scalar"
            )
        return self._value.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._value.array().tolist()

    def __float__(self) -> Any:
        return _float(self.item())

    def __int__(self) -> Any:
        return _int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __bool__(self) -> Any:
        if self._value.size != 1:
            many = "more than one value" if self._value.size else "no values"
            raise ShapeError(
                f"Boolean value of Tensor with {many} is ambiguous: use .any(), .all() or .numel()"
            )
        return _bool(self._value.item())

    def __index__(self) -> Any:
        if self.dtype.kind not in "iub" or self._value.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return _int(self._value.item())


_float, _int, _bool = float, int, bool  # whose names methods have in the class above
_NAMES = {
    "float32": "Float", "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "bool": "Bool",
}  # fmt: skip


def _no_such_type(method: str, dtype: str) -> NoReturn:
    raise RuntimeError(f"lanegrad computes in float32, there is no {dtype}: leave .{method}() out")
