"""Files of saved values: written as a whole or not at all, and read with checks of all that they say."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np

from .._tensor import Tensor, as_tensor
from .._tensor.convert import FLOAT
from .values import DTYPES, FormatError, Packer, Unpacker

# How safetensors calls dtypes; those that NumPy lacks or that no tensor here has become float32.
_CODES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64", "U8": "uint8",
    "U16": "uint16", "U32": "uint32", "U64": "uint64", "F16": "float16", "F32": "float32",
    "F64": "float64", "C64": "complex64",
}  # fmt: skip
# What our files have in their header besides the arrays.
_VERSION, _VALUE, _CHECKSUM = "lanegrad.version", "lanegrad.value", "lanegrad.crc32"

# What taking values out of a made-up file can end in.
_NONSENSE = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error
)  # fmt: skip


def content_of(value: Any) -> bytes:
    """A value as the content of a safetensors file."""
    packer = Packer(value)
    metadata = {
        _VERSION: "1",
        _VALUE: packer.text,
        _CHECKSUM: str(_checksum(packer.text, packer.arrays.items())),
    }
    content: bytes = _library().numpy.save(packer.arrays, metadata)
    return content


def value_of(content: bytes, name: str) -> Any:
    """The value in a file's content; errors call the file by its name.

    Examples
    --------
    >>> value_of(content_of([1, 2.5, "three"]), "numbers.safetensors")
    [1, 2.5, 'three']
    >>> value_of(b"", "empty.safetensors")
    Traceback (most recent call last):
    ...
    lanegrad.serialization.FormatError: empty.safetensors is empty
    """
    _refuse_other_formats(content, name)
    library = _library()
    try:
        found = dict(library.deserialize(content))
        size = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + size], object_pairs_hook=_without_duplicates)
        metadata = header.pop("__metadata__", {})
        ours = {key: text for key, text in metadata.items() if key.startswith("lanegrad.")}
        if not ours:
            return {key: _foreign(found[key], key) for key in header}
        if ours.keys() != {_VERSION, _VALUE, _CHECKSUM}:
            raise FormatError("its header is damaged")
        if ours[_VERSION] != "1":
            raise FormatError(
                "a later version of lanegrad has written it, and is needed to load it"
            )
        arrays = {key: _array(found[key]) for key in header}
        if str(_checksum(ours[_VALUE], arrays.items())) != ours[_CHECKSUM]:
            raise FormatError("its checksum does not fit its content: it is damaged")
        return Unpacker(ours[_VALUE], arrays).value
    except library.SafetensorError as error:
        reason = str(error).removeprefix("Error while deserializing: ")
        raise FormatError(f"{name} is no safetensors file, or a damaged one: {reason}") from None
    except FormatError as error:
        raise FormatError(f"{name} cannot be loaded: {error}") from None
    except _NONSENSE as error:
        raise FormatError(f"{name} is damaged: {type(error).__name__}: {error}") from None


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            'lanegrad.save and load need the package safetensors: pip install "lanegrad[save]"'
        ) from None
    return safetensors


def _checksum(text: str, arrays: Iterable[tuple[str, np.ndarray]]) -> int:
    """The CRC-32 of all that a file says, whatever the order of the arrays."""
    total = zlib.crc32(text.encode())
    for name, array in sorted(arrays, key=lambda item: item[0]):
        total = zlib.crc32(f"{name} {array.dtype.name} {array.shape}".encode(), total)
        total = zlib.crc32(array.reshape(-1).view(np.uint8).data, total)
    return total


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FormatError("a name stands in its header twice")
    return found


def _array(entry: dict[str, Any]) -> np.ndarray:
    dtype = DTYPES[_CODES[entry["dtype"]]].newbyteorder("<")
    array = np.frombuffer(entry["data"], dtype).reshape(entry["shape"])
    return array.astype(dtype.newbyteorder("="), copy=False)


def _foreign(entry: dict[str, Any], name: str) -> Tensor:
    """A tensor of a file that something else has written."""
    code = entry["dtype"]
    if code == "BF16":  # the upper half of a float32
        entry = {**entry, "dtype": "U16"}
        return as_tensor((_array(entry).astype(np.uint32) << 16).view(FLOAT))
    if code not in _CODES or code == "C64":
        raise FormatError(f"its tensor {name!r} is {code}: convert it to float32 and save it again")
    return as_tensor(_array(entry))


def _refuse_other_formats(content: bytes, name: str) -> None:
    """An error for what is known to be something else, of PyTorch above all."""
    if not content:
        raise FormatError(f"{name} is empty")
    kind = None
    if content[:4] == b"PK\x03\x04":
        import zipfile  # which few programs need

        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise FormatError(f"{name} is a damaged ZIP or PyTorch file") from None
        if any(member.endswith(".npy") for member in members):
            kind = "an NPZ file: numpy.load reads it"
        elif not any(member.endswith("data.pkl") for member in members):
            kind = "a ZIP file, not one that lanegrad.save or PyTorch has written"
    elif content[:6] == b"\x93NUMPY":
        kind = "an NPY file: numpy.load reads it"
    elif not (content[:1] == b"\x80" and content[1:2] <= b"\x05" and content[7:8] != b"\x00"):
        return
    if kind is not None:
        raise FormatError(f"{name} is {kind}")
    target = os.path.splitext(name)[0] + ".safetensors"
    raise FormatError(
        f"{name} is a PyTorch file or another pickle, which can run any code: convert it, where "
        "PyTorch is installed, with\n"
        "    import torch\n"
        "    from safetensors.torch import save_file\n"
        f'    save_file(torch.load({name!r}, map_location="cpu"), {target!r})'
    )


def write(content: bytes, path: str) -> None:
    """Write a file as a whole: until it is on the disk, what stood under its name stays there.

    The content goes to a new file in the same folder, which then takes the name. A link stays one, and a
    device or a pipe is written to.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:  # or the error for a folder
            file.write(content)
        return
    folder = os.path.dirname(path)
    aside = os.path.join(folder, f".{os.urandom(8).hex()}.tmp")
    try:
        with open(aside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)
    if hasattr(os, "O_DIRECTORY"):  # the new name, too, survives a loss of power
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
