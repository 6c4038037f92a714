"""NumPy's functions as steps of programs: of each a function of the graph and of symbols, or constants."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Rule = Callable[..., Any]


def _step(name: str, truth: bool = False) -> Rule:
    return lambda graph, *operands: graph.step(name, *operands, truth=truth)


def _swapped(name: str) -> Rule:
    return lambda graph, x, y: graph.step(name, y, x, truth=True)


def _same(graph: Any, x: Any) -> Any:
    return graph.symbol(x)


def _absolute(graph: Any, x: Any) -> Any:
    symbol = graph.symbol(x)
    name, *operands = graph.nodes[symbol.number]
    return graph.step("abs", type(symbol)(graph, *operands) if name == "neg" else symbol)


def _composed(function: Rule) -> Rule:
    """A function that is written with others, of symbols."""
    return lambda graph, *operands: graph.symbol(function(*map(graph.symbol, operands)))


def _power(graph: Any, x: Any, y: Any) -> Any:
    base = graph.symbol(x)
    if isinstance(y, np.lib.mixins.NDArrayOperatorsMixin):
        return graph.step("power", base, y)
    simple: dict[float, Callable[[], Any]] = {
        0: lambda: 1.0, 1: lambda: base, 2: lambda: base * base, 3: lambda: base * base * base,
        0.5: lambda: np.sqrt(base + 0.0), -1: lambda: 1 / base,
    }  # fmt: skip
    return graph.symbol(simple[y]()) if y in simple else graph.step("power", base, y)


def _select(graph: Any, cases: Any, values: Any, default: Any = 0) -> Any:
    found = graph.symbol(default)
    for case, value in reversed(list(zip(cases, values, strict=True))):
        found = np.where(case, value, found)
    return found


def _or_nan(x: Any, y: Any) -> Any:
    return np.where(x != x, x, y)


def _logaddexp(x: Any, y: Any) -> Any:
    far = np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y)))
    return np.where(x == y, x + math.log(2), far)


def _angle(x: Any) -> Any:
    """The cosine of an angle whose sine is x, or the reverse."""
    return np.sqrt((1 - x) * (1 + x))


def _arccosh(x: Any) -> Any:
    t = np.where(x >= 1, x - 1, math.nan)
    return np.log1p(t + np.sqrt(t * (t + 2)))


def _cosh(x: Any) -> Any:
    e = np.exp(np.abs(x))
    return (e + 1 / e) / 2


def _remainder(x: Any, y: Any) -> Any:
    rest = np.fmod(x, y)
    return np.where((rest != 0) & ((y < 0) != (rest < 0)), rest + y, rest)


def _floor_divide(x: Any, y: Any) -> Any:
    """Of floats: the quotient without the rest is whole but for rounding."""
    rest = np.fmod(x, y)
    quotient = (x - rest) / y - ((rest != 0) & ((y < 0) != (rest < 0)))
    down = np.floor(quotient)
    down = down + (quotient - down > 0.5)
    return np.where(y == 0, x / y, np.where(quotient == 0, np.copysign(0.0, x / y), down))


RULES: dict[str, Rule] = {
    name: _step(name)
    for name in (
        "arctan2", "ceil", "copysign", "cos", "exp", "exp2", "expm1", "floor", "fmod", "log", "log1p",
        "maximum", "minimum", "rint", "sin", "sinh", "sqrt", "tan", "tanh", "trunc", "where",
    )
}  # fmt: skip
RULES |= {
    name: _step(step or name, True)
    for name, step in {
        "less": "", "less_equal": "", "equal": "", "not_equal": "", "logical_and": "", "logical_or": "",
        "logical_xor": "", "logical_not": "", "isfinite": "", "signbit": "",
        "bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor",
        "invert": "logical_not",
    }.items()
}  # fmt: skip
RULES |= {
    "add": _step("add"), "subtract": _step("sub"), "multiply": _step("mul"), "divide": _step("div"),
    "negative": _step("neg"), "positive": _same, "absolute": _absolute, "fabs": _absolute,
    "arcsinh": _step("arcsinh"), "greater": _swapped("less"), "greater_equal": _swapped("less_equal"),
    "power": _power, "float_power": _power, "select": _select, "copy": _same,
    "square": _composed(lambda x: x * x), "reciprocal": _composed(lambda x: 1 / x),
    "sign": _composed(lambda x: _or_nan(x, 1.0 * (x > 0) - 1.0 * (x < 0))),
    "isnan": _composed(lambda x: x != x), "isinf": _composed(lambda x: np.abs(x) == math.inf),
    "fmax": _composed(lambda x, y: np.where((x >= y) | (y != y), x, y)),
    "fmin": _composed(lambda x, y: np.where((x <= y) | (y != y), x, y)),
    "clip": _composed(lambda x, low, high: np.minimum(np.maximum(x, low), high)),
    "log2": _composed(lambda x: np.log(x) * (1 / math.log(2))),
    "log10": _composed(lambda x: np.log(x) * (1 / math.log(10))),
    "logaddexp": _composed(_logaddexp),
    "logaddexp2": _composed(lambda x, y: _logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)),
    "arcsin": _composed(lambda x: np.arctan2(x, _angle(x))),
    "arccos": _composed(lambda x: np.arctan2(_angle(x), x)),
    "arctan": _composed(lambda x: np.arctan2(x, 1.0)), "cosh": _composed(_cosh),
    "arccosh": _composed(_arccosh), "arctanh": _composed(lambda x: np.log1p(2 * x / (1 - x)) / 2),
    "hypot": _composed(lambda x, y: np.where(np.isinf(x) | np.isinf(y), math.inf, np.sqrt(x * x + y * y))),
    "remainder": _composed(_remainder), "floor_divide": _composed(_floor_divide),
    "deg2rad": _composed(lambda x: x * (math.pi / 180)), "rad2deg": _composed(lambda x: x * (180 / math.pi)),
    "ldexp": _composed(lambda x, y: x * np.exp2(y)),
    "sinc": _composed(lambda x: np.where(x == 0, 1, np.sin(math.pi * x) / (math.pi * x))),
    "zeros_like": _composed(lambda x: 0.0), "ones_like": lambda graph, x, dtype=None: graph.symbol(1.0),
    "erf": _step("erf"), "erfc": _step("erfc"), "single": _step("single"),
}  # fmt: skip


def _negative_whole(graph: Any, x: Any) -> Any:
    return graph.step("sub", 0, x)


def _of_bools(of_bools: str, other: str) -> Rule:
    """A sum or product, which of bools is another function."""
    return lambda graph, x, y: graph.step(of_bools if graph.kind == "b" else other, x, y)


def _truth(graph: Any, x: Any) -> Any:
    symbol = graph.symbol(x)
    return (
        symbol if symbol.truth or graph.kind == "b" else graph.step("not_equal", x, 0, truth=True)
    )


def _logical(name: str) -> Rule:
    return lambda graph, *operands: graph.step(
        name, *[_truth(graph, x) for x in operands], truth=True
    )


def _invert(graph: Any, x: Any) -> Any:
    symbol = graph.symbol(x)
    truth = symbol.truth or graph.kind == "b"
    return graph.step("bitwise_xor", symbol, 1 if truth else -1, truth=truth)


WHOLE_RULES: dict[str, Rule] = {
    name: _step(step or name)
    for name, step in {
        "subtract": "sub", "maximum": "", "minimum": "", "fmax": "maximum", "fmin": "minimum",
        "where": "",
        "bitwise_and": "", "bitwise_or": "", "bitwise_xor": "", "left_shift": "", "right_shift": "",
        "power": "", "floor_divide": "", "remainder": "", "fmod": "",
    }.items()
}  # fmt: skip
WHOLE_RULES |= {name: _step(name, True) for name in ("less", "less_equal", "equal", "not_equal")}
WHOLE_RULES |= {
    "add": _of_bools("bitwise_or", "add"), "multiply": _of_bools("bitwise_and", "mul"),
    "negative": _negative_whole, "positive": _same, "copy": _same, "select": _select,
    "absolute": _composed(lambda x: np.maximum(x, -x)), "square": _composed(lambda x: x * x),
    "greater": _swapped("less"), "greater_equal": _swapped("less_equal"), "invert": _invert,
    "logical_and": _logical("bitwise_and"), "logical_or": _logical("bitwise_or"),
    "logical_xor": _logical("bitwise_xor"),
    "logical_not": lambda graph, x: graph.step("equal", x, 0, truth=True),
    "isfinite": lambda graph, x: graph.symbol(True), "isnan": lambda graph, x: graph.symbol(False),
    "isinf": lambda graph, x: graph.symbol(False), "clip": RULES["clip"],
    "zeros_like": _composed(lambda x: 0), "ones_like": lambda graph, x, dtype=None: graph.symbol(1),
}  # fmt: skip
