"""Files taken out of archives. What an archive says of paths, sizes and links decides nothing."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,  # gzip's
    NotImplementedError,  # zipfile's, for methods that it does not know,
    RuntimeError,  # and for what is encrypted
)


def unpack(archive: str, names: Sequence[str], folder: str, most: int) -> None:
    """Write some files of a .tar.gz or .zip, wherever in it they are, into a folder.

    Nothing of the archive decides where something is written: of its members those count that are regular
    files of these names, of at most `most` bytes. Each file is there only when it is whole.

    Raises
    ------
    ValueError
        The archive is damaged, or lacks a file, or one is too large.
    """
    os.makedirs(folder, exist_ok=True)
    missing = set(names)
    members = _zipped(archive) if archive.endswith(".zip") else _tarred(archive)
    for name, content in _undamaged(archive, members):
        if name in missing:
            _write(archive, content, os.path.join(folder, name), most)
            missing.discard(name)
    if missing:
        raise ValueError(f"{archive}: expected {', '.join(sorted(missing))} in it")


class _Member:
    """A file in an archive, of which more than so many bytes are an error."""

    def __init__(self, archive: str, file: IO[bytes], most: int) -> None:
        self.archive, self.file, self.left = archive, file, most

    def read(self, size: int = -1) -> bytes:
        try:
            content = self.file.read(size)
        except DAMAGED as error:
            raise _damaged(self.archive, error) from error
        self.left -= len(content)
        if self.left < 0:
            raise ValueError(
                f"{self.archive}: a file in it is larger than the data set's are: it is another archive"
            )
        return content


def _zipped(archive: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            with packed.open(info) as file:
                yield os.path.basename(info.filename), file


def _tarred(archive: str) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive, "r:gz") as packed:
        for member in packed:
            file = packed.extractfile(member) if member.isreg() else None
            if file is not None:
                yield os.path.basename(member.name), file


def _undamaged(
    archive: str, members: Iterator[tuple[str, IO[bytes]]]
) -> Iterator[tuple[str, IO[bytes]]]:
    """The members, with one kind of error for all that can be wrong between them."""
    while True:
        try:
            member = next(members, None)
        except DAMAGED as error:
            raise _damaged(archive, error) from error
        if member is None:
            return
        yield member


def _damaged(archive: str, error: Exception) -> ValueError:
    return ValueError(f"{archive}: expected a whole archive; {error}")


def _write(archive: str, content: IO[bytes], path: str, most: int) -> None:
    """Copy at most so many bytes to a file that is there only when all of them are."""
    part = f"{path}.part"
    try:
        with open(part, "wb") as target:
            shutil.copyfileobj(_Member(archive, content, most), target)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)
