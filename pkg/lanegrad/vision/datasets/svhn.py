"""SVHN: house numbers in photographs, of MATLAB files, which SciPy reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ._files import fetch, first_file, folders_of, not_found
from .mnist import verified
from .vision import PicturesInMemory, as_planes

__all__ = ["SVHN"]


class SVHN(PicturesInMemory):
    """SVHN: colour photographs of house numbers' digits, 32 x 32 pixels (Netzer et al., 2011).

    Parameters
    ----------
    root : str or path
        The folder of ``train_32x32.mat`` and so on; scipy is needed to read them.
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

    url: ClassVar[str] = "http://ufldl.stanford.edu/housenumbers/"
    split_list: ClassVar[dict[str, str]] = {
        "train": "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
        "test": "md5:eb5a983be6a315427106f1b164d9cef3",
        "extra": "md5:a93ce644f1a588dc4d68dda5feec44a7",
    }

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.split = verified("split", split, tuple(self.split_list))
        self.filename = f"{split}_32x32.mat"
        if download:
            self.download()
        folders = folders_of(root)
        path = first_file(folders, [self.filename])
        if path is None:
            raise not_found(
                "SVHN", [self.filename], folders, f"put it there from {self.url}{self.filename}"
            )
        self.data, self.labels = _read(path)

    @property
    def targets(self) -> Any:
        """As `labels`."""
        return self.labels

    def download(self) -> None:
        """Fetch the file if it is not there."""
        folders = folders_of(str(self.root))
        if first_file(folders, [self.filename]) is None:
            fetch([self.url + self.filename], self.split_list[self.split], folders[0])

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, 3, H, W)."""
        return as_planes("SVHN.data", self.data)

    def extra_repr(self) -> str:
        """The part."""
        return f"Split: {self.split}"


def _read(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 3, 32, 32) and their digits; the file has 10 for a zero."""
    try:
        from scipy.io import loadmat  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ImportError("SVHN's files are MATLAB's: pip install scipy") from None
    try:
        content = loadmat(path)
        rows, labels = np.asarray(content["X"]), np.asarray(content["y"]).reshape(-1)
    except Exception as error:  # SciPy's own kinds, and whatever a damaged file leads to
        raise ValueError(f"{path}: expected a MATLAB file of X and y; {error}") from error
    if rows.dtype != np.uint8 or rows.ndim != 4 or rows.shape[3] != len(labels):
        raise ValueError(
            f"{path}: expected bytes X (32, 32, 3, N) and labels y (N, 1); "
            f"found {rows.dtype} {rows.shape} and {labels.shape}"
        )
    if not len(labels) or labels.min() < 1 or labels.max() > 10:
        raise ValueError(f"{path}: expected labels from 1 to 10")
    return rows.transpose(3, 2, 0, 1), labels.astype(np.int64) % 10
