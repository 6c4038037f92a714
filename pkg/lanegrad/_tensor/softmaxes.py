"""The softmax along an axis and its logarithm, by their kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import record
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import numpy_names
from .options import number_type

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["log_softmax", "softmax"]


def _along(name: str, input: Any, dim: int, dtype: Any) -> Tensor:
    x = converted(as_tensor(input), number_type(dtype))
    axis = axis_of(dim, x.ndim)
    if x.dtype != FLOAT:
        raise NotImplementedError(
            f"{name} of {x.dtype}: convert with .float(), or say dtype=lanegrad.float32"
        )
    if not x.ndim:
        return _along(name, x.reshape(1), 0, None).reshape(())
    y = getattr(_core, name)(array_of(x), axis)
    return record(y, getattr(_core, f"{name}_backward"), (y, axis), x)


def softmax(input: Any, dim: int, dtype: Any = None) -> Tensor:
    """Exponentials of `input`, divided by their sum along axis `dim`; converted to `dtype` first.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.softmax([[0.0, 0.0]], 1)
    tensor([[0.5000, 0.5000]])
    """
    return _along("softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int, dtype: Any = None) -> Tensor:
    """The logarithm of the softmax along axis `dim`, exact where that is close to 0 or 1.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.log_softmax([0.0, 1000.0], 0)
    tensor([-1000.,     0.])
    """
    return _along("log_softmax", input, dim, dtype)


numpy_names(globals())
