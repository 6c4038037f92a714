"""Where tensors are, which is the CPU, and of what type: what `.to(...)` and its kin may ask for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .._core import BaseTensor, DtypeError
from .convert import FLOAT

KINDS = ("cpu", "cuda", "mps", "xpu", "meta")
PYTHON_TYPES: dict[type, Any] = {float: FLOAT, int: np.dtype(np.int64), bool: np.dtype(np.bool_)}


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
    found = None if kwargs.get("dtype") is None else number_type(kwargs["dtype"])
    for thing in wanted:
        if thing is None or isinstance(thing, bool):  # bools are non_blocking and copy
            continue
        if isinstance(thing, BaseTensor):
            found = thing.dtype
        elif _is_place(thing):
            check_place(thing, ".to({!r})")
        else:
            found = number_type(thing)
    return found


def _is_place(thing: Any) -> bool:
    return isinstance(thing, str | int | device) or (
        hasattr(thing, "index") and isinstance(getattr(thing, "type", None), str)
    )


def check_place(thing: Any, written: str) -> None:
    """A RuntimeError unless this is the CPU; `written` is how programs ask for another place."""
    kind = thing if isinstance(thing, str | int) else thing.type
    if isinstance(kind, int) or device(kind).type != "cpu":
        raise RuntimeError(f"lanegrad runs on the CPU: leave {written.format(str(thing))} out")


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
        raise TypeError(f"a dtype is one such as lanegrad.float32, found {dtype!r}")
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind == "f" and found != FLOAT:
        raise DtypeError(f"lanegrad computes in float32: there are no tensors of {found}")
    if found.kind not in "fiub":
        raise DtypeError(f"a tensor holds floats, integers or booleans, not {dtype!r}")
    return found.newbyteorder("=")
