"""Losses as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._convert import as_floats, check_reduction
from ..tensor import Tensor
from . import functional as F
from ._arguments import raw
from .module import Module

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class _ClassLoss(Module):
    """What the losses over classes share: class weights, the ignored index and the reduction."""

    weight: Tensor | None

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        *extra: Any,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        weights = None if weight is None or extra else as_floats(raw(weight), "weight")
        # Outputs and labels given here instead of to the call: the slip that is made most often.
        if extra or (weights is not None and weights.ndim != 1):
            name = type(self).__name__
            raise TypeError(
                f"nn.{name}(...) makes the loss function and takes only its options; call it with "
                f"outputs and labels afterwards:\n"
                f"    criterion = nn.{name}()\n"
                f"    loss = criterion(outputs, labels)\n"
                f"(the first option, weight, has one number per class)"
            )
        check_reduction(reduction)
        self.register_buffer("weight", weights)
        self.ignore_index, self.reduction = ignore_index, reduction


class CrossEntropyLoss(_ClassLoss):
    """Cross-entropy between logits and class indices or class probabilities.

    It equals `NLLLoss` of `LogSoftmax`, but is computed in one pass and stays exact where the loss
    is tiny. Make it first, then call it with outputs and labels.

    Parameters
    ----------
    weight : array_like, optional
        How much each class counts, (C,). Ones if not given.
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the summed weights of the targets.

    Raises
    ------
    TypeError
        Outputs and labels were given to the constructor.

    See Also
    --------
    lanegrad.nn.functional.cross_entropy : The shapes it takes, and the errors it raises.

    Examples
    --------
    >>> from lanegrad import nn
    >>> criterion = nn.CrossEntropyLoss()
    >>> outputs = [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    >>> criterion(outputs, [0, 1])
    tensor(0.3955)
    >>> nn.NLLLoss()(nn.LogSoftmax(dim=1)(outputs), [0, 1])
    tensor(0.3955)
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class NLLLoss(_ClassLoss):
    """Negative log-likelihood of class indices under log-probabilities, as `LogSoftmax` gives.

    Parameters
    ----------
    weight, ignore_index, reduction
        As in `CrossEntropyLoss`.

    Raises
    ------
    TypeError
        Log-probabilities and labels were given to the constructor.

    See Also
    --------
    lanegrad.nn.functional.nll_loss : The shapes it takes, and the errors it raises.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.NLLLoss(reduction="sum")([[-0.5, -1.0], [-0.25, -2.0]], [0, 1])
    tensor(2.5000)
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.nll_loss(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
