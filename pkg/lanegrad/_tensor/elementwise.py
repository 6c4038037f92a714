"""Functions of one element, of tensors whose images are in lanes or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import Array, record

if TYPE_CHECKING:
    from .tensor import Tensor


def relu(x: Any) -> Tensor:
    return _core.elementwise(x, _core.relu, _core.relu_backward, True)


def exp(x: Any) -> Tensor:
    return _core.elementwise(x, _core.exp, _core.mul, True)


def log(x: Any) -> Tensor:
    return _core.elementwise(x, _core.log, _divide, False)


def _divide(g: Array, x: Array) -> Array:
    return _core.adopt(g.array() / x.array())


def sigmoid(x: Any) -> Tensor:
    return _core.elementwise(x, _core.sigmoid, _core.sigmoid_backward, True)


def tanh(x: Any) -> Tensor:
    return _core.elementwise(x, _core.tanh, _core.tanh_backward, True)


def silu(x: Any) -> Tensor:
    return _core.elementwise(x, _core.silu, _core.silu_backward, False)


def gelu(x: Any) -> Tensor:
    return _core.elementwise(x, _core.gelu, _core.gelu_backward, False)


def gelu_tanh(x: Any) -> Tensor:
    return _core.elementwise(x, _core.gelu_tanh, _core.gelu_tanh_backward, False)


def leaky_relu(x: Any, slope: float) -> Tensor:
    """x, or slope * x where that is not positive."""
    x = _core.float_tensor(x, "input")
    value = _core.ready(x._value)
    y = _core.leaky_relu(value, slope)
    # Unless the slope is negative, the result has the input's sign.
    return record(y, _core.leaky_relu_gradient, (y if slope >= 0 else value, slope), x)
