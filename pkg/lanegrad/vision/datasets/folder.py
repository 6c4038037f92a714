"""Pictures in folders that have their classes' names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .._images import pillow
from .vision import VisionDataset

__all__ = ["DatasetFolder", "ImageFolder", "default_loader"]

Path = str | os.PathLike[str]
Samples = list[tuple[str, int]]

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


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
    """The picture of a file, in RGB."""
    with open(path, "rb") as file:
        return pillow().open(file).convert("RGB")


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
        for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True)):
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
        sample = self.loader(path)
        if self.transform is not None:
            sample = self.transform(sample)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return sample, target

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Pictures in folders that have their classes' names: ``root/dog/1.png``; pillow reads them.

    Parameters
    ----------
    root, transform, target_transform, loader, is_valid_file, allow_empty
        See `DatasetFolder`.

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
    ) -> None:
        extensions = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(
            root, loader, extensions, transform, target_transform, is_valid_file, allow_empty
        )
        self.imgs = self.samples
