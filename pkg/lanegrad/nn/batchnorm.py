"""Batch normalization layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from .._tensor.creation import zeros
from . import functional as F
from . import init
from ._parameters import new_parameter
from ._placed import check_floats
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _NormBase(Module):
    """What layers that normalize channels have in common; `_axes` says how many their input may have."""

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
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any,
        dtype: Any,
        bias: bool,
    ) -> None:
        super().__init__()
        check_floats(device, dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", new_parameter(num_features) if affine else None)
        self.register_parameter("bias", new_parameter(num_features) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features) if tracked else None)
        self.register_buffer("running_var", zeros(num_features) if tracked else None)
        self.register_buffer("num_batches_tracked", np.zeros((), np.int64) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget all batches: mean 0, variance 1."""
        if self.running_mean is not None:
            init.constant_(self.running_mean, 0)
        if self.running_var is not None:
            init.constant_(self.running_var, 1)
        if self.num_batches_tracked is not None:
            init.constant_(self.num_batches_tracked, 0)

    def reset_parameters(self) -> None:
        """Forget all batches, and what was learned: weight 1, bias 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.constant_(self.weight, 1)
        if self.bias is not None:
            init.constant_(self.bias, 0)

    def _check_input_dim(self, input: Any) -> None:
        shape = input.shape if isinstance(input, Tensor) else np.shape(input)
        if len(shape) not in self._axes:
            raise ValueError(f"input must be {self._shapes}, found shape {shape}")

    def _channel_axis(self, ndim: int) -> int:
        """Which axis the channels are of an input of so many axes."""
        return 1

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias
        )

    def forward(self, input: Any) -> Tensor:
        self._check_input_dim(input)
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
    device, dtype : optional
        "cpu" and float32, which is all there is.
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
