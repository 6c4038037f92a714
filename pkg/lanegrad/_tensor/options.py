"""What the functions that make tensors take of PyTorch's options, checked in one place."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from .placement import check_place, number_type

__all__ = ["Options", "checked", "number_type", "size_of"]


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
    if options.get("device") is not None:
        check_place(options["device"], "device={!r}")
    return number_type(options.get("dtype")), bool(options.get("requires_grad", False))


def size_of(size: tuple[Any, ...]) -> tuple[Any, ...]:
    """A shape that was given as integers, or as one tuple or list of them."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], tuple | list) else size
