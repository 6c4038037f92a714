"""MNIST and the data sets of its format: Fashion-MNIST, Kuzushiji-MNIST, EMNIST."""

from __future__ import annotations

import os
import string
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..._tensor import Tensor
from .._images import made
from ._files import data_folder, first_file, folders_of, not_found
from .formats import read_idx_images, read_idx_labels
from .vision import PicturesInMemory, as_planes

__all__ = ["EMNIST", "KMNIST", "MNIST", "FashionMNIST"]

PARTS = ("train", "t10k")


def _renamed(old: str, new: str) -> property:
    def read(self: MNIST) -> Any:
        warnings.warn(f"{old} has been renamed {new}", stacklevel=2)
        return getattr(self, new)

    return property(read)


class MNIST(PicturesInMemory):
    """MNIST: handwritten digits of 28 x 28 pixels (LeCun, Cortes and Burges, 1998).

    Parameters
    ----------
    root : str or path, optional
        The folder that holds ``MNIST/raw``, or that of the four IDX files itself. Files may be gzipped or
        not. The default is the cache's: ``$LANEGRAD_HOME/data``, or ``~/.cache/lanegrad/data``.
    train : bool
        ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or else those of ``t10k``.
    transform : callable, optional
        Gets a PIL image (pillow is needed then) and gives what an item has in its place. Transforms of
        `lanegrad.vision.transforms` get the bytes where they can, of a whole batch at once. Without it,
        items are PIL images, and a loader's batches bytes (N, 1, 28, 28).
    target_transform : callable, optional
        Gets the label.
    download : bool
        Fetch what is not there into ``root/MNIST/raw``.

    Attributes
    ----------
    data : Tensor of uint8, (N, 28, 28)
    targets : Tensor of int64, (N,)
        Both may be replaced.
    classes, class_to_idx, train, root, transform, target_transform

    Raises
    ------
    RuntimeError
        The files are not there (it is a FileNotFoundError too), or cannot be fetched.
    ValueError
        A file is cut off or of another format, or there are more images than labels or fewer.
    """

    mirrors: ClassVar[Sequence[str]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    resources: ClassVar[Sequence[tuple[str, int, str]]] = (
        # name, bytes, SHA-256
        (
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    )
    classes: Sequence[str] = (
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    )  # fmt: skip

    train_data = _renamed("train_data", "data")
    test_data = _renamed("test_data", "data")
    train_labels = _renamed("train_labels", "targets")
    test_labels = _renamed("test_labels", "targets")

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
        self.classes = list(self.classes)
        if download:
            self.download()
        images_path, labels_path = (self._found(stem) for stem in self._stems(train))
        images = read_idx_images(images_path)[:, 0]
        labels = read_idx_labels(labels_path, len(self.classes))
        if len(images) != len(labels):
            raise ValueError(
                f"{labels_path}: expected {len(images)} labels, one for each image in "
                f"{images_path}; found {len(labels)}"
            )
        self.data: Tensor = made(images.copy())
        self.targets: Tensor = made(labels)

    @property
    def raw_folder(self) -> str:
        """The folder of the files, as torchvision lays it out."""
        return os.path.join(str(self.root), type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    def _stems(self, train: bool) -> list[tuple[str, str]]:
        """The names of the two files of a part, without what joins them."""
        part = PARTS[0] if train else PARTS[1]
        return [(f"{part}-images", "idx3-ubyte"), (f"{part}-labels", "idx1-ubyte")]

    def _look(self, stem: tuple[str, str]) -> tuple[list[str], list[str]]:
        names = [dot.join(stem) + end for dot in "-." for end in ("", ".gz")]
        title = type(self).__name__
        return folders_of(str(self.root), os.path.join(title, "raw"), "raw", title), names

    def _found(self, stem: tuple[str, str]) -> str:
        folders, names = self._look(stem)
        path = first_file(folders, names)
        if path is None:
            where = f"put the files there, gzipped or not, from {self._source()}"
            old = os.path.join(folders[0], type(self).__name__, "processed")
            if os.path.isdir(old):
                where += f" (the pickles in {old} are never opened)"
            raise not_found(type(self).__name__, names, folders, where)
        return path

    def _source(self) -> str:
        return str(self.mirrors[0])

    def _missing(self) -> list[str]:
        """The files, of either part, that are not there."""
        stems = [*self._stems(True), *self._stems(False)]
        return ["-".join(stem) for stem in stems if first_file(*self._look(stem)) is None]

    def download(self) -> None:
        """Fetch the files that are not there."""
        from ._download import Remote, fetch  # here: it would slow every import down

        missing = self._missing()
        wanted = [
            Remote(name, size, sha256, [mirror + name for mirror in self.mirrors])
            for name, size, sha256 in self.resources
            if name.removesuffix(".gz") in missing
        ]
        fetch(wanted, self.raw_folder)

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, 1, H, W)."""
        return as_planes(f"{type(self).__name__}.data", self.data)

    def extra_repr(self) -> str:
        """The part."""
        return f"Split: {'Train' if self.train is True else 'Test'}"


class FashionMNIST(MNIST):
    """Fashion-MNIST: photographs of clothes, 28 x 28 pixels (Xiao, Rasul and Vollgraf, 2017).

    Parameters and errors are those of `MNIST`, with ``FashionMNIST`` in the folder's name.
    """

    mirrors = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    )
    resources = (
        # name, bytes, SHA-256
        (
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    )
    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip


class KMNIST(MNIST):
    """Kuzushiji-MNIST: handwritten hiragana of 28 x 28 pixels (Clanuwat et al., 2018).

    Parameters and errors are those of `MNIST`, with ``KMNIST`` in the folder's name.
    """

    mirrors = (
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    )
    resources = (
        # name, bytes, SHA-256
        (
            "train-images-idx3-ubyte.gz",
            18_165_135,
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            29_497,
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            3_041_136,
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            5_120,
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
    )
    classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


_ALIKE = set("cijklmopsuvwxyz")  # letters that are merged with their capitals
_CHARACTERS = sorted(string.digits + string.ascii_letters)


class EMNIST(MNIST):
    """EMNIST: handwritten letters and digits of 28 x 28 pixels (Cohen et al., 2017).

    Parameters
    ----------
    root : str or path, optional
        The folder that holds ``EMNIST/raw``, or that of the IDX files itself; or else the cache's.
    split : str
        'byclass', 'bymerge', 'balanced', 'letters', 'digits' or 'mnist'.
    **kwargs
        As for `MNIST`.
    """

    mirrors = (
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    )
    resources = (
        (
            "gzip.zip",
            561_753_746,
            "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
        ),
    )
    splits = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
    classes_split_dict: ClassVar[dict[str, list[str]]] = {
        "byclass": _CHARACTERS,
        "bymerge": [name for name in _CHARACTERS if name not in _ALIKE],
        "balanced": [name for name in _CHARACTERS if name not in _ALIKE],
        "letters": ["N/A", *string.ascii_lowercase],
        "digits": list(string.digits),
        "mnist": list(string.digits),
    }

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "balanced",
        **kwargs: Any,
    ) -> None:
        self.split = verified("split", split, self.splits)
        self.classes = self.classes_split_dict[split]
        super().__init__(root, **kwargs)

    def _stems(self, train: bool) -> list[tuple[str, str]]:
        part = f"emnist-{self.split}-{'train' if train else 'test'}"
        return [(f"{part}-images", "idx3-ubyte"), (f"{part}-labels", "idx1-ubyte")]

    def _source(self) -> str:
        return self.mirrors[0] + self.resources[0][0]

    def download(self) -> None:
        """Fetch the archive, unless the files of the split are there, and unpack them."""
        from ._archives import unpack
        from ._download import Remote, fetch

        missing = self._missing()
        if missing:
            archive, size, sha256 = self.resources[0]
            urls = [mirror + archive for mirror in self.mirrors]
            files = [f"{name}.gz" for name in missing]
            paths = fetch([Remote(archive, size, sha256, urls)], self.raw_folder)
            unpack(paths[0], files, self.raw_folder, 2**29)


def verified(name: str, value: Any, choices: Sequence[str]) -> str:
    """The value, which a ValueError says to be none of the choices."""
    if not isinstance(value, str):
        raise ValueError(f"Expected type str for argument {name}, but got type {type(value)}.")
    if value not in choices:
        raise ValueError(f"Unknown value '{value}' for argument {name}: use one of {[*choices]}")
    return value
