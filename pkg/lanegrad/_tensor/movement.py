"""What selecting, sorting and rearranging have in common: names of arguments, values and shapes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, adopt, record
from .convert import FLOAT
from .inside import array_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "kept_shape",
    "numpy_names",
    "values_of",
]

NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(module: dict[str, Any]) -> None:
    """Lets `dim` and `keepdim` be called `axis` and `keepdims` as well, as PyTorch does.

    Wraps the public functions of a module that have such parameters, at its end. As decorators, they would
    hide the functions' types from class Tensor, which the modules refer to in turn.
    """
    made: dict[Any, Any] = {}
    for name in module["__all__"]:
        function = module[name]
        if "dim" in function.__code__.co_varnames:
            module[name] = made.setdefault(function, _with_numpy_names(function))
            # doctest passes over what seems to come from another module, as wrappers do
            module.setdefault("__test__", {})[name] = function


def _with_numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return called


def values_of(x: BaseTensor) -> np.ndarray:
    """A tensor's elements as NumPy's array of the same memory, to be read and not to be kept."""
    return array_of(x).array()


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdim: bool) -> tuple[int, ...]:
    """The shape after a reduction over axes, which are of length 1 then or left out."""
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"keepdim must be bool, not {keepdim!r}: several axes are given as one tuple"
        )
    if keepdim:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def scaled_by(x: Tensor, factor: float) -> Tensor:
    """`x` times a number, which is converted to the dtype of `x`."""
    if factor == 1:
        return x
    return x * (float(factor) if x.dtype == FLOAT else record(adopt(np.array(factor, x.dtype))))
