"""Losses that draw things together or apart, as modules."""

from __future__ import annotations

from . import functional as F
from ._options import LossModule
from .functional.distance_loss import Distance

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class HingeEmbeddingLoss(LossModule):
    """A distance, or by how much it is too small: `nn.functional.hinge_embedding_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.HingeEmbeddingLoss()([0.25, 0.25], [1.0, -1.0])
    tensor(0.5000)
    """

    _function = F.hinge_embedding_loss

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, margin=margin)


class MarginRankingLoss(LossModule):
    """By how much two scores are not in their order: `nn.functional.margin_ranking_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MarginRankingLoss()([1.0, 1.0], [3.0, 3.0], [1.0, -1.0])
    tensor(1.)
    """

    _function = F.margin_ranking_loss

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, margin=margin)


class CosineEmbeddingLoss(LossModule):
    """By how much vectors point elsewhere, or not: `nn.functional.cosine_embedding_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.CosineEmbeddingLoss()([[1.0, 0.0]], [[0.0, 2.0]], [1.0])
    tensor(1.)
    """

    _function = F.cosine_embedding_loss

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, margin=margin)


class TripletMarginLoss(LossModule):
    """By how much the negative is not farther than the positive: `nn.functional.triplet_margin_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.TripletMarginLoss()([[0.0, 0.0]], [[3.0, 0.0]], [[0.0, 2.0]])
    tensor(2.)
    """

    _function = F.triplet_margin_loss

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        if not margin > 0:
            raise ValueError(f"margin must be positive, found {margin}")
        super().__init__(reduction, size_average, reduce, margin=margin, p=p, eps=eps, swap=swap)


class TripletMarginWithDistanceLoss(LossModule):
    """`TripletMarginLoss` with a distance of one's own: `nn.functional.triplet_margin_with_distance_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.TripletMarginWithDistanceLoss()([[0.0, 0.0]], [[3.0, 0.0]], [[0.0, 2.0]])
    tensor(2.)
    """

    _function = F.triplet_margin_with_distance_loss

    def __init__(
        self,
        *,
        distance_function: Distance | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        if not margin > 0:
            raise ValueError(f"margin must be positive, found {margin}")
        super().__init__(reduction, distance_function=distance_function, margin=margin, swap=swap)
