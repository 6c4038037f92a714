"""Elementwise operations: their rules are called with symbols, as for kernels, and the steps become nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._core import BaseTensor
from .._tensor.symbols import Graph as Rules
from .._tensor.symbols import Symbol, Untraceable
from ._errors import refusal
from ._graph import Graph, Operand
from ._noting import exports, real
from ._traced import Trace

FLOAT, BOOL, INTEGER = np.dtype(np.float32), np.dtype(bool), np.dtype(np.int64)

NUMERIC = {
    "abs": "Abs", "add": "Add", "arcsinh": "Asinh", "ceil": "Ceil", "cos": "Cos", "div": "Div", "erf": "Erf",
    "exp": "Exp", "floor": "Floor", "log": "Log", "maximum": "Max", "minimum": "Min", "mul": "Mul",
    "neg": "Neg", "power": "Pow", "rint": "Round", "sign": "Sign", "sin": "Sin", "sinh": "Sinh",
    "sqrt": "Sqrt", "sub": "Sub", "tan": "Tan", "tanh": "Tanh",
}  # fmt: skip
TRUTHS = {"less": "Less", "less_equal": "LessOrEqual", "equal": "Equal"}
LOGIC = {
    "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor",
    "bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor",
}  # fmt: skip
BITS = {"bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor"}


class _Nodes:
    """The nodes of a rule, in numbers of one type and truths."""

    def __init__(self, graph: Graph, rules: Rules, operands: list[Operand], dtype: Any) -> None:
        self.graph, self.rules, self.operands, self.dtype = graph, rules, operands, dtype
        self.done: dict[int, tuple[Operand, bool]] = {}

    def of(self, number: int) -> tuple[Operand, bool]:
        """The operand of a step, and whether it is a truth."""
        if number not in self.done:
            self.done[number] = self.made(*self.rules.nodes[number])
        return self.done[number]

    def made(self, name: str, *steps: Any) -> tuple[Operand, bool]:
        name = name.removesuffix("_whole")
        if name == "input":
            operand, dtype = self.operands[steps[0]]
            if dtype not in (self.dtype, BOOL):
                operand = self.graph("Cast", operand, to=self.dtype)
            return operand, dtype == BOOL
        if name == "constant":
            return self.graph.number(float.fromhex(steps[0]), self.dtype), False
        if name == "where":
            return self.graph("Where", self.truth(steps[0]), *map(self.number, steps[1:])), False
        if name == "logical_not":
            return self.graph("Not", self.truth(steps[0])), True
        if name in LOGIC and (name not in BITS or all(self.of(step)[1] for step in steps)):
            return self.graph(LOGIC[name], *map(self.truth, steps)), True
        numbers = [self.number(step) for step in steps]
        if name in NUMERIC:
            return self.graph(NUMERIC[name], *numbers), False
        if name in TRUTHS:
            return self.graph(TRUTHS[name], *numbers), True
        if name in BITS:
            return self.graph(BITS[name], *numbers), False
        if name not in COMPOSED:
            raise Untraceable(name)
        return COMPOSED[name](self.graph, *numbers), name in ("not_equal", "isfinite")

    def number(self, step: int) -> Operand:
        operand, truth = self.of(step)
        return self.graph("Cast", operand, to=self.dtype) if truth else operand

    def truth(self, step: int) -> Operand:
        operand, truth = self.of(step)
        return operand if truth else self.graph("Cast", operand, to=BOOL)


def _copysign(graph: Graph, x: Operand, sign: Operand) -> Operand:
    size = graph("Abs", x)
    return graph("Where", graph("Less", sign, graph.number(0)), graph("Neg", size), size)


def _isfinite(graph: Graph, x: Operand) -> Operand:
    return graph("Not", graph("Or", graph("IsNaN", x), graph("IsInf", x)))


def _arctan2(g: Graph, y: Operand, x: Operand) -> Operand:
    zero = g.number(0)
    back = g("Where", g("Less", y, zero), g.number(-math.pi), g.number(math.pi))
    angle = g("Add", g("Atan", g("Div", y, x)), g("Where", g("Less", x, zero), back, zero))
    return g("Where", g("And", g("Equal", x, zero), g("Equal", y, zero)), zero, angle)


# What ONNX has no operation for. Differences that cancel lose what float32 has no place for.
COMPOSED: dict[str, Callable[..., Operand]] = {
    "arctan2": _arctan2,
    "copysign": _copysign,
    "erfc": lambda g, x: g("Sub", g.number(1), g("Erf", x)),
    "exp2": lambda g, x: g("Pow", g.number(2), x),
    "expm1": lambda g, x: g("Sub", g("Exp", x), g.number(1)),
    "fmod": lambda g, x, y: g("Mod", x, y, fmod=1),
    "isfinite": _isfinite,
    "log1p": lambda g, x: g("Log", g("Add", g.number(1), x)),
    "not_equal": lambda g, x, y: g("Not", g("Equal", x, y)),
    "same": lambda g, x: x,
    "single": lambda g, x: x,
    "trunc": lambda g, x: g("Mul", g("Sign", x), g("Floor", g("Abs", x))),
}


@exports("pointwise")
def pointwise(
    trace: Trace, y: Any, op: Any, *inputs: Any, dtype: Any = None, options: tuple[Any, ...] = ()
) -> Operand:
    operands, common = op.promoted(tuple(map(real, inputs)), dtype)
    whole = common.kind in "iu"
    rules = Rules(common.kind)
    symbols: list[Symbol] = []
    given: list[Any] = []
    for thing, operand in zip(inputs, operands, strict=True):
        if isinstance(operand, BaseTensor):
            symbols.append(rules.node("input", len(given), truth=common.kind == "b"))
            given.append(
                (trace.operand(thing if isinstance(thing, BaseTensor) else operand), operand.dtype)
            )
        else:
            symbols.append(rules.symbol(operand))
    try:
        with np.errstate(all="ignore"):
            result = rules.symbol(op.value(*symbols, *options)).number
        nodes = _Nodes(trace.graph, rules, given, INTEGER if whole or common == BOOL else FLOAT)
        name = nodes.truth(result) if y.dtype == BOOL else nodes.number(result)
    except Untraceable as error:
        raise refusal(
            f"ONNX has no operation for a step of {op.name} ({error})", "Make it of others"
        ) from None
    if y.dtype not in (BOOL, nodes.dtype):
        return trace.graph("Cast", name, to=y.dtype)
    return name


# --- kernels of one element ---------------------------------------------------------------------------------


def _half(graph: Graph, x: Operand, tail: Operand) -> Operand:
    """x / 2 * (1 + tail)"""
    return graph("Mul", graph("Mul", x, graph.number(0.5)), graph("Add", tail, graph.number(1)))


def _gelu_tanh(g: Graph, x: Operand) -> Operand:
    cube = g("Mul", g("Mul", x, g("Mul", x, x)), g.number(0.044715))
    return _half(g, x, g("Tanh", g("Mul", g("Add", x, cube), g.number(math.sqrt(2 / math.pi)))))


KERNELS: dict[str, Callable[..., Operand]] = {
    "gelu": lambda g, x: _half(g, x, g("Erf", g("Mul", x, g.number(math.sqrt(0.5))))),
    "gelu_tanh": _gelu_tanh,
    "leaky_relu": lambda g, x, slope: g("LeakyRelu", x, alpha=float(slope)),
    "relu": lambda g, x: g("Relu", x),
    "sigmoid": lambda g, x: g("Sigmoid", x),
    "silu": lambda g, x: g("Mul", x, g("Sigmoid", x)),
    "tanh": lambda g, x: g("Tanh", x),
}


def _kernel(exporter: Callable[..., Operand]) -> Callable[..., Operand]:
    return lambda trace, y, x, *options: exporter(trace.graph, trace.operand(x), *options)


for _name, _exporter in KERNELS.items():
    exports(_name)(_kernel(_exporter))
