"""ConvMixer, whose convolutions mix either pixels or channels."""

from __future__ import annotations

from .. import nn
from .._tensor import Tensor
from ._sizes import at_least

__all__ = ["ConvMixer"]


class Residual(nn.Module):
    """What a module computes is added to its input."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        """Of the input's shape."""
        return self.fn(x) + x


class ConvMixer(nn.Sequential):
    """ConvMixer of Trockman and Kolter (2022, "Patches Are All You Need?"), by itself ConvMixer-256/8 with
    kernels of 5 and patches of 2, with the names of locuslab/convmixer-cifar10.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least `patch`; the last result is averaged over its pixels.
    num_classes : int
    dim : int
        Channels inside.
    depth : int
        The number of blocks.
    kernel_size : int
        Of the convolutions of one channel each.
    patch : int
        Height and width of what becomes one pixel first.

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ConvMixer().parameters())
    594186
    """

    def __init__(
        self,
        in_channels: int = 3,
        image_size: int = 32,
        num_classes: int = 10,
        dim: int = 256,
        depth: int = 8,
        kernel_size: int = 5,
        patch: int = 2,
    ) -> None:
        at_least(patch, image_size, "convmixer")

        def active(convolution: nn.Module) -> tuple[nn.Module, ...]:
            return convolution, nn.GELU(), nn.BatchNorm2d(dim)

        super().__init__(
            *active(nn.Conv2d(in_channels, dim, patch, patch)),
            *(
                nn.Sequential(
                    Residual(
                        nn.Sequential(
                            *active(nn.Conv2d(dim, dim, kernel_size, groups=dim, padding="same"))
                        )
                    ),
                    *active(nn.Conv2d(dim, dim, 1)),
                )
                for _ in range(depth)
            ),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(dim, num_classes),
        )
