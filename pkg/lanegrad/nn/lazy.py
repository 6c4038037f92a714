"""Layers that find out at their first call how many channels or features they are given."""

from __future__ import annotations

from inspect import signature
from typing import Any

from .._tensor import Tensor, as_tensor
from .._tensor.creation import zeros
from .batchnorm import BatchNorm1d, BatchNorm2d, _NormBase
from .conv import Conv2d
from .dense import Linear
from .module import Module
from .normalization import InstanceNorm1d, InstanceNorm2d
from .parameter import UninitializedParameter
from .signals import Conv1d
from .transposed import ConvTranspose1d, ConvTranspose2d

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyLinear",
]


class LazyModule(Module):
    """A layer that becomes one of another class at its first call, once its parameters are there."""

    cls_to_become: type[Module]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(*args, **kwargs)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]
        return self(*args, **kwargs)

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter has no shape yet."""
        return any(isinstance(p, UninitializedParameter) for p in self.parameters())

    def initialize_parameters(self, input: Any) -> None:
        """Give the parameters the shapes that go with this input."""
        raise NotImplementedError

    def _materialize(self, **shapes: tuple[int, ...]) -> None:
        """Give parameters that have none a shape; if there were such, draw them."""
        fresh = self.has_uninitialized_params()
        for name, shape in shapes.items():
            parameter = getattr(self, name)
            if isinstance(parameter, UninitializedParameter):
                parameter.materialize(shape)
        if fresh:
            self.reset_parameters()

    def _forget(self, *names: str) -> None:
        """Have these parameters without a shape; those that are None stay so."""
        for name in names:
            if getattr(self, name) is not None:
                setattr(self, name, UninitializedParameter())

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once they have shapes."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]


class LazyLinear(LazyModule, Linear):
    """A `Linear` whose `in_features` is the last length of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> layer = nn.LazyLinear(2)
    >>> layer(lanegrad.zeros(4, 3)).shape
    (4, 2)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(0, out_features, bias, device, dtype)
        self._forget("weight", "bias")

    def initialize_parameters(self, input: Any) -> None:
        self.in_features = as_tensor(input).shape[-1]
        self._materialize(weight=self._weight_shape(), bias=(self.out_features,))


class _LazyConvolution(LazyModule):
    """A convolution whose `in_channels` is that of its first input.

    Its arguments are those of the class that it becomes, without the first.
    """

    def __init_subclass__(cls) -> None:
        full = signature(cls.cls_to_become)
        cls.__signature__ = full.replace(parameters=list(full.parameters.values())[1:])  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(0, *args, **kwargs)  # type: ignore[call-arg]
        self._forget("weight", "bias")

    def initialize_parameters(self, input: Any, output_size: Any = None) -> None:
        layer: Any = self
        x = as_tensor(input)
        axes = len(layer.kernel_size)
        if x.ndim not in (axes + 1, axes + 2):
            raise RuntimeError(
                f"{type(self).__name__} takes {axes + 1} or {axes + 2} axes, found {x.shape}"
            )
        layer.in_channels = x.shape[-axes - 1]
        if layer.in_channels % layer.groups:
            raise ValueError(
                f"groups={layer.groups} does not divide the {layer.in_channels} channels"
            )
        self._materialize(weight=layer._weight_shape(), bias=(layer.out_channels,))


class LazyConv2d(_LazyConvolution, Conv2d):
    """A `Conv2d` whose `in_channels` is that of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> layer = nn.LazyConv2d(6, 5)
    >>> layer(lanegrad.zeros(4, 3, 32, 32)).shape
    (4, 6, 28, 28)
    >>> layer
    Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))
    """

    cls_to_become = Conv2d


class LazyConv1d(_LazyConvolution, Conv1d):
    """A `Conv1d` whose `in_channels` is that of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyConv1d(6, 5)(lanegrad.zeros(4, 3, 32)).shape
    (4, 6, 28)
    """

    cls_to_become = Conv1d


class LazyConvTranspose2d(_LazyConvolution, ConvTranspose2d):
    """A `ConvTranspose2d` whose `in_channels` is that of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyConvTranspose2d(3, 2, stride=2)(lanegrad.zeros(4, 6, 8, 8)).shape
    (4, 3, 16, 16)
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose1d(_LazyConvolution, ConvTranspose1d):
    """A `ConvTranspose1d` whose `in_channels` is that of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyConvTranspose1d(3, 2, stride=2)(lanegrad.zeros(4, 6, 8)).shape
    (4, 3, 16)
    """

    cls_to_become = ConvTranspose1d


class _LazyNorm(LazyModule, _NormBase):
    """A normalization whose `num_features` is the number of channels of its first input."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self._forget("weight", "bias")

    def initialize_parameters(self, input: Any) -> None:
        self._check_input_dim(input)
        x = as_tensor(input)
        self.num_features = x.shape[self._channel_axis(x.ndim)]
        for name in ("running_mean", "running_var"):
            running: Tensor | None = getattr(self, name)
            if running is not None and not running.numel():
                setattr(self, name, zeros(self.num_features))
        self._materialize(weight=(self.num_features,), bias=(self.num_features,))
        if self.weight is None:
            self.reset_running_stats()


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` whose `num_features` is the number of channels of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyBatchNorm2d()(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` whose `num_features` is the number of channels of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyBatchNorm1d()(lanegrad.randn(4, 6)).shape
    (4, 6)
    """

    cls_to_become = BatchNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` whose `num_features` is the number of channels of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyInstanceNorm2d()(lanegrad.randn(4, 6, 8, 8)).shape
    (4, 6, 8, 8)
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` whose `num_features` is the number of channels of its first input.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.LazyInstanceNorm1d()(lanegrad.randn(4, 6, 8)).shape
    (4, 6, 8)
    """

    cls_to_become = InstanceNorm1d
