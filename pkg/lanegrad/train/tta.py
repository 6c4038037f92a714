"""Networks that are shown a picture in several ways, and give the mean of what they say of it."""

from __future__ import annotations

from .._tensor import Tensor
from ..nn import Module
from ..nn import functional as F

__all__ = ["Mirrored", "Shifted"]


class Mirrored(Module):
    """A network that is shown each picture and its mirror image, and gives the mean of both logits.

    Parameters
    ----------
    network : Module
        Takes pictures (N, C, H, W).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn, train
    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> _ = network.load_state_dict({"1.weight": lanegrad.tensor([[4.0, 0.0]])})
    >>> train.Mirrored(network)(lanegrad.tensor([[[[1.0, 2.0]]]])).tolist()
    [[6.0]]
    """

    def __init__(self, network: Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) to logits (N, classes)."""
        return (self.network(x) + self.network(x.flip(3))) / 2


class Shifted(Module):
    """A network that is shown each picture as it is, and moved to the upper left and to the lower right.

    The mean of the two counts as much as the picture itself (Jordan, 2024). What moves in at the edges is the
    picture's reflection.

    Parameters
    ----------
    network : Module
        Takes pictures (N, C, H, W); `Mirrored` may be one.
    pixels : int
        How far they are moved.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn, train
    >>> network = train.Shifted(nn.Flatten())
    >>> network(lanegrad.arange(4.0).reshape(1, 1, 2, 2)).tolist()
    [[1.5, 1.5, 1.5, 1.5]]
    """

    def __init__(self, network: Module, pixels: int = 1) -> None:
        super().__init__()
        self.network, self.pixels = network, pixels

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) to logits (N, classes)."""
        height, width = x.shape[2:]
        around = F.pad(x, (self.pixels,) * 4, "reflect")
        low = self.network(around[:, :, :height, :width])
        high = self.network(around[:, :, 2 * self.pixels :, 2 * self.pixels :])
        return self.network(x) / 2 + (low + high) / 4
