"""The random numbers that a chain of transforms draws for a batch.

They are functions of the pass, of each picture's number and of the step of the chain, and of nothing else:
see `utils.data.passes`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...utils.data.passes import Drawing, drawing
from .. import _changes


class Draws:
    """Random numbers for pictures of some numbers; for the one that is being made, if there are none."""

    def __init__(self, numbers: Any = None, stream: int = 0) -> None:
        self._numbers = numbers
        self._drawing: Drawing | None = None
        self._stream = stream  # the last one that was drawn from

    @property
    def _source(self) -> Drawing:
        if self._drawing is None:  # not before it is needed: outside of passes it is drawn itself
            self._drawing = drawing(self._numbers)
        return self._drawing

    @property
    def epoch(self) -> int:
        """The number of the pass."""
        return self._source.current.epoch

    def uniform(self, count: int) -> np.ndarray:
        """Numbers (n, count) from 0 to below 1, others each time."""
        self._stream += 1
        return _changes.draws(self._source.current.key, self._stream, self._source.samples, count)

    def happens(self, p: float) -> np.ndarray:
        """Whether (n) what has the probability p happens to each."""
        return self.uniform(1)[:, 0] < p

    def always(self) -> np.ndarray:
        """Numbers (n) from 0 to below 1 that are the same in each pass."""
        source = self._source
        samples = source.samples * np.array([1, 0])
        return _changes.draws(source.current.seed & (1 << 64) - 1, 0, samples, 1)[:, 0]
