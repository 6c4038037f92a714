"""What PyTorch's losses inherit from, and so those of programs that write losses like them."""

from __future__ import annotations

from typing import Any

from .functional._reduction import reduction_of
from .module import Module


class _Loss(Module):
    """A loss with a reduction."""

    reduction: str

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction, stacklevel=4)


class _WeightedLoss(_Loss):
    """A loss with a reduction and weights, which are a buffer."""

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
