"""The data that a command is to work on."""

from __future__ import annotations

import os
from typing import Any

from ..vision.datasets import ImageFolder
from ..vision.datasets.named import NAMES, open_dataset
from ._arguments import UsageError

FOLDERS = ("train", "valid", "validation", "val", "test")  # what folders of parts are called


def parts_of(name: str, root: str | None, transform: Any = None) -> dict[str, Any]:
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
    inside = {entry.name for entry in os.scandir(name) if entry.is_dir()}
    if inside and inside <= {*FOLDERS}:
        return {
            part: ImageFolder(os.path.join(name, part), transform)
            for part in FOLDERS
            if part in inside
        }
    return {"all": ImageFolder(name, transform)}
