"""Rules of elementwise ops as programs of steps.

A rule is a function written with NumPy's functions and operators. It is called once with symbols instead of
arrays, which note what is done with them, and that is the program that the kernel `map` runs from then on.
What a symbol does not know, such as a function that is no step, makes the rule one that NumPy computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from .rules import Rule
from .symbols import Graph, Symbol, Untraceable

STEPS = _core.step_numbers()
NUMBERS = ("number", "constant")
LEAVES = ("input", *NUMBERS)
ROUNDING = ("add", "sub", "mul", "div", "sqrt")
CHOICES = ("where", "maximum", "minimum", "neg", "abs")  # which rounding goes through
FLOAT_STEPS = _core.float_steps()  # those that floats have too
NEARLY = ("exp", "expm1", "log1p", "tanh")  # of them those that are within an ulp or so


def function(name: str, otherwise: Rule) -> Rule:
    """A function that NumPy lacks: of symbols the step of this name, else another one's."""

    def called(x: Any) -> Any:
        return x.graph.applied(name, (x,)) if isinstance(x, Symbol) else otherwise(x)

    return called


single = function("single", np.float32)
"""Rounds to float32, where a rule is to see what that does."""


# --- programs -----------------------------------------------------------------------------------------------


def traced(
    rule: Rule,
    kind: str,
    numbers: list[bool],
    options: tuple[Any, ...],
    of_slope: bool,
    wide: bool | None = None,
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
    wide : bool, optional
        Whether nothing but the result may be rounded to float32. If it is not given, this is so where
        functions are among the steps that floats have only nearly.

    Raises
    ------
    Untraceable
        There is no such program.
    """
    graph, inputs = Graph(kind), 0
    places: list[int] = []
    for number in numbers:
        places.append(-1 - (len(places) - inputs) if number else inputs)
        inputs += not number
    symbols = [graph.node("number" if p < 0 else "input", p, truth=kind == "b") for p in places]
    with np.errstate(all="ignore"):
        result = graph.symbol(rule(*symbols, *options))
    if of_slope and graph.nodes[result.number] == ("input", 0):
        return _core.Program(b"", tuple(places), (), "either", False)
    return _Assembler(graph, result.number, len(numbers) - inputs, wide).program(
        tuple(places), inputs
    )


def _is_single(x: float) -> bool:
    with np.errstate(over="ignore"):
        return x != x or float(np.float32(x)) == x


class _Assembler:
    """Steps in their order, and the registers that they use."""

    def __init__(self, graph: Graph, result: int, numbers: int, wide: bool | None) -> None:
        self.graph, self.numbers, self.wide = graph, numbers, wide
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

    def registers(self, steady: bool) -> dict[int, int] | None:
        """A register for each step, or None if they do not suffice; `steady`, those of numbers serve nothing
        else."""
        free = list(range(_core.MOST_REGISTERS))[::-1]
        found: dict[int, int] = {}
        uses = self.uses.copy()
        kept = [x for x in self.order if steady and self.graph.nodes[x][0] in NUMBERS]
        if len(kept) >= len(free):
            return None
        for number in kept:
            found[number] = free.pop()
        for number in self.order:
            if number in kept:
                continue
            for x in self.operands(number):
                uses[x] -= 1
                if uses[x] == 0 and x not in kept:
                    free.append(found[x])  # a step may write what it reads
            if not free:
                return None
            found[number] = free.pop()
        return found

    def program(self, places: tuple[int, ...], inputs: int) -> _core.Program:
        steady = self.registers(True)
        registers = steady or self.registers(False)
        if registers is None:
            raise Untraceable("more registers than there are")
        steps: list[list[int]] = []
        for number in self.order:
            taken = [registers[x] for x in self.operands(number)]
            steps += self.steps(number, registers[number], taken)
        steps.append([STEPS[f"store{self.whole}"], registers[self.result], 0, 0, 0])
        known = inputs <= _core.MOST_INPUTS
        fits = (
            len(steps) <= _core.MOST_STEPS
            and self.numbers + len(self.constants) <= _core.MOST_NUMBERS
        )
        if not known or not fits:
            raise Untraceable("a program that is too long")
        code, constants = b"".join(map(bytes, steps)), tuple(self.constants)
        return _core.Program(code, places, constants, self.registers_are(), steady is not None)

    def registers_are(self) -> str:
        """ "doubles", "floats", where all steps can be done in them, or "either", where both give the same
        bits since what is rounded is not computed with."""
        exact, rounded = True, set[int]()
        for number in self.order:
            name, *operands = self.graph.nodes[number]
            if name == "constant":
                exact = exact and _is_single(float.fromhex(operands[0]))
            if name in LEAVES or name == "single":
                continue
            if name not in FLOAT_STEPS or (name in NEARLY and self.wide is not False):
                return "doubles"
            chosen = name in CHOICES and not (name == "where" and operands[0] in rounded)
            exact = exact and (chosen or not rounded.intersection(operands)) and name not in NEARLY
            if name in ROUNDING or name in NEARLY or rounded.intersection(operands):
                rounded.add(number)
        if self.graph.kind != "f" or (self.wide and not exact):
            return "doubles"
        return "either" if exact else "floats"

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
