"""How an op that works element by element is described: a rule for its value and one for each slope."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import (
    Array,
    BaseTensor,
    PointwiseOp,
    Program,
    ShapeError,
    adopt,
    array_or_same,
    record,
)
from .convert import FLOAT
from .inside import array_of, as_tensor
from .promotion import cast, common, operand, shape_of
from .symbols import Untraceable
from .tracing import traced

if TYPE_CHECKING:
    from .tensor import Tensor

Slope = Callable[..., Any]
BOOL = np.dtype(bool)
WIDE = np.dtype(np.float64)
NAMES = ("a", "b", "c", "d", "e")
EXACT = 2**53  # up to where a double has all whole numbers


class Op(PointwiseOp):
    """An op of one to five inputs, numbers among them.

    Parameters
    ----------
    name : str
        For messages.
    value : callable
        Of arrays of one type, and then of the options of a call: what NumPy's functions and operators make
        of them. The kernel `map` computes that (see `tracing`): sums, products and choices of floats in
        float32, as PyTorch does; with other functions in float64, rounded once.
    slopes : tuple of callable or None
        Each belongs to an input that may have a gradient, and makes it from the result's: a function of `g`
        and of what it names, `a`, `b` and so on the inputs, `y` the result, and then of the options. What no
        slope that is needed names is not kept. None where there is none, as for weights.
    kinds : str
        Of the types that it takes.
    floating : bool
        Whether whole numbers become float32.
    result : dtype, optional
        A type for all results.
    kernel : callable, optional
        What makes the value of a single input of floats, in place of a program.
    wide : bool, optional
        Whether nothing but results may be rounded to float32, since sums cancel or squares overflow. If it
        is not given, exponentials and their kind decide: with them it is so.
    divides : bool
        Whether the second of two whole numbers must not be 0.
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., Any],
        slopes: tuple[Slope | None, ...] = (),
        kinds: str = "fiub",
        floating: bool = False,
        result: np.dtype[Any] | None = None,
        kernel: Callable[[Array], Array] | None = None,
        wide: bool | None = None,
        divides: bool = False,
    ) -> None:
        self.name, self.value, self.kinds, self.floating = name, value, kinds, floating
        self.wide = wide
        named = tuple(() if slope is None else _named(slope, len(slopes)) for slope in slopes)
        super().__init__(slopes, named, "f" in kinds, result, kernel, divides)

    def promoted(self, inputs: tuple[Any, ...], dtype: np.dtype[Any] | None) -> tuple[Any, Any]:
        """Tensors and numbers for what a call is given, and the type that they have in common."""
        operands = [operand(x) for x in inputs]
        dtype = dtype or common(array_or_same(x) for x in operands)
        if self.floating and dtype.kind != "f":
            dtype = FLOAT
        if dtype.kind not in self.kinds:
            raise NotImplementedError(f"{self.name} is not defined for {dtype}")
        return tuple(x if isinstance(x, BaseTensor) else _number(x, dtype) for x in operands), dtype

    def refuse(self, arrays: Iterable[Any]) -> None:
        """Raises, where shapes do not fit."""
        broadcast(self.name, [shape_of(x) for x in arrays])

    def check_divisor(self, divisor: Any) -> None:
        """Raises, where a whole number is divided by 0."""
        if not np.all(divisor.array() if isinstance(divisor, Array) else divisor):
            raise RuntimeError("ZeroDivisionError: a whole number divided by 0")

    def compiled(
        self, which: int, kind: str, count: int, numbers: int, options: tuple[Any, ...]
    ) -> Program | None:
        """The program of the value (-1) or of a slope, of so many operands; which are numbers, bits say."""
        of_value = which < 0
        rule = self.value if of_value else self.slopes[which]
        operands = range(count) if of_value else self.named[which]
        given = [bool(numbers >> i & 1) for i in operands]  # the result is none
        try:
            given = given if of_value else [False, *given]
            return traced(rule, kind, given, options, not of_value, self.wide)
        except Untraceable:
            return None

    # --- by NumPy, what is no program ----------------------------------------------------------------------

    def computed(
        self, operands: tuple[Any, ...], dtype: np.dtype[Any], options: tuple[Any, ...]
    ) -> Array:
        """The value."""
        self.refuse(operands)
        with np.errstate(all="ignore"):
            values = self.value(*[_widened(cast(x, dtype)) for x in operands], *options)
            return adopt(np.asarray(values, self.result or dtype))

    def computed_slope(
        self, which: int, operands: tuple[Any, ...], options: tuple[Any, ...]
    ) -> Array:
        """What a slope makes of the gradient of the result, and of what it names."""
        slope = self.slopes[which]
        with np.errstate(all="ignore"):
            values = slope(*[_widened(cast(x, FLOAT)) for x in operands], *options)
            return adopt(np.asarray(values, FLOAT))


def _named(slope: Slope, count: int) -> tuple[int, ...]:
    """The inputs that a slope takes beside the gradient, by number; that after the last is the result."""
    code = slope.__code__
    places = {**{name: i for i, name in enumerate(NAMES[:count])}, "y": count}
    names = code.co_varnames[1 : code.co_argcount]
    return tuple(places[name] for name in names if name in places)


def _number(x: float, dtype: np.dtype[Any]) -> Any:
    """A number as one of a type: a tensor of it where a double is none."""
    value = cast(x, dtype)
    whole = dtype.kind != "f" and abs(int(value)) > EXACT
    return record(adopt(value)) if whole else value.item()


def _widened(x: np.ndarray) -> np.ndarray:
    """An operand in the type that is computed with."""
    return x.astype(WIDE) if x.dtype == FLOAT else x


def broadcast(name: str, shapes: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that shapes have in common; a ShapeError if there is none."""
    result: tuple[int, ...] = ()
    for shape in shapes:
        if shape == result or not shape:
            continue
        for i in range(1, min(len(shape), len(result)) + 1):
            if shape[-i] != result[-i] and 1 not in (shape[-i], result[-i]):
                axis = max(len(shape), len(result)) - i
                raise ShapeError(
                    f"{name}: shapes {result} and {shape} do not fit: "
                    f"{result[-i]} and {shape[-i]} elements along dimension {axis}"
                )
        result = np.broadcast_shapes(result, shape)
    return result


def no_slope(g: Any) -> Any:
    """Of an op that is constant but for its steps."""
    return np.zeros_like(g)


def floats(x: Any) -> Tensor:
    """A tensor of float32: `x` itself if it is one."""
    tensor = as_tensor(x)
    if tensor.dtype == FLOAT:
        return tensor
    return record(adopt(array_of(tensor).array().astype(FLOAT)))


def old_order(name: str, keyword: str, *given: Any, tensors: int) -> tuple[Any, ...]:
    """Factor and tensors of a call with the factor ahead, which PyTorch once wanted and still takes."""
    if len(given) != tensors + 1 or not isinstance(given[0], (int, float)):
        raise TypeError(f"{name} takes {tensors + 1} tensors, and {keyword} by keyword")
    warnings.warn(f"{name} takes its factor by keyword: {keyword}={given[0]}", stacklevel=3)
    return given


def described(function: Any, name: str, summary: str, call: str, shown: str) -> Any:
    """A function that a table makes, under its name and with a docstring of a summary and an example."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.{name}({call})
    {shown}
    """
    return function
