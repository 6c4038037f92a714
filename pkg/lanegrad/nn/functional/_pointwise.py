"""Functions computed number by number with NumPy: in float64, rounded once, with a sum over all if wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import _core
from ..._core import Array, ShapeError, adopt, record
from ..._tensor import Tensor
from ..._tensor.inside import become

Function = Callable[..., Any]


class Pointwise:
    """A function of one number of each tensor: its value, and its slope along each of them.

    Parameters
    ----------
    value : callable
        Takes arrays of float64, which broadcast, then options; gives an array.
    *slopes : callable or None
        The same for the derivative by each tensor; None where there is none, as for weights.
    """

    def __init__(self, value: Function, *slopes: Function | None) -> None:
        self.value, self.slopes = value, slopes

    def __call__(
        self, *tensors: Tensor, options: tuple[Any, ...] = (), divisor: float | None = None
    ) -> Tensor:
        """The values; or, with a divisor, their sum divided by it."""
        for tensor, slope in zip(tensors, self.slopes, strict=True):
            if slope is None and tensor.requires_grad and _core.is_grad_enabled():
                raise RuntimeError(
                    "a tensor that is a weight or a target here gets no gradient: use .detach()"
                )
        # Of memory that others can touch these are copies.
        arrays = [_core.plain_of(_core.saved_of(tensor)) for tensor in tensors]
        # A limit is compared with numbers of float32, among which is what it is rounded to.
        options = tuple(float(np.float32(v)) if isinstance(v, float) else v for v in options)
        with np.errstate(all="ignore"):
            found = np.asarray(self.value(*map(_wide, arrays), *options))
            if divisor is not None:
                found = found.sum() / np.float64(divisor)
        gradient = _gradients if len(tensors) > 1 else _gradient
        saved = self, options, divisor, *arrays
        return record(adopt(np.array(found, np.float32)), gradient, saved, *tensors)


def _wide(array: Array) -> np.ndarray:
    return array.array().astype(np.float64)


def _gradients(
    g: Array,
    need: tuple[bool, ...],
    rule: Pointwise,
    options: tuple[Any, ...],
    divisor: float | None,
    *arrays: Array,
) -> tuple[Array | None, ...]:
    numbers = [_wide(array) for array in arrays]
    up = _wide(g)
    with np.errstate(all="ignore"):
        if divisor is not None:
            up = up / divisor
        return tuple(
            _folded(up * slope(*numbers, *options), array.shape, numbers)
            if wanted and slope
            else None
            for wanted, slope, array in zip(need, rule.slopes, arrays, strict=True)
        )


def _gradient(g: Array, *saved: Any) -> Array | None:
    return _gradients(g, (True,), *saved)[0]


def _folded(g: Any, shape: tuple[int, ...], numbers: list[np.ndarray]) -> Array:
    """A gradient summed over the axes along which a tensor of this shape was repeated."""
    g = np.broadcast_to(g, np.broadcast_shapes(np.shape(g), *(x.shape for x in numbers)))
    extra = g.ndim - len(shape)
    repeated = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])
    return adopt(np.asarray(g.sum(repeated), np.float32).reshape(shape))


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
    return x.clone() if inplace and x.requires_grad else x


def elementwise(
    rule: Pointwise, input: Any, options: tuple[Any, ...] = (), inplace: bool = False
) -> Tensor:
    """A function of one tensor, which becomes the result if that is wanted."""
    x = _core.float_tensor(input, "input")
    if not inplace:
        return rule(x, options=options)
    return in_place(input, rule(for_place(x, True), options=options))
