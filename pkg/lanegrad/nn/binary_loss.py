"""Losses between probabilities, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._tensor import Tensor
from . import functional as F
from ._options import LossModule

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "KLDivLoss",
    "MultiLabelSoftMarginLoss",
    "SoftMarginLoss",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class BCELoss(LossModule):
    """Cross-entropy of probabilities of yes and no: `nn.functional.binary_cross_entropy`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.BCELoss()([0.5, 1.0], [1.0, 1.0])
    tensor(0.3466)
    """

    _function = F.binary_cross_entropy

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)


class BCEWithLogitsLoss(LossModule):
    """Cross-entropy of logits of yes and no: `nn.functional.binary_cross_entropy_with_logits`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.BCEWithLogitsLoss()([0.0, -100.0], [1.0, 1.0])
    tensor(50.3466)
    """

    _function = F.binary_cross_entropy_with_logits

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: ArrayLike | Tensor | None = None,
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight, pos_weight=pos_weight)


class KLDivLoss(LossModule):
    """Kullback and Leibler's divergence: `nn.functional.kl_div`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.KLDivLoss(reduction="batchmean")(nn.LogSoftmax(1)([[0.0, 0.0]]), [[1.0, 0.0]])
    tensor(0.6931)
    """

    _function = F.kl_div

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(reduction, size_average, reduce, log_target=log_target)


class SoftMarginLoss(LossModule):
    """log(1 + exp(-target * input)): `nn.functional.soft_margin_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.SoftMarginLoss()([0.0, 100.0], [1.0, -1.0])
    tensor(50.3466)
    """

    _function = F.soft_margin_loss

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)


class MultiLabelSoftMarginLoss(LossModule):
    """Cross-entropy of each label's logit: `nn.functional.multilabel_soft_margin_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MultiLabelSoftMarginLoss()([[0.0, 100.0]], [[1.0, 0.0]])
    tensor(50.3466)
    """

    _function = F.multilabel_soft_margin_loss

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)
