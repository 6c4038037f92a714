"""Samples put together into batches, and NumPy's arrays into tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from copy import copy
from typing import Any

import numpy as np

from ..._core import ShapeError, adopt, record
from ..._tensor import Tensor
from ..._tensor.convert import FLOAT, as_array
from ..._tensor.inside import as_tensor
from ..._tensor.joining import cat

__all__ = ["default_collate", "default_convert"]


def default_collate(batch: Any) -> Any:
    """A batch of samples, as a `DataLoader` makes it unless it is told otherwise.

    Parameters
    ----------
    batch : sequence
        Samples that are alike: of the same type, shape and keys.

    Returns
    -------
    Tensor, list or dict
        Of tensors and arrays a tensor with one more axis, the first, of their dtype, but float32
        for any floats; of Python's numbers and NumPy's scalars a tensor of float32, int64 or bool, or of
        the scalars' type. Of tuples and lists a list with the batch of each place, of named tuples one
        of those, of dicts a dict with the batch of each key. Strings and bytes stay as they are.

    Raises
    ------
    TypeError
        The samples, or parts of them, are of another type.
    ShapeError
        Tensors differ in shape; it is a RuntimeError and a ValueError.
    RuntimeError
        Tuples or lists differ in length.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.utils.data import default_collate
    >>> default_collate([(np.zeros(2), 5, "a"), (np.ones(2), 6, "b")])
    [tensor([[0., 0.],
            [1., 1.]]), tensor([5, 6]), ('a', 'b')]
    >>> default_collate([{"area": 1.5}, {"area": 2.0}])
    {'area': tensor([1.5000, 2.0000])}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stack(batch)
    if isinstance(first, str | bytes):
        return batch
    if _is_array(first):
        return _stack([as_tensor(array) for array in batch])
    if isinstance(first, np.number | np.bool_ | int | float):
        return record(adopt(np.array(as_array(batch))))
    if isinstance(first, Mapping):
        return _like(first, {key: default_collate([x[key] for x in batch]) for key in first})
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError(
                f"the samples of a batch differ in length: {[len(sample) for sample in batch]}"
            )
        return _like(first, [default_collate(part) for part in zip(*batch, strict=True)])
    kind = first.dtype if isinstance(first, np.ndarray) else type(first).__qualname__
    raise TypeError(
        "a batch is made of tensors, arrays, numbers, strings, dicts, tuples and lists; found "
        f"{kind}: give the loader a collate_fn, or convert samples in the data set"
    )


def default_convert(data: Any) -> Any:
    """Tensors in place of NumPy's arrays, in dicts, tuples and lists too; all else stays as it is.

    It is what a `DataLoader` with ``batch_size=None`` does to samples.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.utils.data import default_convert
    >>> default_convert({"x": np.arange(2), "y": [1, np.float32(2)]})
    {'x': tensor([0, 1]), 'y': [1, tensor(2.)]}
    """
    if _is_array(data) or isinstance(data, np.number | np.bool_):
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _like(data, [default_convert(part) for part in data])
    return data


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind not in "SUO"


def _stack(tensors: Sequence[Tensor]) -> Tensor:
    shape = tuple(tensors[0].shape)
    for place, tensor in enumerate(tensors):
        if tuple(tensor.shape) != shape:
            raise ShapeError(
                f"the samples of a batch differ in shape: {shape} at place 0, "
                f"{tuple(tensor.shape)} at place {place}"
            )
    if any(tensor.requires_grad for tensor in tensors):
        return cat([tensor.reshape(1, *shape) for tensor in tensors])
    stacked = np.stack([tensor.numpy() for tensor in tensors])
    if stacked.dtype.kind == "f":  # NumPy makes float64 of float32 and int64
        stacked = stacked.astype(FLOAT, copy=False)
    return record(adopt(stacked))


def _like(sample: Any, parts: Any) -> Any:
    """A dict or list as one of the sample's type, if that can be had; of a tuple a list."""
    make: Callable[[Any], Any] = type(sample)
    try:
        if isinstance(sample, MutableMapping):
            result = copy(sample)
            result.update(parts)
            return result
        if isinstance(sample, MutableSequence):
            sequence = copy(sample)
            for place, part in enumerate(parts):
                sequence[place] = part
            return sequence
        if isinstance(sample, tuple):
            return make(*parts) if hasattr(sample, "_fields") else parts
        return make(parts)
    except TypeError:
        return parts
