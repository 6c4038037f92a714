"""Where a data set's files are looked for, and how they are fetched and unpacked."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from typing import IO, Any


class DatasetNotFoundError(RuntimeError, FileNotFoundError):
    """A data set's files are not there: torchvision's RuntimeError, and a FileNotFoundError."""

    __module__ = "lanegrad.vision.datasets"


def folders_of(root: str | os.PathLike[str], *below: str) -> list[str]:
    """The folders in which to look: the root itself, then those below it."""
    root = os.path.expanduser(os.fspath(root))
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


def fetch(urls: Sequence[str], checksum: str, folder: str) -> str:
    """The path of a file in a folder, fetched from the first of these addresses that has it.

    Parameters
    ----------
    urls : sequence of str
        The same file on several servers.
    checksum : str
        "md5:..." or "sha256:..."; a file that differs is not kept.
    folder : str
        Made if it is not there.

    Raises
    ------
    DatasetNotFoundError
        No server gave the file; the message has each one's reason.
    """
    name = urls[0].rpartition("/")[2]
    try:
        import pooch  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ImportError(
            f'download=True needs pooch: pip install "lanegrad[vision]", or put {name} from {urls[0]} '
            f"into {folder}"
        ) from None
    os.makedirs(folder, exist_ok=True)
    reasons = []
    for url in urls:
        try:
            found: Any = pooch.retrieve(url, known_hash=checksum, fname=name, path=folder)
            return str(found)
        except (OSError, ValueError) as error:  # of requests' and of checksums too
            reasons.append(f"{url}: {' '.join(str(error).split())}")
    raise DatasetNotFoundError(
        f"{name} could not be fetched; get it by other means and put it into {folder}. "
        "Tried " + "; ".join(reasons)
    )


def unpack(archive: str, names: Sequence[str], folder: str, most: int) -> None:
    """Write some files of a .tar.gz or .zip, wherever in it they are, into a folder.

    Nothing of the archive decides where something is written: of its members those count that are regular
    files of these names, of at most `most` bytes.

    Raises
    ------
    ValueError
        The archive is damaged, or lacks a file, or one is too large.
    """
    os.makedirs(folder, exist_ok=True)
    missing = set(names)
    try:
        if archive.endswith(".zip"):
            with zipfile.ZipFile(archive) as packed:
                for info in packed.infolist():
                    name = info.filename.rpartition("/")[2]
                    if name in missing:
                        with packed.open(info) as source:
                            _write(source, os.path.join(folder, name), most)
                        missing.discard(name)
        else:
            with tarfile.open(archive, "r:gz") as tar:
                for member in tar:
                    name = member.name.rpartition("/")[2]
                    source_ = (
                        tar.extractfile(member) if member.isreg() and name in missing else None
                    )
                    if source_ is not None:
                        _write(source_, os.path.join(folder, name), most)
                        missing.discard(name)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{archive}: expected a whole archive; {error}") from error
    if missing:
        raise ValueError(f"{archive}: expected {', '.join(sorted(missing))} in it")


def _write(source: IO[bytes], path: str, most: int) -> None:
    """Copy at most so many bytes to a file that is there only when all of them are."""
    part = f"{path}.part"
    try:
        with open(part, "wb") as target:
            shutil.copyfileobj(_Limited(source, most), target)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


class _Limited:
    """A file of which more than so many bytes are a ValueError."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self.source, self.left = source, most

    def read(self, size: int = -1) -> bytes:
        content = self.source.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise ValueError("a file in the archive is larger than the data set's are")
        return content
