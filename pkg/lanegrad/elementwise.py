"""Functions of one element, for arrays in lanes or not: each gives its value, its gradient function and
what that takes, as `_core.record` wants them.

What is kept is the result where that tells the slope, so that the input can go, and else the input.
"""

from __future__ import annotations

from collections.abc import Callable

from . import _core
from ._core import Array
from .arithmetic import Op, divide_by_log


def _op(
    forward: Callable[[Array], Array], backward: Callable[[Array, Array], Array], from_result: bool
) -> Callable[[Array], Op]:
    """An op of `forward` of x; `backward` takes a gradient and the result, or the input."""

    def op(x: Array) -> Op:
        y = forward(x)
        return y, _core.elementwise_gradient, (backward, y if from_result else x)

    return op


relu = _op(_core.relu, _core.relu_backward, True)
exp = _op(_core.exp, _core.mul, True)
sigmoid = _op(_core.sigmoid, _core.sigmoid_backward, True)
tanh = _op(_core.tanh, _core.tanh_backward, True)
silu = _op(_core.silu, _core.silu_backward, False)
gelu = _op(_core.gelu, _core.gelu_backward, False)
gelu_tanh = _op(_core.gelu_tanh, _core.gelu_tanh_backward, False)
log = _op(_core.log, divide_by_log, False)


def leaky_relu(x: Array, slope: float) -> Op:
    """x, or slope * x where that is not positive."""
    y = _core.leaky_relu(x, slope)
    # Unless the slope is negative, the result has the input's sign.
    return y, _core.leaky_relu_gradient, (y if slope >= 0 else x, slope)
