"""Residual networks for small images."""

from __future__ import annotations

from typing import ClassVar

from .. import nn
from .._tensor import Tensor
from ..nn import functional as F
from ..vision.models import resnet

__all__ = ["BasicBlock", "ResNet18", "ResNet20", "ResNet32", "ResNet44", "ResNet56"]


class BasicBlock(nn.Module):
    """The block of small residual networks: two 3 x 3 convolutions with batch norm, added to their
    input, or where the size changes to a 1 x 1 convolution of it.

    Parameters
    ----------
    in_channels, out_channels : int
    stride : int
        Of the first convolution.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import models
    >>> models.BasicBlock(16, 32, stride=2)(lanegrad.zeros(1, 16, 8, 8)).shape
    (1, 32, 4, 4)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet20(nn.Module):
    """The residual network of 20 layers for CIFAR-10 of He et al. (2016, "Deep Residual Learning for
    Image Recognition"), with projections where the size changes (their option B), and the names of
    torchvision and chenyaofo/pytorch-cifar-models.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Any: the last convolution's result is averaged over its pixels.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet20().parameters())
    272474
    """

    blocks: ClassVar[int] = 3  # in each of the three stages

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, 1)
        self.layer2 = self._stage(16, 32, 2)
        self.layer3 = self._stage(32, 64, 2)
        self.fc = nn.Linear(64, num_classes)

    def _stage(self, in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
        rest = [BasicBlock(out_channels, out_channels) for _ in range(self.blocks - 1)]
        return nn.Sequential(BasicBlock(in_channels, out_channels, stride), *rest)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class ResNet32(ResNet20):
    """As `ResNet20`, of 32 layers.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet32().parameters())
    466906
    """

    blocks = 5


class ResNet44(ResNet20):
    """As `ResNet20`, of 44 layers.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet44().parameters())
    661338
    """

    blocks = 7


class ResNet56(ResNet20):
    """As `ResNet20`, of 56 layers.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet56().parameters())
    855770
    """

    blocks = 9


class ResNet18(resnet.ResNet):
    """The residual network of 18 layers of He et al. (2016, "Deep Residual Learning for Image Recognition")
    with what is usual for small images: a first convolution of 3 x 3 that keeps their size, and no pooling
    behind it. Names are torchvision's.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Any: the last convolution's result is averaged over its pixels.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet18().parameters())
    11173962
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__(resnet.BasicBlock, (2, 2, 2, 2), num_classes)
        self.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
        self.maxpool = nn.Identity()  # type: ignore[assignment]
