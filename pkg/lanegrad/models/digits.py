"""The network for the smallest images."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from ..nn import functional as F
from ._sizes import at_least

__all__ = ["DigitsNet"]


class DigitsNet(nn.Module):
    """A network for small images: two 3 x 3 convolutions that keep the size, one 2 x 2 max pooling,
    two fully connected layers.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 2.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.DigitsNet().parameters())
    38282
    """

    def __init__(self, in_channels: int = 1, image_size: int = 8, num_classes: int = 10) -> None:
        super().__init__()
        at_least(2, image_size, "digits")
        side = image_size // 2
        self.features = 32 * side * side
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(self.features, 64)
        self.fc2 = nn.Linear(64, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = F.relu(self.conv1(x))
        x = self.pool(F.relu(self.conv2(x)))
        x = F.relu(self.fc1(x.view(-1, self.features)))
        return self.fc2(x)
