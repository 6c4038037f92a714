"""lanegrad's random numbers: a generator for initial weights and shuffled orders, a counter for dropout."""

from __future__ import annotations

import numpy as np

from . import _core

_generator: np.random.Generator | None = None

# The seed of dropout, and how often it has drawn since: the kernel reads and advances it.
_dropout_state = _core.adopt(np.zeros(2, np.uint64))
_dropout_seeded = False


def manual_seed(seed: int) -> np.random.Generator:
    """Start lanegrad's random numbers anew, those of dropout too.

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
    _seed_dropout(seed)
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


def dropout_state() -> _core.Array:
    """Two numbers, the seed of dropout and the number of its next call, as uint64; always the same array.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.random import dropout_state
    >>> _ = lanegrad.manual_seed(0)
    >>> int(dropout_state().array()[1])
    0
    """
    if not _dropout_seeded:
        _seed_dropout(None)
    return _dropout_state


def _seed_dropout(seed: int | None) -> None:
    global _dropout_seeded
    first = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    _dropout_state.write(_core.adopt(np.array([first, 0], np.uint64)))
    _dropout_seeded = True
