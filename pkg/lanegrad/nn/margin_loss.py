"""Losses that ask scores to differ by a margin, as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._core import ShapeError
from .._tensor import Tensor
from . import functional as F
from ._options import LossModule

__all__ = ["MultiLabelMarginLoss", "MultiMarginLoss"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class MultiMarginLoss(LossModule):
    """By how much wrong classes come close to the right one: `nn.functional.multi_margin_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MultiMarginLoss()([[1.0, 0.5, -3.0]], [0])
    tensor(0.1667)
    """

    _function = F.multi_margin_loss

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        if p not in (1, 2):
            raise ValueError(f"p must be 1 or 2, found {p}")
        if weight is not None and np.ndim(weight) != 1:
            raise ShapeError("weight must have one axis, with a number for each class")
        super().__init__(reduction, size_average, reduce, p=p, margin=margin, weight=weight)


class MultiLabelMarginLoss(LossModule):
    """By how much wrong classes come close to right ones: `nn.functional.multilabel_margin_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MultiLabelMarginLoss()([[1.0, 0.5, -3.0]], [[0, -1, 0]])
    tensor(0.1667)
    """

    _function = F.multilabel_margin_loss

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)
