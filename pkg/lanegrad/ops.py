"""Arrays in, arrays out: softmax and the losses without tensors or tape.

Anything that NumPy can turn into an array is accepted. float64 and float16 are rounded to float32,
and results are float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._convert import FLOAT, as_floats, as_rows, class_axis, from_rows, loss_arguments, shaped_loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["cross_entropy", "cross_entropy_with_grad", "log_softmax", "nll_loss", "softmax"]


def softmax(x: ArrayLike, axis: int = -1) -> np.ndarray:
    """Exponentials of `x`, divided by their sum along `axis`.

    Parameters
    ----------
    x : array_like
        Floats.
    axis : int

    Returns
    -------
    ndarray of float32
        Of the shape of `x`.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.softmax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    values = as_floats(x, "x")
    return from_rows(_core.softmax(as_rows(values, axis)), values.shape, axis)


def log_softmax(x: ArrayLike, axis: int = -1) -> np.ndarray:
    """Logarithm of the softmax of `x` along `axis`, exact where the softmax is close to 0 or 1.

    Parameters
    ----------
    x : array_like
        Floats.
    axis : int

    Returns
    -------
    ndarray of float32
        Of the shape of `x`.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.log_softmax([0.0, 1000.0])
    array([-1000.,     0.], dtype=float32)
    """
    values = as_floats(x, "x")
    return from_rows(_core.log_softmax(as_rows(values, axis)), values.shape, axis)


def nll_loss(
    log_probs: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood: minus the log-probability of each target class.

    Parameters
    ----------
    log_probs : array_like
        Floats, (C,), (N, C) or (N, C, d1, ...): log-probabilities of C classes.
    target : array_like
        Integers of shape (), (N,) or (N, d1, ...): class indices.
    weight : array_like, optional
        Floats, (C,): how much each class counts. Ones if not given.
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the summed weights of the targets.

    Returns
    -------
    numpy.float32, or ndarray of float32 in the target's shape if `reduction` is "none"

    Raises
    ------
    IndexError
        A target is neither a class nor `ignore_index`.
    TypeError, ValueError
        An argument is of the wrong kind or shape.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad import ops
    >>> ops.nll_loss(np.log([[0.5, 0.5], [0.25, 0.75]]), [0, 0], reduction="none").round(3)
    array([0.693, 1.386], dtype=float32)
    """
    scores = as_floats(log_probs, "log_probs")
    rows, indices, weights, shape = loss_arguments(scores, target, weight)
    loss = _core.nll_loss(rows, indices, weights, ignore_index, reduction)
    return shaped_loss(loss, shape)


def cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Negative log-likelihood of the log-softmax of `logits`, in one pass.

    Parameters
    ----------
    logits : array_like
        Floats, (C,), (N, C) or (N, C, d1, ...): scores of C classes.
    target, weight, ignore_index, reduction
        As in `nll_loss`.

    Returns
    -------
    numpy.float32, or ndarray of float32 in the target's shape if `reduction` is "none"

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `nll_loss`.

    Examples
    --------
    >>> from lanegrad import ops
    >>> print(ops.cross_entropy([[20.0, 0.0], [0.0, 0.0]], [0, 1], reduction="none"))
    [2.0611537e-09 6.9314718e-01]
    """
    scores = as_floats(logits, "logits")
    rows, indices, weights, shape = loss_arguments(scores, target, weight)
    loss = _core.cross_entropy(rows, indices, weights, ignore_index, reduction)
    return shaped_loss(loss, shape)


def cross_entropy_with_grad(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    out: np.ndarray | None = None,
) -> tuple[Any, np.ndarray]:
    """Cross-entropy and its gradient with respect to the logits, in one pass.

    Parameters
    ----------
    logits, target, weight, ignore_index, reduction
        As in `cross_entropy`.
    out : ndarray, optional
        Where the gradient goes: float32, C-contiguous, of the shape of `logits`, which it may be.

    Returns
    -------
    loss : numpy.float32, or ndarray of float32 in the target's shape if `reduction` is "none"
    grad : ndarray of float32
        Of the shape of `logits`; `out` if that is given. If `reduction` is "none", of each target's
        own loss.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `nll_loss`, and if `out` does not fit. Nothing has been written then.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad import ops
    >>> logits = np.zeros((1, 4), np.float32)
    >>> loss, grad = ops.cross_entropy_with_grad(logits, [2], out=logits)
    >>> print(round(float(loss), 4), grad, grad is logits)
    1.3863 [[ 0.25  0.25 -0.75  0.25]] True
    """
    scores = as_floats(logits, "logits")
    if out is not None:
        _check_out(out, scores, logits)
    rows, indices, weights, target_shape = loss_arguments(scores, target, weight)
    shape, copied = scores.shape, scores.ndim > 2  # rows are a copy if classes are an inner axis
    grad = _core.empty(rows.shape) if out is None or copied else out.reshape(rows.shape)
    loss = _core.cross_entropy(rows, indices, weights, ignore_index, reduction, grad)
    if out is None:
        out = from_rows(grad, shape, class_axis(shape))
    elif copied:
        out[...] = from_rows(grad, shape, class_axis(shape))
    return shaped_loss(loss, target_shape), out


def _check_out(out: np.ndarray, scores: np.ndarray, logits: Any) -> None:
    if out is scores and out.flags.writeable:
        return
    if not isinstance(out, np.ndarray) or out.dtype != FLOAT:
        found = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be a float32 array, found {found}")
    if out.shape != scores.shape:
        raise ValueError(f"out has shape {out.shape}, the logits have {scores.shape}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ValueError("out must be C-contiguous and writeable")
    shared = any(np.may_share_memory(out, a) for a in (logits, scores) if isinstance(a, np.ndarray))
    if shared and out.__array_interface__["data"] != scores.__array_interface__["data"]:
        raise ValueError("out overlaps the logits without being the same array: give logits itself")
