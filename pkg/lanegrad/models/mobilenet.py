"""MobileNetV2 for small images."""

from __future__ import annotations

from .. import nn
from ..vision.models.mobilenetv2 import MobileNetV2

__all__ = ["MobileNet"]

# Of each stage: expansion, planes, blocks, stride of the first, which is 1 in one more than for large images.
_STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class MobileNet(MobileNetV2):
    """MobileNetV2 of Sandler et al. (2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"), whose
    first convolution and second stage keep the size of small images, with torchvision's names; state dicts
    of chenyaofo/pytorch-cifar-models, and torchvision's if the channels and classes are the same, fit.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Any: the last convolution's result is averaged over its pixels.
    num_classes : int
    width : float
        How many times as many channels.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.MobileNet().parameters())
    2236682
    """

    def __init__(
        self,
        in_channels: int = 3,
        image_size: int = 32,
        num_classes: int = 10,
        width: float = 1.0,
    ) -> None:
        super().__init__(num_classes, width, _STAGES)
        channels = self.features[0][0].out_channels
        stem = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out")
        self.features[0][0] = stem
