"""What is timed: the shapes, and the same numbers for every framework."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# For each benchmark: its title, then its cases with the arguments of the frameworks' functions.
PROBLEMS: dict[str, tuple[str, dict[str, list[int]]]] = {
    "loss": (
        "Cross-entropy, mean over the rows, with its gradient (rows x classes, float32)",
        {
            "128 x 10": [128, 10],
            "65536 x 10": [65536, 10],
            "8192 x 1000": [8192, 1000],
        },
    ),
    "train": (
        "Training step of the tutorial's Net (zero_grad, forward, loss, backward, SGD step)",
        {f"batch {n}": [n] for n in (4, 32, 128)},
    ),
}


def logits_and_target(rows: int, classes: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Logits (rows, classes) and labels (rows,)."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((rows, classes), dtype=np.float32)
    return logits, rng.integers(classes, size=rows)


def images_and_labels(batch: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Images (batch, 3, 32, 32) in [-1, 1] and labels (batch,)."""
    rng = np.random.default_rng(0)
    images = rng.random((batch, 3, 32, 32), dtype=np.float32) * 2 - 1
    return images, rng.integers(10, size=batch)
