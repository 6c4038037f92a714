"""Activations that have kernels: functions of one element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import _core
from ..._core import record
from ..._tensor import Tensor, array_of
from .._arguments import floats
from ._pointwise import for_place, in_place, numbers

__all__ = ["gelu", "leaky_relu", "leaky_relu_", "relu", "relu_", "sigmoid", "silu", "tanh"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def relu(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape, or a tensor of whole numbers.
    inplace : bool
        Whether a tensor given as `input` becomes the result.

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
    try:
        y = _core.elementwise(input, _core.relu, _core.relu_backward, True)
    except _core.DtypeError:
        if not isinstance(input, Tensor):
            raise
        y = input.relu()  # of whole numbers
    return in_place(input, y) if inplace else y


def relu_(input: Tensor) -> Tensor:
    """As `relu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.relu_(lanegrad.ones(1))
    tensor([1.])
    """
    return relu(input, inplace=True)


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
        Whether a tensor given as `input` becomes the result.

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
    if slope < 0:
        x = for_place(x, inplace)
    value = _core.ready(array_of(x))
    y = _core.leaky_relu(value, slope)
    # Unless the slope is negative, the result has the input's sign.
    kept = _core.spared(y) if slope >= 0 else value
    result = record(y, _core.leaky_relu_gradient, (kept, slope), x)
    return in_place(input, result) if inplace else result


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """As `leaky_relu`, in place.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.leaky_relu_(lanegrad.ones(1))
    tensor([1.])
    """
    return leaky_relu(input, negative_slope, inplace=True)


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
    x = numbers(input, "input")
    return _core.elementwise(x, _core.sigmoid, _core.sigmoid_backward, True)


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
    x = numbers(input, "input")
    return _core.elementwise(x, _core.tanh, _core.tanh_backward, True)


def silu(input: ArrayLike | Tensor, inplace: bool = False) -> Tensor:
    """input / (1 + exp(-input)), element by element; also called swish.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    inplace : bool
        Whether a tensor given as `input` becomes the result.

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
    if not inplace:
        return _core.elementwise(input, _core.silu, _core.silu_backward, False)
    x = for_place(floats(input, "input"), True)
    return in_place(input, _core.elementwise(x, _core.silu, _core.silu_backward, False))
