"""A reader of MATLAB 5 files, which SVHN's are: their arrays of numbers, and nothing else.

A file is a header of 128 bytes and elements: a type, a size and so many bytes. An array is an element made
of elements, for its class, its shape, its name and its numbers, in the order of Fortran; mostly it is
packed by zlib in an element of its own.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator

import numpy as np

HEADER = 128
ARRAY, PACKED = 14, 15
NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
DIMENSIONS = 5  # their type


def read_matlab(path: str, names: Collection[str], most: int) -> dict[str, np.ndarray]:
    """The arrays of some names, as they are stored: MATLAB keeps whole numbers as bytes where they fit.

    Parameters
    ----------
    path : str
    names : collection of str
        Others are passed over.
    most : int
        Bytes that a packed array may have.

    Raises
    ------
    ValueError
        The file is no MATLAB 5 file, is damaged, or lacks an array.
    """
    with open(path, "rb") as file:
        content = memoryview(file.read())
    try:
        if bytes(content[124:128]) != b"\x00\x01IM":  # version 1, numbers as they are here
            raise ValueError("the header is another one")
        found = {}
        for kind, part in _elements(content[HEADER:]):
            if kind == PACKED:
                kind, part = next(_elements(memoryview(_unpacked(part, most))))
            if kind == ARRAY:
                name, array = _array(part)
                if name in names and array is not None:
                    found[name] = array
        missing = [name for name in names if name not in found]
        if missing:
            raise ValueError(f"there is no array {' or '.join(missing)}")
    except (ValueError, struct.error, zlib.error, StopIteration) as error:
        what = error or "it is cut off"
        raise ValueError(
            f"{path}: expected a MATLAB file of {' and '.join(names)}; {what}"
        ) from error
    return found


def _unpacked(part: memoryview, most: int) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(part, most)
    if not stream.eof:
        raise ValueError("an array is cut off, or larger than the data set's are")
    return content


def _elements(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<II", content, at)
        start = at + 8
        if kind >> 16:  # a small one: its size, its type, and up to four bytes
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            end = at + 8
        else:
            end = start + size
            if kind != PACKED:
                end += -size % 8
        if start + size > len(content):
            raise ValueError("it is cut off")
        yield kind, content[start : start + size]
        at = end


def _array(part: memoryview) -> tuple[str, np.ndarray | None]:
    """An array's name, and the array, if it is one of real numbers."""
    (_, flags), (kind, shape), (_, name), *numbers = _elements(part)
    title = bytes(name).decode("latin-1")
    if kind != DIMENSIONS or not numbers or numbers[0][0] not in NUMBERS or flags[1] & 8:
        return title, None
    sizes = np.frombuffer(shape, "<i4").tolist()
    values = np.frombuffer(numbers[0][1], "<" + NUMBERS[numbers[0][0]])
    if min(sizes) < 0 or math.prod(sizes) != len(values):
        raise ValueError(f"{title} has {len(values)} numbers for a shape of {sizes}")
    return title, values.reshape(sizes, order="F")
