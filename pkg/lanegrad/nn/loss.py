"""Losses as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from .._convert import as_floats
from ..creation import tensor
from ..tensor import Tensor
from . import functional as F
from ._arguments import floats
from ._classification import class_loss
from .linear import Linear
from .module import Module

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _weights(weight: ArrayLike | Tensor) -> Tensor:
    """A tensor itself, or one of a copy."""
    if not isinstance(weight, Tensor):
        weight = tensor(as_floats(weight, "weight"))
    return floats(weight, "weight")


class _ClassLoss(Module):
    """What the losses over classes share: class weights and options."""

    weight: Tensor | None
    ignore_index: int
    reduction: str
    label_smoothing: float
    z_loss: float
    softcap: float | None
    axis: int | None

    def __init__(
        self, weight: ArrayLike | Tensor | None, extra: tuple[Any, ...], **options: Any
    ) -> None:
        super().__init__()
        weights = None if weight is None or extra else _weights(weight)
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
        _core.check_reduction(options["reduction"])
        self.register_buffer("weight", weights)
        for name, value in options.items():
            setattr(self, name, value)
        self._options = tuple(options)

    def _chosen(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._options}


class CrossEntropyLoss(_ClassLoss):
    """Cross-entropy between logits and class indices or class probabilities.

    It equals `NLLLoss` of `LogSoftmax`, but is computed in one pass and stays exact where the loss
    is tiny. Make it first, then call it with outputs and labels, and a `sample_weight` if there is
    one.

    Parameters
    ----------
    weight : array_like, optional
        How much each class counts, (C,). Ones if not given.
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the summed weights of the targets.
    label_smoothing : float
        From 0 to 1: so much of the target is spread evenly over all classes.
    z_loss : float
        Adds ``z_loss * logsumexp(input)**2`` to each row.
    softcap : float, optional
        Takes ``softcap * tanh(input / softcap)`` for the logits.
    axis : int, optional
        That of the classes: 1 if not given, or 0 if there is no other.

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

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        *extra: Any,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
        z_loss: float = 0.0,
        softcap: float | None = None,
        axis: int | None = None,
    ) -> None:
        super().__init__(
            weight, extra, ignore_index=ignore_index, reduction=reduction,
            label_smoothing=label_smoothing, z_loss=z_loss, softcap=softcap, axis=axis,
        )  # fmt: skip

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        options = _core.LossOptions(
            self.weight, sample_weight, self.ignore_index, self.reduction, self.label_smoothing,
            self.z_loss, self.softcap, self.axis,
        )  # fmt: skip
        return class_loss(input, target, options)


class LinearCrossEntropyLoss(_ClassLoss):
    """A last layer and the cross-entropy of its logits, which are never all in memory.

    It equals `CrossEntropyLoss` of `Linear`. Call it with the layer's input and labels, and a
    `sample_weight` if there is one; logits to predict with are those of its attribute `linear`.

    Parameters
    ----------
    in_features, num_classes : int
    bias : bool
        Whether the layer adds a trained number to each logit.
    weight : array_like, optional
        How much each class counts, (num_classes,). Ones if not given.
    reduction, ignore_index, label_smoothing, z_loss, softcap
        As in `CrossEntropyLoss`.

    Attributes
    ----------
    linear : Linear

    Raises
    ------
    ValueError
        `weight` has another shape.

    See Also
    --------
    lanegrad.nn.functional.linear_cross_entropy : The shapes it takes, and the errors it raises.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> criterion = nn.LinearCrossEntropyLoss(64, 1000)
    >>> criterion
    LinearCrossEntropyLoss(
      (linear): Linear(in_features=64, out_features=1000, bias=False)
    )
    >>> criterion(lanegrad.zeros(8, 64), [0, 1, 2, 3, 4, 5, 6, 7])
    tensor(6.9078, requires_grad=True)
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        bias: bool = False,
        reduction: str = "mean",
        weight: ArrayLike | Tensor | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        z_loss: float = 0.0,
        softcap: float | None = None,
    ) -> None:
        weights = None if weight is None else _weights(weight)
        if weights is not None and weights.shape != (num_classes,):
            raise ValueError(
                f"weight must have shape ({num_classes},), one number a class, found {weights.shape}"
            )
        super().__init__(
            weights, (), ignore_index=ignore_index, reduction=reduction,
            label_smoothing=label_smoothing, z_loss=z_loss, softcap=softcap,
        )  # fmt: skip
        self.linear = Linear(in_features, num_classes, bias)

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        return F.linear_cross_entropy(
            input, self.linear.weight, target, self.linear.bias,
            weight=self.weight, sample_weight=sample_weight, **self._chosen(),
        )  # fmt: skip


class NLLLoss(_ClassLoss):
    """Negative log-likelihood of class indices under log-probabilities, as `LogSoftmax` gives.

    Parameters
    ----------
    weight, ignore_index, reduction, axis
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

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        *extra: Any,
        ignore_index: int = -100,
        reduction: str = "mean",
        axis: int | None = None,
    ) -> None:
        super().__init__(weight, extra, ignore_index=ignore_index, reduction=reduction, axis=axis)

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        return F.nll_loss(input, target, self.weight, sample_weight=sample_weight, **self._chosen())
