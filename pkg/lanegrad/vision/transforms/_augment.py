"""Transforms that torchvision does not have: what quick recipes for small pictures use."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._images import is_pil, made, pixels
from . import functional as F
from ._base import Transform
from ._color import erased
from ._draws import Draws
from ._windows import Windows, applied

__all__ = ["AlternatingFlip", "Cutout"]


class _OneOrMany(Transform):
    """Does to a picture what it does to a batch."""

    def forward(self, img: Any) -> Any:
        if is_pil(img):
            return F.to_pil_image(self.forward(F.pil_to_tensor(img)), img.mode)
        planes = pixels(img)
        found = applied(self, planes.reshape(1, -1, *planes.shape[-2:]), Draws())
        return made(found.reshape(planes.shape))


class AlternatingFlip(_OneOrMany):
    """Mirror half of the pictures left to right in one pass of a loader, and the other half in the next.

    So each two passes have all pictures and all their mirror images, where flips drawn each time would have
    half of both twice (Jordan, 2024). Which half a picture is of follows from the loader's seed and the
    picture's index. A picture that no loader asks for is mirrored at random.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.utils.data import DataLoader
    >>> from lanegrad.vision import transforms
    >>> from lanegrad.vision.datasets import ArrayDataset
    >>> wide = np.tile(np.arange(2, dtype=np.uint8), (9, 1, 1, 1))
    >>> flipped = ArrayDataset(wide, [0] * 9, transform=transforms.AlternatingFlip())
    >>> loader = DataLoader(flipped, batch_size=9)
    >>> (first, _), (second, _) = next(iter(loader)), next(iter(loader))
    >>> bool((first + second == 1).all())
    True
    """

    def pick(self, windows: Windows, draws: Draws) -> Windows:
        """Half of them mirrored."""
        return windows.mirrored((draws.always() < 0.5) ^ bool(draws.epoch % 2))


class Cutout(_OneOrMany):
    """A square around a random pixel set to a value, as far as it lies within the picture.

    Parameters
    ----------
    size : int
        The square's side.
    fill : number or sequence of number
        What it is set to, for all channels or each; in tensors that are normalized, 0 is the mean colour.

    References
    ----------
    DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Cutout
    >>> 48 <= Cutout(4)(lanegrad.ones(1, 8, 8)).sum().item() <= 60
    True
    """

    shown = ("size", "fill")

    def __init__(self, size: int, fill: Any = 0) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size is a positive whole number; found {size}")
        self.size, self.fill = size, fill

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """A square of each image erased."""
        sides = np.array(images.shape[2:])
        first = np.floor(draws.uniform(2) * sides).astype(np.int64) - self.size // 2
        box = np.concatenate([np.maximum(first, 0), np.minimum(first + self.size, sides)], 1)
        return erased(images, box, self.fill)
