"""The datasets: all images in memory as unsigned bytes, turned into float32 batches on demand."""

from __future__ import annotations

import fnmatch
import os
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from .._core import record
from .._tensor.convert import as_array
from .formats import read_cifar10, read_idx_images, read_idx_labels
from .transforms import Normalize, is_pixelwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .formats import Images, Labels
    from .transforms import Transform

    Index = int | np.integer | slice | Sequence[int] | NDArray[np.integer]


class Dataset:
    """Labelled images in memory.

    Parameters
    ----------
    images : ndarray of uint8, (N, C, H, W)
    labels : ndarray of int64, (N,)
    classes : sequence of str
        The name of each class, in the order of its label.
    transform : callable, optional
        Gets a float32 batch (n, C, H, W) scaled to [0, 1] and gives back the batch that the model
        sees. The default is ``Normalize(0.5, 0.5)``, which moves the values to [-1, 1];
        ``Compose([])`` leaves them as they are.
    white : int
        The byte that becomes 1.0.

    Attributes
    ----------
    images, labels, classes, transform
        As given.

    Raises
    ------
    TypeError
        The images are not unsigned bytes.
    ValueError
        The arrays' shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import Dataset
    >>> pixels = np.array([255, 0], np.uint8).reshape(2, 1, 1, 1)
    >>> dots = Dataset(pixels, np.array([1, 0]), ["dark", "light"])
    >>> len(dots)
    2
    >>> images, labels = dots[[1, 0]]
    >>> images.ravel(), labels
    (array([-1.,  1.], dtype=float32), array([0, 1]))
    """

    def __init__(
        self,
        images: Images,
        labels: Labels,
        classes: Sequence[str],
        transform: Transform | None = None,
        *,
        white: int = 255,
    ) -> None:
        if images.ndim != 4 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"expected images (N, C, H, W) and labels (N,); "
                f"found {images.shape} and {labels.shape}"
            )
        if images.dtype != np.uint8:
            raise TypeError(f"expected images of uint8; found {images.dtype}")
        self.images = np.ascontiguousarray(images)
        self.labels = labels
        self.classes = tuple(classes)
        self.transform = Normalize(0.5, 0.5) if transform is None else transform
        # What a byte stands for, as an image of all 256 bytes.
        self._levels = np.empty((1, images.shape[1], 1, 256), np.float32)
        self._levels[:] = np.arange(256, dtype=np.float32) / np.float32(white)
        self._numbers = np.arange(len(images))

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: Index) -> tuple[NDArray[Any], NDArray[Any]]:
        """Image and label at a number, or the batch at a slice or sequence of numbers; always copies."""
        if isinstance(index, tuple):
            index = list(index)  # numbers of images, not an index into the axes
        numbers = self._numbers[index]
        pixelwise = is_pixelwise(self.transform)
        levels = self.transform(self._levels) if pixelwise else self._levels
        images = _core.lookup(self.images, np.atleast_1d(numbers), levels.reshape(-1, 256))
        if not pixelwise:
            images = self.transform(images)
        labels = self.labels[index]
        if isinstance(index, slice):
            labels = labels.copy()
        return images if numbers.ndim else images[0], labels

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        """What `DataLoader` gives: tensors of memory that nobody else holds."""
        images, labels = self[list(indices)]
        images = as_array(images)
        if not is_pixelwise(self.transform):  # which may hold on to its result
            images = images.copy()
        return [record(_core.adopt(images)), record(_core.adopt(labels))]

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.images.shape[1:]))
        return f"{type(self).__name__}({len(self)} images {shape}, {len(self.classes)} classes)"


class CIFAR10(Dataset):
    """CIFAR-10: colour photographs of 32 x 32 pixels in ten classes (Krizhevsky, 2009).

    Parameters
    ----------
    root : str or path
        The folder of the binary version's files, or its parent that holds ``cifar-10-batches-bin``.
    train : bool
        All ``data_batch_*.bin``, or else ``test_batch.bin``. A file may hold any number of records.
    transform : callable, optional
        See `Dataset`.

    Raises
    ------
    FileNotFoundError
        The files are not there; the message says where they can be had.
    ValueError
        A file is cut off or of another format.
    """

    def __init__(
        self, root: str | os.PathLike[str], train: bool = True, transform: Transform | None = None
    ) -> None:
        wanted = "data_batch_*.bin" if train else "test_batch.bin"
        folders = _folders(root, "cifar-10-batches-bin")
        for folder in folders:
            names = fnmatch.filter(os.listdir(folder) if os.path.isdir(folder) else [], wanted)
            paths = [os.path.join(folder, name) for name in sorted(names)]
            if paths:
                break
        else:
            raise _not_found(
                "CIFAR-10",
                [wanted],
                folders,
                "unpack cifar-10-binary.tar.gz (the binary version, not the Python one) from "
                "https://www.cs.toronto.edu/~kriz/cifar.html there",
            )
        images, labels = read_cifar10(paths)
        super().__init__(images, labels, _CIFAR10_CLASSES, transform)


_CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


class MNIST(Dataset):
    """MNIST: handwritten digits of 28 x 28 pixels (LeCun, Cortes and Burges, 1998).

    Parameters
    ----------
    root : str or path
        The folder of the four IDX files, or its parent that holds ``MNIST/raw`` (or ``raw``, or
        ``MNIST``). Files may be gzipped or not.
    train : bool
        ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or else those of ``t10k``.
    transform : callable, optional
        See `Dataset`.

    Raises
    ------
    FileNotFoundError
        The files are not there; the message says where they can be had.
    ValueError
        A file is cut off or of another format, or there are more images than labels or fewer.
    """

    _source: ClassVar[str] = "https://ossci-datasets.s3.amazonaws.com/mnist/"
    _classes: ClassVar[Sequence[str]] = "0123456789"

    def __init__(
        self, root: str | os.PathLike[str], train: bool = True, transform: Transform | None = None
    ) -> None:
        part = "train" if train else "t10k"
        images_path = self._find(root, f"{part}-images", "idx3-ubyte")
        labels_path = self._find(root, f"{part}-labels", "idx1-ubyte")
        images = read_idx_images(images_path)
        labels = read_idx_labels(labels_path, len(self._classes))
        if len(images) != len(labels):
            raise ValueError(
                f"{labels_path}: expected {len(images)} labels, one for each image in "
                f"{images_path}; found {len(labels)}"
            )
        super().__init__(images, labels, self._classes, transform)

    @classmethod
    def _find(cls, root: str | os.PathLike[str], stem: str, kind: str) -> str:
        title = cls.__name__
        names = [stem + dot + kind + end for dot in "-." for end in ("", ".gz")]
        folders = _folders(root, os.path.join(title, "raw"), "raw", title)
        for folder in folders:
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    return path
        raise _not_found(
            title, names, folders, f"put the four files there, gzipped or not, from {cls._source}"
        )


class FashionMNIST(MNIST):
    """Fashion-MNIST: photographs of clothes, 28 x 28 pixels (Xiao, Rasul and Vollgraf, 2017).

    Parameters and errors are those of `MNIST`, with ``FashionMNIST`` in the folder's name.
    """

    _source = "https://github.com/zalandoresearch/fashion-mnist"
    _classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip


class Digits(Dataset):
    """1,797 handwritten digits of 8 x 8 pixels, shipped with lanegrad.

    From "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, 1998, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49), CC BY 4.0; ``digits.txt`` beside the data
    has the details. `images` holds the original values, 0 to 16; the transform gets them in [0, 1].

    Parameters
    ----------
    train : bool
        The test part is every fifth digit of each class in the file's order, 355 in all; the other
        1,442 are for training.
    transform : callable, optional
        See `Dataset`.

    Examples
    --------
    >>> from lanegrad.data import Digits
    >>> Digits(), Digits(train=False)
    (Digits(1442 images 1 x 8 x 8, 10 classes), Digits(355 images 1 x 8 x 8, 10 classes))
    """

    def __init__(self, train: bool = True, transform: Transform | None = None) -> None:
        path = os.path.join(os.path.dirname(__file__), "digits.npz")
        with np.load(path, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"].astype(np.int64)
        test = np.zeros(len(labels), bool)
        for digit in range(10):
            test[np.flatnonzero(labels == digit)[4::5]] = True
        part = ~test if train else test
        super().__init__(images[part], labels[part], "0123456789", transform, white=16)


def _folders(root: str | os.PathLike[str], *below: str) -> list[str]:
    """The folders in which to look: the root itself, then those below it."""
    root = os.fspath(root)
    return [root, *(os.path.join(root, name) for name in below)]


def _not_found(
    title: str, names: Sequence[str], folders: Sequence[str], remedy: str
) -> FileNotFoundError:
    state = "" if os.path.isdir(folders[0]) else f" ({folders[0]} is no folder)"
    return FileNotFoundError(
        f"{title}: found none of {', '.join(names)} in {', '.join(folders)}{state}; {remedy}"
    )
