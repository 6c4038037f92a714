"""A last layer and its loss as one module."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from .._core import ShapeError
from .._tensor import Tensor
from . import functional as F
from ._options import class_weights
from .dense import Linear
from .loss import ClassLoss

__all__ = ["LinearCrossEntropyLoss", "LinearCrossEntropyOptions"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass
class LinearCrossEntropyOptions:
    """How PyTorch is to save memory in `linear_cross_entropy`: accepted, since here that is always done.

    Parameters
    ----------
    allow_retain_graph, batch_chunk_size, chunking_method, acc_policy, acc_dtype : optional
        Have no use: a second backward pass is always allowed, and sums are in float64.

    Examples
    --------
    >>> from lanegrad import nn
    >>> criterion = nn.LinearCrossEntropyLoss(64, 10, options=nn.LinearCrossEntropyOptions())
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None


class LinearCrossEntropyLoss(ClassLoss):
    """A last layer and the cross-entropy of its logits, which are never all in memory.

    It equals `CrossEntropyLoss` of `Linear`. Call it with the layer's input and labels, and a
    `sample_weight` if there is one; logits to predict with are those of its attribute `linear`.

    Parameters
    ----------
    in_features, num_classes : int
    out_features : tuple of int
        The places (d1, ...) of each row of the input that have a loss of their own.
    bias : bool
        Whether the layer adds a trained number to each logit.
    weight, reduction, ignore_index, label_smoothing, z_loss, softcap
        As in `lanegrad.ops.cross_entropy`; `ignore_index` is -100 if it is None.
    device, dtype, options : optional
        The CPU and float32 are all that there is; `options` has no use.

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
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: ArrayLike | Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
        z_loss: float = 0.0,
        softcap: float | None = None,
    ) -> None:
        weights = None if weight is None else class_weights(weight)
        if weights is not None and weights.shape != (num_classes,):
            raise ShapeError(
                f"weight must have shape ({num_classes},), one number a class, found {weights.shape}"
            )
        super().__init__(
            weights, ignore_index=ignore_index, reduction=reduction,
            label_smoothing=label_smoothing, z_loss=z_loss, softcap=softcap,
        )  # fmt: skip
        self.places = num_classes, *out_features
        self.linear = Linear(in_features, prod(self.places), bias)

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        matrix: Tensor = self.linear.weight
        offset: Tensor | None = self.linear.bias
        if len(self.places) > 1:
            matrix = matrix.reshape(*self.places, -1)
            offset = None if offset is None else offset.reshape(self.places)
        return F.linear_cross_entropy(
            input, matrix, target, offset,
            weight=self.weight, sample_weight=sample_weight, **self._chosen(),
        )  # fmt: skip
