"""Windows of pictures that are not taken yet: crops, paddings and flips add up before any byte is read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _changes
from ._draws import Draws


class Windows(NamedTuple):
    """A window of each of some pictures.

    Attributes
    ----------
    images : ndarray, (any, C, H, W)
    numbers : ndarray of int64, (n,)
        Of which pictures.
    at : ndarray of int64, (n, 4)
        Top, left, whether upside down, whether mirrored.
    size : (int, int)
        Height and width.
    padding_mode, fill
        What is beyond the picture.
    """

    images: np.ndarray
    numbers: np.ndarray
    at: np.ndarray
    size: tuple[int, int]
    padding_mode: str = "constant"
    fill: Any = 0

    @classmethod
    def whole(cls, images: np.ndarray, numbers: np.ndarray | None = None) -> Windows:
        """Pictures as they are, all or some of them."""
        if not images.flags.c_contiguous:
            images = np.ascontiguousarray(images if numbers is None else images[numbers])
            numbers = None
        if numbers is None:
            numbers = np.arange(len(images))
        height, width = images.shape[2:]
        return cls(images, numbers, np.zeros((len(numbers), 4), np.int64), (height, width))

    def window(
        self, first: Any, size: tuple[int, int], padding_mode: str = "constant", fill: Any = 0
    ) -> Windows:
        """Windows of these, from rows and columns `first` (n, 2) or (2) on."""
        first, room = np.asarray(first), np.subtract(self.size, size)
        at, flips = self.at.copy(), self.at[:, 2:]
        # Of what is mirrored, from the other end.
        at[:, :2] += np.where(flips, room - first, first) if flips.any() else first
        if np.all((first >= 0) & (first <= room)):
            return self._replace(at=at, size=size)
        if self.size == self.images.shape[2:] and not self.at[:, :2].any():
            return Windows(self.images, self.numbers, at, size, padding_mode, fill)
        return Windows.whole(self.taken()).window(first, size, padding_mode, fill)

    def mirrored(self, which: np.ndarray, axis: int = 3) -> Windows:
        """Some of them (n) mirrored, or, with axis 2, upside down."""
        at = self.at.copy()
        at[:, axis] ^= which
        return self._replace(at=at)

    def taken(self, table: np.ndarray | None = None) -> np.ndarray:
        """The pixels (n, C, height, width); or the floats that a table (C, 256) has for their bytes."""
        return _changes.window(
            self.images, self.numbers, self.at, self.size, self.padding_mode, self.fill, table
        )


def applied(step: Any, images: np.ndarray, draws: Draws) -> np.ndarray:
    """What a transform makes of a batch (n, C, H, W)."""
    if hasattr(step, "pick"):
        return step.pick(Windows.whole(images), draws).taken()  # type: ignore[no-any-return]
    return step.batch(images, draws)  # type: ignore[no-any-return]
