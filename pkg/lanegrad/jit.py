"""Compiling Python code, which lanegrad does not: functions and modules stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from ._missing import missing_names
from .nn.module import Module as ScriptModule

__all__ = [
    "Final", "ScriptModule", "annotate", "export", "freeze", "ignore", "is_scripting", "is_tracing",
    "optimize_for_inference", "script", "script_method", "trace", "unused",
]  # fmt: skip

_T = TypeVar("_T")


def script(obj: _T, optimize: Any = None, example_inputs: Any = None) -> _T:
    """`obj` itself.

    Examples
    --------
    >>> import lanegrad
    >>> @lanegrad.jit.script
    ... def double(x):
    ...     return x * 2
    >>> double(lanegrad.ones(2))
    tensor([2., 2.])
    """
    return obj


def trace(func: _T, example_inputs: Any = None, *args: Any, **kwargs: Any) -> _T:
    """`func` itself, which is not called."""
    return func


def script_method(fn: _T) -> _T:
    """`fn` itself."""
    return fn


def export(fn: _T) -> _T:
    """`fn` itself."""
    return fn


def unused(fn: _T) -> _T:
    """`fn` itself."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A decorator, with or without arguments, that leaves a function as it is."""
    return drop if callable(drop) else _same


def _same(fn: Callable[..., Any]) -> Callable[..., Any]:
    return fn


def freeze(mod: _T, *args: Any, **kwargs: Any) -> _T:
    """`mod` itself."""
    return mod


def optimize_for_inference(mod: _T, other_methods: Any = None) -> _T:
    """`mod` itself."""
    return mod


def annotate(the_type: Any, the_value: _T) -> _T:
    """`the_value` itself."""
    return the_value


def is_scripting() -> bool:
    """Whether compiled code runs: never."""
    return False


def is_tracing() -> bool:
    """Whether a function is being traced: never."""
    return False


__getattr__ = missing_names(__name__)
