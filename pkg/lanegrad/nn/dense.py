"""Fully connected layers."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from ._parameters import Weighted

__all__ = ["Linear"]


class Linear(Weighted):
    """input @ weight.T + bias for inputs (..., in_features).

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
        Whether to add a trained number to each output.
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Attributes
    ----------
    weight : Parameter, (out_features, in_features)
    bias : Parameter, (out_features,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Linear(400, 120)(lanegrad.zeros(4, 400)).shape
    (4, 120)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self._set_weights(out_features if bias else None, device, dtype)

    def _weight_shape(self) -> tuple[int, ...]:
        return self.out_features, self.in_features

    def forward(self, input: Any) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"
