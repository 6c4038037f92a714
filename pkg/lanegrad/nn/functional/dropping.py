"""Dropout, of elements or of whole channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import _core
from ..._core import record
from ..._tensor import Tensor, array_of
from ...random import dropout_state
from .._arguments import floats

__all__ = ["dropout", "dropout2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set elements to zero at random, and multiply the others by ``1 / (1 - p)`` [1]_.

    Which ones depends on `manual_seed`, on the number of the call since and on the element's place alone:
    not on threads, and for images (N, C, H, W) only on the image's number and the place in it.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.
    p : float
        The probability of an element to become zero.
    training : bool
        If false, the result is `input`.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

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
    return _drop(floats(input, "input"), p, training, False)


def dropout2d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout`, of whole channels [1]_.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W) or (N, C, L).
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
        `p` is not between 0 and 1, or `input` has another number of axes.

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
    x = floats(input, "input")
    if x.ndim not in (3, 4):
        raise ValueError(f"dropout2d takes (N, C, H, W) or (N, C, L), found shape {x.shape}")
    return _drop(x, p, training, True)


def _drop(x: Tensor, p: float, training: bool, channels: bool) -> Tensor:
    if not 0 <= p <= 1:
        raise ValueError(f"p, the probability to be dropped, must be between 0 and 1, found {p}")
    if not training or p == 0:
        return x
    value, state, shape = _core.ready(array_of(x)), dropout_state(), x.shape
    form = None
    if not value.in_lanes:
        # Five axes would be taken for lanes; a row of elements is what other shapes are to the kernel.
        form = shape if channels or len(shape) == 4 else (-1,)
        value = value.reshape(form)
    y, used = _core.dropout(value, p, state, channels)
    saved = p, used, channels, form, shape, form is None
    return record(y if form is None else y.reshape(shape), _core.dropout_gradient, saved, x)
