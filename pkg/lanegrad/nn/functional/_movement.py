"""Signals as images of height 1, and the options of these."""

from __future__ import annotations

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor


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
