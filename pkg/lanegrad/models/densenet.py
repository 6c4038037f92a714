"""Densely connected networks."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from .._tensor.joining import cat
from ..nn import functional as F
from ._sizes import at_least, blocks_of

__all__ = ["DenseNetBC"]


class DenseLayer(nn.Module):
    """Adds channels to its input: a 1 x 1 convolution to four times as many, and of these a 3 x 3 one."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, in_channels + growth, H, W)."""
        y = self.conv1(F.relu(self.norm1(x)))
        return cat([x, self.conv2(F.relu(self.norm2(y)))], 1)


class Transition(nn.Module):
    """Half the channels, and half the height and width."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.conv = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, in_channels // 2, H // 2, W // 2)."""
        return self.pool(self.conv(F.relu(self.norm(x))))


class DenseNetBC(nn.Module):
    """The network for CIFAR-10 of Huang et al. (2017, "Densely Connected Convolutional Networks") with
    bottlenecks and compression, by itself of 100 layers and growth 12, with the names of torchvision's
    DenseNet.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 4; the last block's result is averaged over its pixels.
    num_classes : int
    depth : int
        The number of layers, 6 n + 4.
    growth : int
        The channels that a layer adds.

    Raises
    ------
    ValueError
        The images are too small, or there is no network of that depth.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.DenseNetBC().parameters())
    769162
    """

    def __init__(
        self,
        in_channels: int = 3,
        image_size: int = 32,
        num_classes: int = 10,
        depth: int = 100,
        growth: int = 12,
    ) -> None:
        super().__init__()
        at_least(4, image_size, "densenet-bc")
        layers = blocks_of(depth, "densenet-bc")
        channels = 2 * growth
        self.features = nn.Sequential()
        self.features.add_module(
            "conv0", nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        )
        for stage in (1, 2, 3):
            block = nn.Sequential()
            for layer in range(1, layers + 1):
                block.add_module(f"denselayer{layer}", DenseLayer(channels, growth))
                channels += growth
            self.features.add_module(f"denseblock{stage}", block)
            if stage < 3:
                self.features.add_module(f"transition{stage}", Transition(channels))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.relu(self.features(x))
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))
