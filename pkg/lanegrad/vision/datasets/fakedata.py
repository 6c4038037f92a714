"""Pictures of noise, for tests and timings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .vision import VisionDataset, shown

__all__ = ["FakeData"]


class FakeData(VisionDataset):
    """Pictures of noise and random labels, the same for the same number each time.

    The numbers are NumPy's, others than torchvision's.

    Parameters
    ----------
    size : int
        How many.
    image_size : (int, int, int)
        Channels, height and width.
    num_classes : int
    transform, target_transform : callable, optional
        See `MNIST`.
    random_offset : int
        Added to a picture's number, which seeds it.

    Examples
    --------
    >>> from lanegrad.vision import transforms
    >>> from lanegrad.vision.datasets import FakeData
    >>> noise = FakeData(10, (3, 8, 8), transform=transforms.ToTensor())
    >>> image, label = noise[3]
    >>> len(noise), tuple(image.shape), 0 <= label < 10
    (10, (3, 8, 8), True)
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.image_size, self.num_classes = size, image_size, num_classes
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        draws = np.random.default_rng(int(index) + self.random_offset)
        planes = draws.integers(256, size=(1, *self.image_size), dtype=np.uint8)
        target: Any = int(draws.integers(self.num_classes))
        image = shown(self.transform, planes, 0)
        return image, target if self.target_transform is None else self.target_transform(target)

    def __len__(self) -> int:
        return self.size
