"""How an op that works element by element is described, and what runs one: types, broadcasting, the tape."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._core import Array, BaseTensor, ShapeError, adopt, array_or_same, record
from .convert import FLOAT
from .inside import array_of, as_tensor
from .promotion import cast, common, operand, shape_of

if TYPE_CHECKING:
    from .tensor import Tensor

Slope = Callable[..., np.ndarray]
BOOL = np.dtype(bool)
WIDE = np.dtype(np.float64)


class Op(NamedTuple):
    """An op of one to three inputs.

    Arrays of one type go into `value`, which gives a fresh one. Each of `slopes` belongs to an input
    that may have a gradient, and makes it from the result's: a function of `g` and of what it names,
    `a`, `b` and `c` the inputs, `y` the result. What no slope that is needed names is not kept.
    """

    name: str
    value: Callable[..., Any]
    slopes: tuple[Slope, ...] = ()
    kinds: str = "fiub"  # of the types that it takes
    floating: bool = False  # whether whole numbers become float32
    wide: bool = False  # whether floats are computed with in float64, and rounded once
    result: np.dtype[Any] | None = None  # a type for all results

    def __call__(self, *inputs: Any, dtype: np.dtype[Any] | None = None) -> Tensor:
        """The result for tensors, numbers and array_likes; `dtype` is taken instead of their common one."""
        operands = [operand(x) for x in inputs]
        arrays = [array_or_same(x) for x in operands]
        dtype = dtype or common(arrays)
        if self.floating and dtype.kind != "f":
            dtype = FLOAT
        if dtype.kind not in self.kinds:
            raise NotImplementedError(f"{self.name} is not defined for {dtype}")
        shapes = [shape_of(x) for x in arrays]
        broadcast(self.name, shapes)
        with np.errstate(all="ignore"):
            values = self.value(*[self.widened(cast(x, dtype)) for x in arrays])
            y = adopt(np.asarray(values, self.result or dtype))
        if not self.slopes:
            return record(y)
        tensors = [x if isinstance(x, BaseTensor) else None for x in operands]
        kept = self._kept([*arrays, y], tensors)
        return record(y, _gradient if len(tensors) == 1 else _gradients, kept, *tensors)  # type: ignore[arg-type]

    def widened(self, x: np.ndarray) -> np.ndarray:
        """An operand in the type that is computed with."""
        return x.astype(WIDE) if self.wide and x.dtype == FLOAT else x

    def _kept(self, values: list[Any], tensors: list[Any]) -> tuple[Any, ...]:
        """What `_gradients` takes: this op, the shapes of inputs, and what slopes name."""
        names = {
            name
            for slope, x in zip(self.slopes, tensors, strict=True)
            if x is not None and x.requires_grad
            for name in _named(slope)
        }
        given = dict(zip((*"abc"[: len(tensors)], "y"), values, strict=True))
        shapes = tuple(shape_of(x) for x in values[:-1])
        return self, shapes, *[given[name] if name in names else None for name in "abcy"]


def _named(slope: Slope) -> tuple[str, ...]:
    """What a slope takes beside the gradient."""
    code = slope.__code__
    return code.co_varnames[1 : code.co_argcount]


def _gradients(
    g: Array, need: tuple[bool, ...], op: Op, shapes: tuple[tuple[int, ...], ...], *kept: Any
) -> tuple[Array | None, ...]:
    """Of the inputs of an op, from that of its result."""
    given = {
        name: op.widened(cast(x, FLOAT))
        for name, x in zip("abcy", kept, strict=True)
        if x is not None
    }
    up = op.widened(g.array())
    with np.errstate(all="ignore"):
        return tuple(
            _summed(slope(up, *[given[name] for name in _named(slope)]), shape) if wanted else None
            for slope, shape, wanted in zip(op.slopes, shapes, need, strict=True)
        )


def _gradient(g: Array, *saved: Any) -> Array | None:
    """Of the only input."""
    return _gradients(g, (True,), *saved)[0]


def _summed(g: np.ndarray, shape: tuple[int, ...]) -> Array:
    """A gradient summed over the axes along which an input of this shape was repeated."""
    if g.shape != shape:
        extra = g.ndim - len(shape)
        repeated = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])
        g = np.asarray(g.sum(repeated, WIDE)).reshape(shape)
    return adopt(np.array(g, FLOAT))


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


def no_slope(g: np.ndarray) -> np.ndarray:
    """Of an op that is constant but for its steps."""
    return np.zeros_like(g)


def floats(x: Any) -> Tensor:
    """A tensor of float32: `x` itself if it is one."""
    tensor = as_tensor(x)
    if tensor.dtype == FLOAT:
        return tensor
    return record(adopt(array_of(tensor).array().astype(FLOAT)))


def alike(x: Any, y: Any) -> tuple[Tensor, Tensor] | None:
    """Both, if they are tensors of float32 and of one shape, which kernels take, in lanes or not."""
    same = (
        isinstance(x, BaseTensor)
        and isinstance(y, BaseTensor)
        and x.dtype == y.dtype == FLOAT
        and x.shape == y.shape
    )
    return (x, y) if same else None


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
