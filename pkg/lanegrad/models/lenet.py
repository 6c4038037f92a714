"""The network of PyTorch's tutorial."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from ..nn import functional as F
from ._sizes import at_least

__all__ = ["LeNet"]


class LeNet(nn.Module):
    """The network of PyTorch's "Training a Classifier" tutorial: two 5 x 5 convolutions, each with
    ReLU and 2 x 2 max pooling, then three fully connected layers.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 16.
    num_classes : int

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.LeNet().parameters())
    62006
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        at_least(16, image_size, "lenet")
        side = ((image_size - 4) // 2 - 4) // 2
        self.features = 16 * side * side
        self.conv1 = nn.Conv2d(in_channels, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(self.features, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, self.features)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
