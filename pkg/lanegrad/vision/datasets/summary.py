"""What is in a data set of pictures: counts, sizes, statistics of channels, and a sheet of some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .._images import pillow, values
from .folder import ImageFolder
from .vision import PicturesInMemory

__all__ = ["Summary", "sheet_of", "summary_of"]

Pictures = PicturesInMemory | ImageFolder
AT_ONCE = 256  # pictures that are counted together
CELL, GAP = 64, 4  # pixels of a picture in a sheet, and between two


class Summary(NamedTuple):
    """What `summary_of` finds.

    Attributes
    ----------
    classes : list of str
        Their names, or their numbers if they have none.
    counts : list of int
        Pictures of each class.
    smallest, largest : (int, int)
        The least and the largest height, and width.
    mean, std : tuple of float
        Of each channel, with values from 0 to 1: what `transforms.Normalize` takes.
    """

    classes: list[str]
    counts: list[int]
    smallest: tuple[int, int]
    largest: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def summary_of(dataset: Pictures) -> Summary:
    """What is in a data set, without its transforms.

    Parameters
    ----------
    dataset : data set in memory, or ImageFolder

    Raises
    ------
    TypeError
        It is another kind of data set.
    ValueError
        It has no pictures.
    OSError
        A picture of a folder cannot be read.

    Examples
    --------
    >>> from lanegrad.vision.datasets import Digits
    >>> from lanegrad.vision.datasets.summary import summary_of
    >>> found = summary_of(Digits())
    >>> found.counts[:3], found.largest, round(found.mean[0], 4)
    ([143, 146, 142], (8, 8), 0.3052)
    """
    levels: Any = 0  # how many pixels of each channel have each value
    sizes = []
    for planes in _planes(dataset):
        sizes.append(planes.shape[2:])
        channels = [
            np.bincount(planes[:, c].reshape(-1), minlength=256) for c in range(planes.shape[1])
        ]
        levels = levels + np.stack(channels)
    if not sizes:
        raise ValueError("there are no pictures")
    value = np.arange(256) / 255
    mean = (levels * value).sum(1) / levels.sum(1)
    variance = (levels * (value - mean[:, None]) ** 2).sum(1) / levels.sum(1)
    labels, names = _classes(dataset)
    return Summary(
        names,
        np.bincount(labels, minlength=len(names)).tolist(),
        tuple(np.min(sizes, 0).tolist()),
        tuple(np.max(sizes, 0).tolist()),
        tuple(mean.tolist()),
        tuple(np.sqrt(variance).tolist()),
    )


def _classes(dataset: Pictures) -> tuple[np.ndarray, list[str]]:
    """The label of each picture, and the name of each class."""
    labels = np.asarray(values(dataset.targets), np.int64)
    names = getattr(dataset, "classes", None) or map(str, range(int(labels.max()) + 1))
    return labels, list(names)


def _planes(dataset: Pictures) -> Iterator[np.ndarray]:
    """The pictures as bytes (n, C, H, W), few at a time."""
    if isinstance(dataset, ImageFolder):
        for planes in dataset.planes():
            yield planes[np.newaxis]
    elif isinstance(dataset, PicturesInMemory):
        all_planes = dataset.planes()
        for first in range(0, len(all_planes), AT_ONCE):
            yield all_planes[first : first + AT_ONCE]
    else:
        raise TypeError(
            f"expected a data set of pictures in memory, or an ImageFolder; found {type(dataset).__name__}"
        )


def sheet_of(dataset: Pictures, columns: int = 10) -> Any:
    """A picture of pillow's: some pictures of each class, a row each, beside the class's name.

    They are taken from all over the data set. Small ones are enlarged.

    Examples
    --------
    >>> from lanegrad.vision.datasets import Digits
    >>> from lanegrad.vision.datasets.summary import sheet_of
    >>> sheet_of(Digits(), columns=3).mode
    'RGB'
    """
    labels, names = _classes(dataset)
    draw = pillow("ImageDraw").Draw
    sheet = pillow().new("RGB", (1, 1))
    left = max(int(draw(sheet).textlength(name)) for name in names) + 2 * GAP
    step = CELL + GAP
    sheet = pillow().new("RGB", (left + columns * step, len(names) * step + GAP), "white")
    for row, name in enumerate(names):
        top = GAP + row * step
        draw(sheet).text((GAP, top + CELL // 2), name, "black", anchor="lm")
        members = np.flatnonzero(labels == row)
        spread = np.linspace(0, len(members), min(columns, len(members)), endpoint=False)
        for column, number in enumerate(members[spread.astype(int)]):
            sheet.paste(_in_a_cell(dataset.picture(int(number))), (left + column * step, top))
    return sheet


def _in_a_cell(picture: Any) -> Any:
    """A picture enlarged by a whole number, or made smaller, so that it fits."""
    picture = picture.convert("RGB")
    factor = CELL // max(picture.size)
    if factor:
        return picture.resize([factor * side for side in picture.size], pillow().Resampling.NEAREST)
    picture.thumbnail((CELL, CELL))
    return picture
