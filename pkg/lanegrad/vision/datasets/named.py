"""Data sets by their names in the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .cifar import CIFAR10, CIFAR100
from .digits import Digits
from .mnist import EMNIST, KMNIST, MNIST, FashionMNIST
from .svhn import SVHN
from .vision import PicturesInMemory

__all__ = ["NAMES", "open_dataset"]


def _digits(root: Any, train: bool, transform: Any, download: bool) -> Digits:
    return Digits(train, transform)


def _svhn(root: Any, train: bool, transform: Any, download: bool) -> SVHN:
    return SVHN(root, "train" if train else "test", transform, download=download)


def _emnist(split: str) -> Callable[..., EMNIST]:
    def open_split(root: Any, train: bool, transform: Any, download: bool) -> EMNIST:
        return EMNIST(root, split, train=train, transform=transform, download=download)

    return open_split


_OPENERS: dict[str, Callable[..., PicturesInMemory]] = {
    "digits": _digits,
    "mnist": MNIST,
    "fashion-mnist": FashionMNIST,
    "kmnist": KMNIST,
    "emnist": _emnist("balanced"),
    **{f"emnist-{split}": _emnist(split) for split in EMNIST.splits},
    "cifar10": CIFAR10,
    "cifar100": CIFAR100,
    "svhn": _svhn,
}
NAMES = tuple(_OPENERS)


def open_dataset(
    name: str,
    root: str | os.PathLike[str] | None = None,
    train: bool = True,
    transform: Callable[[Any], Any] | None = None,
    download: bool = False,
) -> PicturesInMemory:
    """A data set by its name, one of `NAMES`.

    Parameters
    ----------
    name : str
    root : str or path, optional
        The folder of its files; or else the cache's, ``$LANEGRAD_HOME/data``, or ``~/.cache/lanegrad/data``.
    train : bool
        The pictures for training, or those for testing.
    transform : callable, optional
        See `MNIST`.
    download : bool
        Fetch the files if they are not there.

    Raises
    ------
    ValueError
        There is no data set of this name.
    RuntimeError
        The files are not there (it is a FileNotFoundError too), or cannot be fetched.

    Examples
    --------
    >>> from lanegrad.vision.datasets.named import open_dataset
    >>> len(open_dataset("digits", train=False))
    355
    """
    if name not in _OPENERS:
        raise ValueError(f"{name!r} is no data set: use one of {', '.join(NAMES)}")
    return _OPENERS[name](root, train, transform=transform, download=download)
