"""Where tensors are, which is the CPU, and of what type: what `.to(...)` and its kin may ask for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .._core import BaseTensor

KINDS = ("cpu", "cuda", "mps", "xpu", "meta")
STORED = ("float32", "int64", "int32", "int16", "int8", "uint8", "bool")


class device:
    """A place where tensors could be, as `torch.device`; here they are on the CPU.

    Parameters
    ----------
    type : str or device
        "cpu", or what programs ask for elsewhere: "cuda", "cuda:0", "mps" and so on.
    index : int, optional

    Raises
    ------
    RuntimeError
        There is no such kind of device, or one asks for another than the CPU by a number alone.

    Examples
    --------
    >>> device("cpu")
    device(type='cpu')
    >>> str(device("cuda", 1)), device("cuda:1").index
    ('cuda:1', 1)
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | device | int, index: int | None = None) -> None:
        if isinstance(type, int):
            raise RuntimeError('lanegrad runs on the CPU alone: write device("cpu")')
        found = re.fullmatch(r"([a-z]+)(?::(\d+))?", str(type))
        if not found or found[1] not in KINDS:
            raise RuntimeError(f"a device is one of {', '.join(KINDS)}, found {str(type)!r}")
        if found[2] and index is not None:
            raise RuntimeError(f"the device {str(type)!r} has a number already, found {index} too")
        self.type = found[1]
        self.index = int(found[2]) if found[2] else index

    def __repr__(self) -> str:
        number = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{number})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        check_placement(self)
        return self

    def __exit__(self, *error: object) -> None:
        pass


def check_placement(*args: Any, **kwargs: Any) -> np.dtype[Any] | None:
    """The dtype that arguments such as those of ``.to(...)`` ask for, or None.

    Parameters
    ----------
    *args, **kwargs
        A device, a dtype, a tensor to be like, `non_blocking`, `copy` and `memory_format`.

    Raises
    ------
    RuntimeError
        They ask for another device than the CPU, or for a type that no tensor has.
    TypeError
        They are none of these.

    Examples
    --------
    >>> check_placement("cpu", non_blocking=True)
    >>> check_placement("cpu", np.float32)
    dtype('float32')
    """
    unknown = set(kwargs) - {
        "device", "dtype", "other", "tensor", "non_blocking", "copy", "memory_format"
    }  # fmt: skip
    if unknown:
        raise TypeError(f"to() has no argument {', '.join(sorted(unknown))}")
    wanted = [kwargs.get("device"), kwargs.get("other", kwargs.get("tensor")), *args]
    found = None if kwargs.get("dtype") is None else _stored(kwargs["dtype"])
    for thing in wanted:
        if thing is None or isinstance(thing, bool):  # bools are non_blocking and copy
            continue
        if isinstance(thing, BaseTensor):
            found = thing.dtype
        elif _is_place(thing):
            _check_place(thing)
        else:
            found = _stored(thing)
    return found


def _is_place(thing: Any) -> bool:
    return isinstance(thing, str | int | device) or (
        hasattr(thing, "index") and isinstance(getattr(thing, "type", None), str)
    )


def _check_place(thing: Any) -> None:
    kind = thing if isinstance(thing, str | int) else thing.type
    if isinstance(kind, int) or device(kind).type != "cpu":
        raise RuntimeError(f"lanegrad runs on the CPU alone: leave .to({str(thing)!r}) out")


def _stored(thing: Any) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = np.dtype(thing)
    except TypeError:
        raise TypeError(
            f"expected a device, a dtype or a tensor, found {type(thing).__name__}"
        ) from None
    if dtype.name not in STORED:
        raise RuntimeError(f"a tensor holds {', '.join(STORED)}, not {dtype.name}")
    return dtype
