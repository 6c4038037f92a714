"""What the functions that make tensors take of PyTorch's options, checked in one place."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from .convert import FLOAT

__all__ = ["Options", "checked", "number_type", "size_of"]

PYTHON_TYPES: dict[type, Any] = {float: FLOAT, int: np.dtype(np.int64), bool: np.dtype(np.bool_)}


class Options(TypedDict, total=False):
    """The keyword arguments of functions that make tensors.

    Of `layout`, `memory_format` and `pin_memory` there is one kind here: they are accepted.
    """

    dtype: Any
    device: Any
    requires_grad: bool
    layout: Any
    memory_format: Any
    pin_memory: bool


def checked(name: str, options: Any) -> tuple[np.dtype[Any] | None, bool]:
    """The dtype, or None, and whether a gradient is wanted, that the options of a function say.

    Raises
    ------
    TypeError
        An option is unknown, or the dtype is none that a tensor can have.
    RuntimeError
        The device is another than the CPU.

    Examples
    --------
    >>> checked("zeros", {"dtype": int, "device": "cpu"})
    (dtype('int64'), False)
    """
    for option in options:
        if option not in Options.__annotations__:
            raise TypeError(f"{name}() got an unexpected keyword argument '{option}'")
    device = options.get("device")
    if device is not None and str(device).partition(":")[0] != "cpu":
        raise RuntimeError(f"lanegrad runs on the CPU: leave device={str(device)!r} out")
    return number_type(options.get("dtype")), bool(options.get("requires_grad", False))


def number_type(dtype: Any) -> np.dtype[Any] | None:
    """A dtype as NumPy's; Python's types are float32, int64 and bool, and None stays None.

    Examples
    --------
    >>> number_type(float), number_type(np.int8)
    (dtype('float32'), dtype('int8'))
    """
    if dtype is None:
        return None
    if isinstance(dtype, type):
        dtype = PYTHON_TYPES.get(dtype, dtype)
    if not isinstance(dtype, type | np.dtype):
        raise TypeError(f"dtype must be a dtype such as lanegrad.float32, found {dtype!r}")
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind == "f" and found != FLOAT:
        raise TypeError(f"lanegrad computes in float32: there are no tensors of {found}")
    if found.kind not in "fiub":
        raise TypeError(f"a tensor holds floats, integers or booleans, not {dtype!r}")
    return found.newbyteorder("=")


def size_of(size: tuple[Any, ...]) -> tuple[Any, ...]:
    """A shape that was given as integers, or as one tuple or list of them."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], tuple | list) else size
