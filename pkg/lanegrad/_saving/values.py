"""Values in files: nested containers become one JSON text, and arrays stand aside by name.

In JSON, what is not a string, a number, true, false, null or a list is an object with a tag, such as
``{"tuple": [1, 2]}``: so nothing that is saved can be mistaken for something else.
"""

from __future__ import annotations

import json
import struct
from collections import Counter, OrderedDict
from collections.abc import Iterator
from enum import Enum
from itertools import count
from math import isfinite
from typing import Any

import numpy as np

from .. import _core
from .._core import record
from .._tensor import Tensor, plain_array
from .._tensor.creation import zeros
from ..nn.module import Parameter

DEEPEST = 100
"""So deep containers may be nested: far deeper than any checkpoint, and what Python's stack can take."""

Size: type = type(zeros(0).shape)
SEQUENCES = {"Size": Size, "tuple": tuple}
MAPPINGS = {"dict": dict, "OrderedDict": OrderedDict, "Counter": Counter}
KEYS = (str, int, float, bool, type(None))
# What safetensors and NumPy both know.
DTYPES = {
    name: np.dtype(name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "float32", "float64", "complex64",
    )
}  # fmt: skip

_TAGS: dict[type, str] = {kind: tag for tag, kind in (SEQUENCES | MAPPINGS).items()}
# What to save instead of a type that is refused.
_INSTEAD = {
    "bytes": "a list of its numbers, list(...)",
    "bytearray": "a list of its numbers, list(...)",
    "set": "a list, sorted(...)",
    "frozenset": "a list, sorted(...)",
    "defaultdict": "dict(...)",
    "Namespace": "its dict, vars(...)",
    "PosixPath": "str(...)",
    "WindowsPath": "str(...)",
    "complex": "its parts",
    "device": "str(...)",
}


class FormatError(RuntimeError, ValueError):
    """A file is damaged, or not of the kind that can be loaded."""

    __module__ = "lanegrad.serialization"  # where users find it


class Packer:
    """Takes a value apart: `text` is what `pack` gave as JSON, `arrays` what it refers to.

    Examples
    --------
    >>> import lanegrad
    >>> packer = Packer({"epoch": 3, "weight": lanegrad.ones(2)})
    >>> packer.text
    '{"dict":[["epoch",3],["weight",{"tensor":"weight"}]]}'
    >>> packer.arrays
    {'weight': array([1., 1.], dtype=float32)}
    """

    def __init__(self, value: Any) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._places: dict[Any, str] = {}  # names by where arrays are in memory
        self._tensors: dict[int, int] = {}  # how many tensors came before each, by its id
        self._kept: list[Any] = []  # so that no id and no address is given twice
        self.text = json.dumps(self._pack(value, ()), separators=(",", ":"))

    def _pack(self, value: Any, path: tuple[Any, ...]) -> Any:
        if len(path) > DEEPEST:
            raise ValueError(f"containers are nested deeper than {DEEPEST}, or one contains itself")
        kind = type(value)
        if value is None or kind in (bool, str):
            return value
        if kind is int:
            return value if -(1 << 63) <= value < 1 << 64 else {"int": hex(value)}
        if kind is float:
            return value if isfinite(value) else {"float": struct.pack(">d", value).hex()}
        if kind is list or kind in SEQUENCES.values():
            items = [self._pack(item, (*path, i)) for i, item in enumerate(value)]
            return items if kind is list else {_TAGS[kind]: items}
        if kind in MAPPINGS.values():
            return {_TAGS[kind]: [self._pair(key, item, path) for key, item in value.items()]}
        if isinstance(value, np.dtype):
            return {"dtype": _known(value, path).name}
        if isinstance(value, Tensor):
            return self._tensor(value, path)
        if isinstance(value, np.ndarray):
            return {"array": self._array(value, path)}
        if isinstance(value, np.generic):
            return {"scalar": self._array(np.asarray(value), path)}
        raise TypeError(_refusal(value, path))

    def _pair(self, key: Any, value: Any, path: tuple[Any, ...]) -> list[Any]:
        if type(key) not in KEYS:
            raise TypeError(
                f"save takes keys that are strings, numbers, bools or None, found {key!r} of type "
                f"{type(key).__name__}{_where(path)}"
            )
        return [self._pack(key, path), self._pack(value, (*path, key))]

    def _tensor(self, tensor: Tensor, path: tuple[Any, ...]) -> dict[str, Any]:
        if id(tensor) in self._tensors:
            return {"again": self._tensors[id(tensor)]}
        self._tensors[id(tensor)] = len(self._tensors)
        self._kept.append(tensor)
        is_parameter = isinstance(tensor, Parameter)
        name = self._array(plain_array(tensor).array(), path)
        node: dict[str, Any] = {"parameter" if is_parameter else "tensor": name}
        if tensor.requires_grad != is_parameter:
            node["requires_grad"] = tensor.requires_grad
        return node

    def _array(self, array: np.ndarray, path: tuple[Any, ...]) -> str:
        """The name of an array: of an earlier one, if it is the same memory read in the same way."""
        self._kept.append(array)
        dtype, (address, _) = _known(array.dtype, path), array.__array_interface__["data"]
        place = address, dtype.str, array.shape, array.strides
        if array.size and place in self._places:
            return self._places[place]
        stem = ".".join(map(str, path)).encode("utf-8", "replace").decode() or "value"
        name = next(name for name in _variants(stem) if name not in self.arrays)
        self.arrays[name] = np.asarray(array, dtype.newbyteorder("<"), order="C")
        self._places[place] = name
        return name


class Unpacker:
    """Puts a value together again, from its JSON text and the arrays.

    Examples
    --------
    >>> import numpy as np
    >>> Unpacker('{"tuple":[1,{"array":"x"}]}', {"x": np.arange(3)}).value
    (1, array([0, 1, 2]))
    """

    def __init__(self, text: str, arrays: dict[str, np.ndarray]) -> None:
        self._arrays = arrays
        self._memory: dict[str, _core.Array] = {}
        self._tensors: list[Tensor] = []
        self.value = self._unpack(json.loads(text), 0)

    def _unpack(self, node: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise FormatError(f"its containers are nested deeper than {DEEPEST}")
        match node:
            case None | bool() | int() | float() | str():
                return node
            case [*items]:
                return [self._unpack(item, depth + 1) for item in items]
            case {"again": int(number)} if 0 <= number < len(self._tensors):
                return self._tensors[number]
            case {"tensor": str()} | {"parameter": str()}:
                return self._tensor(**node)
            case {"int": str(digits)}:
                return int(digits, 16)
            case {"float": str(bits)}:
                return struct.unpack(">d", bytes.fromhex(bits))[0]
            case {"dtype": str(name)}:
                return DTYPES[name]
            case {"array": str(name)}:
                return self._arrays[name]
            case {"scalar": str(name)}:
                return self._arrays[name][()]
        [(tag, items)] = node.items()
        if tag in SEQUENCES:
            return SEQUENCES[tag](self._unpack(item, depth + 1) for item in items)
        pairs = ((self._key(key), self._unpack(item, depth + 1)) for key, item in items)
        return MAPPINGS[tag](dict(pairs))

    def _key(self, node: Any) -> Any:
        key = self._unpack(node, 0)
        if type(key) not in KEYS:
            raise ValueError(f"{type(key).__name__} as a key")
        return key

    def _tensor(
        self,
        tensor: str | None = None,
        parameter: str | None = None,
        requires_grad: bool | None = None,
    ) -> Tensor:
        name = tensor if parameter is None else parameter
        assert name is not None
        if name not in self._memory:
            self._memory[name] = _core.adopt(self._arrays[name])
        made = record(self._memory[name].alias())
        if parameter is not None:
            made = Parameter(made, requires_grad is not False)
        elif requires_grad:
            made.requires_grad = True
        self._tensors.append(made)
        return made


def _variants(stem: str) -> Iterator[str]:
    """Names for an array, the best first."""
    if stem != "__metadata__":  # which safetensors keeps for itself
        yield stem
    yield from (f"{stem}#{number}" for number in count(2))


def _known(dtype: np.dtype[Any], path: tuple[Any, ...]) -> np.dtype[Any]:
    """The dtype, if files can hold it."""
    if dtype.name not in DTYPES:
        raise TypeError(f"save takes no arrays of dtype {dtype}{_where(path)}")
    return dtype


def _where(path: tuple[Any, ...]) -> str:
    return ", at " + "".join(f"[{key!r}]" for key in path) if path else ""


def _refusal(value: Any, path: tuple[Any, ...]) -> str:
    """Why a value cannot be saved, and what to do."""
    name = type(value).__name__
    if hasattr(value, "state_dict"):
        return (
            f"save takes values and runs no code to restore them, so no {name} as a whole"
            f"{_where(path)}: save its values, as in lanegrad.save(net.state_dict(), path), and "
            "load them into a new one with load_state_dict"
        )
    instead = _INSTEAD.get(name)
    if isinstance(value, tuple):
        instead = "tuple(...) or ._asdict()"
    elif isinstance(value, Enum):
        instead = "its .value"
    elif instead is None and isinstance(value, int | float | str | list | dict):
        instead = f"{type(value).__mro__[-2].__name__}(...)"
    return f"save takes no {name}{_where(path)}: save " + (
        instead or "dicts, lists, tuples, numbers, strings, bools, None, tensors and arrays"
    )
