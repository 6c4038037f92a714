"""Dropout, of elements or of whole channels, to zero or to what SELU ends at."""

from __future__ import annotations

import warnings
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ... import _core
from ..._core import ShapeError, adopt, record
from ..._tensor import Tensor, array_of
from ...random import dropout_state, generator
from .._arguments import floats, of_any_dtype
from ._pointwise import Pointwise, in_place

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ALPHA = 1.7580993408473766  # minus what SELU ends at


def dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set elements to zero at random, and multiply the others by ``1 / (1 - p)`` [1]_.

    Which ones depends on `manual_seed`, on the number of the call since and on the element's place alone:
    not on threads, and for images (N, C, H, W) only on the image's number and the place in it.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape; of any dtype, where nothing is dropped.
    p : float
        The probability of an element to become zero.
    training : bool
        If false, the result is `input`.
    inplace : bool
        Whether a tensor given as `input` becomes the result.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        `p` is not between 0 and 1.

    References
    ----------
    .. [1] N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
       JMLR 15, 2014.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> _ = lanegrad.manual_seed(0)
    >>> y = F.dropout(lanegrad.ones(1000), 0.5)
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    if (same := _undropped(input, p, training)) is not None:
        return same
    result = _drop(floats(input, "input"), p, False)
    return in_place(input, result) if inplace else result


def dropout2d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout`, of whole channels [1]_.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W). (N, C, L) and others of channels are dropped likewise, with a warning.
    p : float
        The probability of a channel to become zero.
    training, inplace : bool
        As for `dropout`.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        `p` is not between 0 and 1.
    ShapeError
        The input has no channels.

    References
    ----------
    .. [1] J. Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> _ = lanegrad.manual_seed(0)
    >>> y = F.dropout2d(lanegrad.ones(1, 8, 2, 2), 0.5)
    >>> set(y.sum((2, 3)).flatten().tolist()) <= {0.0, 8.0}
    True
    """
    x = of_any_dtype(input, "input")
    if x.ndim != 4:
        seen = "(N, C, L) is what it is taken for" if x.ndim == 3 else "use dropout"
        warnings.warn(f"dropout2d takes (N, C, H, W), found shape {x.shape}: {seen}", stacklevel=2)
    return _drop_channels(input, x, p, training, inplace)


def dropout1d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout2d`, of (N, C, L) or (C, L).

    Raises
    ------
    ShapeError
        The input has another number of axes.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> y = F.dropout1d(lanegrad.ones(8, 2), 0.5)
    >>> set(y.sum(1).tolist()) <= {0.0, 4.0}
    True
    """
    x = of_any_dtype(input, "input")
    if x.ndim not in (2, 3):
        raise ShapeError(f"dropout1d takes (N, C, L) or (C, L), found shape {x.shape}")
    return _drop_channels(input, x, p, training, inplace, x.ndim == 2)


def dropout3d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout2d`, of (N, C, D, H, W) or (C, D, H, W).

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> y = F.dropout3d(lanegrad.ones(8, 1, 1, 2), 0.5)
    >>> set(y.sum((1, 2, 3)).tolist()) <= {0.0, 4.0}
    True
    """
    x = of_any_dtype(input, "input")
    if x.ndim not in (4, 5):
        seen = f"dropout3d takes (N, C, D, H, W) or (C, D, H, W), found shape {x.shape}"
        warnings.warn(f"{seen}: use dropout", stacklevel=2)
    return _drop_channels(input, x, p, training, inplace, x.ndim != 5)


def alpha_dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, for what `selu` gives (Klambauer et al. 2017).

    Elements are set at random to the value at which `selu` ends for negative numbers, then all are scaled
    and shifted. Parameters and errors are those of `dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> y = F.alpha_dropout(lanegrad.zeros(1000), 0.5, training=True)
    >>> len(set(y.tolist()))
    2
    """
    return _drop_to_alpha(input, p, training, inplace, False)


def feature_alpha_dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """As `alpha_dropout`, of whole channels of (N, C, ...).

    Raises
    ------
    ShapeError
        The input has no channels.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> y = F.feature_alpha_dropout(lanegrad.zeros(1, 2, 50), 0.5, training=True)
    >>> len(set(y[0, 0].tolist()))
    1
    """
    return _drop_to_alpha(input, p, training, inplace, True)


def _undropped(input: ArrayLike | Tensor, p: float, training: bool) -> Tensor | None:
    """The tensor, of any dtype and shape, if nothing of it is to be dropped."""
    if not 0 <= p <= 1:
        raise ValueError(f"p, the probability to be dropped, must be between 0 and 1, found {p}")
    x: Tensor = of_any_dtype(input, "input")
    return x if not training or p == 0 or not x.numel() else None


def _check_channels(x: Tensor, single: bool = False) -> None:
    if x.ndim + single < 2:
        raise ShapeError(f"dropout of channels takes two axes or more, found shape {x.shape}")


def _drop_channels(
    input: ArrayLike | Tensor,
    x: Tensor,
    p: float,
    training: bool,
    inplace: bool,
    single: bool = False,
) -> Tensor:
    """Drops channels of (N, C, ...), or of a single (C, ...)."""
    if (same := _undropped(x, p, training)) is not None:
        return same
    x = floats(x, "input")
    _check_channels(x, single)
    if x.ndim == 4 and not single:
        result = _drop(x, p, True)
    else:
        rows = 1 if single else x.shape[0]
        channels = x.shape[0 if single else 1]
        length = x.numel() // max(rows * channels, 1)
        result = _drop(x.reshape(rows, channels, length), p, True).reshape(x.shape)
    return in_place(input, result) if inplace else result


# Mean and variance of what dropout leaves are a shift and a scale away from those before.
_kept = Pointwise(
    lambda x, mask, scale, shift: np.where(mask, x, -ALPHA) * scale + shift,
    lambda x, mask, scale, shift: mask * scale,
    None,
)


def _drop_to_alpha(
    input: ArrayLike | Tensor, p: float, training: bool, inplace: bool, channels: bool
) -> Tensor:
    if (same := _undropped(input, p, training)) is not None:
        return same
    x = floats(input, "input")
    if channels:
        _check_channels(x)
    shape = (*x.shape[:2], *(1,) * (x.ndim - 2)) if channels else x.shape
    mask = record(adopt(np.array(generator().random(shape) >= p, np.float32)))
    scale = 1 / sqrt((ALPHA * ALPHA * p + 1) * (1 - p)) if p < 1 else 0.0
    result = _kept(x, mask, options=(scale, scale * p * ALPHA))
    return in_place(input, result) if inplace else result


def _drop(x: Tensor, p: float, channels: bool) -> Tensor:
    value, state, shape = _core.ready(array_of(x)), dropout_state(), x.shape
    form = None
    if not value.in_lanes:
        # Five axes would be taken for lanes; a row of elements is what other shapes are to the kernel.
        form = shape if channels or len(shape) == 4 else (-1,)
        value = value.reshape(form)
    y, used = _core.dropout(value, p, state, channels)
    saved = p, used, channels, form, shape, form is None
    return record(y if form is None else y.reshape(shape), _core.dropout_gradient, saved, x)
