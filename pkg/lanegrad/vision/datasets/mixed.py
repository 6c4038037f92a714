"""Pictures mixed with others of their data set, and labels alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...utils.data import Dataset, default_collate
from ...utils.data.dataset import samples_at, stands_in
from .. import _changes
from .._images import FLOAT, made, values
from ..transforms._draws import Draws

__all__ = ["Mixed"]

GRID = 1024  # points of a distribution that are computed
STREAM = 1 << 8  # of random numbers: transforms have those from 0 on


class Mixed(Dataset[Any]):
    """Pictures mixed with others of the same data set, and their labels alike (MixUp and CutMix).

    Which picture is mixed with which, and how, depends on the loader's pass and the picture's index; not on
    its batch, as it does with `transforms.v2.MixUp` and `CutMix`.

    Parameters
    ----------
    dataset : Dataset
        Its items are a tensor (C, H, W) of float32 and a label.
    num_classes : int, optional
        As many as the data set has `classes`, if not given.
    mixup : float
        Of the beta distribution of a picture's own share in a weighted mean; 0 for none (Zhang et al., 2018).
    cutmix : float
        The same where a window of the other picture replaces one of its own (Yun et al., 2019). If neither is
        0, each happens to half of the pictures.
    p : float
        Which share of the pictures is mixed.

    Raises
    ------
    ValueError
        A parameter is not in its range, or the number of classes is not known.
    TypeError
        (When pictures are asked for) they are no tensors of float32.
    IndexError
        (Likewise) a label is beyond the classes.

    Examples
    --------
    >>> from lanegrad.utils.data import DataLoader
    >>> from lanegrad.vision import transforms
    >>> from lanegrad.vision.datasets import Digits, Mixed
    >>> mixed = Mixed(Digits(transform=transforms.ToTensor()), mixup=0.2)
    >>> images, shares = next(iter(DataLoader(mixed, batch_size=4)))
    >>> tuple(images.shape), tuple(shares.shape), shares.sum(1).tolist()
    ((4, 1, 8, 8), (4, 10), [1.0, 1.0, 1.0, 1.0])
    """

    def __init__(
        self,
        dataset: Any,
        num_classes: int | None = None,
        *,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        p: float = 1.0,
    ) -> None:
        if num_classes is None:
            num_classes = len(getattr(dataset, "classes", None) or ())
        if num_classes < 1:
            raise ValueError("the data set has no classes: give num_classes")
        if min(mixup, cutmix) < 0 or not mixup + cutmix:
            raise ValueError(
                f"mixup and cutmix are 0 or more, and not both 0; found {mixup} and {cutmix}"
            )
        if not 0 <= p <= 1:
            raise ValueError(f"p is between 0 and 1; found {p}")
        self.dataset, self.num_classes = dataset, num_classes
        self.mixup, self.cutmix, self.p = mixup, cutmix, p

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        images, shares = self.__getbatch__([index])
        return images[0], shares[0]

    def __getbatch__(self, indices: Sequence[int]) -> list[Any]:
        """Mixed pictures, and the shares of all classes in each."""
        draws = Draws(indices, STREAM)
        happens, which, point, row, column, other = draws.uniform(6).T
        partners = np.floor(other * len(self)).astype(np.int64).tolist()
        (images, labels), (others, other_labels) = map(self._batch, (list(indices), partners))
        h, w = images.shape[2:]

        cut = which < (0.5 if self.mixup and self.cutmix else bool(self.cutmix))
        share = np.where(cut, quantiles(self.cutmix, point), quantiles(self.mixup, point))
        share[happens >= self.p] = 1
        reach = 0.5 * np.sqrt(1 - share) * cut
        box = np.zeros((len(share), 4), np.int64)
        for side, (place, size) in enumerate(((row, h), (column, w))):
            middle, half = np.floor(place * size), np.floor(reach * size)
            box[:, side], box[:, side + 2] = (middle - half).clip(0), (middle + half).clip(max=size)
        area = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        own = np.where(cut, 1, share).astype(FLOAT)
        mixed = _changes.mix(images, others, own, box)
        share = np.where(cut, 1 - area / (h * w), share).astype(FLOAT)[:, None]
        classes = np.eye(self.num_classes, dtype=FLOAT)
        shares = classes[labels] * share + classes[other_labels] * (1 - share)
        return [made(mixed), made(shares)]

    def _batch(self, indices: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Pictures and labels of the data set."""
        batch: Any = NotImplemented
        if stands_in(self.dataset, "__getbatch__"):
            batch = self.dataset.__getbatch__(indices)
        if batch is NotImplemented:
            batch = default_collate(samples_at(self.dataset, indices))
        images, labels = values(batch[0]), values(batch[1])
        if images.dtype != FLOAT or images.ndim != 4:
            raise TypeError(
                f"expected pictures (C, H, W) of float32; found {images.dtype} {images.shape[1:]}: "
                "a transform such as ToTensor() makes them"
            )
        wrong = np.flatnonzero((labels < 0) | (labels >= self.num_classes))
        if wrong.size:
            raise IndexError(
                f"expected labels from 0 to {self.num_classes - 1}; found {labels[wrong[0]]} for item "
                f"{indices[wrong[0]]}"
            )
        return np.ascontiguousarray(images), labels


def quantiles(alpha: float, shares: np.ndarray) -> np.ndarray:
    """Where the beta distribution of (alpha, alpha) has these shares of itself below; 1 if alpha is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.vision.datasets.mixed import quantiles
    >>> quantiles(1.0, np.array([0.0, 0.25, 0.5])).tolist()
    [0.0, 0.25, 0.5]
    """
    if not alpha:
        return np.ones(len(shares))
    half = np.interp(np.minimum(shares, 1 - shares), *_lower_half(alpha)) ** (1 / alpha)
    # Rounded, so that it is the same whatever computed the powers.
    return np.asarray(np.rint(np.where(shares < 0.5, half, 1 - half) * 65536) / 65536)


@lru_cache(16)
def _lower_half(alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the distribution up to its middle, and the points x^alpha that have them below."""
    # The density x^(alpha - 1) (1 - x)^(alpha - 1) over s = x^alpha, which has no pole.
    s = np.linspace(0, 0.5**alpha, GRID)
    density = (1 - s ** (1 / alpha)) ** (alpha - 1)
    below = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return 0.5 * below / below[-1], s
