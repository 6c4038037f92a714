"""Functions of one number of each tensor, with options, and a sum over all if wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.inside import become
from ..._tensor.pointwise import Op

Rule = Callable[..., Any]


class Pointwise(Op):
    """A function of one number of each tensor: its value, and its slope along each of them.

    Parameters
    ----------
    value : callable
        Of arrays, which broadcast, then options: what NumPy's functions make of them (see `Op`).
    *slopes : callable or None
        The same for the derivative by each tensor; None where there is none, as for weights.
    whole : bool
        Whether whole numbers stay such.
    wide : bool, optional
        As `Op` has it.
    """

    def __init__(
        self, value: Rule, *slopes: Rule | None, whole: bool = False, wide: bool | None = None
    ) -> None:
        self.of_whole = Op("function", value, kinds="iu") if whole else None
        every = tuple(range(len(slopes)))
        self.name, self.value, self.kinds, self.floating = "shapes", value, "f", True
        self.wide = wide
        rules = tuple(None if slope is None else _times(slope) for slope in slopes)
        _core.PointwiseOp.__init__(self, rules, tuple(every for _ in slopes), True, None, None)

    def __call__(  # type: ignore[override]
        self, *tensors: Tensor, options: tuple[Any, ...] = (), divisor: float | None = None
    ) -> Tensor:
        """The values; or, with a divisor, their sum divided by it."""
        # A limit is compared with numbers of float32, among which is what it is rounded to.
        options = tuple(float(np.float32(v)) if isinstance(v, float) else v for v in options)
        values: Tensor = super().__call__(*tensors, options=options)
        return values if divisor is None else values.sum() / divisor


def _times(slope: Rule) -> Rule:
    """What makes the gradient of a tensor from that of the value."""
    return lambda g, *given: g * slope(*given)


def numbers(x: Any, name: str) -> Tensor:
    """A tensor of float32; one of integers or booleans, where these are numbers too, is converted."""
    return x.float() if isinstance(x, Tensor) else _core.float_tensor(x, name)


def broadcast(*tensors: Tensor) -> tuple[int, ...]:
    """The shape of tensors together; an error that names theirs if they do not fit."""
    shapes = [tensor.shape for tensor in tensors]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(f"shapes {' and '.join(map(str, shapes))} do not fit each other") from None


def in_place(input: Any, result: Tensor) -> Tensor:
    """The input of a function once it has become its result; the result where the input is no tensor."""
    if not isinstance(input, Tensor):
        return result
    become(input, result)
    return input


def for_place(x: Tensor, inplace: bool) -> Tensor:
    """What to compute from: a copy, if the tensor itself will be written over and its gradient needs it."""
    return _core.original(x) if inplace else x


def elementwise(
    rule: Pointwise, input: Any, options: tuple[Any, ...] = (), inplace: bool = False
) -> Tensor:
    """A function of one tensor, which becomes the result if that is wanted."""
    if rule.of_whole and isinstance(input, Tensor) and input.dtype.kind in "iu":
        y = rule.of_whole(input, options=tuple(int(v) for v in options))
        return in_place(input, y) if inplace else y
    x = _core.float_tensor(input, "input")
    if not inplace:
        return rule(x, options=options)
    return in_place(input, rule(for_place(x, True), options=options))
