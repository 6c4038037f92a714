"""A small network in the manner of VGG."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from ..nn import functional as F
from ._sizes import at_least

__all__ = ["VGG"]


class VGG(nn.Module):
    """A small network in the manner of Simonyan and Zisserman (2015): two 3 x 3 convolutions to 32
    channels, pooling, two to 64, pooling, one fully connected layer.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 4.
    num_classes : int

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.VGG().parameters())
    106538
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        at_least(4, image_size, "vgg")
        side = image_size // 2 // 2
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv4 = nn.Conv2d(64, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(64 * side * side, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = F.relu(self.conv1(x))
        x = self.pool(F.relu(self.conv2(x)))
        x = F.relu(self.conv3(x))
        x = self.pool(F.relu(self.conv4(x)))
        return self.fc(x.flatten(1))
