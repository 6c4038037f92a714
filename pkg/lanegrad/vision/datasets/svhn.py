"""SVHN: house numbers in photographs, of MATLAB files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ._files import data_folder, first_file, folders_of, not_found
from ._matlab import read_matlab
from .mnist import verified
from .vision import PicturesInMemory, as_planes

__all__ = ["SVHN"]

MOST = 2**31  # bytes of a file's pictures: the largest has 531,131


class SVHN(PicturesInMemory):
    """SVHN: colour photographs of house numbers' digits, 32 x 32 pixels (Netzer et al., 2011).

    Parameters
    ----------
    root : str or path, optional
        The folder of ``train_32x32.mat`` and so on; or else the cache's.
    split : str
        'train', 'test' or 'extra'.
    transform, target_transform, download
        See `CIFAR10`.

    Attributes
    ----------
    data : ndarray of uint8, (N, 3, 32, 32)
    labels : ndarray of int64, (N,)

    Raises
    ------
    RuntimeError
        The file is not there (it is a FileNotFoundError too), or cannot be fetched.
    ValueError
        An unknown split, or a file that holds something else.
    """

    mirrors: ClassVar[Sequence[str]] = (
        "http://ufldl.stanford.edu/housenumbers/",
        "https://ufldl.stanford.edu/housenumbers/",
    )
    resources: ClassVar[dict[str, tuple[str, int, str]]] = {  # name, bytes, SHA-256
        "train": (
            "train_32x32.mat",
            182_040_794,
            "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
        ),
        "test": (
            "test_32x32.mat",
            64_275_384,
            "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
        ),
        "extra": (
            "extra_32x32.mat",
            1_329_278_602,
            "a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3",
        ),
    }

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        root = data_folder() if root is None else root
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.split = verified("split", split, tuple(self.resources))
        self.filename = self.resources[split][0]
        if download:
            self.download()
        folders = folders_of(root)
        path = first_file(folders, [self.filename])
        if path is None:
            raise not_found(
                "SVHN",
                [self.filename],
                folders,
                f"put it there from {self.mirrors[0]}{self.filename}",
            )
        self.data, self.labels = _read(path)

    @property
    def targets(self) -> Any:
        """As `labels`."""
        return self.labels

    def download(self) -> None:
        """Fetch the file if it is not there."""
        from ._download import Remote, fetch  # here: it would slow every import down

        folders = folders_of(str(self.root))
        if first_file(folders, [self.filename]) is None:
            name, size, sha256 = self.resources[self.split]
            fetch([Remote(name, size, sha256, [m + name for m in self.mirrors])], folders[0])

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, 3, H, W)."""
        return as_planes("SVHN.data", self.data)

    def extra_repr(self) -> str:
        """The part."""
        return f"Split: {self.split}"


def _read(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 3, 32, 32) and their digits; the file has 10 for a zero."""
    content = read_matlab(path, ("X", "y"), MOST)
    rows, labels = content["X"], content["y"].reshape(-1)
    if rows.dtype != np.uint8 or rows.ndim != 4 or rows.shape[3] != len(labels):
        raise ValueError(
            f"{path}: expected bytes X (32, 32, 3, N) and labels y (N, 1); "
            f"found {rows.dtype} {rows.shape} and {labels.shape}"
        )
    if not len(labels) or labels.min() < 1 or labels.max() > 10:
        raise ValueError(f"{path}: expected labels from 1 to 10")
    return rows.transpose(3, 2, 0, 1), labels.astype(np.int64) % 10
