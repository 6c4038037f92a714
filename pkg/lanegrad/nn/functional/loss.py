"""The losses over classes, negative log-likelihood and cross-entropy; classes as rows of zeros and a one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import _core
from ..._core import LossOptions, record, saved_of
from ..._tensor import Tensor, array_of, as_tensor
from .._arguments import floats
from ._class_loss import class_loss
from ._reduction import reduction_of

__all__ = ["cross_entropy", "nll_loss", "one_hot"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def nll_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    *,
    sample_weight: ArrayLike | Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Negative log-likelihood: minus the log-probability of each target class.

    Parameters
    ----------
    input : Tensor or array_like
        Log-probabilities of C classes, (C,), (N, C) or (N, C, d1, ...).
    target : Tensor or array_like
        Class indices, integers of shape (), (N,) or (N, d1, ...).
    weight, sample_weight, ignore_index, reduction, axis
        As in `lanegrad.ops.cross_entropy` of class indices.
    size_average, reduce : bool, optional
        Old arguments, with a warning: ``reduce=False`` is reduction "none", ``size_average=False`` "sum".

    Returns
    -------
    Tensor
        A single number, or the target's shape if `reduction` is "none".

    Raises
    ------
    IndexError
        A target is neither a class nor `ignore_index`. There is no such axis.
    TypeError, ValueError
        An argument is of the wrong kind or shape, or a weight negative or not finite.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.nll_loss(F.log_softmax([[0.0, 0.0]], 1), [1])
    tensor(0.6931)
    """
    how = reduction_of(size_average, reduce, reduction)
    x = floats(input, "input")
    scores = _core.plain_of(array_of(x))
    arrays = saved_of(target), saved_of(weight), saved_of(sample_weight)
    options = ignore_index, how, axis
    loss = _core.nll_loss(scores, *arrays, *options)
    return record(loss, _core.nll_loss_gradient, (scores, *arrays, *options), x)


def cross_entropy(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    *,
    sample_weight: ArrayLike | Tensor | None = None,
    z_loss: float = 0.0,
    softcap: float | None = None,
    axis: int | None = None,
) -> Tensor:
    """Cross-entropy between the softmax of logits and a target, with its gradient in the same pass.

    Parameters
    ----------
    input : Tensor or array_like
        Logits: scores of C classes, (C,), (N, C) or (N, C, d1, ...).
    target : Tensor or array_like
        Class indices as in `nll_loss`; or probabilities of the classes, floats of the shape of
        `input`, which get a gradient if they ask for one.
    weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
        As in `lanegrad.ops.cross_entropy`, which says what each does and how they combine.
    size_average, reduce : bool, optional
        Old arguments, as of `nll_loss`.

    Returns
    -------
    Tensor
        A single number, or the shape of `input` without the classes if `reduction` is "none".

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `nll_loss`, and if a probability or an option is out of range.

    See Also
    --------
    lanegrad.ops.cross_entropy : The same on arrays.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 0], reduction="none")
    tensor([0.6931, 0.0000])
    >>> F.cross_entropy([[0.0, 0.0]], [[0.5, 0.5]])
    tensor(0.6931)
    """
    how = reduction
    if size_average is not None or reduce is not None:  # no frame more where they are not
        how = reduction_of(size_average, reduce, reduction)
    options = LossOptions(
        weight, sample_weight, ignore_index, how, label_smoothing, z_loss, softcap, axis
    )
    return class_loss(input, target, options)


def one_hot(tensor: ArrayLike | Tensor, num_classes: int = -1) -> Tensor:
    """Each class index as a row of zeros with a one at its place.

    Parameters
    ----------
    tensor : Tensor or array_like
        Class indices, int64.
    num_classes : int
        The length of a row; -1: one more than the largest index.

    Returns
    -------
    Tensor
        Of int64, with one axis more.

    Raises
    ------
    RuntimeError
        The indices are not int64, negative or too large, or there are none to tell the number of classes.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.one_hot([0, 2])
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    labels = array_of(as_tensor(tensor))
    if labels.dtype != np.int64:
        raise RuntimeError(f"one_hot takes class indices of int64, found {labels.dtype}")
    if not labels.size and num_classes <= 0:
        raise RuntimeError("no indices tell the number of classes: give num_classes")
    at = _core.plain_of(labels)
    if at.outside:  # what others hold may change after it has been checked
        at = at.copy()
    classes = num_classes if num_classes != -1 else max(int(at.array().max()), 0) + 1
    negative, outside = _core.check_index(at, classes)
    if negative:
        raise RuntimeError(f"class indices are not negative, found {at.array().min()}")
    if outside:
        raise RuntimeError(f"class index {at.array().max()} is too large for {classes} classes")
    rows = _core.filled_like(at, (*at.shape, classes), 0)
    at, one = at.reshape((*at.shape, 1)), _core.filled_like(at, (), 1)
    return record(_core.scatter_into(rows, at, one, at.ndim - 1, _core.SCATTER_OPS["put"]))
