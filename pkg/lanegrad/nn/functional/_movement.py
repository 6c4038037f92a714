"""Ways of moving elements that several functions are made of, with their gradients."""

from __future__ import annotations

import numpy as np

from ... import _core
from ..._core import ShapeError, adopt, record
from ..._tensor import Tensor, array_of, places

# An index is of int64 and in range; nobody else may touch it.


def gathered(x: Tensor, index: np.ndarray) -> Tensor:
    """Elements of the last axis, those of an index of as many axes."""
    return places.gathered(x, adopt(index), x.ndim - 1)


def scattered(x: Tensor, index: np.ndarray, size: int) -> Tensor:
    """Zeros, with the elements of the last axis at an index; of several at one place the last stays."""
    zeros, at, axis = _core.full((*x.shape[:-1], size), 0.0), adopt(index), x.ndim - 1
    value = _core.scatter(zeros, at, array_of(x), axis, places.OPS["put"])
    return record(value, _core.gather, (at, axis), x)


def as_rows(x: Tensor, name: str) -> Tensor:
    """Signals (N, C, L) or (C, L) as images of height 1."""
    if x.ndim not in (2, 3):
        raise ShapeError(f"{name} takes (N, C, L) or (C, L), found shape {x.shape}")
    return x.reshape(*x.shape[:-1], 1, x.shape[-1])


def as_signals(images: Tensor) -> Tensor:
    """Images of height 1 as signals."""
    return images.reshape(*images.shape[:-2], images.shape[-1])


def single(value: int | tuple[int, ...] | list[int], name: str) -> int:
    """An option that is one whole number, or a tuple of one."""
    if isinstance(value, tuple | list) and len(value) == 1:
        value = value[0]
    if isinstance(value, tuple | list):
        raise TypeError(f"{name} must be one whole number, found {value!r}")
    return _core.pair_option(value, name)[0]  # type: ignore[no-any-return]
