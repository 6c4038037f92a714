"""Arguments and results of a compiled step: what they are like, apart from the numbers in their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _core
from .autograd import Node
from .tensor import Tensor, record

_FREED = Node(None, ())  # type: ignore[arg-type]  # of a result whose graph backward has used up


class _Is:
    """Stands for an argument that is compared by identity."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return type(other) is _Is and other.thing is self.thing

    def __hash__(self) -> int:
        return id(self.thing)


def describe(value: Any, arrays: list[np.ndarray]) -> Any:
    """What a plan needs an argument to be like; its arrays are appended to `arrays`.

    Raises CannotRecord.
    """
    kind = type(value)
    if kind is Tensor:
        if value._edge is not None:
            raise _core.CannotRecord("an argument requires a gradient")
        array = value._plain()
        arrays.append(array)
        return kind, array.shape, array.dtype.num
    if kind is tuple or kind is list:
        return kind, *[describe(item, arrays) for item in value]
    if kind is np.ndarray:
        arrays.append(value)
        return kind, value.shape, value.dtype.str, value.strides
    if kind is dict:
        return kind, tuple(value), *[describe(item, arrays) for item in value.values()]
    if value is None or kind in (bool, int, float, str, bytes):
        return kind, value
    return _Is(value)


def with_arrays(value: Any, arrays: Iterator[np.ndarray]) -> Any:
    """An argument with the arrays that describe has found in it replaced by these."""
    kind = type(value)
    if kind is Tensor:
        return record(next(arrays))
    if kind is np.ndarray:
        return next(arrays)
    if kind is tuple or kind is list:
        return kind(with_arrays(item, arrays) for item in value)
    if kind is dict:
        return {name: with_arrays(item, arrays) for name, item in value.items()}
    return value


# A description of a result is (_NEW, number, requires_grad), (_SAME, thing), (_ARGUMENT, number), or a type
# and the descriptions of its items.
_NEW, _SAME, _ARGUMENT = "new", "same", "argument"


def describe_result(result: Any, values: list[np.ndarray], given: Any) -> Any:
    """How to make a step's result again; the arrays of new tensors are appended to `values`.

    `given` are the arguments, which may be part of it. Raises CannotRecord.
    """
    kind = type(result)
    if isinstance(result, Tensor):
        for number, tensor in enumerate(_tensors(given)):
            if result is tensor:
                return _ARGUMENT, number
        edge = result._edge
        if type(edge) is Node:
            if edge.rule is not None:
                raise _core.CannotRecord(
                    "a result is still to be differentiated: call backward() in the step, or compute "
                    "it under no_grad()"
                )
        elif edge is not None:
            return _SAME, result
        values.append(result._plain())
        return _NEW, len(values) - 1, edge is not None
    if kind is tuple or kind is list:
        return kind, *[describe_result(item, values, given) for item in result]
    if kind is dict:
        items = [describe_result(item, values, given) for item in result.values()]
        return kind, tuple(result), *items
    if result is None or kind in (bool, int, float, str, bytes):
        return _SAME, result
    raise _core.CannotRecord(f"it gives back {kind.__name__}, not a tensor")


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors among arguments, in order."""
    kind = type(value)
    if kind is Tensor:
        yield value
    elif kind is tuple or kind is list:
        for item in value:
            yield from _tensors(item)
    elif kind is dict:
        yield from _tensors(list(value.values()))


def rebuilt(shape: Any, values: list[np.ndarray], args: Any, kwargs: Any) -> Any:
    """The result that was described, with these arrays in its new tensors."""
    kind = shape[0]
    if kind is _NEW:
        result = record(values[shape[1]])
        if shape[2]:
            result._edge = _FREED
        return result
    if kind is _SAME:
        return shape[1]
    if kind is _ARGUMENT:
        return list(_tensors((args, kwargs)))[shape[1]]
    if kind is dict:
        items = (rebuilt(item, values, args, kwargs) for item in shape[2:])
        return dict(zip(shape[1], items, strict=True))
    return kind([rebuilt(item, values, args, kwargs) for item in shape[1:]])
