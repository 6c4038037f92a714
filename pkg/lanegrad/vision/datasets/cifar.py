"""CIFAR-10 and CIFAR-100, of their binary versions: the others are pickles, which are never opened here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..._core import ShapeError
from .._images import values
from ._files import DatasetNotFoundError, data_folder, folders_of, not_found
from .formats import read_cifar
from .vision import PicturesInMemory

__all__ = ["CIFAR10", "CIFAR100"]


class CIFAR10(PicturesInMemory):
    """CIFAR-10: colour photographs of 32 x 32 pixels in ten classes (Krizhevsky, 2009).

    Parameters
    ----------
    root : str or path, optional
        The folder that holds ``cifar-10-batches-bin``, or that of the files itself. The default is the
        cache's: ``$LANEGRAD_HOME/data``, or ``~/.cache/lanegrad/data``.
    train : bool
        ``data_batch_1.bin`` to ``data_batch_5.bin``, or else ``test_batch.bin``. A file may hold any number
        of records.
    transform : callable, optional
        Gets a PIL image (pillow is needed then) and gives what an item has in its place. Transforms of
        `lanegrad.vision.transforms` get the bytes where they can, of a whole batch at once. Without it,
        items are PIL images, and a loader's batches bytes (N, 3, 32, 32).
    target_transform : callable, optional
        Gets the label.
    download : bool
        Fetch and unpack the binary version into `root` if it is not there.

    Attributes
    ----------
    data : ndarray of uint8, (N, 32, 32, 3)
    targets : list of int
        Both may be replaced.
    classes, class_to_idx, train, root, transform, target_transform

    Raises
    ------
    RuntimeError
        Files are not there (it is a FileNotFoundError too), or cannot be fetched.
    ValueError
        A file is cut off or of another format.
    """

    title: ClassVar[str] = "CIFAR-10"
    base_folder: ClassVar[str] = "cifar-10-batches-bin"
    pickled_folder: ClassVar[str] = "cifar-10-batches-py"
    mirrors: ClassVar[Sequence[str]] = (
        "https://www.cs.toronto.edu/~kriz/",
        "https://cave.cs.toronto.edu/kriz/",
    )
    filename: ClassVar[str] = "cifar-10-binary.tar.gz"
    size: ClassVar[int] = 170_052_171
    sha256: ClassVar[str] = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
    train_list: ClassVar[Sequence[str]] = tuple(f"data_batch_{n}.bin" for n in range(1, 6))
    test_list: ClassVar[Sequence[str]] = ("test_batch.bin",)
    names: ClassVar[str] = "airplane automobile bird cat deer dog frog horse ship truck"
    label_bytes: ClassVar[int] = 1
    int_labels = False

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        root = data_folder() if root is None else root
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        self.classes = self.names.split()
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        if download:
            self.download()
        paths = self._paths(self.train_list if train else self.test_list)
        images, labels = read_cifar(paths, self.title, self.label_bytes, len(self.classes))
        self.data: Any = images.transpose(0, 2, 3, 1)
        self.targets: Any = labels.tolist()

    def _folders(self) -> list[str]:
        return folders_of(str(self.root), self.base_folder)

    def _paths(self, names: Sequence[str]) -> list[str]:
        """The files that are there, in the first folder that has any."""
        for folder in self._folders():
            paths = [os.path.join(folder, name) for name in names]
            missing = [name for name in names if not os.path.isfile(os.path.join(folder, name))]
            if not missing:
                return paths
            if len(missing) < len(names):
                raise DatasetNotFoundError(
                    f"{self.title}: {', '.join(missing)} not in {folder}, where the other files are. "
                    "You can use download=True to download them"
                )
        pickled = any(
            os.path.isdir(path) for path in folders_of(str(self.root), self.pickled_folder)[1:]
        )
        note = f", as {self.pickled_folder} is, whose pickles are never opened" if pickled else ""
        raise not_found(
            self.title,
            names,
            self._folders(),
            f"unpack {self.filename} (the binary version, not the Python one{note}) from "
            "https://www.cs.toronto.edu/~kriz/cifar.html there",
        )

    def download(self) -> None:
        """Fetch the archive and unpack it, unless all files are there."""
        from ._archives import unpack  # here: they would slow every import down
        from ._download import Remote, fetch

        names = [*self.train_list, *self.test_list]
        if any(all(os.path.isfile(os.path.join(f, n)) for n in names) for f in self._folders()):
            return
        urls = [mirror + self.filename for mirror in self.mirrors]
        archive = Remote(self.filename, self.size, self.sha256, urls)
        unpack(fetch([archive], self._folders()[0])[0], names, self._folders()[1], 2**28)

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, 3, H, W)."""
        rows = values(self.data)
        name = f"{type(self).__name__}.data"
        if rows.dtype != np.uint8:
            raise TypeError(f"{name}: expected images of uint8; found {rows.dtype}")
        if rows.ndim not in (3, 4):
            raise ShapeError(
                f"{name}: expected images (N, H, W, C) or (N, H, W); found shape {rows.shape}"
            )
        return rows[:, np.newaxis] if rows.ndim == 3 else rows.transpose(0, 3, 1, 2)

    def extra_repr(self) -> str:
        """The part."""
        return f"Split: {'Train' if self.train is True else 'Test'}"


class CIFAR100(CIFAR10):
    """CIFAR-100: colour photographs of 32 x 32 pixels in a hundred classes (Krizhevsky, 2009).

    Parameters and errors are those of `CIFAR10`, with ``cifar-100-binary`` as the folder's name, and
    ``train.bin`` and ``test.bin`` in it. Targets are the fine labels.
    """

    title = "CIFAR-100"
    base_folder = "cifar-100-binary"
    pickled_folder = "cifar-100-python"
    filename = "cifar-100-binary.tar.gz"
    size = 168_513_733
    sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"
    train_list = ("train.bin",)
    test_list = ("test.bin",)
    label_bytes = 2  # the class of twenty, then that of a hundred
    names = (
        "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus "
        "butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch "
        "crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo "
        "keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain "
        "mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain "
        "plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk "
        "skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone "
        "television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
    )
