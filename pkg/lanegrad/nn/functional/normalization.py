"""Normalization of groups of channels, of single channels, of features and across channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from .batchnorm import batch_norm, running_array

__all__ = ["group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def group_norm(
    input: ArrayLike | Tensor,
    num_groups: int,
    weight: ArrayLike | Tensor | None = None,
    bias: ArrayLike | Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each group of channels of each image with mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C) or with more axes after the channels.
    num_groups : int
        A divisor of C.
    weight, bias : Tensor or array_like, (C,), optional
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    RuntimeError
        The groups do not divide the channels.
    ValueError
        There is but one value in all.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.group_norm([[1.0, 3.0, 5.0, 9.0]], 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    x = floats(input, "input")
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups:
        raise ShapeError(
            f"group_norm takes (N, C, ...) with C a multiple of num_groups={num_groups}, "
            f"found shape {x.shape}"
        )
    if prod(x.shape) == num_groups:
        raise ValueError(f"group_norm needs more than one value in a group, found shape {x.shape}")
    weight, bias = _of_shape(x.shape[1:2], weight, "weight"), _of_shape(x.shape[1:2], bias, "bias")
    return _core.row_normalization(x, _core.RowNorm(num_groups, 0, eps), weight, bias)


def instance_norm(
    input: ArrayLike | Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: ArrayLike | Tensor | None = None,
    bias: ArrayLike | Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each image with mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, L) or with more axes after the channels.
    running_mean, running_var : Tensor, (C,), optional
        Updated in place by the mean over images, if `use_input_stats`; else what is used.
    weight, bias : Tensor or array_like, (C,), optional
    use_input_stats : bool
    momentum : float
        What a batch counts in the running statistics.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        A channel has one pixel, or statistics are missing.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.instance_norm([[[1.0, 3.0]]])
    tensor([[[-1.0000,  1.0000]]])
    """
    x = floats(input, "input")
    if x.ndim < 3:
        raise ShapeError(f"instance_norm takes (N, C, L, ...), found shape {x.shape}")
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    if prod(x.shape[2:]) == 1:
        raise ValueError(f"instance_norm needs more than one pixel, found shape {x.shape}")
    if eps <= 0:
        raise ValueError(f"instance_norm needs a positive eps, found {eps}")
    weight, bias = _of_shape(x.shape[1:2], weight, "weight"), _of_shape(x.shape[1:2], bias, "bias")
    norm = _core.RowNorm(x.shape[1], 0, eps)
    if running_mean is None and running_var is None:
        return _core.row_normalization(x, norm, weight, bias)
    running = (
        running_array(running_mean, "running_mean"),
        running_array(running_var, "running_var"),
        momentum,
    )
    return _core.row_normalization(x, norm, weight, bias, running)


def _of_shape(shape: tuple[int, ...], weight: Any, name: str) -> Tensor | None:
    """A weight, which must have this shape, or None."""
    if weight is None:
        return None
    given = floats(weight, name)
    if given.shape != shape:
        raise ShapeError(f"{name} must have shape {shape}, found {given.shape}")
    return given


def _last_axes(x: Tensor, normalized_shape: Sequence[int] | int, name: str) -> tuple[int, ...]:
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ShapeError(f"{name} normalizes axes of lengths {shape}, found shape {x.shape}")
    return shape


def layer_norm(
    input: ArrayLike | Tensor,
    normalized_shape: Sequence[int],
    weight: ArrayLike | Tensor | None = None,
    bias: ArrayLike | Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """The last axes together with mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    input : Tensor or array_like
    normalized_shape : sequence of int
        The lengths of the last axes.
    weight, bias : Tensor or array_like, optional
        Of that shape.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    RuntimeError
        The last axes have other lengths.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.layer_norm([[1.0, 3.0], [5.0, 9.0]], (2,))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    x = floats(input, "input")
    shape = _last_axes(x, normalized_shape, "layer_norm")
    weight, bias = _of_shape(shape, weight, "weight"), _of_shape(shape, bias, "bias")
    return _core.row_normalization(x, _core.RowNorm(0, len(shape), eps), weight, bias)


def rms_norm(
    input: ArrayLike | Tensor,
    normalized_shape: Sequence[int],
    weight: ArrayLike | Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """The last axes together divided by the root of their mean square, then scaled.

    Parameters
    ----------
    input : Tensor or array_like
    normalized_shape : sequence of int
        The lengths of the last axes.
    weight : Tensor or array_like, optional
        Of that shape.
    eps : float, optional
        Added to the mean square; 2 ** -23 if not given.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.rms_norm([[1.0, 7.0]], (2,))
    tensor([[0.2000, 1.4000]])
    """
    x = floats(input, "input")
    shape = _last_axes(x, normalized_shape, "rms_norm")
    norm = _core.RowNorm(0, len(shape), 2.0**-23 if eps is None else eps, True)
    return _core.row_normalization(x, norm, _of_shape(shape, weight, "weight"), None)


def local_response_norm(
    input: ArrayLike | Tensor,
    size: int,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> Tensor:
    """Each pixel divided by ``(k + alpha * mean) ** beta``, with the mean square of `size` channels around.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, L) or with more axes after the channels.
    size : int
    alpha, beta, k : float

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        `input` has fewer than three axes.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.local_response_norm([[[1.0], [2.0]]], 1, alpha=1.0, beta=1.0)
    tensor([[[0.5000],
             [0.4000]]])
    """
    x = floats(input, "input")
    if x.ndim < 3:
        raise ValueError(f"local_response_norm takes (N, C, L, ...), found shape {x.shape}")
    if not x.numel():
        return x
    return _core.response_normalization(x, (size, alpha, beta, k))
