"""The data that a command is to work on."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .._machine.config import get_num_threads
from ..vision._images import pillow
from ..vision.datasets import ImageFolder
from ..vision.datasets.folder import IMG_EXTENSIONS, find_classes, make_dataset, read_picture
from ..vision.datasets.named import NAMES, open_dataset
from ._arguments import UsageError

FOLDERS = ("train", "valid", "validation", "val", "test")  # what folders of parts are called
TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")
SKIP = "--skip-corrupted leaves such pictures out"


class Photos(ImageFolder):
    """A user's pictures: nothing that is hidden, each as a viewer shows it, and some of each class."""

    def __init__(self, root: str, transform: Any = None, skip_corrupted: bool = False) -> None:
        super().__init__(
            root,
            transform,
            loader=_named,
            allow_empty=True,
            threads=get_num_threads(),
            skip_corrupted=skip_corrupted,
        )
        found = {*self.targets}
        for name, number in self.class_to_idx.items():
            if number not in found:
                kinds = ", ".join(IMG_EXTENSIONS)
                raise UsageError(
                    f"{os.path.join(root, name)} has no pictures, whose names end in {kinds}: add some, or "
                    "take the folder away"
                )

    def find_classes(self, directory: Any) -> tuple[list[str], dict[str, int]]:
        """All folders but hidden ones."""
        try:
            names = [name for name in find_classes(directory)[0] if name[0] != "."]
        except FileNotFoundError:
            names = []
        if not names:
            raise UsageError(
                f"{directory} has no folder of pictures for each class, such as {directory}/cat"
            )
        return names, {name: number for number, name in enumerate(names)}

    @staticmethod
    def make_dataset(directory: Any, *arguments: Any) -> list[tuple[str, int]]:
        """All pictures but hidden ones."""
        samples = make_dataset(directory, *arguments)
        return [s for s in samples if f"{os.sep}." not in s[0].removeprefix(directory)]


def photo(path: str) -> Any:
    """The picture of a file, as viewers show it: upright, white where it is transparent, 16 bits as 8."""
    return read_picture(path, _as_shown)


def _as_shown(picture: Any) -> Any:
    image = pillow()
    picture = pillow("ImageOps").exif_transpose(picture)
    if picture.mode[0] == "I":
        picture = image.fromarray(np.clip(np.asarray(picture) >> 8, 0, 255).astype(np.uint8))
    if picture.mode in TRANSPARENT or "transparency" in picture.info:
        white = image.new("RGBA", picture.size, "white")
        picture = image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert("RGB")


def _named(path: str) -> Any:
    try:
        return photo(path)
    except OSError as error:
        raise OSError(f"{error}; {SKIP}") from error


def parts_of(
    name: str, root: str | None, transform: Any = None, *, skip_corrupted: bool = False
) -> dict[str, Any]:
    """The parts of a data set that has a name: train and test; or of a folder: those that it has, or all."""
    if name in NAMES:
        try:
            return {
                part: open_dataset(name, root, part == "train", transform)
                for part in ("train", "test")
            }
        except FileNotFoundError as error:
            where = "" if root is None else f" --root {root}"
            raise UsageError(f"{error}, or run lanegrad data fetch {name}{where}") from error
    if not os.path.isdir(name):
        raise UsageError(f"{name} is neither a folder nor one of {', '.join(NAMES)}")
    inside = {entry.name for entry in os.scandir(name) if entry.is_dir() and entry.name[0] != "."}
    parts = [part for part in FOLDERS if part in inside]
    if inside and len(parts) == len(inside):
        return {part: Photos(os.path.join(name, part), transform, skip_corrupted) for part in parts}
    return {"all": Photos(name, transform, skip_corrupted)}
