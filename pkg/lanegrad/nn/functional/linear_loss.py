"""The last layer and the cross-entropy of its logits in one function, which never holds all of them.

The rows are worked on in chunks. While a chunk's logits are there, so is all that the gradients need
of them: they become the logits' gradient where they stand, and that goes into the gradients of input,
weight and bias at once. What is left to the backward pass is to multiply by one number.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ... import _core
from ..._core import Array, LossOptions, ShapeError, adopt, record
from ..._tensor import Tensor, array_of
from .._arguments import floats
from ._class_loss import class_loss

__all__ = ["linear_cross_entropy"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CHUNK = 1 << 22  # logits that are held in any case, 16 MB


def linear_cross_entropy(
    input: ArrayLike | Tensor,
    linear_weight: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    linear_bias: ArrayLike | Tensor | None = None,
    *,
    weight: ArrayLike | Tensor | None = None,
    sample_weight: ArrayLike | Tensor | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | None = None,
    options: Any = None,
) -> Tensor:
    """`cross_entropy` of the logits ``linear(input, linear_weight, linear_bias)``, in little memory.

    At no time are there more logits than 16 MB, or an eighth of the size of `linear_weight`, whichever
    is more. The gradients are computed along with the loss and kept for the backward pass, which
    scales them; with reduction "none" they are computed there.

    Parameters
    ----------
    input : Tensor or array_like
        (..., D).
    linear_weight : Tensor or array_like
        (C, D), for C classes. (C, d1, ..., D), for a loss at d1, ... places of each row of an input (N, D):
        its logits (N, C, d1, ...) are all in memory then.
    target : Tensor or array_like
        Class indices, integers of shape (...); or probabilities of the classes, floats of shape
        (..., C), which get a gradient if they ask for one. (N, d1, ...) or (N, C, d1, ...), for places.
    linear_bias : Tensor or array_like, optional
        Of the shape of `linear_weight` without its last axis.
    weight, sample_weight, ignore_index, reduction, label_smoothing, z_loss, softcap
        As in `lanegrad.ops.cross_entropy`; `ignore_index` is -100 if it is None.
    options : optional
        Has no use: what PyTorch asks with it for is always done.

    Returns
    -------
    Tensor
        A single number, or of shape (...) if `reduction` is "none".

    Raises
    ------
    IndexError
        A target is neither a class nor `ignore_index`.
    TypeError, ValueError
        An argument is of the wrong kind or shape, or out of range. As all errors, before anything is
        computed.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> x, w = lanegrad.ones(2, 3), lanegrad.zeros(4, 3, requires_grad=True)
    >>> loss = F.linear_cross_entropy(x, w, [0, 3])
    >>> loss
    tensor(1.3863, requires_grad=True)
    >>> loss.backward()
    >>> w.grad
    tensor([[-0.2500, -0.2500, -0.2500],
            [ 0.2500,  0.2500,  0.2500],
            [ 0.2500,  0.2500,  0.2500],
            [-0.2500, -0.2500, -0.2500]])
    """
    x, w = floats(input, "input"), floats(linear_weight, "linear_weight")
    b = None if linear_bias is None else floats(linear_bias, "linear_bias")
    ignored = -100 if ignore_index is None else ignore_index
    if w.ndim > 2:
        choice = LossOptions(
            weight, sample_weight, ignored, reduction, label_smoothing, z_loss, softcap, 1
        )
        return class_loss(_logits_of_places(x, w, b), target, choice)
    _check_shapes(x.shape, w.shape, None if b is None else b.shape)
    before, classes = x.shape[:-1], w.shape[0]
    soft = target if isinstance(target, Tensor) and target.requires_grad else None
    choice = LossOptions(
        _numpy(weight), _numpy(sample_weight), ignored, reduction, label_smoothing, z_loss, softcap, -1
    )  # fmt: skip
    labels, of_rows, totals = _core.loss_targets((*before, classes), _numpy(target), choice)
    offset = None if b is None else _core.plain_of(array_of(b))
    arrays = _core.plain_of(array_of(x)), _core.plain_of(array_of(w)), offset
    count = prod(before)
    problem = _Problem(
        arrays[0].reshape((count, x.shape[-1])),
        arrays[1],
        arrays[2],
        np.array(labels.reshape(count, *labels.shape[len(before) :])),
        of_rows,
        totals if reduction == "mean" else None,
    )
    inputs = x, w, b, soft
    recorded = _core.is_grad_enabled()
    wanted = tuple(t is not None and t.requires_grad and recorded for t in inputs)
    shapes = x.shape, w.shape, (classes,), labels.shape

    kept: _Gradients | None
    if reduction == "none":
        losses, kept = problem.solve(_NONE)[0].reshape(before), None
    else:
        rows_losses, kept = problem.solve(wanted)
        with np.errstate(all="ignore"):  # a total of 0, a loss beyond float32
            total = np.float64(fsum(rows_losses.tolist()))
            losses = np.asarray(total / totals[0] if reduction == "mean" else total, np.float32)

    def gradients(g: Array, need: tuple[bool, ...], *saved: Any) -> tuple[Any, ...]:
        nonlocal kept
        found, factor = kept, g.array()
        kept = None  # whoever gets them may change them: a second pass computes them anew
        if found is None:
            each = np.broadcast_to(factor, before).reshape(count)
            found = problem.solve(wanted, each)[1]
        elif factor != 1:
            for array in found:
                if array is not None:
                    array *= factor
        pairs = zip(found, shapes, strict=True)
        return tuple(None if array is None else adopt(array.reshape(s)) for array, s in pairs)

    # The arrays are saved for the tape to see whether they are changed.
    return record(adopt(losses), gradients, arrays, *inputs)


def _numpy(x: Any) -> Any:
    """A tensor as an array of NumPy's."""
    return array_of(x).array() if isinstance(x, Tensor) else x


# Of input, linear_weight, linear_bias and probabilities; None where it is not wanted.
_Gradients = tuple[Any, Any, Any, Any]
_NONE = (False, False, False, False)


class _Problem(NamedTuple):
    """The arguments, checked, as matrices of rows."""

    input: Array  # (N, D)
    linear_weight: Array  # (C, D)
    linear_bias: Array | None  # (C,)
    target: np.ndarray  # (N,), or probabilities (N, C)
    options: LossOptions
    totals: tuple[float, float] | None  # what "mean" divides by

    def solve(
        self, wanted: tuple[bool, ...], upstream: np.ndarray | None = None
    ) -> tuple[np.ndarray, _Gradients]:
        """Each row's loss, and the wanted gradients of their sum or mean; or of a sum or mean in which
        row i counts upstream[i] times."""
        of_input, of_weight, of_bias, of_target = wanted
        x, w = self.input.array(), self.linear_weight.array()
        b = None if self.linear_bias is None else self.linear_bias.array()
        losses = _core.empty((len(x),))
        input_grad = _core.empty(x.shape) if of_input else None
        target_grad = _core.empty(self.target.shape) if of_target else None
        weight_grad = None
        bias_grad = np.zeros(len(w)) if of_bias else None  # in doubles
        for part in self._chunks():
            logits = _core.matmul(x[part], w, b, False, True)
            losses[part], grad, probs_grad, _, _ = _core.cross_entropy(
                logits, self.target[part], self._options(part),
                grad=logits if of_input or of_weight or of_bias else None, target_grad=of_target,
                totals=self.totals,
            )  # fmt: skip
            if upstream is not None:
                for array in (grad, probs_grad):
                    if array is not None:
                        array *= upstream[part, np.newaxis]
            if target_grad is not None:
                target_grad[part] = probs_grad
            if input_grad is not None:
                input_grad[part] = _core.matmul(grad, w)
            if of_weight:
                weight_grad = _core.matmul(grad, x[part], None, True, False, weight_grad)
            if bias_grad is not None:
                bias_grad += _core.sum_rows(grad)
            del logits, grad, probs_grad  # the next chunk is to have their memory
        if bias_grad is not None:
            bias_grad = bias_grad.astype(np.float32)
        return losses, (input_grad, weight_grad, bias_grad, target_grad)

    def _options(self, part: slice) -> LossOptions:
        """The options for some rows."""
        weight, samples = self.options.weight, self.options.sample_weight
        return self.options.with_weights(weight, None if samples is None else samples[part])

    def _chunks(self) -> Iterator[slice]:
        """The rows of each chunk; one chunk of no rows if there are none."""
        classes, features = self.linear_weight.shape
        # A pass over the weight and its gradient per chunk pays from some tens of rows on.
        size = max(CHUNK // classes, features // 8, 1)
        for start in range(0, max(self.input.shape[0], 1), size):
            yield slice(start, start + size)


def _logits_of_places(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
    """(N, C, d1, ...), for a weight (C, d1, ..., D)."""
    shape = w.shape[:-1]
    if x.ndim != 2 or x.shape[1] != w.shape[-1]:
        raise ShapeError(
            f"input must be (N, {w.shape[-1]}) for a linear_weight of shape {w.shape}, found {x.shape}"
        )
    if b is not None and b.shape != shape:
        raise ShapeError(f"linear_bias must have shape {shape}, found {b.shape}")
    matrix = w.reshape(prod(shape), w.shape[-1])
    offset = None if b is None else b.reshape(-1)
    return _core.affine(x, matrix, offset).reshape(x.shape[0], *shape)


def _check_shapes(x: tuple[int, ...], w: tuple[int, ...], b: tuple[int, ...] | None) -> None:
    if not x:
        raise ShapeError("input must have an axis of features, (D,), (N, D) or (..., D)")
    if len(w) != 2 or w[1] != x[-1]:
        raise ShapeError(
            f"linear_weight must have shape (classes, {x[-1]}) for an input of shape {x}, found {w}"
        )
    if b is not None and b != w[:1]:
        raise ShapeError(
            f"linear_bias must have shape {w[:1]} for a linear_weight of shape {w}, found {b}"
        )
