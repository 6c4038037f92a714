"""Chains of our own transforms on whole batches of bytes, without a PIL image.

What does the same to every pixel of a channel is applied to the 256 values of a byte and looked up: no
arithmetic, so the bits are those of the transforms applied one by one.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np

from ... import _core
from .._images import FLOAT
from ._base import Compose, is_ours


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
        tensors = tensors or takes == "pictures"
    return Chain(steps, tensors)


def _steps(transform: Any) -> list[Any] | None:
    if transform is None:
        return []
    if not is_ours(transform, "__call__", "forward", "get_params", "change", "batch"):
        return None
    if isinstance(transform, Compose):
        parts = [_steps(part) for part in transform.transforms]
        return None if None in parts else [step for part in parts for step in part or ()]
    if hasattr(transform, "batch") and getattr(transform, "in_batches", True):
        return [transform]
    return None


def run(chain: Chain, images: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """What a chain makes of some images: bytes (N, C, H, W), numbers (n) -> (n, C, H, W)."""
    steps = list(chain.steps)
    lead = list(takewhile(lambda step: not _is_pixelwise(step), steps))
    if lead or not images.flags.c_contiguous:
        images, numbers = images[numbers], np.arange(len(numbers))
    for step in lead:
        images = step.batch(images)
    middle = list(takewhile(_is_pixelwise, steps[len(lead) :]))
    levels = np.empty((1, images.shape[1], 1, 256), np.uint8)
    levels[:] = np.arange(256)
    for step in middle:
        levels = step.batch(levels)
    if middle and levels.dtype == FLOAT:
        table = np.ascontiguousarray(levels.reshape(-1, 256))
        images = _core.lookup(np.ascontiguousarray(images), numbers, table)
    else:
        images = images[numbers]
        for step in middle:
            images = step.batch(images)
    for step in steps[len(lead) + len(middle) :]:
        images = step.batch(images)
    return images


def _is_pixelwise(step: Any) -> bool:
    return getattr(step, "pixelwise", False)
