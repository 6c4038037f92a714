"""Normalization layers other than batch norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._tensor import Tensor, as_tensor
from . import functional as F
from . import init
from ._parameters import new_parameter
from ._placed import check_floats
from .batchnorm import _NormBase
from .module import Module
from .parameter import Parameter

__all__ = [
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


class _Affine(Module):
    """A layer that scales, and maybe shifts: by 1 and 0 at first."""

    weight: Parameter | None
    bias: Parameter | None

    def _set_affine(self, shape: Any, weight: bool, bias: bool, device: Any, dtype: Any) -> None:
        check_floats(device, dtype)
        self.register_parameter("weight", new_parameter(*shape) if weight else None)
        self.register_parameter("bias", new_parameter(*shape) if weight and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Forget what was learned: weight 1, bias 0."""
        if self.weight is not None:
            init.constant_(self.weight, 1)
        if self.bias is not None:
            init.constant_(self.bias, 0)


class GroupNorm(_Affine):
    """Each group of channels of each image with mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    num_groups, num_channels : int
    eps : float
        Added to the variance.
    affine : bool
        Whether to scale and shift each channel by trained numbers.
    device, dtype : optional
        "cpu" and float32, which is all there is.
    bias : bool
        Whether to shift, if `affine`.

    Attributes
    ----------
    weight, bias : Parameter, (num_channels,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.GroupNorm(2, 6)(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups must divide num_channels={num_channels}, found {num_groups}"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._set_affine((num_channels,), affine, bias, device, dtype)

    def forward(self, input: Any) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _as_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


class LayerNorm(_Affine):
    """The last axes together with mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes.
    eps : float
        Added to the variance.
    elementwise_affine : bool
        Whether to scale and shift each element by trained numbers.
    bias : bool
        Whether to shift, if `elementwise_affine`.
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LayerNorm((6, 8, 8))(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._set_affine(self.normalized_shape, elementwise_affine, bias, device, dtype)

    def forward(self, input: Any) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(_Affine):
    """The last axes together divided by the root of their mean square, then scaled.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes.
    eps : float, optional
        Added to the mean square; 2 ** -23 if not given.
    elementwise_affine : bool
        Whether to scale each element by a trained number.
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.RMSNorm(2)([[1.0, 7.0]])
    tensor([[0.2000, 1.4000]], requires_grad=True)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._set_affine(self.normalized_shape, elementwise_affine, False, device, dtype)
        del self.bias  # PyTorch's has no such name

    def reset_parameters(self) -> None:
        """Forget what was learned: weight 1."""
        if self.weight is not None:
            init.constant_(self.weight, 1)

    def forward(self, input: Any) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class LocalResponseNorm(Module):
    """Each pixel divided by ``(k + alpha * mean) ** beta``, with the mean square of `size` channels around.

    Parameters
    ----------
    size : int
    alpha, beta, k : float

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LocalResponseNorm(5)(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class _InstanceNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias
        )

    def _channel_axis(self, ndim: int) -> int:
        return 0 if ndim == self._axes[0] else 1  # one image without the axis of the batch

    def forward(self, input: Any) -> Tensor:
        self._check_input_dim(input)
        x = as_tensor(input)
        images = x if self._channel_axis(x.ndim) else x.reshape(1, *x.shape)
        if images.shape[1] != self.num_features and self.affine:
            raise ValueError(
                f"expected {self.num_features} channels, found {images.shape[1]} "
                f"in an input of shape {x.shape}"
            )
        y = F.instance_norm(
            images,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return y.reshape(*x.shape)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image (N, C, H, W) or (C, H, W) with mean 0 and variance 1.

    Parameters and attributes are those of `BatchNorm2d`; `affine` and `track_running_stats` are false
    if not given.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.InstanceNorm2d(6)(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    _axes = (3, 4)
    _shapes = "(N, C, H, W) or (C, H, W)"


class InstanceNorm1d(_InstanceNorm):
    """As `InstanceNorm2d`, of (N, C, L) or (C, L).

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.InstanceNorm1d(1)([[[1.0, 3.0]]])
    tensor([[[-1.0000,  1.0000]]])
    """

    _axes = (2, 3)
    _shapes = "(N, C, L) or (C, L)"
