"""Rules of elementwise ops as programs of steps.

A rule is a function written with NumPy's functions and operators. It is called once with symbols instead of arrays,
which note what is done with them, and that is the program that the kernel `map` runs from then on. What a symbol
does not know, such as a function that is no step, makes the rule one that NumPy computes: `Untraceable`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _core

Rule = Callable[..., Any]
Key = tuple[Any, ...]
STEPS = _core.step_numbers()
WIDE, INTEGER, BOOL = np.dtype(np.float64), np.dtype(np.int64), np.dtype(bool)
LEAVES = ("input", "number", "constant")
ROUNDING = ("add", "sub", "mul", "div", "sqrt")
CHOICES = ("where", "maximum", "minimum", "neg", "abs")  # which rounding goes through
FLOAT_STEPS = _core.float_steps()  # those that floats have too


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


# --- what functions are made of -----------------------------------------------------------------------------


def _step(name: str, truth: bool = False) -> Rule:
    return lambda graph, *operands: graph.step(name, *operands, truth=truth)


def _swapped(name: str) -> Rule:
    return lambda graph, x, y: graph.step(name, y, x, truth=True)


def _same(graph: Graph, x: Any) -> Symbol:
    return graph.symbol(x)


def _composed(function: Rule) -> Rule:
    """A function that is written with others, of symbols."""
    return lambda graph, *operands: graph.symbol(function(*map(graph.symbol, operands)))


def _power(graph: Graph, x: Any, y: Any) -> Symbol:
    base = graph.symbol(x)
    if isinstance(y, Symbol):
        return graph.step("power", base, y)
    simple: dict[float, Callable[[], Any]] = {
        0: lambda: 1.0, 1: lambda: base, 2: lambda: base * base, 3: lambda: base * base * base,
        0.5: lambda: np.sqrt(base + 0.0), -1: lambda: 1 / base,
    }  # fmt: skip
    return graph.symbol(simple[y]()) if y in simple else graph.step("power", base, y)


def _select(graph: Graph, cases: Any, values: Any, default: Any = 0) -> Symbol:
    found = graph.symbol(default)
    for case, value in reversed(list(zip(cases, values, strict=True))):
        found = np.where(case, value, found)  # type: ignore[call-overload]
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
        "arctan2", "ceil", "copysign", "cos", "exp", "exp2", "expm1", "floor", "fmod", "log", "log1p", "maximum",
        "minimum", "rint", "sin", "sinh", "sqrt", "tan", "tanh", "trunc", "where",
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
    "negative": _step("neg"), "positive": _same, "absolute": _step("abs"), "fabs": _step("abs"),
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
    "erf": _step("erf"), "erfc": _step("erfc"), "logistic": _step("logistic"), "single": _step("single"),
}  # fmt: skip


def _negative_whole(graph: Graph, x: Any) -> Symbol:
    return graph.step("sub", 0, x)


def _of_bools(of_bools: str, other: str) -> Rule:
    """A sum or product, which of bools is another function."""
    return lambda graph, x, y: graph.step(of_bools if graph.kind == "b" else other, x, y)


def _truth(graph: Graph, x: Any) -> Symbol:
    symbol = graph.symbol(x)
    return (
        symbol if symbol.truth or graph.kind == "b" else graph.step("not_equal", x, 0, truth=True)
    )


def _logical(name: str) -> Rule:
    return lambda graph, *operands: graph.step(
        name, *[_truth(graph, x) for x in operands], truth=True
    )


def _invert(graph: Graph, x: Any) -> Symbol:
    symbol = graph.symbol(x)
    truth = symbol.truth or graph.kind == "b"
    return graph.step("bitwise_xor", symbol, 1 if truth else -1, truth=truth)


WHOLE_RULES: dict[str, Rule] = {
    name: _step(step or name)
    for name, step in {
        "subtract": "sub", "maximum": "", "minimum": "", "fmax": "maximum", "fmin": "minimum", "where": "",
        "bitwise_and": "", "bitwise_or": "", "bitwise_xor": "", "left_shift": "", "right_shift": "", "power": "",
    }.items()
}  # fmt: skip
WHOLE_RULES |= {name: _step(name, True) for name in ("less", "less_equal", "equal", "not_equal")}
WHOLE_RULES |= {
    "add": _of_bools("bitwise_or", "add"), "multiply": _of_bools("bitwise_and", "mul"),
    "negative": _negative_whole, "positive": _same, "copy": _same, "select": _select,
    "absolute": _composed(lambda x: np.maximum(x, -x)), "square": _composed(lambda x: x * x),
    "greater": _swapped("less"), "greater_equal": _swapped("less_equal"), "invert": _invert,
    "logical_and": _logical("bitwise_and"), "logical_or": _logical("bitwise_or"),
    "logical_xor": _logical("bitwise_xor"), "logical_not": lambda graph, x: graph.step("equal", x, 0, truth=True),
    "isfinite": lambda graph, x: graph.symbol(True), "isnan": lambda graph, x: graph.symbol(False),
    "isinf": lambda graph, x: graph.symbol(False), "clip": RULES["clip"],
    "zeros_like": _composed(lambda x: 0), "ones_like": lambda graph, x, dtype=None: graph.symbol(1),
}  # fmt: skip


def function(name: str, otherwise: Rule) -> Rule:
    """A function that NumPy lacks: of symbols the step of this name, else another one's."""

    def called(x: Any) -> Any:
        return x.graph.applied(name, (x,)) if isinstance(x, Symbol) else otherwise(x)

    return called


single = function("single", np.float32)
"""Rounds to float32, where a rule is to see what that does."""


# --- programs -----------------------------------------------------------------------------------------------


def traced(
    rule: Rule, kind: str, numbers: list[bool], options: tuple[Any, ...], of_slope: bool
) -> _core.Program:
    """The program of a rule.

    Parameters
    ----------
    rule : callable
        Takes so many operands, then the options.
    kind : {"f", "i", "u", "b"}
        Of the operands' common dtype, which the rule computes in.
    numbers : list of bool
        Which operands are numbers, the same for all elements.
    options : tuple
        Python's values, which the program has for constants.
    of_slope : bool
        Whether the first operand is the gradient, for which a rule that gives just that has no steps.

    Raises
    ------
    Untraceable
        There is no such program.
    """
    graph, places, inputs = Graph(kind), [], 0
    for number in numbers:
        places.append(-1 - (len(places) - inputs) if number else inputs)
        inputs += not number
    symbols = [graph.node("number" if p < 0 else "input", p, truth=kind == "b") for p in places]
    with np.errstate(all="ignore"):
        result = graph.symbol(rule(*symbols, *options))
    if of_slope and graph.nodes[result.number] == ("input", 0):
        return _core.Program(b"", tuple(places), (), False)
    return _Assembler(graph, result.number, len(numbers) - inputs).program(tuple(places), inputs)


def _is_single(x: float) -> bool:
    with np.errstate(over="ignore"):
        return x != x or float(np.float32(x)) == x


class _Assembler:
    """Steps in their order, and the registers that they use."""

    def __init__(self, graph: Graph, result: int, numbers: int) -> None:
        self.graph, self.numbers = graph, numbers
        self.whole = "" if graph.kind == "f" else "_whole"
        self.constants: list[float] = []
        self.order: list[int] = []
        self.uses = [0] * len(graph.nodes)
        self.visit(result)
        self.uses[result] += 1
        self.result = result

    def operands(self, number: int) -> tuple[int, ...]:
        name, *operands = self.graph.nodes[number]
        return () if name in LEAVES else tuple(operands)

    def visit(self, number: int) -> None:
        if number in self.order:
            return
        for operand in self.operands(number):
            self.visit(operand)
            self.uses[operand] += 1
        self.order.append(number)

    def program(self, places: tuple[int, ...], inputs: int) -> _core.Program:
        steps: list[list[int]] = []
        free = list(range(_core.MOST_REGISTERS))[::-1]
        registers: dict[int, int] = {}
        for number in self.order:
            operands = self.operands(number)
            taken = [registers[x] for x in operands]
            for x in operands:
                self.uses[x] -= 1
                if self.uses[x] == 0 and x in registers:
                    free.append(registers.pop(x))
            if not free:
                raise Untraceable("more registers than there are")
            # A step may write what it reads, but not where another operand is yet to be read.
            registers[number] = free.pop()
            steps += self.steps(number, registers[number], taken)
        steps.append([STEPS[f"store{self.whole}"], registers[self.result], 0, 0, 0])
        known = inputs <= _core.MOST_INPUTS
        fits = (
            len(steps) <= _core.MOST_STEPS
            and self.numbers + len(self.constants) <= _core.MOST_NUMBERS
        )
        if not known or not fits:
            raise Untraceable("a program that is too long")
        return _core.Program(
            b"".join(map(bytes, steps)), places, tuple(self.constants), self.in_floats()
        )

    def in_floats(self) -> bool:
        """Whether floats give the bits of doubles that are rounded in the end: all steps do in floats what they do
        in doubles, and what rounds is not computed with."""
        rounded: set[int] = set()
        for number in self.order:
            name, *operands = self.graph.nodes[number]
            if name == "constant" and not _is_single(float.fromhex(operands[0])):
                return False
            if name in LEAVES or name == "single":
                continue
            chosen = name in CHOICES and not (name == "where" and operands[0] in rounded)
            if name not in FLOAT_STEPS or (rounded.intersection(operands) and not chosen):
                return False
            if name in ROUNDING or rounded.intersection(operands):
                rounded.add(number)
        return self.graph.kind == "f"

    def steps(self, number: int, register: int, taken: list[int]) -> list[list[int]]:
        name, *what = self.graph.nodes[number]
        if name == "input" and self.graph.kind == "b":  # of whatever type: whether it is not 0
            load = [STEPS["load"], register, what[0], 0, 0]
            return [load, [STEPS["to_whole"], register, register, register, register]]
        if name == "input":
            return [[STEPS[f"load{self.whole}"], register, what[0], 0, 0]]
        if name == "number":
            return [[STEPS[f"number{self.whole}"], register, -1 - what[0], 0, 0]]
        if name == "constant":
            self.constants.append(float.fromhex(what[0]))
            place = self.numbers + len(self.constants) - 1
            return [[STEPS[f"number{self.whole}"], register, place, 0, 0]]
        if name not in STEPS:
            raise Untraceable(name)
        return [[STEPS[name], register, *taken, *[taken[-1]] * (3 - len(taken))]]
