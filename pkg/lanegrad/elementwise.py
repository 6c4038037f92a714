"""Functions of one element: each gives its value and its gradient rule, for arrays and for lanes.

A rule keeps the result where that tells the slope, so that the input can go, and else the input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import _core
from .autograd import Rule
from .lanes import Lanes, as_lanes

Images = np.ndarray | Lanes
Result = tuple[Images, Rule]


def _apply(
    x: Images, forward: Callable[..., Any], backward: Callable[..., Any], from_result: bool
) -> Result:
    """`forward` of x; and `backward` of a gradient and the result, or the input."""
    if type(x) is Lanes:
        batch, data = x.batch, x.data
        y = forward(data)
        kept = y if from_result else data
        return Lanes(y, batch), lambda g: (Lanes(backward(as_lanes(g).data, kept), batch),)
    y = forward(x)
    kept = y if from_result else x
    # The gradient of a single number may be NumPy's scalar instead of an array.
    return y, lambda g: (backward(np.asarray(g), kept),)


def exp(x: Images) -> Result:
    """e to the power of each element."""
    return _apply(x, _core.exp, _core.mul, True)


def log(x: Images) -> Result:
    """The natural logarithm of each element."""
    return _apply(x, _core.log, np.divide, False)


def relu(x: Images) -> Result:
    """max(x, 0) of each element x."""
    return _apply(x, _core.relu, _core.relu_backward, True)


def sigmoid(x: Images) -> Result:
    """1 / (1 + exp(-x)) of each element x."""
    return _apply(x, _core.sigmoid, _core.sigmoid_backward, True)


def tanh(x: Images) -> Result:
    """The hyperbolic tangent of each element."""
    return _apply(x, _core.tanh, _core.tanh_backward, True)


def silu(x: Images) -> Result:
    """x / (1 + exp(-x)) of each element x."""
    return _apply(x, _core.silu, _core.silu_backward, False)


def gelu(x: Images) -> Result:
    """x times the normal distribution function of each element x."""
    return _apply(x, _core.gelu, _core.gelu_backward, False)


def gelu_tanh(x: Images) -> Result:
    """`gelu` by its approximation with tanh."""
    return _apply(x, _core.gelu_tanh, _core.gelu_tanh_backward, False)


def leaky_relu(x: Images, slope: float) -> Result:
    """x, or slope * x where that is not positive, of each element x."""
    return _apply(
        x,
        lambda a: _core.leaky_relu(a, slope),
        lambda g, a: _core.leaky_relu_backward(g, a, slope),
        slope >= 0,  # then the result has the input's sign
    )
