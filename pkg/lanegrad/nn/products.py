"""Layers of two inputs of features."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .._tensor import Tensor
from . import functional as F
from . import init
from ._parameters import Weighted
from .module import Module

__all__ = ["Bilinear", "CosineSimilarity", "PairwiseDistance"]


class Bilinear(Weighted):
    """``input1 @ weight[o] @ input2`` for each output o, plus bias.

    Parameters
    ----------
    in1_features, in2_features, out_features : int
    bias : bool
        Whether to add a trained number to each output.
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Attributes
    ----------
    weight : Parameter, (out_features, in1_features, in2_features)
    bias : Parameter, (out_features,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Bilinear(3, 4, 5)(lanegrad.zeros(2, 3), lanegrad.zeros(2, 4)).shape
    (2, 5)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be positive, found {in1_features}")
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self._set_weights(out_features if bias else None, device, dtype)

    def _weight_shape(self) -> tuple[int, ...]:
        return self.out_features, self.in1_features, self.in2_features

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, from U(-bound, bound) with bound = 1 / sqrt(in1_features)."""
        bound = 1 / sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class CosineSimilarity(Module):
    """The cosine of the angle between vectors, which stand along axis `dim`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.CosineSimilarity()([[3.0, 4.0]], [[4.0, 3.0]])
    tensor([0.9600])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of the difference along the last axis.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.PairwiseDistance()([[3.0, 4.0]], [[0.0, 0.0]])
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
