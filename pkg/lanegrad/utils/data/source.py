"""Where a loader's batches come from: samples of a data set, put together, here or in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from .dataset import IterableDataset, samples_at
from .passes import Asked, Pass, before_sample, making

__all__ = ["End", "Maker", "Source"]


class End:
    """Comes in place of a batch where an iterable data set has no more."""


class Source(NamedTuple):
    """Where batches come from: a data set, and what is made of its samples."""

    dataset: Any
    in_batches: bool  # indices come as lists, or else one by one
    collate_fn: Callable[[Any], Any]
    drop_last: bool

    def open(self, before: Callable[[int], object]) -> Callable[[Any], Any]:
        """What makes a batch of indices; `before` is called with the place of each sample in the batch."""
        if isinstance(self.dataset, IterableDataset):
            return self._next_of(iter(self.dataset), before)
        return lambda indices: self._at(indices, before)

    def _at(self, indices: Any, before: Callable[[int], object]) -> Any:
        if not self.in_batches:
            before(0)
            return self.collate_fn(self.dataset[indices])
        return self.collate_fn(samples_at(self.dataset, indices, before))

    def _next_of(
        self, samples: Iterator[Any], before: Callable[[int], object]
    ) -> Callable[[Any], Any]:
        ended = False

        def following(indices: Any) -> Any:
            nonlocal ended
            wanted = len(indices) if self.in_batches else 1
            batch = []
            if not ended:
                for sample in islice(samples, wanted):
                    batch.append(sample)
                    before(len(batch))
                ended = len(batch) < wanted
            if not batch or (ended and self.drop_last):
                return End
            return self.collate_fn(batch if self.in_batches else batch[0])

        return following


class Maker:
    """Makes the batches of a pass in this process, of a data set's own method where it has one."""

    def __init__(
        self, source: Source, batch_method: Callable[[list[int]], Any] | None, current: Pass
    ) -> None:
        self.source, self.batch_method, self.current = source, batch_method, current
        self.batch_of = self._open() if batch_method is None else None

    def _open(self) -> Callable[[Any], Any]:
        streams = isinstance(self.source.dataset, IterableDataset)  # whose samples have no numbers
        return self.source.open((lambda place: None) if streams else before_sample)

    def __call__(self, asked: Asked) -> Any:
        with making(self.current, asked):
            if self.batch_method is not None:
                batch = self.batch_method(asked.indices)
                if batch is not NotImplemented:
                    return batch
                self.batch_method = None
            if self.batch_of is None:
                self.batch_of = self._open()
            return self.batch_of(asked.indices)
