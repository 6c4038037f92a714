"""Where a data set's files are looked for, and what is said where they are not."""

from __future__ import annotations

import os
from collections.abc import Sequence

Path = str | os.PathLike[str]


class DatasetNotFoundError(RuntimeError, FileNotFoundError):
    """A data set's files are not there: torchvision's RuntimeError, and a FileNotFoundError."""

    __module__ = "lanegrad.vision.datasets"


def data_folder(root: Path | None = None) -> str:
    """The folder of data sets: the one that is given, or else the cache's.

    That is ``data`` in the folder that the environment variable LANEGRAD_HOME names, or else in
    ``~/.cache/lanegrad``.
    """
    if root is None:
        return os.path.join(
            os.path.expanduser(os.environ.get("LANEGRAD_HOME") or "~/.cache/lanegrad"), "data"
        )
    return os.path.expanduser(os.fspath(root))


def folders_of(root: Path, *below: str) -> list[str]:
    """The folders in which to look: the root itself, then those below it."""
    root = data_folder(root)
    return [root, *(os.path.join(root, name) for name in below)]


def first_file(folders: Sequence[str], names: Sequence[str]) -> str | None:
    """The path of the first of these files that is there; the root, the first folder, is looked at last."""
    paths = (os.path.join(folder, name) for folder in (*folders[1:], folders[0]) for name in names)
    return next((path for path in paths if os.path.isfile(path)), None)


def not_found(
    title: str, names: Sequence[str], folders: Sequence[str], remedy: str
) -> DatasetNotFoundError:
    """The error that says which files were looked for, where, and what to do."""
    state = "" if os.path.isdir(folders[0]) else f" ({folders[0]} is no folder)"
    return DatasetNotFoundError(
        "Dataset not found. You can use download=True to download it. "
        f"{title}: found none of {', '.join(names)} in {', '.join(folders)}{state}; {remedy}"
    )
