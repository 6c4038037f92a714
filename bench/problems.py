"""The numbers that are computed with, the same for every framework."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN, IN_PLACE = "plain", "in place"
VARIANTS = [
    PLAIN,
    "N-d input",
    "Fortran order",
    "probabilities",
    "label smoothing",
    "class weights",
    IN_PLACE,
]
SIDE = 32  # of the images of "N-d input"


def logits_and_target(rows: int, classes: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Logits (rows, classes) and labels (rows,)."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((rows, classes), dtype=np.float32)
    return logits, rng.integers(classes, size=rows)


def loss_variant(
    name: str, rows: int, classes: int
) -> tuple[NDArray[np.float32], NDArray[Any], dict[str, Any]]:
    """Logits, target and keyword arguments of one of `VARIANTS`, with as many logits in each."""
    logits, target = logits_and_target(rows, classes)
    rng = np.random.default_rng(1)
    match name:
        case "N-d input":
            images = logits.reshape(-1, SIDE, SIDE, classes).transpose(0, 3, 1, 2)
            return np.ascontiguousarray(images), target.reshape(-1, SIDE, SIDE), {}
        case "Fortran order":
            return np.asfortranarray(logits), target, {}
        case "probabilities":
            shares = rng.random((rows, classes), dtype=np.float32)
            return logits, shares / shares.sum(axis=1, keepdims=True), {}
        case "label smoothing":
            return logits, target, {"label_smoothing": 0.1}
        case "class weights":
            return logits, target, {"weight": rng.random(classes, dtype=np.float32) + 0.5}
    return logits, target, {}


def images_and_labels(batch: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Images (batch, 3, 32, 32) in [-1, 1] and labels (batch,)."""
    rng = np.random.default_rng(0)
    images = rng.random((batch, 3, 32, 32), dtype=np.float32) * 2 - 1
    return images, rng.integers(10, size=batch)
