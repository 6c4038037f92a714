"""Transforms of whole batches: a float32 array (N, C, H, W) in, a new one out. What is random draws
from lanegrad's generator, so `lanegrad.manual_seed` repeats it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..random import generator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Batch = NDArray[np.float32]
    Transform = Callable[[Batch], Batch]


class Compose:
    """Apply transforms one after the other.

    Parameters
    ----------
    transforms : sequence of callables

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import Compose, Normalize
    >>> halve = Normalize(0, 2)
    >>> Compose([halve, halve])(np.ones((1, 1, 1, 2), np.float32))
    array([[[[0.25, 0.25]]]], dtype=float32)
    """

    def __init__(self, transforms: Sequence[Transform]) -> None:
        self.transforms = list(transforms)

    def __call__(self, images: Batch) -> Batch:
        for transform in self.transforms:
            images = transform(images)
        return images


class Normalize:
    """Subtract a mean and divide by a standard deviation.

    Parameters
    ----------
    mean, std : float or sequence of float
        One number for all channels, or one for each.

    Raises
    ------
    ValueError
        A value is not finite, a standard deviation is not positive, or (when called) the numbers
        are neither one nor as many as the channels.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import Normalize
    >>> Normalize(0.5, 0.5)(np.array([[[[0, 0.5, 1]]]], np.float32))
    array([[[[-1.,  0.,  1.]]]], dtype=float32)
    """

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        self.mean = np.atleast_1d(np.asarray(mean, np.float32))
        self.std = np.atleast_1d(np.asarray(std, np.float32))
        if not (np.isfinite([*self.mean, *self.std]).all() and self.std.min() > 0):
            raise ValueError(f"expected finite means and positive stds; found {mean} and {std}")

    def __call__(self, images: Batch) -> Batch:
        channels = images.shape[1]
        for values in (self.mean, self.std):
            if values.shape not in ((1,), (channels,)):
                raise ValueError(
                    f"Normalize has {len(values)} values for images of {channels} channels"
                )
        result = images - self.mean[:, None, None]
        result /= self.std[:, None, None]
        return result


class RandomHorizontalFlip:
    """Mirror each image left to right with a probability.

    Parameters
    ----------
    p : float
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import RandomHorizontalFlip
    >>> RandomHorizontalFlip(p=1)(np.array([[[[1, 2, 3]]]], np.float32))
    array([[[[3., 2., 1.]]]], dtype=float32)
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"expected a probability p between 0 and 1; found {p}")
        self.p = p

    def __call__(self, images: Batch) -> Batch:
        mirrored = generator().random(len(images)) < self.p
        return np.where(mirrored[:, None, None, None], images[..., ::-1], images)


class RandomCrop:
    """Cut a window from a random place of each image, after padding all four sides with zeros.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    padding : int
        Pixels added to each side. Put `RandomCrop` before `Normalize` where zero is to mean black.

    Raises
    ------
    ValueError
        `size` is not positive, `padding` is negative, or (when called) the window is larger than
        the padded image.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import RandomCrop
    >>> RandomCrop(32, padding=4)(np.ones((2, 3, 32, 32), np.float32)).shape
    (2, 3, 32, 32)
    """

    def __init__(self, size: int | tuple[int, int], padding: int = 0) -> None:
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.padding = padding
        if len(self.size) != 2 or min(self.size) < 1 or padding < 0:
            raise ValueError(
                f"expected a positive size and a padding of 0 or more; found {size} and {padding}"
            )

    def __call__(self, images: Batch) -> Batch:
        n, channels, height, width = images.shape
        p = self.padding
        padded = np.zeros((n, channels, height + 2 * p, width + 2 * p), np.float32)
        padded[:, :, p : p + height, p : p + width] = images
        if self.size[0] > padded.shape[2] or self.size[1] > padded.shape[3]:
            raise ValueError(
                f"RandomCrop of {self.size} does not fit images {(height, width)} with padding {p}"
            )
        windows = sliding_window_view(padded, self.size, (2, 3))  # (n, C, tops, lefts, h, w)
        top = generator().integers(windows.shape[2], size=n)
        left = generator().integers(windows.shape[3], size=n)
        return windows[np.arange(n), :, top, left]


def is_pixelwise(transform: Transform) -> bool:
    """Whether what becomes of a value depends on that value and its channel alone."""
    if type(transform) is Compose:
        return all(map(is_pixelwise, transform.transforms))
    return type(transform) is Normalize
