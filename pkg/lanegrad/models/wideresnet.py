"""Wide residual networks."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from ..nn import functional as F
from ._sizes import blocks_of

__all__ = ["WideResNet"]


class WideBlock(nn.Module):
    """Two 3 x 3 convolutions, each behind batch norm and ReLU, added to their input; where the number of
    channels changes, to a 1 x 1 convolution of what ReLU makes of it.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.convShortcut = None
        if in_channels != out_channels:
            self.convShortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        active = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return y + (x if self.convShortcut is None else self.convShortcut(active))


class WideStage(nn.Module):
    """Blocks one behind the other, of which the first changes size and channels."""

    def __init__(self, blocks: int, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        rest = [WideBlock(out_channels, out_channels) for _ in range(blocks - 1)]
        self.layer = nn.Sequential(WideBlock(in_channels, out_channels, stride), *rest)

    def forward(self, x: Tensor) -> Tensor:
        """All of them."""
        return self.layer(x)


class WideResNet(nn.Module):
    """The wide residual network of Zagoruyko and Komodakis (2016, "Wide Residual Networks"), by itself
    WRN-16-4, with the names of xternalz/WideResNet-pytorch.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Any: the last block's result is averaged over its pixels.
    num_classes : int
    depth : int
        The number of layers, 6 n + 4.
    width : int
        How many times as many channels as an ordinary residual network has; 28 and 10 make WRN-28-10.

    Raises
    ------
    ValueError
        There is no network of that depth.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.WideResNet().parameters())
    2748890
    """

    def __init__(
        self,
        in_channels: int = 3,
        image_size: int = 32,
        num_classes: int = 10,
        depth: int = 16,
        width: int = 4,
    ) -> None:
        super().__init__()
        blocks = blocks_of(depth, "wideresnet")
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.block1 = WideStage(blocks, 16, 16 * width, 1)
        self.block2 = WideStage(blocks, 16 * width, 32 * width, 2)
        self.block3 = WideStage(blocks, 32 * width, 64 * width, 2)
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.fc = nn.Linear(64 * width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.adaptive_avg_pool2d(F.relu(self.bn1(x)), 1).flatten(1))
