"""Lanes: a batch stored with several images side by side, as the convolution kernels want it."""

from __future__ import annotations

from typing import final

import numpy as np

from . import _core


@final
class Lanes:
    """A float32 array of logical shape (N, C, H, W), kept as (ceil(N / n), C, H, W, n).

    Lane l of block b is image ``b * n + l``; n depends on N alone. Lanes beyond N hold zeros in
    gradients and any finite values in activations.

    Attributes
    ----------
    data : ndarray of float32, (ceil(N / n), C, H, W, n)
    batch : int
        N.
    shape : tuple of int
        The logical shape, (N, C, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(24, dtype=np.float32).reshape(3, 2, 2, 2)
    >>> images = Lanes.pack(x)
    >>> images.data.shape, images.shape
    ((1, 2, 2, 2, 4), (3, 2, 2, 2))
    >>> bool((images.unpack() == x).all())
    True
    """

    __slots__ = ("batch", "data")

    ndim = 4
    dtype = np.dtype(np.float32)

    def __init__(self, data: np.ndarray, batch: int) -> None:
        self.data = data
        self.batch = batch

    @property
    def shape(self) -> tuple[int, int, int, int]:
        _, channels, height, width, _ = self.data.shape
        return self.batch, channels, height, width

    @staticmethod
    def pack(images: np.ndarray) -> Lanes:
        """The lanes of a C-contiguous float32 array (N, C, H, W)."""
        return Lanes(_core.pack_lanes(images), len(images))

    def unpack(self) -> np.ndarray:
        """A fresh array (N, C, H, W)."""
        return _core.unpack_lanes(self.data, self.batch)


def as_lanes(images: Lanes | np.ndarray) -> Lanes:
    """Lanes of what may be lanes already."""
    return images if type(images) is Lanes else Lanes.pack(images)
