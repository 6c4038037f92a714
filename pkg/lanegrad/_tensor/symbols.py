"""Symbols, which stand for elements in a rule that is being traced, and what is done with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rules import RULES, WHOLE_RULES

Key = tuple[Any, ...]
WIDE, INTEGER, BOOL = np.dtype(np.float64), np.dtype(np.int64), np.dtype(bool)


class Untraceable(TypeError):
    """A rule does something that no program can do."""


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """What an element will be, in a rule that is being traced."""

    def __init__(self, graph: Graph, number: int, truth: bool = False) -> None:
        self.graph, self.number, self.truth = graph, number, truth

    @property
    def dtype(self) -> np.dtype[Any]:
        return BOOL if self.truth else self.graph.dtype

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        if np.dtype(dtype).kind not in (self.graph.dtype.kind, "b", "i") or (
            np.dtype(dtype) == BOOL and not self.truth
        ):
            raise Untraceable(f"a conversion to {dtype}")
        return Symbol(self.graph, self.number, np.dtype(dtype) == BOOL)

    def copy(self) -> Symbol:
        return self

    def __bool__(self) -> bool:
        raise Untraceable("a choice that depends on an element")

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise Untraceable("an array of symbols")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or set(options) - {"dtype"}:
            raise Untraceable(f"{ufunc.__name__} with {options}")
        return self.graph.applied(ufunc.__name__, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs:
            raise Untraceable(f"{function.__name__} with {kwargs}")
        return self.graph.applied(function.__name__, args)


class Graph:
    """The steps of a rule: each a name and the numbers of those that it takes, none of them twice."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.dtype = {"f": WIDE, "b": BOOL}.get(kind, INTEGER)
        self.nodes: list[Key] = []
        self.numbers: dict[Key, int] = {}

    def node(self, *key: Any, truth: bool = False) -> Symbol:
        number = self.numbers.setdefault(key, len(self.nodes))
        if number == len(self.nodes):
            self.nodes.append(key)
        return Symbol(self, number, truth)

    def symbol(self, value: Any) -> Symbol:
        """Of a constant, if it is none yet."""
        if isinstance(value, Symbol):
            return value
        if np.ndim(value):
            raise Untraceable("a constant with axes")
        number = float(value)
        if self.kind != "f" and not (number.is_integer() and abs(number) <= 2**53):
            raise Untraceable(f"{value} among whole numbers")
        # 0.0 and -0.0 are two constants, and NaN is one
        return self.node("constant", number.hex(), truth=isinstance(value, bool | np.bool_))

    def step(self, name: str, *operands: Any, truth: bool = False) -> Symbol:
        taken = [self.symbol(x).number for x in operands]
        return self.node(name if self.kind == "f" else f"{name}_whole", *taken, truth=truth)

    def applied(self, name: str, args: tuple[Any, ...]) -> Symbol:
        """A function of NumPy's."""
        rule = (RULES if self.kind == "f" else WHOLE_RULES).get(name)
        if rule is None:
            raise Untraceable(name)
        return rule(self, *args)  # type: ignore[no-any-return]
