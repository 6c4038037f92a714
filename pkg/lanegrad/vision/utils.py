"""Grids of pictures, and pictures as files."""

from __future__ import annotations

import math
import os
from typing import IO, Any

import numpy as np

from .._tensor import Tensor
from ._images import made, picture_of, values

__all__ = ["make_grid", "save_image"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images side by side as one.

    Parameters
    ----------
    tensor : Tensor (N, C, H, W), (C, H, W) or (H, W), or list of Tensor (C, H, W)
        One channel becomes three.
    nrow : int
        Images in a row.
    padding : int
        Pixels between images, and around the grid.
    normalize : bool
        Scale the values to 0 to 1.
    value_range : (float, float), optional
        What becomes 0 and 1; else the smallest and the largest value.
    scale_each : bool
        Whether each image is scaled by itself.
    pad_value : float

    Returns
    -------
    Tensor, (C, rows, columns)
        A single image stays without a border.

    Raises
    ------
    TypeError
        Neither a tensor nor a list of tensors.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.utils import make_grid
    >>> tuple(make_grid(lanegrad.zeros(6, 3, 8, 8), nrow=3).shape)
    (3, 22, 32)
    """
    several = tensor if isinstance(tensor, list) else [tensor]
    if not all(isinstance(image, Tensor) for image in several):
        raise TypeError(f"tensor or list of tensors expected, got {tensor!r:.80}")
    arrays = [values(image.detach()) for image in several]
    images = np.stack(arrays) if isinstance(tensor, list) else arrays[0]
    images = images.reshape((1,) * (4 - images.ndim) + images.shape)
    if images.shape[1] == 1:
        images = np.repeat(images, 3, 1)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified")
        images = _scaled(images, value_range, scale_each)
    count, channels, height, width = images.shape
    if count == 1:
        return made(images[0].copy())
    columns = min(nrow, count)
    height, width = height + padding, width + padding
    size = channels, height * math.ceil(count / columns) + padding, width * columns + padding
    grid = np.full(size, pad_value, images.dtype)
    for number, image in enumerate(images):
        top, left = (
            at * step + padding
            for at, step in zip(divmod(number, columns), (height, width), strict=True)
        )
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return made(grid)


def _scaled(
    images: np.ndarray, value_range: tuple[float, float] | None, scale_each: bool
) -> np.ndarray:
    if scale_each:
        return np.concatenate([_scaled(image[None], value_range, False) for image in images])
    low, high = value_range or (float(images.min()), float(images.max()))
    kind = images.dtype.type
    return np.asarray((images.clip(low, high) - kind(low)) / kind(max(high - low, 1e-5)))


def save_image(
    tensor: Any, fp: str | os.PathLike[str] | IO[bytes], format: str | None = None, **kwargs: Any
) -> None:
    """Write an image, or several as a grid, to a file; values from 0 to 1, by pillow.

    Parameters
    ----------
    tensor : Tensor or list of Tensor
        As for `make_grid`.
    fp : path or file
    format : str, optional
        Of the file; else its name says it.
    **kwargs
        As for `make_grid`.

    Examples
    --------
    >>> import io
    >>> import lanegrad
    >>> from lanegrad.vision.utils import save_image
    >>> file = io.BytesIO()
    >>> save_image(lanegrad.zeros(3, 8, 8), file, format="png")
    >>> file.getvalue()[1:4]
    b'PNG'
    """
    grid = values(make_grid(tensor, **kwargs))
    picture_of((grid * 255 + 0.5).clip(0, 255).astype(np.uint8)).save(fp, format=format)
