"""What stands for tensors and arrays that depend on a model's inputs while it is traced.

They have a shape and a dtype, and no values that anybody could see. So what is computed from them has been
noted, or is an error: nothing has to be guarded.
"""

from __future__ import annotations

import inspect
import weakref
from typing import Any, NoReturn

import numpy as np

from .._core import Array, record
from .._tensor import Tensor, array_of, plain_array
from ._errors import refusal
from ._graph import Graph, Operand

__all__ = ["Trace", "TracedArray", "TracedTensor"]


class Trace:
    """A model that is being traced: its graph, the names of its parameters, and what stands for tensors.

    Parameters
    ----------
    parameters : dict
        The model's parameters and buffers by name.
    """

    def __init__(self, parameters: dict[str, Tensor]) -> None:
        self.graph = Graph()
        self.tensors: list[weakref.ref[TracedTensor]] = []
        self.named = {id(plain_array(x)): (name, plain_array(x)) for name, x in parameters.items()}

    def operand(self, x: Any) -> Operand:
        """What a node takes for a tensor, an array or None."""
        kind: Any = type(x)
        if kind is TracedTensor:
            x = array_of(x)  # an error where it must not be used
        if type(x) is TracedArray:
            return x.name
        if x is None:
            return None
        array = x if isinstance(x, Array) else plain_array(x)
        name = self.named.get(id(array), ("", None))[0]
        values = np.array(array.array())
        if not name:
            return values
        self.graph.parameters[name] = values
        return name

    def wrapped(self, real: Any, name: Any) -> Any:
        """What stands for the result of an operation, under its name in the graph; or for several."""
        if isinstance(real, tuple):
            return tuple(self.wrapped(*each) for each in zip(real, name, strict=True))
        return (TracedArray if isinstance(real, Array) else TracedTensor)(self, real, name)


def no_values() -> NoReturn:
    raise refusal(
        "its values are not known while the model is traced",
        "A number or array made of them would be a constant in the exported model: compute with tensors "
        "instead, with lanegrad.where in the place of Python's if",
    )


class TracedArray:
    """What stands for an array: plain, with an example's values in `real` for shapes and dtypes."""

    in_lanes, contiguous, batch, outside = False, True, -1, False

    def __init__(self, trace: Trace, real: Array, name: Operand) -> None:
        self.trace, self.real, self.name = trace, real, name

    __class__ = property(lambda self: Array)  # for isinstance

    shape = property(lambda self: self.real.shape)
    dtype = property(lambda self: self.real.dtype)
    ndim = property(lambda self: self.real.ndim)
    size = property(lambda self: self.real.size)

    def reshape(self, shape: Any) -> TracedArray:
        real = self.real.reshape(shape)
        return TracedArray(
            self.trace, real, self.trace.graph("Reshape", self.name, tuple(real.shape))
        )

    def copy(self) -> TracedArray:
        return TracedArray(self.trace, self.real.copy(), self.name)

    def alias(self) -> TracedArray:
        return TracedArray(self.trace, self.real.alias(), self.name)

    def shares(self, other: TracedArray) -> bool:
        return self.real.shares(other.real)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        no_values()


class TracedTensor:
    """What stands for a tensor. Its methods are those of `Tensor`, which are made of operations on arrays."""

    requires_grad, grad, is_leaf, _edge, retains_grad = False, None, True, None, False
    __hash__ = object.__hash__
    __array_priority__ = Tensor.__array_priority__

    def __init__(self, trace: Trace, real: Tensor, name: Operand) -> None:
        self.trace, self.real, self.name, self.changed = trace, real, name, False
        plain_array(real)
        trace.tensors.append(weakref.ref(self))

    __class__ = property(lambda self: Tensor)  # for isinstance

    shape = property(lambda self: self.real.shape)
    dtype = property(lambda self: self.real.dtype)
    ndim = property(lambda self: self.real.ndim)

    def __repr__(self) -> str:
        return f"tensor(traced, shape={tuple(self.shape)}, dtype={self.dtype})"

    def __str__(self) -> str:
        no_values()

    def __format__(self, spec: str) -> str:
        no_values()

    @property
    def _value(self) -> TracedArray:
        if self.changed:
            raise refusal(
                "a tensor is used that showed the memory of another, which has been changed in place",
                "Use operations that give new tensors, such as lanegrad.where and cat",
            )
        return TracedArray(self.trace, plain_array(self.real), self.name)

    def become(self, real: Tensor, name: Operand) -> None:
        """Have the values of another one, in place; others that show the same memory are not to be used."""
        own = array_of(self.real)
        for reference in self.trace.tensors:
            other = reference()
            if other is not None and other is not self and array_of(other.real).shares(own):
                other.changed = True
        self.real, self.name = record(array_of(real)), name

    def __getattr__(self, name: str) -> Any:
        attribute = inspect.getattr_static(Tensor, name)
        if isinstance(attribute, staticmethod) or not hasattr(attribute, "__get__"):
            return attribute
        return attribute.__get__(self, Tensor)


def _operators() -> None:
    """Python's operators, which it looks for in a class alone, are those of `Tensor`."""
    for name in dir(Tensor):
        static = inspect.getattr_static(Tensor, name)
        if name.startswith("__") and callable(static) and name not in vars(object):
            setattr(TracedTensor, name, static)
    for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        setattr(TracedTensor, name, inspect.getattr_static(Tensor, name))


_operators()
