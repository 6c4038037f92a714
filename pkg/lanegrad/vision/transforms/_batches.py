"""Chains of our own transforms on whole batches of bytes, without a PIL image.

What does the same to every pixel of a channel is applied to the 256 values of a byte and looked up: no
arithmetic, so the bits are those of the transforms applied one by one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._changes import BYTE
from .._images import FLOAT
from ._base import Compose, is_ours
from ._draws import Draws
from ._windows import Windows


class Chain(NamedTuple):
    """Transforms that all work on batches, and whether what they give are tensors."""

    steps: list[Any]
    gives_tensors: bool


def chain_of(transform: Any) -> Chain | None:
    """The chain that a transform is, or None where a picture has to be gone through one by one."""
    steps = _steps(transform)
    if steps is None:
        return None
    tensors, bytes_ = False, True
    for step in steps:
        takes = getattr(step, "takes", None)
        if takes is not None and (takes == "tensors") != tensors:
            return None  # one by one, for its error
        if getattr(step, "of_bytes", False) and not bytes_:
            return None
        tensors = tensors or takes == "pictures"
        bytes_ = bytes_ and getattr(step, "keeps_bytes", True)
    return Chain(steps, tensors)


def _steps(transform: Any) -> list[Any] | None:
    if transform is None:
        return []
    if not is_ours(transform, "__call__", "forward", "get_params", "change", "batch", "pick"):
        return None
    if isinstance(transform, Compose):
        parts = [_steps(part) for part in transform.transforms]
        return None if None in parts else [step for part in parts for step in part or ()]
    able = hasattr(transform, "batch") or hasattr(transform, "pick")
    if able and getattr(transform, "in_batches", True):
        return [transform]
    return None


def run(chain: Chain, images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """What a chain makes of some images: bytes (N, C, H, W), numbers (n) -> (n, C, H, W)."""
    draws = Draws(numbers)
    windows = Windows.whole(images, numbers)
    levels: np.ndarray | None = None  # what has become of the 256 values of a byte, (1, C, 1, 256)
    for step in chain.steps:
        if getattr(step, "pixelwise", False) and windows.images.dtype == BYTE:
            levels = step.batch(_all_levels(images.shape[1]) if levels is None else levels, draws)
            continue
        if levels is not None:
            windows, levels = Windows.whole(_looked_up(windows, levels)), None
        if hasattr(step, "pick"):
            windows = step.pick(windows, draws)
        else:
            windows = Windows.whole(step.batch(windows.taken(), draws))
    return windows.taken() if levels is None else _looked_up(windows, levels)


def _all_levels(channels: int) -> np.ndarray:
    levels = np.empty((1, channels, 1, 256), BYTE)
    levels[:] = np.arange(256)
    return levels


def _looked_up(windows: Windows, levels: np.ndarray) -> np.ndarray:
    """The pixels of windows, each byte as what has become of it."""
    channels = levels.shape[1]
    table = np.ascontiguousarray(levels.reshape(channels, 256))
    if table.dtype == FLOAT:
        return windows.taken(table)
    if table.dtype == BYTE and (levels == _all_levels(channels)).all():
        return windows.taken()
    return np.asarray(table[np.arange(channels)[:, None, None], windows.taken()])
