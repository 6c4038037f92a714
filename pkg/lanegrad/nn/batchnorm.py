"""Batch normalization layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _BatchNorm(Module):
    """What the layers below have in common; `_axes` says how many axes their input may have."""

    _axes: tuple[int, ...]
    _shapes: str

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        one, zero = np.ones(num_features, np.float32), np.zeros(num_features, np.float32)
        self.register_parameter("weight", Parameter(one) if affine else None)
        self.register_parameter("bias", Parameter(zero) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", zero if tracked else None)
        self.register_buffer("running_var", one if tracked else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget all batches: mean 0, variance 1."""
        if self.running_mean is not None:
            init.constant_(self.running_mean, 0)
        if self.running_var is not None:
            init.constant_(self.running_var, 1)
        if self.num_batches_tracked is not None:
            init.constant_(self.num_batches_tracked, 0)

    def forward(self, input: Any) -> Tensor:
        shape = np.shape(input) if not isinstance(input, Tensor) else input.shape
        if len(shape) not in self._axes:
            raise ValueError(f"input must be {self._shapes}, found shape {shape}")
        tracked = self.track_running_stats or not self.training
        return F.batch_norm(
            input,
            self.running_mean if tracked else None,
            self.running_var if tracked else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self.momentum,
            self.eps,
            num_batches_tracked=self.num_batches_tracked if tracked else None,
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm2d(_BatchNorm):
    """Batch normalization of images (N, C, H, W), as `lanegrad.nn.functional.batch_norm` computes it.

    Parameters
    ----------
    num_features : int
        C.
    eps : float
        Added to the variance.
    momentum : float, optional
        What a batch counts in the running statistics. None: as much as each batch before it.
    affine : bool
        Whether to scale and shift each channel by trained numbers.
    track_running_stats : bool
        Whether to keep running statistics, for evaluation; without, the batch's are used there too.
    bias : bool
        Whether to shift, if `affine`.

    Attributes
    ----------
    weight, bias : Parameter, (C,), or None
        1 and 0 at first.
    running_mean, running_var : Tensor, (C,), or None
        0 and 1 at first.
    num_batches_tracked : Tensor of int64, (), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> norm = nn.BatchNorm2d(6)
    >>> norm(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    >>> norm.num_batches_tracked
    tensor(1)
    """

    _axes = (4,)
    _shapes = "(N, C, H, W)"


class BatchNorm1d(_BatchNorm):
    """Batch normalization of (N, C) or (N, C, L), as `lanegrad.nn.functional.batch_norm` computes it.

    Parameters and attributes are those of `BatchNorm2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.BatchNorm1d(1)([[1.0], [3.0]])
    tensor([[-1.0000],
            [ 1.0000]], requires_grad=True)
    """

    _axes = (2, 3)
    _shapes = "(N, C) or (N, C, L)"
