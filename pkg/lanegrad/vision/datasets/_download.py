"""Files fetched from servers: checked, gone on with where they were cut off, and there only when whole."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from ._files import DatasetNotFoundError

SILENCE = 30.0  # seconds that a server may send nothing
ATTEMPTS = 3  # that one server gets in a row without sending anything new
CHUNK = 1 << 16
# The Internet Archive's copies, unchanged; a checksum says whether they are what is wanted.
ARCHIVE = "https://web.archive.org/web/2022id_/"


class Remote(NamedTuple):
    """A file as servers have it."""

    name: str
    size: int
    sha256: str
    urls: Sequence[str]  # the same file on several servers


class _ServerError(Exception):
    """What a server did wrong."""


class _CutOffError(_ServerError):
    """The same, where asking it once more may help."""


def fetch(files: Sequence[Remote], folder: str) -> list[str]:
    """The paths of files in a folder, each fetched from the first of its addresses that has it.

    A file whose SHA-256 or size differs is not kept; what was received of one that was cut off is, and the
    next call goes on from there. Two processes that want the same file fetch it once.

    Raises
    ------
    DatasetNotFoundError
        No server gave a file; the message has each one's reason, and what to put where instead.
    """
    return [_fetched(file, folder, files[number:]) for number, file in enumerate(files)]


def _fetched(file: Remote, folder: str, left: Sequence[Remote]) -> str:
    path = os.path.join(folder, file.name)
    if _is_whole(path, file):
        return path
    os.makedirs(folder, exist_ok=True)
    part = f"{path}.part"
    reasons = []
    with open(part, "ab") as target:
        _lock(target, file.name)
        if _is_whole(path, file):  # another process was first
            return path
        if not os.path.exists(part):
            return _fetched(file, folder, left)  # that one failed
        for url in (*file.urls, *(ARCHIVE + url for url in file.urls[:1])):
            try:
                _receive(url, file, target)
            except _ServerError as error:
                reasons.append(f"{url}: {' '.join(str(error).split())}")
                continue
            os.replace(part, path)
            return path
        if not _size(target):
            os.remove(part)
    names = ", ".join(other.name for other in left)
    raise DatasetNotFoundError(
        f"{file.name} could not be fetched; get {names} by other means and put "
        f"{'it' if len(left) == 1 else 'them'} into {folder}. Tried " + "; ".join(reasons)
    )


def _lock(target: IO[bytes], name: str) -> None:
    """Wait until no other process fetches the file."""
    with suppress(OSError):  # of file systems without locks
        try:
            fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{name}: another process is fetching it", file=sys.stderr, flush=True)
            fcntl.flock(target, fcntl.LOCK_EX)


def _is_whole(path: str, file: Remote) -> bool:
    return (
        os.path.isfile(path)
        and os.path.getsize(path) == file.size
        and _digest_of(path) == file.sha256
    )


def _digest_of(path: str) -> str:
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _receive(url: str, file: Remote, target: IO[bytes]) -> None:
    """Append to a file what it lacks, until it is whole."""
    attempts = ATTEMPTS
    while True:
        start = _size(target)
        try:
            if start < file.size:
                _append(url, start, file, target)
        except _CutOffError:
            attempts = ATTEMPTS if _size(target) > start else attempts - 1
            if not attempts:
                raise
            continue
        if _digest_of(target.name) == file.sha256:
            return
        _cut(target)
        if not start:
            raise _ServerError("the file is damaged, or another one: its SHA-256 differs")
        # Else what was there before was of another file: once more from the beginning.


def _append(url: str, start: int, file: Remote, target: IO[bytes]) -> None:
    """Ask for what comes after the first bytes, and append what is sent."""
    request = urllib.request.Request(url, headers={"User-Agent": "lanegrad"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        answer = urllib.request.urlopen(request, timeout=SILENCE)
    except urllib.error.HTTPError as error:
        raise _ServerError(error) from error
    except (OSError, http.client.HTTPException) as error:  # urllib's are OSErrors with a reason
        raise _ServerError(getattr(error, "reason", error)) from error
    with answer:
        if start and answer.status != 206:  # the whole file is sent
            _cut(target)
            start = 0
        bar = Bar(file.name, start, file.size)
        try:
            for chunk in _chunks(answer):
                target.write(chunk)
                start += len(chunk)
                bar.show(start)
                if start > file.size:
                    _cut(target)
                    raise _ServerError(f"expected {file.size} bytes; found more")
        finally:
            target.flush()
            bar.close()
    if start < file.size:
        raise _CutOffError(f"expected {file.size} bytes; found {start}")


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := answer.read1(CHUNK):
            yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise _CutOffError(error) from error


def _size(target: IO[bytes]) -> int:
    return os.fstat(target.fileno()).st_size


def _cut(target: IO[bytes]) -> None:
    target.flush()
    target.truncate(0)


class Bar:
    """How much of a file is there, in one line of a terminal; elsewhere one line when it begins.

    Examples
    --------
    >>> import io, sys
    >>> from contextlib import redirect_stderr
    >>> from lanegrad.vision.datasets._download import Bar
    >>> with redirect_stderr(io.StringIO()) as text:
    ...     bar = Bar("a.gz", 0, 1_500_000)
    >>> text.getvalue()
    'a.gz: 1.5 MB to fetch\\n'
    """

    def __init__(self, name: str, start: int, size: int) -> None:
        self.name, self.size = name, size
        self.first, self.began = start, time.monotonic()
        self.shown = 0.0
        self.live = sys.stderr.isatty()
        if not self.live:
            rest = f", {start / 1e6:.1f} MB are there" if start else ""
            print(f"{name}: {size / 1e6:.1f} MB to fetch{rest}", file=sys.stderr, flush=True)

    def show(self, there: int) -> None:
        """Say how many bytes are there, ten times a second at most."""
        now = time.monotonic()
        if not self.live or (now - self.shown < 0.1 and there < self.size):
            return
        self.shown = now
        rate = (there - self.first) / max(now - self.began, 1e-3)
        left = (self.size - there) / max(rate, 1)
        filled = "#" * (20 * there // self.size)
        print(
            f"\r{self.name} [{filled:20}] {there / 1e6:.1f} of {self.size / 1e6:.1f} MB, "
            f"{rate / 1e6:.1f} MB/s, {left:.0f} s left \033[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """End the line."""
        if self.live:
            print(file=sys.stderr)
