"""Saving values to safetensors files and loading them; no file ever runs code."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from ._missing import missing_names
from ._saving.files import content_of, value_of, write
from ._saving.values import FormatError

__all__ = ["FormatError", "load", "save"]

File = str | os.PathLike[str] | BinaryIO


def save(
    obj: Any,
    f: File,
    pickle_module: None = None,
    pickle_protocol: int | None = None,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Save tensors, and containers of tensors and values, to a safetensors file.

    Dicts, lists and tuples may be nested up to 100 deep. In them may be tensors, parameters, arrays and
    scalars of NumPy, dtypes, numbers, strings, bools and None, and all come back with their types and bits;
    of gradients none is saved, as in PyTorch. Keys of dicts are strings, numbers, bools or None. What
    `state_dict` of modules, optimizers and schedules gives can be saved, alone or in a larger dict. The
    tensors of a state dict have its names in the file, where every program that reads safetensors finds them.

    A tensor that occurs twice comes back as one tensor, and tensors of the same memory and shape share
    memory again. A view of a part of another tensor comes back with memory of its own, and so does a list or
    a dict that occurs twice.

    Parameters
    ----------
    obj : object
    f : str, path or file object
        Where to. A file at that path is replaced when the new one is whole and on the disk, so that an error
        leaves the old one. A file object must be open for writing bytes; it is written to from where it
        stands.
    pickle_module : None
        For PyTorch's signature: nothing is pickled.
    pickle_protocol, _use_new_zipfile_serialization
        Ignored.

    Raises
    ------
    TypeError
        `obj` contains something else: a module or an optimizer, whose state_dict() is to be saved, bytes, a
        set, a function. The message says where.
    ImportError
        The package safetensors is not installed: ``pip install "lanegrad[save]"``.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> import io
    >>> import lanegrad
    >>> file = io.BytesIO()
    >>> lanegrad.serialization.save({"epoch": 3, "weight": lanegrad.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> lanegrad.serialization.load(file)
    {'epoch': 3, 'weight': tensor([1., 1.])}
    """
    _refuse_pickle(pickle_module)
    path = _path(f, "write")
    content = content_of(obj)
    if path is None:
        f.write(content)  # type: ignore[union-attr]
    else:
        write(content, path)


def load(
    f: File,
    map_location: Any = None,
    pickle_module: None = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
) -> Any:
    """Load what `save` has saved, or any safetensors file, such as one of PyTorch's tensors.

    Of a file that something else has written comes a dict of tensors by name. Its float64, float16 and
    bfloat16 are converted to float32; integers and booleans keep their dtype.

    A file of ``torch.save`` is not loaded, since it is a program that Python would run. The error shows the
    three lines that convert it.

    Parameters
    ----------
    f : str, path or file object
        A file object is read from where it stands to its end.
    map_location : optional
        Where tensors are to be: the CPU, which is where they are.
    pickle_module : None
        For PyTorch's signature: nothing is unpickled.
    weights_only, mmap : bool, optional
        Ignored: nothing but values is ever loaded, and always into memory.

    Returns
    -------
    object
        Equal to what was saved in all types and bits.

    Raises
    ------
    FormatError
        The file is damaged, empty or of another kind. It is a RuntimeError and a ValueError.
    RuntimeError
        `map_location` is another device than the CPU.
    ImportError
        The package safetensors is not installed: ``pip install "lanegrad[save]"``.
    OSError
        The file is not there, or cannot be read.

    Examples
    --------
    >>> import lanegrad, os, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "net.safetensors")
    >>> net = lanegrad.nn.Linear(2, 1)
    >>> lanegrad.serialization.save(net.state_dict(), path)
    >>> _ = net.load_state_dict(lanegrad.serialization.load(path))
    >>> folder.cleanup()
    """
    _refuse_pickle(pickle_module)
    if not (map_location is None or callable(map_location) or isinstance(map_location, dict)):
        kind = str(map_location).partition(":")[0]
        if kind != "cpu":
            raise RuntimeError(
                f"map_location={str(map_location)!r}: lanegrad runs on the CPU, so that "
                "map_location='cpu', or nothing, is right"
            )
    path = _path(f, "read")
    if path is None:
        content = f.read()  # type: ignore[union-attr]
        if not isinstance(content, bytes):
            raise TypeError("f is open as text: open it with mode 'rb'")
        return value_of(content, str(getattr(f, "name", "the file")))
    with open(path, "rb") as file:
        return value_of(file.read(), path)


def _path(f: File, method: str) -> str | None:
    """The path that `f` is, or None for a file object."""
    if isinstance(f, str | os.PathLike):
        return os.fspath(f)
    if not hasattr(f, method):
        raise TypeError(
            f"f must be a path or a file object that can {method}, got {type(f).__name__}"
        )
    return None


def _refuse_pickle(module: None) -> None:
    if module is not None:
        raise ValueError("pickle_module must be None: lanegrad's files hold values and no pickles")


__getattr__ = missing_names(__name__)
