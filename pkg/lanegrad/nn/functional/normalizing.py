"""Functions along an axis: the softmax and its relatives, and vectors made one long."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._core import Array, adopt, record
from ..._tensor import Tensor, array_of, as_tensor
from ..._tensor.creation import tensor as new_tensor
from ..._tensor.spread import norm
from ...random import generator
from .._arguments import floats
from ._pointwise import Pointwise

__all__ = ["gumbel_softmax", "log_softmax", "normalize", "softmax", "softmin"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_over = Pointwise(  # x over a norm, which counts as eps where it is less
    lambda x, n, eps: x / np.maximum(n, eps),
    lambda x, n, eps: 1 / np.maximum(n, eps),
    lambda x, n, eps: np.where(n >= eps, -x / np.maximum(n, eps) ** 2, 0),
)


def softmax(
    input: ArrayLike | Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """Exponentials of `input`, divided by their sum along axis `dim`.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int, optional
        If not given, which warns, 0 for an input of 0, 1 or 3 axes, else 1.
    dtype : dtype, optional
        float32, to which integers are converted then.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softmax([[0.0, 0.0, 0.0, 0.0]], dim=1)
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    x = _converted(input, dtype)
    axis = _chosen("softmax", dim, x.ndim, _stacklevel)
    return _along(axis, x, _core.softmax, _core.softmax_backward)


def log_softmax(
    input: ArrayLike | Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """Logarithm of the softmax along axis `dim`, exact where the softmax is close to 0 or 1.

    Parameters and errors are those of `softmax`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.log_softmax([0.0, 1000.0], dim=0)
    tensor([-1000.,     0.])
    """
    x = _converted(input, dtype)
    axis = _chosen("log_softmax", dim, x.ndim, _stacklevel)
    return _along(axis, x, _core.log_softmax, _core.log_softmax_backward)


def softmin(
    input: ArrayLike | Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """`softmax` of minus the input, whose parameters and errors it has.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softmin([0.0, 1.0], dim=0)
    tensor([0.7311, 0.2689])
    """
    x = _converted(input, dtype)
    axis = _chosen("softmin", dim, x.ndim, _stacklevel)
    return _along(axis, -x, _core.softmax, _core.softmax_backward)


def gumbel_softmax(
    logits: ArrayLike | Tensor,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
) -> Tensor:
    """Random draws of classes that gradients go through (Jang et al. 2017).

    Parameters
    ----------
    logits : Tensor or array_like
        Logarithms of what is in proportion to the probabilities.
    tau : float
        How soft: the softmax is of logits with noise, divided by this.
    hard : bool
        Whether to give ones and zeros, whose gradient is that of the soft draws.
    eps : float
        Has no use, as in PyTorch.
    dim : int
        The axis of the classes.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.gumbel_softmax([[0.0, 1000.0]], hard=True)
    tensor([[0., 1.]])
    """
    if eps != 1e-10:
        warnings.warn("eps of gumbel_softmax has no use", stacklevel=2)
    x = floats(logits, "logits")
    noise = new_tensor(-np.log(generator().standard_exponential(x.shape)))
    soft = softmax((x + noise) / tau, dim)
    if not hard:
        return soft
    values = array_of(soft.detach()).array()
    ones = np.zeros_like(values)
    if values.ndim:
        np.put_along_axis(ones, values.argmax(dim, keepdims=True), 1, dim)
    else:
        ones = np.ones_like(values)
    # Ones and zeros exactly, with the gradient of the soft draws.
    return record(adopt(ones), _same, (), soft)


def _same(g: Array) -> Array:
    return g


def normalize(
    input: ArrayLike | Tensor,
    p: float = 2.0,
    dim: int | tuple[int, ...] = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
) -> Tensor:
    """input divided by its p-norm along an axis, which counts as `eps` where it is less.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    p : float
        2 for the Euclidean norm, 1 for the sum of absolute values, ``float("inf")`` for the largest.
    dim : int or tuple of int
    eps : float
    out : None
        Is not there to be given: the result is a new tensor.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.normalize([[3.0, 4.0], [0.0, 0.0]])
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    if out is not None:
        raise NotImplementedError("out= is not there: assign the result instead")
    x = floats(input, "input")
    return _over(x, norm(x, float(p), dim, keepdim=True), options=(float(eps),))


def _converted(input: Any, dtype: Any) -> Tensor:
    if dtype is None:
        return floats(input, "input")
    if np.dtype(dtype) != np.float32:
        raise TypeError(f"dtype must be float32, in which lanegrad computes, found {dtype}")
    return as_tensor(input).float()


def _chosen(name: str, dim: int | None, ndim: int, stacklevel: int) -> int:
    """The axis, as PyTorch chooses it where none is given."""
    if dim is not None:
        return dim
    axis = 0 if ndim in (0, 1, 3) else 1
    warnings.warn(f"{name} along axis {axis}: say dim={axis}", stacklevel=stacklevel)
    return axis


def _along(
    dim: int,
    x: Tensor,
    kernel: Callable[[Any, int], Array],
    kernel_backward: Callable[[Any, Any, int], Array],
) -> Tensor:
    if not x.ndim:
        return _along(dim, x.reshape(1), kernel, kernel_backward).reshape(())
    y = kernel(array_of(x), dim)
    return record(y, kernel_backward, (y, dim), x)
