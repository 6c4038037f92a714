"""The handwritten digits that are shipped with lanegrad."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._tensor import Tensor
from .._images import made
from .vision import PicturesInMemory, as_planes

__all__ = ["Digits"]

COUNT = 1797


class Digits(PicturesInMemory):
    """1,797 handwritten digits of 8 x 8 pixels, shipped with lanegrad.

    From "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49), CC BY 4.0; ``digits.txt`` beside the data
    has the details. The original values, 0 to 16, are spread over the bytes, ``round(value * 255 / 16)``.

    Parameters
    ----------
    train : bool
        The test part is every fifth digit of each class in the file's order, 355 in all; the other
        1,442 are for training.
    transform, target_transform : callable, optional
        See `MNIST`.

    Attributes
    ----------
    data : Tensor of uint8, (N, 8, 8)
    targets : Tensor of int64, (N,)
    classes, class_to_idx

    Examples
    --------
    >>> from lanegrad.vision import transforms
    >>> from lanegrad.vision.datasets import Digits
    >>> digits = Digits(train=False, transform=transforms.ToTensor())
    >>> image, label = digits[0]
    >>> len(digits), tuple(image.shape), label
    (355, (1, 8, 8), 5)
    """

    def __init__(
        self,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.train = train
        with open(os.path.join(os.path.dirname(__file__), "digits.zlib"), "rb") as file:
            values = np.frombuffer(zlib.decompress(file.read()), np.uint8)
        labels = values[:COUNT].astype(np.int64)
        images = np.empty((COUNT, 8, 8))
        by_class = np.argsort(labels, kind="stable")
        images[by_class] = values[COUNT:].reshape(8, 8, COUNT).transpose(2, 0, 1)
        test = np.zeros(len(labels), bool)
        for digit in range(10):
            test[np.flatnonzero(labels == digit)[4::5]] = True
        part = ~test if train else test
        self.data: Tensor = made(np.rint(images[part] * (255 / 16)).astype(np.uint8))
        self.targets: Tensor = made(labels[part])
        self.classes = [str(digit) for digit in range(10)]
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, 1, H, W)."""
        return as_planes("Digits.data", self.data)

    def extra_repr(self) -> str:
        """The part."""
        return f"Split: {'Train' if self.train else 'Test'}"
