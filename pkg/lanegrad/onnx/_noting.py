"""Tracing: functions of the compiled module, through which everything goes, note what they are asked for.

Whatever function of lanegrad's a program calls, by whatever name, ends in functions of `_core`, or in an
elementwise `Op`. While a model is traced, each of these looks whether one of its arguments stands for a
tensor (see `_traced`). If so, an exporter of that name adds nodes to the graph, and where there is none, that
is an error.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

from .. import _core
from .._tensor import array_of
from .._tensor.pointwise import Op
from ._errors import refusal
from ._traced import Trace, TracedArray, TracedTensor

__all__ = ["DIRECT", "EXPORTERS", "direct", "exports", "noting", "real"]

Exporter = Callable[..., Any]

EXPORTERS: dict[str, Exporter] = {}
"""By the name of a function of `_core`: takes the graph's `Trace`, the result of the example and the
arguments, and gives the result's name in the graph, or a tuple of such."""

DIRECT: dict[str, Exporter] = {}
"""Likewise: takes the function itself and the arguments, and gives what the function would."""

KEPT = ("gradient", "backward", "operators")  # how such names end
_lock = threading.RLock()


def exports(*names: str) -> Callable[[Exporter], Exporter]:
    """Enters an exporter under names of the compiled module's functions."""

    def entered(exporter: Exporter) -> Exporter:
        EXPORTERS.update(dict.fromkeys(names, exporter))
        return exporter

    return entered


def direct(*names: str) -> Callable[[Exporter], Exporter]:
    """Enters what takes the place of functions while a model is traced."""

    def entered(instead: Exporter) -> Exporter:
        DIRECT.update(dict.fromkeys(names, instead))
        return instead

    return entered


def traces(things: Any) -> Trace | None:
    """The trace that any of these things, or of those in them, belongs to."""
    for thing in things:
        kind = type(thing)
        if kind is TracedTensor or kind is TracedArray:
            return thing.trace  # type: ignore[no-any-return]
        if (kind is tuple or kind is list) and (found := traces(thing)):
            return found
    return None


def real(thing: Any) -> Any:
    """The example's tensor or array for what stands for it, also within tuples and lists."""
    kind: Any = type(thing)
    if kind is TracedTensor:
        return array_of(thing) and thing.real  # an error where it must not be used
    if kind is TracedArray:
        return thing.real
    if kind is tuple or kind is list:
        return kind(map(real, thing))
    return thing


def _noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at its arguments first."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        trace = traces(args) or (traces(kwargs.values()) if kwargs else None)
        if trace is None:
            return function(*args, **kwargs)
        if name in DIRECT:
            return DIRECT[name](function, *args, **kwargs)
        if name not in EXPORTERS:
            raise refusal(
                f"ONNX has no operation for it here ({name})",
                "Make it of others, or leave it out of the exported model and compute it afterwards",
            )
        result = function(*map(real, args), **{key: real(v) for key, v in kwargs.items()})
        return trace.wrapped(result, EXPORTERS[name](trace, result, *args, **kwargs))

    return called


def _places(functions: dict[int, Any]) -> Iterator[tuple[ModuleType, str, Any]]:
    """Where lanegrad's modules have one of these functions, by its id: module, name there, function."""
    for name, module in list(sys.modules.items()):
        if name == "lanegrad" or (name.startswith("lanegrad.") and ".onnx" not in name):
            for key, value in list(vars(module).items()):
                if id(value) in functions:
                    yield module, key, value


@contextmanager
def noting() -> Iterator[None]:
    """Within it, operations on what stands for tensors are noted. Others are as ever, in all threads."""
    kind = type(_core.reshape)
    functions = {
        id(value): _noted(name, value)
        for name, value in vars(_core).items()
        if type(value) is kind and not name.startswith("_") and not name.endswith(KEPT)
    }
    with _lock:
        places = list(_places(functions))
        call = Op.__call__
        try:
            for module, key, value in places:
                setattr(module, key, functions[id(value)])
            Op.__call__ = _noted("pointwise", call)  # type: ignore[method-assign]
            yield
        finally:
            del Op.__call__
            for module, key, value in places:
                setattr(module, key, value)


@direct("float_tensor", "original", "saved_of")
def _same(function: Any, x: Any, *args: Any) -> Any:
    function(real(x), *map(real, args))  # or an error
    return x


@direct("plain_of", "ready", "spared")
def _formed(function: Any, x: TracedArray) -> TracedArray:
    return TracedArray(x.trace, function(x.real), x.name)


@direct("plain_array", "array_or_same")
def _array(function: Any, x: Any) -> Any:
    kind: Any = type(x)
    return array_of(x) if kind is TracedTensor else x


@direct("elementwise")
def _elementwise(function: Any, x: Any, kernel: Any, backward: Any, from_result: bool) -> Any:
    function(real(x), _core.relu, backward, from_result)  # an error where it is not of floats
    array: Any = _core.plain_of(array_of(x))
    result = _noted(kernel.__name__, kernel)(array)  # which a function may have kept
    return array.trace.wrapped(_core.record(result.real), result.name)


@direct("record")
def _record(function: Any, value: Any, *args: Any) -> Any:
    if type(value) is not TracedArray:
        return function(value)
    return value.trace.wrapped(function(value.real), value.name)


@direct("record_view")
def _record_view(function: Any, x: Any, show: Any, arguments: Any, *args: Any) -> Any:
    return _core.record(show(array_of(x), *arguments))


@direct("become")
def _become(function: Any, x: Any, result: Any) -> Any:
    if type(x) is not TracedTensor:
        raise refusal(
            "it writes what depends on the input into a tensor that does not",
            "Use the operation that gives a new tensor instead",
        )
    x.become(real(result), _trace_of(x, result).operand(result))
    return x


def _trace_of(*things: Any) -> Trace:
    found = traces(things)
    assert found is not None
    return found
