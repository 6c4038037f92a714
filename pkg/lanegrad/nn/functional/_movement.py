"""Ways of moving elements that several functions are made of, with their gradients."""

from __future__ import annotations

import numpy as np

from ... import _core
from ..._core import Array, ShapeError, adopt, record
from ..._tensor import Tensor, array_of


def gathered(x: Tensor, index: np.ndarray) -> Tensor:
    """Elements of the last axis, those of an index of as many axes."""
    value = np.take_along_axis(array_of(x).array(), index, -1)
    return record(adopt(value), _spread, (adopt(index), x.shape[-1]), x)


def scattered(x: Tensor, index: np.ndarray, size: int) -> Tensor:
    """Zeros, with the elements of the last axis at an index; of several at one place the last stays."""
    value = np.zeros((*x.shape[:-1], size), np.float32)
    np.put_along_axis(value, index, array_of(x).array(), -1)
    return record(adopt(value), _collected, (adopt(index),), x)


def _spread(g: Array, index: Array, size: int) -> Array:
    at, up = index.array(), g.array()
    rows = at.size // at.shape[-1] if at.size else 0
    gx = np.zeros((rows, size), np.float32)
    np.add.at(gx, (np.arange(rows)[:, None], at.reshape(rows, -1)), up.reshape(rows, -1))
    return adopt(gx.reshape(*at.shape[:-1], size))


def _collected(g: Array, index: Array) -> Array:
    return adopt(np.take_along_axis(g.array(), index.array(), -1))


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
