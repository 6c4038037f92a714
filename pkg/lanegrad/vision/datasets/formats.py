"""Readers of the two binary formats, CIFAR records and IDX. Bytes that do not fit are a
ValueError that names the file, what was expected and what was found; nothing is ever unpickled.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Images = NDArray[np.uint8]
    Labels = NDArray[np.int64]

CIFAR_SHAPE = (3, 32, 32)
CIFAR_PIXELS = 3 * 32 * 32  # a record is one label or two, then the three colour planes

IDX_IMAGES = 0x00000803  # unsigned bytes in three dimensions
IDX_LABELS = 0x00000801  # unsigned bytes in one


def read_cifar(
    paths: Sequence[str], title: str, labels: int, classes: int
) -> tuple[Images, Labels]:
    """Read files of CIFAR's binary layouts, one after the other.

    A file is any whole number of records: one label byte in CIFAR-10 and two in CIFAR-100, of which the last
    is taken, then 1,024 bytes each of red, green and blue, row by row.

    Parameters
    ----------
    paths : sequence of str
    title : str
        What the files are of, for errors.
    labels, classes : int
        Label bytes of a record, and how many classes the last of them has.

    Returns
    -------
    images : ndarray of uint8, (N, 3, 32, 32)
    labels : ndarray of int64, (N,)

    Raises
    ------
    ValueError
        A file is empty, is no whole number of records, or holds a label that is no class.
    """
    files = [_cifar_records(path, title, labels, classes) for path in paths]
    images = np.concatenate([records[:, labels:] for records in files])
    found = np.concatenate([records[:, labels - 1] for records in files])
    return images.reshape(-1, *CIFAR_SHAPE), found.astype(np.int64)


def _cifar_records(path: str, title: str, labels: int, classes: int) -> Images:
    size = labels + CIFAR_PIXELS
    content = np.fromfile(path, dtype=np.uint8)
    count, rest = divmod(content.size, size)
    if rest or not count:
        raise ValueError(
            f"{path}: expected {title}'s binary layout, one or more records of {size} "
            f"bytes; found {content.size} bytes, which is {count} records and {rest} bytes over"
        )
    records = content.reshape(count, size)
    _check_labels(path, records[:, labels - 1], classes)
    return records


def read_idx_images(path: str) -> Images:
    """Read an IDX file of images (MNIST's format), gzipped or not.

    Returns
    -------
    ndarray of uint8, (N, 1, rows, columns)

    Raises
    ------
    ValueError
        The file's first bytes are not those of IDX images, its size is not the one that its header
        gives, or its gzip stream is broken.
    """
    (count, rows, columns), pixels = _read_idx(path, IDX_IMAGES, "images", 3)
    return pixels.reshape(count, 1, rows, columns)


def read_idx_labels(path: str, classes: int) -> Labels:
    """Read an IDX file of labels below `classes`, gzipped or not.

    Returns
    -------
    ndarray of int64, (N,)

    Raises
    ------
    ValueError
        As for `read_idx_images`, or a label is `classes` or more.
    """
    _, labels = _read_idx(path, IDX_LABELS, "labels", 1)
    _check_labels(path, labels, classes)
    return labels.astype(np.int64)


def _read_idx(path: str, magic: int, what: str, dimensions: int) -> tuple[list[int], Images]:
    """The sizes in the header of an IDX file, and its content as a flat array. Of a packed file no more is
    unpacked than the header tells."""
    header = 4 + 4 * dimensions
    with _opened(path) as (file, most):
        head = file.read(header)
        if int.from_bytes(head[:4], "big") != magic:
            shown = f"0x{head[:4].hex()}" if head else "an empty file"
            raise ValueError(
                f"{path}: expected IDX {what}, which begin with the magic number 0x{magic:08x}; "
                f"found {shown}"
            )
        if len(head) < header:
            raise ValueError(
                f"{path}: expected an IDX header of {header} bytes; found {len(head)} bytes"
            )
        sizes = [int.from_bytes(head[at : at + 4], "big") for at in range(4, header, 4)]
        shape = " x ".join(map(str, sizes))
        expected = math.prod(sizes)
        if expected == 0:
            raise ValueError(
                f"{path}: expected at least one of the {what}; found a header for {shape}"
            )
        content = file.read(min(expected + 1, most))
    if len(content) != expected:
        raise ValueError(
            f"{path}: expected {header + expected} bytes, a header of {header} and {shape} {what}; "
            f"found {header + len(content)} bytes{' or more' if len(content) > expected else ''}"
        )
    return sizes, np.frombuffer(content, np.uint8)


@contextmanager
def _opened(path: str) -> Iterator[tuple[Any, int]]:
    """A file, unpacked if its first bytes are gzip's, and how many bytes it has at most."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            yield file, size
            return
        import gzip  # only here: it would cost every import of lanegrad a millisecond
        import zlib

        try:
            with gzip.open(file) as unpacked:
                yield unpacked, 1100 * size  # zlib packs no better
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(
                f"{path}: expected a whole gzip stream; found {size} bytes that are cut off or "
                f"damaged ({error})"
            ) from error


def _check_labels(path: str, labels: NDArray[np.integer], classes: int) -> None:
    """Raise ValueError naming the first record whose label is not below `classes`."""
    wrong = np.flatnonzero(labels >= classes)
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(
            f"{path}: expected labels from 0 to {classes - 1}; found {labels[first]} in record "
            f"{first} (counted from 0)"
        )
