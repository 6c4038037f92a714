"""Chains of our own transforms on whole batches of bytes, without a PIL image.

What does the same to every pixel of a channel is applied to the 256 values of a byte and looked up: no
arithmetic, so the bits are those of the transforms applied one by one.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np

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
    tensors = False
    for step in steps:
        takes = getattr(step, "takes", None)
        if takes is not None and (takes == "tensors") != tensors:
            return None  # one by one, for its error
        if tensors and getattr(step, "of_bytes", False):
            return None
        tensors = tensors or takes == "pictures"
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
    steps = list(chain.steps)
    lead = list(takewhile(lambda step: not _is_pixelwise(step), steps))
    middle = list(takewhile(_is_pixelwise, steps[len(lead) :]))
    windows = _after(lead, Windows.whole(images, numbers), draws)
    levels = np.empty((1, images.shape[1], 1, 256), np.uint8)
    levels[:] = np.arange(256)
    for step in middle:
        levels = step.batch(levels, draws)
    if middle and levels.dtype == FLOAT:
        images = windows.taken(np.ascontiguousarray(levels.reshape(-1, 256)))
    else:
        images = windows.taken()
        for step in middle:
            images = step.batch(images, draws)
    rest = steps[len(lead) + len(middle) :]
    return _after(rest, Windows.whole(images), draws).taken() if rest else images


def _after(steps: list[Any], windows: Windows, draws: Draws) -> Windows:
    """The windows that steps make, one after the other."""
    for step in steps:
        if hasattr(step, "pick"):
            windows = step.pick(windows, draws)
        else:
            windows = Windows.whole(step.batch(windows.taken(), draws))
    return windows


def _is_pixelwise(step: Any) -> bool:
    return getattr(step, "pixelwise", False)
