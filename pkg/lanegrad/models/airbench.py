"""The network of the speed runs on CIFAR-10."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from .. import nn
from .._tensor import Tensor
from ..autograd import no_grad
from ..nn import functional as F
from ._sizes import at_least

__all__ = ["Airbench"]


class ConvGroup(nn.Module):
    """Two 3 x 3 convolutions that begin as the identity, pooling behind the first, each with batch norm
    that only shifts, and GELU.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.norm1 = nn.BatchNorm2d(out_channels, eps=1e-12, momentum=0.4)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels, eps=1e-12, momentum=0.4)
        self.activ = nn.GELU()
        for convolution in (self.conv1, self.conv2):
            with no_grad():
                nn.init.dirac_(convolution.weight[: convolution.in_channels])
        for name, parameter in self.named_parameters():
            if name in ("norm1.weight", "norm2.weight"):
                parameter.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, out_channels, H // 2, W // 2)."""
        x = self.activ(self.norm1(self.pool(self.conv1(x))))
        return self.activ(self.norm2(self.conv2(x)))


class Airbench(nn.Module):
    """The network of KellerJordan/cifar10-airbench (Jordan, 2024, "94% on CIFAR-10 in 3.29 Seconds on a
    Single GPU"), with the names of its airbench94_muon: a whitening convolution, which is not trained, three
    groups of convolutions, and a linear layer.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 9; the last convolution's largest pixel is taken.
    num_classes : int

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.Airbench().parameters())
    1972792
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        at_least(9, image_size, "airbench")
        filters = 2 * in_channels * 2 * 2
        self.whiten = nn.Conv2d(in_channels, filters, 2)
        self.whiten.weight.requires_grad_(False)
        self.layers = nn.Sequential(
            nn.GELU(), ConvGroup(filters, 64), ConvGroup(64, 256), ConvGroup(256, 256)
        )
        self.head = nn.Linear(256, num_classes, bias=False)
        nn.init.normal_(self.head.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.adaptive_max_pool2d(self.layers(self.whiten(x)), 1).flatten(1)
        return self.head(x) / 256

    def init_whiten(self, images: Any, eps: float = 5e-4) -> None:
        """Make the first convolution one whose results, of images like these, are uncorrelated.

        Parameters
        ----------
        images : array_like of float32, (N, in_channels, H, W)
            Normalized as for training; five thousand are enough.
        eps : float
            Added to the variances that results are divided by the roots of.

        Examples
        --------
        >>> import numpy as np
        >>> from lanegrad import models
        >>> net = models.Airbench(in_channels=1)
        >>> net.init_whiten(np.random.default_rng(0).random((9, 1, 12, 12), np.float32))
        >>> float(abs(net.whiten.weight[4:] + net.whiten.weight[:4]).max())
        0.0
        """
        x = np.asarray(images, np.float64)
        height, width = x.shape[2] - 1, x.shape[3] - 1
        places = [
            x[:, channel, i : i + height, j : j + width]
            for channel in range(x.shape[1])
            for i in (0, 1)
            for j in (0, 1)
        ]
        covariance = np.array([[(a * b).mean() for b in places] for a in places])
        values, vectors = _eigen(covariance)
        filters = (vectors / np.sqrt(values + eps)).T.reshape(-1, *self.whiten.weight.shape[1:])
        with no_grad():
            self.whiten.weight.copy_(Tensor(np.concatenate([filters, -filters]).astype(np.float32)))


def _eigen(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, ascending, and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations.

    LAPACK's would depend on how NumPy was built.
    """
    a, vectors = matrix.copy(), np.eye(len(matrix))
    for _ in range(16):  # sweeps; each has many more right digits than the last
        for p in range(len(a)):
            for q in range(p + 1, len(a)):
                if abs(a[p, q]) <= 1e-18 * sqrt(a[p, p] * a[q, q]):
                    continue
                slope = (a[q, q] - a[p, p]) / (2 * a[p, q])
                tangent = (1 if slope >= 0 else -1) / (abs(slope) + sqrt(slope * slope + 1))
                cosine = 1 / sqrt(tangent * tangent + 1)
                for rows in (a, a.T, vectors.T):
                    one, other = rows[p].copy(), rows[q].copy()
                    rows[p] = cosine * one - cosine * tangent * other
                    rows[q] = cosine * tangent * one + cosine * other
    order = np.argsort(a.diagonal(), kind="stable")
    return a.diagonal()[order], vectors[:, order]
