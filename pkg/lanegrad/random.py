"""lanegrad's one random generator: initial weights and shuffled orders are drawn from it."""

from __future__ import annotations

import numpy as np

_generator: np.random.Generator | None = None


def manual_seed(seed: int) -> np.random.Generator:
    """Start lanegrad's random generator anew.

    Parameters
    ----------
    seed : int
        Not negative. Equal seeds give equal draws.

    Returns
    -------
    numpy.random.Generator
        The new generator.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> first = lanegrad.randn(3)
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.randn(3).tolist() == first.tolist()
    True
    """
    global _generator
    _generator = np.random.default_rng(seed)
    return _generator


def generator() -> np.random.Generator:
    """The generator; seeded by the operating system until `manual_seed` is called.

    Examples
    --------
    >>> from lanegrad.random import generator
    >>> 0 <= generator().random() < 1
    True
    """
    global _generator
    if _generator is None:  # made on first use: importing numpy.random would slow our import down
        _generator = np.random.default_rng()
    return _generator
