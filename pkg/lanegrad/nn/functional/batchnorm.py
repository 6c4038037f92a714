"""Batch normalization and its gradient rule."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._tensor import Tensor, array_of, plain_array
from .._arguments import floats

__all__ = ["batch_norm"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def batch_norm(
    input: ArrayLike | Tensor,
    running_mean: Any,
    running_var: Any,
    weight: ArrayLike | Tensor | None = None,
    bias: ArrayLike | Tensor | None = None,
    training: bool = False,
    momentum: float | None = 0.1,
    eps: float = 1e-5,
    *,
    num_batches_tracked: Any = None,
) -> Tensor:
    """Each channel with its mean taken away, divided by its standard deviation, scaled and shifted.

    ``y = (x - mean) / sqrt(var + eps) * weight + bias`` (Ioffe and Szegedy, 2015). In training, mean and
    (biased) variance are those of the batch, computed in float64, and enter the running ones::

        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * unbiased variance

    Else they are the running ones.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C), (N, C, L), (N, C, H, W) or with more axes after the channels.
    running_mean, running_var : Tensor or array, (C,), or None
        Needed unless `training`. Updated in place if `training`, and must be float32 then.
    weight, bias : Tensor or array_like, (C,), optional
        1 and 0 if not given.
    training : bool
    momentum : float, optional
        What a batch counts in the running statistics. None: as much as each batch before it.
    eps : float
        Positive in training.
    num_batches_tracked : Tensor or array of int64, (), optional
        Counted up in training; needed if `momentum` is None.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        Shapes do not fit, an option is out of range, or there is but one value per channel in training.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.batch_norm([[1.0], [3.0]], None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    >>> F.batch_norm([[1.0], [3.0]], [1.0], [4.0])
    tensor([[0.0000],
            [1.0000]])
    """
    x = floats(input, "input")
    if x.ndim not in (2, 4):
        return _batch_norm_of_any_shape(
            x, running_mean, running_var, weight, bias, training, momentum, eps, num_batches_tracked
        )
    if training:
        mean, var = (
            running_array(running_mean, "running_mean"),
            running_array(running_var, "running_var"),
        )
    else:
        mean, var = _channels(running_mean, "running_mean"), _channels(running_var, "running_var")
    tracked = running_array(num_batches_tracked, "num_batches_tracked")
    return _core.batch_normalization(
        x, mean, var, weight, bias, bool(training), momentum, eps, tracked
    )


def _batch_norm_of_any_shape(x: Tensor, *arguments: Any) -> Tensor:
    """As `batch_norm`, of what are not images."""
    shape = x.shape
    if len(shape) < 2 and shape != (0,):
        raise ValueError(f"input must be (N, C) or have more axes, found shape {shape}")
    *options, num_batches_tracked = arguments
    channels = shape[1] if len(shape) > 1 else 0
    images = x.reshape(shape[0], channels, 1, prod(shape[2:]))
    y = batch_norm(images, *options, num_batches_tracked=num_batches_tracked)
    return y.reshape(shape)


def _channels(x: Any, name: str) -> Any:
    """The array of one number per channel, or None."""
    return None if x is None else _core.plain_of(array_of(floats(x, name)))


def running_array(x: Any, name: str) -> Any:
    """The array that is updated in place, or None."""
    if x is None or isinstance(x, Tensor):
        return None if x is None else plain_array(x)
    if not isinstance(x, np.ndarray):
        raise TypeError(
            f"{name} is updated in place: give a tensor or an array, not {type(x).__name__}"
        )
    wanted = np.dtype(np.int64 if name == "num_batches_tracked" else np.float32)
    if x.dtype != wanted:  # another byte order too
        raise TypeError(
            f"{name} is updated in place, and must have dtype {wanted}, found {x.dtype}"
        )
    if not (x.flags.c_contiguous and x.flags.aligned):
        raise ValueError(f"{name} is updated in place, and must be C-contiguous and aligned")
    return _core.share(x)
