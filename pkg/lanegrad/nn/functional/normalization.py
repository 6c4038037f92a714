"""Normalization of groups of channels, of single channels, of features and across channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from .batchnorm import batch_norm
from .padding import pad
from .pooling import avg_pool2d

__all__ = ["group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _standardized(x: Tensor, rows: int, eps: float) -> Tensor:
    """`x` with each of its rows, which stand one after the other, of mean 0 and variance 1."""
    length = prod(x.shape) // rows if rows else 0
    if length == 0:
        return x
    if length == 1:
        return x - x
    # The rows stand for the channels of one image, whose batch norm does just this.
    y = batch_norm(x.reshape(1, rows, 1, length), None, None, training=True, eps=eps)
    return y.reshape(*x.shape)


def _scaled(y: Tensor, weight: Any, bias: Any, shape: tuple[int, ...]) -> Tensor:
    """`y` times weight plus bias, where they are given, of this shape."""
    if weight is not None:
        y = y * floats(weight, "weight").reshape(*shape)
    return y if bias is None else y + floats(bias, "bias").reshape(*shape)


def _channels(x: Tensor) -> tuple[int, ...]:
    return (1, x.shape[1], *(1 for _ in x.shape[2:]))


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
    return _scaled(_standardized(x, x.shape[0] * num_groups, eps), weight, bias, _channels(x))


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
    images, channels = x.shape[:2]
    pairs = [t for t in (running_mean, running_var) if t is not None]
    rows = [np.tile(t.detach().numpy(), images) for t in pairs]
    mean, var = rows if len(rows) == 2 else (None, None)
    one = x.reshape(1, images * channels, 1, prod(x.shape[2:]))
    y = batch_norm(one, mean, var, None, None, True, momentum, eps).reshape(*x.shape)
    for tensor, row in zip(pairs, rows, strict=True):
        tensor.detach().numpy()[...] = row.reshape(images, channels).mean(0)
    return _scaled(y, weight, bias, _channels(x))


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
    rows = prod(x.shape[: x.ndim - len(shape)])
    return _scaled(_standardized(x, rows, eps), weight, bias, shape)


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
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    added = 2.0**-23 if eps is None else eps
    y = x * ((x * x).mean(axes, True) + added) ** -0.5
    return _scaled(y, weight, None, shape)


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
    squares = (x * x).reshape(x.shape[0], 1, x.shape[1], prod(x.shape[2:]))
    squares = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    means = avg_pool2d(squares, (size, 1), 1).reshape(*x.shape)
    return x / (means * alpha + k) ** beta
