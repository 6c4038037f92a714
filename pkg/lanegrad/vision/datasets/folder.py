"""Pictures in folders that have their classes' names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._machine.config import get_num_threads
from ...utils.data import get_worker_info
from .._images import pillow, values
from ..transforms import CenterCrop, PILToTensor, Resize
from .vision import ArrayDataset, VisionDataset

if TYPE_CHECKING:
    from ._ahead import Ahead

__all__ = ["DatasetFolder", "ImageFolder", "default_loader"]

Path = str | os.PathLike[str]
Samples = list[tuple[str, int]]

IMG_EXTENSIONS = (
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp", ".gif",
)  # fmt: skip
NAMED = 5  # corrupted pictures that a warning names
AT_ONCE = 64  # pictures that are read ahead


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether a name ends in one of these, capital or not.

    Examples
    --------
    >>> from lanegrad.vision.datasets.folder import has_file_allowed_extension
    >>> has_file_allowed_extension("a.PNG", (".png",))
    True
    """
    return filename.lower().endswith(extensions)


def is_image_file(filename: str) -> bool:
    """Whether a name is one of a picture.

    Examples
    --------
    >>> from lanegrad.vision.datasets.folder import is_image_file
    >>> is_image_file("a.txt")
    False
    """
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def pil_loader(path: Path) -> Any:
    """The picture of a file, in RGB.

    Raises
    ------
    OSError
        There is no such file, or pillow cannot read it; the message names it.
    """
    return read_picture(path, lambda picture: picture.convert("RGB"))


def read_picture(path: Path, convert: Callable[[Any], Any]) -> Any:
    """What becomes of a file's picture; errors as of `pil_loader`."""
    image = pillow()
    with open(path, "rb") as file:
        try:
            return convert(image.open(file))
        except MemoryError:
            raise
        except Exception as error:  # pillow's many kinds
            unknown = isinstance(error, image.UnidentifiedImageError)
            what = "it is of no format that is known" if unknown else error
            raise OSError(f"{path}: not a picture that pillow can read: {what}") from error


def default_loader(path: Path) -> Any:
    """As `pil_loader`."""
    return pil_loader(path)


def find_classes(directory: Path) -> tuple[list[str], dict[str, int]]:
    """The names of the folders in a folder, sorted, and their numbers."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: number for number, name in enumerate(classes)}


def make_dataset(
    directory: Path,
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> Samples:
    """The files below the folders of classes that are valid, sorted, each with its class's number."""
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        _, class_to_idx = find_classes(directory)
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError(
            "Both extensions and is_valid_file cannot be None or not None at the same time"
        )
    samples: Samples = []
    empty = []
    for name in sorted(class_to_idx):
        before = len(samples)
        for folder, files in sorted(_walk(os.path.join(directory, name))):
            for path in (os.path.join(folder, file) for file in sorted(files)):
                valid = (
                    is_valid_file(path)
                    if extensions is None and is_valid_file
                    else has_file_allowed_extension(path, extensions or ())
                )
                if valid:
                    samples.append((path, class_to_idx[name]))
        if len(samples) == before:
            empty.append(name)
    if empty and not allow_empty:
        several = extensions if isinstance(extensions, str) else ", ".join(extensions or ())
        supported = f" Supported extensions are: {several}" if several else ""
        raise FileNotFoundError(
            f"Found no valid file for the classes {', '.join(empty)}.{supported}"
        )
    return samples


def _walk(top: str) -> Iterator[tuple[str, list[str]]]:
    """All folders below one with their files, also where links lead, but to what was found before."""
    seen = {os.path.realpath(top)}
    for folder, folders, files in os.walk(top, followlinks=True):
        yield folder, files
        inner = {name: os.path.realpath(os.path.join(folder, name)) for name in folders}
        folders[:] = sorted(name for name, real in inner.items() if real not in seen)
        seen.update(inner.values())


class DatasetFolder(VisionDataset):
    """Files in folders that have their classes' names.

    Parameters
    ----------
    root : str or path
    loader : callable
        Gives the sample of a path.
    extensions : tuple of str, optional
        Of the files that count; or else
    is_valid_file : callable, optional
        Says of a path whether it counts.
    transform, target_transform : callable, optional
        Get the sample, and the class's number.
    allow_empty : bool
        Whether classes without files are no error.

    Attributes
    ----------
    classes, class_to_idx, samples, targets

    Raises
    ------
    FileNotFoundError
        There is no folder, or a class without files.
    """

    def __init__(
        self,
        root: Path,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        where = os.path.expanduser(root)
        self.classes, self.class_to_idx = self.find_classes(where)
        self.samples = self.make_dataset(
            where, self.class_to_idx, extensions, is_valid_file, allow_empty
        )
        self.loader, self.extensions = loader, extensions
        self.targets = [target for _, target in self.samples]

    @staticmethod
    def make_dataset(
        directory: Path,
        class_to_idx: dict[str, int],
        extensions: tuple[str, ...] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> Samples:
        """The samples; a subclass may find others."""
        if class_to_idx is None:
            raise ValueError("The class_to_idx parameter cannot be None.")
        return make_dataset(directory, class_to_idx, extensions, is_valid_file, allow_empty)

    def find_classes(self, directory: Path) -> tuple[list[str], dict[str, int]]:
        """The classes; a subclass may find others."""
        return find_classes(directory)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        sample = self._read(path)
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return sample, target

    def _read(self, path: str) -> Any:
        return self.loader(path)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Pictures in folders that have their classes' names: ``root/dog/1.png``; pillow reads them.

    Parameters
    ----------
    root, transform, target_transform, loader, is_valid_file, allow_empty
        See `DatasetFolder`.
    threads : int, optional
        How many threads read the pictures of a batch; as many as kernels use, if not given. A loader of
        your own is called by one, unless you say otherwise, and so is what a loader's worker process reads.
    skip_corrupted : bool
        Read each picture once now, and leave out those that cannot be read, with a warning that names them.
        Else such a picture is an error that names it when it is asked for.

    Attributes
    ----------
    classes, class_to_idx, samples, targets
    imgs
        As `samples`.
    """

    def __init__(
        self,
        root: Path,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
        *,
        threads: int | None = None,
        skip_corrupted: bool = False,
    ) -> None:
        extensions = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(
            root, loader, extensions, transform, target_transform, is_valid_file, allow_empty
        )
        self.threads = threads
        self._ahead: Ahead | None = None
        if skip_corrupted:
            self._leave_out_corrupted()
        self.imgs = self.samples

    def _leave_out_corrupted(self) -> None:
        wrong: dict[int, OSError] = {}
        for number in range(len(self)):
            if number % AT_ONCE == 0:
                self.__ahead__(range(number, min(number + AT_ONCE, len(self))))
            try:
                self._read(self.samples[number][0])
            except OSError as error:
                wrong[number] = error
        if not wrong:
            return
        lines = [f"\n  {error}" for error in [*wrong.values()][:NAMED]]
        if len(wrong) > NAMED:
            lines.append(f"\n  and {len(wrong) - NAMED} more")
        warnings.warn(
            f"{len(wrong)} of {len(self)} pictures are left out:{''.join(lines)}", stacklevel=3
        )
        self.samples = [sample for number, sample in enumerate(self.samples) if number not in wrong]
        self.targets = [target for _, target in self.samples]
        if not self.samples:
            raise FileNotFoundError(f"{self.root}: no picture can be read")

    def _thread_count(self) -> int:
        own = self.loader in (default_loader, pil_loader)
        count = get_num_threads() if own else 1
        return self.threads or (count if get_worker_info() is None else 1)

    def __ahead__(self, indices: Sequence[int]) -> None:
        """Begin to read the pictures of some numbers."""
        if self._ahead is None or self._ahead.threads != self._thread_count():
            self._ahead = self._reader(self._load)
        if self._ahead is not None:
            there = range(-len(self), len(self))
            self._ahead.start(self.samples[index][0] for index in indices if index in there)

    def _reader(self, function: Callable[[str], Any]) -> Ahead | None:
        """What calls a function of paths in threads, unless one is enough."""
        count = self._thread_count()
        if count == 1:
            return None
        from ._ahead import Ahead  # here: it would slow every import down

        return Ahead(function, count)

    def _load(self, path: str) -> Any:
        return self.loader(path)

    def _read(self, path: str) -> Any:
        return self._load(path) if self._ahead is None else self._ahead.take(path)

    def in_memory(self, size: int | tuple[int, int] | None = None) -> ArrayDataset:
        """The pictures as bytes in memory: what is read once is ready for each epoch.

        Parameters
        ----------
        size : int or (int, int), optional
            Height and width, if they differ: pictures are resized until they cover it, and what stands out
            on two sides is cut off. If not given, all pictures have to be of one size.

        Returns
        -------
        ArrayDataset
            With the transforms of this one.

        Raises
        ------
        ValueError
            The pictures differ in size, and none is given.
        OSError
            A picture cannot be read.
        """
        if not self.samples:
            raise ValueError(f"{self.root}: there is no picture")
        images: np.ndarray | None = None
        for number, planes in enumerate(self.planes(size)):
            if images is None:
                images = np.empty((len(self), *planes.shape), np.uint8)
            if planes.shape != images.shape[1:]:
                raise ValueError(
                    f"expected pictures of one size; found {images.shape[1:]} in {self.samples[0][0]} and "
                    f"{planes.shape} in {self.samples[number][0]}: give a size"
                )
            images[number] = planes
        return ArrayDataset(
            images, np.array(self.targets), self.classes, self.transform, self.target_transform
        )

    def picture(self, number: int) -> Any:
        """A picture of pillow's, without the transforms."""
        return self._read(self.samples[number][0])

    def planes(self, size: int | tuple[int, int] | None = None) -> Iterator[np.ndarray]:
        """The pictures as bytes (C, H, W), one after the other; `size` is that of `in_memory`."""

        def planes(path: str) -> np.ndarray:
            picture = self.loader(path)
            if size is not None:
                picture = covering(picture, *((size, size) if isinstance(size, int) else size))
            return values(PILToTensor()(picture))

        reader = self._reader(planes)
        for number, (path, _) in enumerate(self.samples):
            if reader is not None and number % AT_ONCE == 0:
                reader.start(path for path, _ in self.samples[number : number + AT_ONCE])
            yield planes(path) if reader is None else reader.take(path)


def covering(picture: Any, height: int, width: int) -> Any:
    """A picture of pillow's resized until it covers a window, and its middle."""
    factor = max(height / picture.height, width / picture.width)
    size = [
        max(round(side * factor), least)
        for side, least in ((picture.height, height), (picture.width, width))
    ]
    return CenterCrop((height, width))(Resize(size)(picture))
