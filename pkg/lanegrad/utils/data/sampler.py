"""Samplers: the order in which a loader takes the samples of a data set."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import chain, islice, repeat
from typing import Any, Generic, TypeVar

import numpy as np

from ...random import Generator, default_generator
from ...random import generator as numpy_generator

__all__ = [
    "BatchSampler",
    "ClassBalancedSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]

T_co = TypeVar("T_co", covariant=True)


class Sampler(Generic[T_co]):
    """Indices of samples in some order; a subclass defines ``__iter__``, and ``__len__`` if it can.

    Examples
    --------
    >>> from lanegrad.utils.data import DataLoader, Sampler
    >>> class Backwards(Sampler):
    ...     def __init__(self, data):
    ...         self.data = data
    ...
    ...     def __iter__(self):
    ...         return iter(range(len(self.data) - 1, -1, -1))
    >>> [batch.tolist() for batch in DataLoader([5, 6, 7], batch_size=2, sampler=Backwards([5, 6, 7]))]
    [[7, 6], [5]]
    """

    def __init__(self, data_source: Any = None) -> None:
        """The argument has no effect: PyTorch's subclasses used to hand theirs on."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} does not define __iter__")


class _Drawn(Sampler[int]):
    """Samples in an order that is drawn."""

    generator: Generator | None
    _epoch: int | None = None

    def set_epoch(self, epoch: int) -> None:
        """From now on the order follows from the generator's seed and this number alone."""
        self._epoch = epoch

    def _draws(self) -> np.random.Generator:
        if self._epoch is None:
            return numpy_generator(self.generator)
        source = self.generator or default_generator
        return np.random.default_rng((source.initial_seed(), self._epoch))


class SequentialSampler(Sampler[int]):
    """All samples from the first to the last.

    Examples
    --------
    >>> from lanegrad.utils.data import SequentialSampler
    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(_Drawn):
    """Samples in an order that is drawn anew each time.

    Parameters
    ----------
    data_source : Dataset
    replacement : bool
        Draw each sample from all of them.
    num_samples : int, optional
        How many samples are taken; as many as there are if not given. Without replacement one order
        follows the other where there are more.
    generator : Generator, optional
        What the order is drawn from; lanegrad's own if not given.

    Raises
    ------
    TypeError
        `replacement` is no bool.
    ValueError
        `num_samples` is no positive whole number, or not given and there are no samples.

    Examples
    --------
    >>> from lanegrad.utils.data import RandomSampler
    >>> sorted(RandomSampler("abc"))
    [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement is True or False; found {replacement!r}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        _positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many samples are taken."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count, wanted = len(self.data_source), self.num_samples
        draws = self._draws()
        if self.replacement:
            return iter(draws.integers(count, size=wanted).tolist())
        orders = (draws.permutation(count).tolist() for _ in repeat(None))
        return islice(chain.from_iterable(orders), wanted)

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(_Drawn):
    """Some samples, in an order that is drawn anew each time.

    Parameters
    ----------
    indices : sequence of int
    generator : Generator, optional
        What the order is drawn from; lanegrad's own if not given.

    Examples
    --------
    >>> from lanegrad.utils.data import SubsetRandomSampler
    >>> sorted(SubsetRandomSampler([2, 5, 9]))
    [2, 5, 9]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        order = self._draws().permutation(len(self.indices)).tolist()
        return (self.indices[place] for place in order)

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(_Drawn):
    """Samples drawn with probabilities that are proportional to weights.

    Parameters
    ----------
    weights : sequence of float, (N,)
        One for each sample; not negative.
    num_samples : int
        How many are drawn.
    replacement : bool
        Draw each from all samples. Otherwise none is drawn twice.
    generator : Generator, optional
        What is drawn from; lanegrad's own if not given.

    Raises
    ------
    ValueError
        `num_samples` is no positive whole number, `replacement` no bool, or `weights` is not (N,).
    RuntimeError
        (When it is iterated over) there is a negative or infinite weight, or too few that are positive.

    Examples
    --------
    >>> from lanegrad.utils.data import WeightedRandomSampler
    >>> list(WeightedRandomSampler([0, 0.5, 0], 3))
    [1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _positive("num_samples", num_samples)
        _true_or_false("replacement", replacement)
        self.weights = np.array(weights, np.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"expected weights of shape (N,); found {self.weights.shape}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        weights = self.weights
        if not (np.isfinite(weights) & (weights >= 0)).all():
            raise RuntimeError("a weight is negative, infinite or NaN")
        positive = np.flatnonzero(weights)
        wanted = 1 if self.replacement else self.num_samples
        if len(positive) < wanted:
            raise RuntimeError(
                f"{self.num_samples} samples are to be drawn where {len(positive)} weights of "
                f"{len(weights)} are positive"
            )
        weights = weights[positive]
        draws = self._draws()
        if self.replacement:
            ends = weights.cumsum()
            points = draws.random(self.num_samples) * ends[-1]
            places = np.minimum(ends.searchsorted(points, "right"), len(ends) - 1)
        else:  # each waits for a time drawn at its rate; the first to come are taken
            places = np.argsort(draws.exponential(size=len(weights)) / weights)[: self.num_samples]
        return iter(positive[places].tolist())

    def __len__(self) -> int:
        return self.num_samples


class ClassBalancedSampler(_Drawn):
    """Samples of which each class has as many as the others, within one, whatever their shares are.

    A class's samples come in an order drawn anew each time, and once all have come, in another.

    Parameters
    ----------
    labels : sequence of int, (N,)
        The class of each sample, such as a data set's `targets`.
    num_samples : int, optional
        How many samples are taken; as many as there are if not given.
    generator : Generator, optional
        What the order is drawn from; lanegrad's own if not given.

    Raises
    ------
    ValueError
        `labels` is not (N,) or has none, or `num_samples` is no positive whole number.

    Examples
    --------
    >>> from lanegrad.utils.data import ClassBalancedSampler
    >>> labels = [0, 0, 0, 0, 0, 0, 0, 1]
    >>> sorted(labels[index] for index in ClassBalancedSampler(labels))
    [0, 0, 0, 0, 1, 1, 1, 1]
    """

    def __init__(
        self,
        labels: Sequence[int],
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        found = np.asarray(labels)
        if found.ndim != 1 or not found.size:
            raise ValueError(f"expected labels of shape (N,); found {found.shape}")
        self.num_samples = len(found) if num_samples is None else num_samples
        _positive("num_samples", self.num_samples)
        self.generator = generator
        _, classes = np.unique(found, return_inverse=True)
        self._members = [np.flatnonzero(classes == number) for number in range(classes.max() + 1)]

    def __iter__(self) -> Iterator[int]:
        draws = self._draws()
        count = len(self._members)
        # Rounds with a sample of each class: what is short of a round are classes drawn at random.
        rounds = -(-self.num_samples // count)
        order = np.empty((rounds, count), np.intp)
        for column, members in enumerate(self._members):
            passes = -(-rounds // len(members))
            several = [draws.permutation(members) for _ in range(passes)]
            order[:, column] = np.concatenate(several)[:rounds]
        return iter(draws.permuted(order, axis=1).reshape(-1)[: self.num_samples].tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[Any]]):
    """Lists of the indices that another sampler gives.

    Parameters
    ----------
    sampler : Sampler or iterable
    batch_size : int
    drop_last : bool
        Leave out a last list that is shorter than the others.

    Raises
    ------
    ValueError
        `batch_size` is no positive whole number, or `drop_last` no bool.

    Examples
    --------
    >>> from lanegrad.utils.data import BatchSampler
    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        _positive("batch_size", batch_size)
        _true_or_false("drop_last", drop_last)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, min(self.batch_size, sys.maxsize))):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        return batch_count(len(self.sampler), self.batch_size, self.drop_last)  # type: ignore[arg-type]


class EndlessSampler(Sampler[None]):
    """None without end: what asks an iterable data set for its next sample."""

    def __iter__(self) -> Iterator[None]:
        return repeat(None)


def batch_count(samples: int, batch_size: int, drop_last: bool) -> int:
    """How many batches samples make."""
    return samples // batch_size if drop_last else -(-samples // batch_size)


def _positive(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} is a positive whole number; found {value!r}")


def _true_or_false(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is True or False; found {value!r}")
