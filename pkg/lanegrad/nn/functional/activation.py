"""Activations: functions of one element, and the softmax along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import _core
from ..._core import Array, record
from ..._tensor import Tensor, array_of
from .._arguments import floats

__all__ = ["gelu", "leaky_relu", "log_softmax", "relu", "sigmoid", "silu", "softmax", "tanh"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def relu(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.relu([-1.0, 2.0])
    tensor([0., 2.])
    """
    return _core.elementwise(input, _core.relu, _core.relu_backward, True)


def leaky_relu(
    input: ArrayLike | Tensor, negative_slope: float = 0.01, inplace: bool = False
) -> Tensor:
    """input where it is positive, else input times `negative_slope`, element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    negative_slope : float
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.leaky_relu([-1.0, 2.0], 0.5)
    tensor([-0.5000,  2.0000])
    """
    slope = float(negative_slope)
    x = floats(input, "input")
    value = _core.ready(array_of(x))
    y = _core.leaky_relu(value, slope)
    # Unless the slope is negative, the result has the input's sign.
    return record(y, _core.leaky_relu_gradient, (y if slope >= 0 else value, slope), x)


def gelu(input: ArrayLike | Tensor, approximate: str = "none") -> Tensor:
    """input times the normal distribution function of input, element by element [1]_.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    approximate : {"none", "tanh"}
        "tanh": ``0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``. Both are right to 1.4 ULP,
        in the tail too, where x is far below zero.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        `approximate` is something else.

    References
    ----------
    .. [1] D. Hendrycks, K. Gimpel, "Gaussian error linear units", arXiv:1606.08415, 2016.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.gelu([-1.0, 2.0])
    tensor([-0.1587,  1.9545])
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"approximate must be 'none' or 'tanh', found {approximate!r}")
    if approximate == "tanh":
        return _core.elementwise(input, _core.gelu_tanh, _core.gelu_tanh_backward, False)
    return _core.elementwise(input, _core.gelu, _core.gelu_backward, False)


def sigmoid(input: ArrayLike | Tensor) -> Tensor:
    """1 / (1 + exp(-input)), element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.sigmoid([-1.0, 0.0])
    tensor([0.2689, 0.5000])
    """
    return _core.elementwise(input, _core.sigmoid, _core.sigmoid_backward, True)


def tanh(input: ArrayLike | Tensor) -> Tensor:
    """The hyperbolic tangent, element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.tanh([-1.0, 0.5])
    tensor([-0.7616,  0.4621])
    """
    return _core.elementwise(input, _core.tanh, _core.tanh_backward, True)


def silu(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input / (1 + exp(-input)), element by element; also called swish.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.silu([-1.0, 2.0])
    tensor([-0.2689,  1.7616])
    """
    return _core.elementwise(input, _core.silu, _core.silu_backward, False)


def softmax(input: ArrayLike | Tensor, dim: int) -> Tensor:
    """Exponentials of `input`, divided by their sum along axis `dim`.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softmax([[0.0, 0.0, 0.0, 0.0]], dim=1)
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    return _along(dim, input, _core.softmax, _core.softmax_backward)


def log_softmax(input: ArrayLike | Tensor, dim: int) -> Tensor:
    """Logarithm of the softmax along axis `dim`, exact where the softmax is close to 0 or 1.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.log_softmax([0.0, 1000.0], dim=0)
    tensor([-1000.,     0.])
    """
    return _along(dim, input, _core.log_softmax, _core.log_softmax_backward)


def _along(
    dim: int,
    input: ArrayLike | Tensor,
    kernel: Callable[[Any, int], Array],
    kernel_backward: Callable[[Any, Any, int], Array],
) -> Tensor:
    x = floats(input, "input")
    y = kernel(array_of(x), dim)
    return record(y, kernel_backward, (y, dim), x)
