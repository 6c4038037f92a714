"""Arrays in, arrays out: softmax and the losses without tensors or tape.

Anything that NumPy can turn into an array is accepted. float64 and float16 are rounded to float32,
and results are float32. Arrays need not be contiguous: Fortran order, transposed views and an axis
of classes anywhere are read where they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "CrossEntropyStats",
    "cross_entropy",
    "cross_entropy_with_grad",
    "log_softmax",
    "log_softmax_backward",
    "nll_loss",
    "nll_loss_backward",
    "softmax",
    "softmax_backward",
]


class CrossEntropyStats(NamedTuple):
    """What `cross_entropy` knows of each row beside its loss.

    `logsumexp` and `argmax` have the shape of the logits without the axis of the classes, and cover
    ignored rows too.

    Examples
    --------
    >>> from lanegrad import ops
    >>> _, stats = ops.cross_entropy([[2.0, 0.0], [0.0, 1.0]], [0, 0], return_stats=True)
    >>> print(stats.logsumexp, stats.argmax, stats.correct)
    [2.126928  1.3132616] [0 1] 1
    """

    logsumexp: np.ndarray
    """Logarithm of the sum of the exponentials of the logits (after `softcap`), float32."""
    argmax: np.ndarray
    """The first class with the largest logit, or with NaN; int64."""
    correct: int
    """How many rows that are not ignored have their target (or its largest probability) there."""


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

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `x` is not made of floats.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.softmax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    result: np.ndarray = _core.softmax(x, axis)
    return result


def softmax_backward(grad: ArrayLike, y: ArrayLike, axis: int = -1) -> np.ndarray:
    """The gradient of softmax's input: ``y * (grad - sum(grad * y))``.

    Parameters
    ----------
    grad : array_like
        The gradient of the result.
    y : array_like
        The result, as `softmax` gave it, of the shape of `grad`.
    axis : int

    Returns
    -------
    ndarray of float32

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `softmax`, and if the shapes differ.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.softmax_backward([1.0, 0.0], ops.softmax([0.0, 0.0]))
    array([ 0.25, -0.25], dtype=float32)
    """
    result: np.ndarray = _core.softmax_backward(grad, y, axis)
    return result


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

    Raises
    ------
    IndexError, TypeError
        As in `softmax`.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.log_softmax([0.0, 1000.0])
    array([-1000.,     0.], dtype=float32)
    """
    result: np.ndarray = _core.log_softmax(x, axis)
    return result


def log_softmax_backward(grad: ArrayLike, y: ArrayLike, axis: int = -1) -> np.ndarray:
    """The gradient of log_softmax's input: ``grad - exp(y) * sum(grad)``.

    Parameters
    ----------
    grad : array_like
        The gradient of the result.
    y : array_like
        The result, as `log_softmax` gave it, of the shape of `grad`.
    axis : int

    Returns
    -------
    ndarray of float32

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `softmax_backward`.

    Examples
    --------
    >>> from lanegrad import ops
    >>> ops.log_softmax_backward([1.0, 0.0], ops.log_softmax([0.0, 0.0])).round(4)
    array([ 0.5, -0.5], dtype=float32)
    """
    result: np.ndarray = _core.log_softmax_backward(grad, y, axis)
    return result


def nll_loss(
    log_probs: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    axis: int | None = None,
) -> Any:
    """Negative log-likelihood: minus the log-probability of each target class.

    Parameters
    ----------
    log_probs : array_like
        Floats, (C,), (N, C) or (N, C, d1, ...): log-probabilities of C classes.
    target : array_like
        Class indices, integers of any kind, of the shape of `log_probs` without the classes.
    weight, sample_weight, ignore_index, reduction, axis
        As in `cross_entropy` of class indices.

    Returns
    -------
    numpy.float32, or ndarray of float32 in the target's shape if `reduction` is "none"

    Raises
    ------
    IndexError
        A target is neither a class nor `ignore_index`; the message has its position. There is no
        such axis.
    TypeError, ValueError
        An argument is of the wrong kind or shape, or a weight negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad import ops
    >>> ops.nll_loss(np.log([[0.5, 0.5], [0.25, 0.75]]), [0, 0], reduction="none").round(3)
    array([0.693, 1.386], dtype=float32)
    """
    return _core.nll_loss(
        log_probs, target, weight, sample_weight, ignore_index, reduction, axis, True
    )


def nll_loss_backward(
    grad: ArrayLike,
    log_probs: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    axis: int | None = None,
) -> np.ndarray:
    """The gradient of `nll_loss` with respect to `log_probs`.

    Parameters
    ----------
    grad : array_like
        The gradient of the loss: a number, or the target's shape if `reduction` is "none".
    log_probs : array_like
        As given to `nll_loss`; only its shape matters.
    target, weight, sample_weight, ignore_index, reduction, axis
        As in `nll_loss`.

    Returns
    -------
    ndarray of float32
        Of the shape of `log_probs`.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `nll_loss`, and if `grad` has not the loss's shape.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad import ops
    >>> ops.nll_loss_backward(1.0, np.zeros((2, 2)), [0, 1])
    array([[-0.5,  0. ],
           [ 0. , -0.5]], dtype=float32)
    """
    result: np.ndarray = _core.nll_loss_backward(
        grad, log_probs, target, weight, sample_weight, ignore_index, reduction, axis
    )
    return result


def cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | None = None,
    axis: int | None = None,
    return_stats: bool = False,
) -> Any:
    """Cross-entropy between the softmax of `logits` and `target`, in one pass.

    A row of logits x that puts the mass q[j] on class j costs ``sum(q * (logsumexp(x) - x))``. For a
    class index q is 1 at the class. PyTorch's conventions hold where PyTorch has the option.

    Parameters
    ----------
    logits : array_like
        Floats, (C,), (N, C) or (N, C, d1, ...): scores of C classes.
    target : array_like
        Class indices, integers of any kind, of the shape of `logits` without the classes; or
        probabilities of the classes, floats of the shape of `logits`, that are not negative. They
        need not sum to 1.
    weight : array_like, optional
        How much each class counts, (C,), finite and not negative: a factor of q. Ones if not given.
    sample_weight : array_like, optional
        How much each row counts, in the shape of the logits without the classes, likewise.
    ignore_index : int
        Rows with this class index count for nothing. It may be a class. Not for probabilities.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the summed weights (class times sample) of the targets that count;
        for probabilities by the summed sample weights, without them by the number of rows, also
        where there are class weights, as PyTorch does. "none" gives each row's own. All rows ignored:
        NaN, gradient zero.
    label_smoothing : float
        From 0 to 1: so much of the target is spread evenly over all classes. With class weights the
        spread part is weighted by each class, but "mean" still divides by the weights of the targets,
        as PyTorch does. Szegedy et al., "Rethinking the Inception Architecture", 2015.
    z_loss : float
        Adds ``z_loss * logsumexp(x)**2`` to each row, which `weight` does not affect: "mean" divides
        it by the summed sample weights (as Liger-Kernel). Chowdhery et al., "PaLM", 2022.
    softcap : float, optional
        Takes ``softcap * tanh(logits / softcap)`` for the logits. Gemma Team, "Gemma 2", 2024.
    axis : int, optional
        That of the classes: 1 if not given, or 0 if there is no other.
    return_stats : bool
        Give `CrossEntropyStats` too, from the same pass.

    Returns
    -------
    loss : numpy.float32, or ndarray of float32 without the axis of classes if `reduction` is "none"
    stats : CrossEntropyStats
        If `return_stats`.

    Raises
    ------
    IndexError
        A class index is out of range; the message has its position. There is no such axis.
    TypeError, ValueError
        An argument is of the wrong kind or shape, or a weight, probability or option out of range.

    Notes
    -----
    Each row's loss is within 2 ULP of the exact one. A logit that is +inf or NaN, or a row of nothing
    but -inf, makes the loss and gradient of its row NaN. A logit of -inf where q > 0 makes the loss
    inf, and NaN where a probability is 0, as in PyTorch: 0 * inf.

    Examples
    --------
    >>> from lanegrad import ops
    >>> print(ops.cross_entropy([[20.0, 0.0], [0.0, 0.0]], [0, 1], reduction="none"))
    [2.0611537e-09 6.9314718e-01]
    >>> loss, stats = ops.cross_entropy([[2.0, 0.0], [0.0, 1.0]], [0, 0], return_stats=True)
    >>> print(loss, stats.argmax, stats.correct)
    0.72009486 [0 1] 1
    """
    options = _core.LossOptions(
        weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
    )
    loss, _, _, logsumexp, argmax = _core.cross_entropy(
        logits, target, options, None, return_stats, number=True
    )
    if not return_stats:
        return loss
    return loss, _stats(logsumexp, argmax, target, ignore_index, axis)


def cross_entropy_with_grad(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | None = None,
    axis: int | None = None,
    out: np.ndarray | None = None,
    return_target_grad: bool = False,
    return_stats: bool = False,
) -> tuple[Any, ...]:
    """Cross-entropy and its gradient with respect to the logits, in one pass.

    Parameters
    ----------
    logits, target, weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
        As in `cross_entropy`.
    out : ndarray, optional
        Where the gradient goes: float32 of the shape of `logits`, with any strides. It may be `logits`
        itself, but must not share memory with the inputs otherwise.
    return_target_grad : bool
        Give the gradient with respect to target probabilities too.
    return_stats : bool
        Give `CrossEntropyStats` too.

    Returns
    -------
    loss : numpy.float32, or ndarray of float32 without the axis of classes if `reduction` is "none"
    grad : ndarray of float32
        Of the shape of `logits`, and in their order in memory; `out` if that is given. If `reduction` is
        "none", of each row's own loss.
    target_grad : ndarray of float32
        If `return_target_grad`.
    stats : CrossEntropyStats
        If `return_stats`.

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `cross_entropy`, and if `out` does not fit, or for `return_target_grad` with class
        indices. Nothing has been written then.

    Notes
    -----
    Each element is within 2 ULP of the exact gradient; where it is a difference (at a target with
    smoothing, with probabilities), within 2 ULP of the larger of the two numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad import ops
    >>> logits = np.zeros((1, 4), np.float32)
    >>> loss, grad = ops.cross_entropy_with_grad(logits, [2], out=logits)
    >>> print(round(float(loss), 4), grad, grad is logits)
    1.3863 [[ 0.25  0.25 -0.75  0.25]] True
    """
    options = _core.LossOptions(
        weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
    )
    wanted = True if out is None else out
    loss, grad, target_grad, logsumexp, argmax = _core.cross_entropy(
        logits, target, options, wanted, return_stats, return_target_grad, number=True
    )
    if not (return_target_grad or return_stats):
        return loss, grad
    more: tuple[Any, ...] = (target_grad,) if return_target_grad else ()
    if return_stats:
        more += (_stats(logsumexp, argmax, target, ignore_index, axis),)
    return loss, grad, *more


def _stats(
    logsumexp: np.ndarray,
    argmax: np.ndarray,
    target: ArrayLike,
    ignore_index: int,
    axis: int | None,
) -> CrossEntropyStats:
    labels = np.asarray(target)
    if labels.dtype.kind == "f":
        counted: Any = True
        labels = labels.argmax(min(1, labels.ndim - 1) if axis is None else axis)
    else:
        counted = labels != ignore_index
    return CrossEntropyStats(logsumexp, argmax, int(((argmax == labels) & counted).sum()))
