"""A multilayer perceptron."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor

__all__ = ["MLP"]


class MLP(nn.Module):
    """The multilayer perceptron of PyTorch's "Quickstart" tutorial, with its names: two hidden layers of
    512 with ReLU.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images; 1 for features that are no images.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.MLP().parameters())
    669706
    """

    def __init__(self, in_channels: int = 1, image_size: int = 28, num_classes: int = 10) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(in_channels * image_size * image_size, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        return self.linear_relu_stack(self.flatten(x))
