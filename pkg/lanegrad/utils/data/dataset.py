"""Data sets: what has samples at whole numbers, or gives them one after the other; and sets made of sets."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import index as whole_number
from typing import Any, Generic, TypeVar

import numpy as np

from ..._core import adopt, record
from ..._tensor import Tensor
from ..._tensor.inside import as_tensor
from ...random import Generator
from ...random import generator as numpy_generator

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Samples at whole numbers; a subclass defines ``__getitem__``, and ``__len__`` for most loaders.

    ``__getitem__(index)`` gets a Python int, always, and gives one sample. A data set that can make a
    whole batch faster than sample by sample may define one of these besides:

    - ``__getbatch__(indices)`` gets a list of ints and gives what `default_collate` would make of their
      samples, in memory that nobody else holds; or NotImplemented, if this time it can't.
    - ``__getitems__(indices)`` gets a list of ints and gives the list of their samples, as in PyTorch.
    - ``__ahead__(indices)`` gets those that ``__getitem__`` is about to be asked for, one after the other, so
      that threads may begin to read them.

    A subclass that overrides ``__getitem__`` alone is asked for its samples one by one.

    Examples
    --------
    >>> from lanegrad.utils.data import DataLoader, Dataset
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> for numbers, squares in DataLoader(Squares(), batch_size=3):
    ...     print(numbers.tolist(), squares.tolist())
    [0, 1, 2] [0, 1, 4]
    [3, 4] [9, 16]
    """

    def __getitem__(self, index: int) -> T_co:
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__")

    def __add__(self, other: Dataset[T_co]) -> ConcatDataset[T_co]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """Samples one after the other; a subclass defines ``__iter__``.

    In a loader with workers each process iterates over a copy: `get_worker_info` says which part of
    the samples is whose.

    Examples
    --------
    >>> from lanegrad.utils.data import DataLoader, IterableDataset
    >>> class Stream(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(5))
    >>> [batch.tolist() for batch in DataLoader(Stream(), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __add__(self, other: Dataset[T_co]) -> ChainDataset[T_co]:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors with as many rows; a sample is the tuple of their rows at an index.

    Parameters
    ----------
    *tensors : Tensor or array_like

    Raises
    ------
    AssertionError
        The tensors differ in their number of rows.
    IndexError
        A tensor is a single number.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.utils.data import TensorDataset
    >>> pairs = TensorDataset(lanegrad.zeros(3, 2), lanegrad.tensor([4, 5, 6]))
    >>> len(pairs), pairs[1]
    (3, (tensor([0., 0.]), tensor(5)))
    """

    def __init__(self, *tensors: Tensor) -> None:
        self.tensors = tuple(map(as_tensor, tensors))
        for tensor in self.tensors:
            if not tensor.ndim:
                raise IndexError("a tensor of a single number has no rows")
        if len({len(tensor) for tensor in self.tensors}) > 1:
            shapes = ", ".join(str(tuple(tensor.shape)) for tensor in self.tensors)
            raise AssertionError(f"the tensors differ in their number of rows: {shapes}")

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __getbatch__(self, indices: Sequence[int]) -> list[Tensor]:
        rows = np.asarray(indices, np.intp)
        return [
            tensor[rows]
            if tensor.requires_grad
            else record(adopt(np.take(tensor.numpy(), rows, 0)))
            for tensor in self.tensors
        ]

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Data sets side by side: a sample is the tuple, or the dict, of their samples at an index.

    Parameters
    ----------
    *args, **kwargs : Dataset
        Either the one or the other, of equal lengths.

    Raises
    ------
    ValueError
        There are none or both kinds, or the lengths differ.

    Examples
    --------
    >>> from lanegrad.utils.data import StackDataset
    >>> StackDataset(range(3), "abc")[1], StackDataset(number=range(3), letter="abc")[2]
    ((1, 'b'), {'number': 2, 'letter': 'c'})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("data sets are given in order or by name, not both")
        if not args and not kwargs:
            raise ValueError("StackDataset needs at least one data set")
        self.datasets: Any = kwargs or args
        lengths = [len(dataset) for dataset in self._parts()]
        if len(set(lengths)) > 1:
            raise ValueError(f"the data sets differ in length: {lengths}")
        self._length = lengths[0]

    def _parts(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _sample(self, parts: Iterable[Any]) -> Any:
        """The parts of a sample as a tuple, or under their names."""
        if isinstance(self.datasets, dict):
            return dict(zip(self.datasets, parts, strict=True))
        return tuple(parts)

    def __getitem__(self, index: int) -> Any:
        return self._sample(dataset[index] for dataset in self._parts())

    def __getitems__(self, indices: list[int]) -> list[Any]:
        columns = [samples_at(dataset, indices) for dataset in self._parts()]
        return [self._sample(parts) for parts in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Data sets one after the other; ``first + second`` gives one too.

    Parameters
    ----------
    datasets : iterable of Dataset

    Raises
    ------
    AssertionError
        There are none, or one of them is an `IterableDataset`.

    Examples
    --------
    >>> from lanegrad.utils.data import ConcatDataset
    >>> both = ConcatDataset([range(3), "ab"])
    >>> len(both), both[2], both[3], both[-1]
    (5, 2, 'a', 'b')
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("ConcatDataset needs at least one data set")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("an IterableDataset has no length: chain it with ChainDataset")
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        if index < -len(self):
            raise ValueError(f"index {index} for a data set of {len(self)} samples")
        if index >= len(self):
            raise IndexError(f"index {index} for a data set of {len(self)} samples")
        index %= len(self)
        part = bisect_right(self.cumulative_sizes, index)
        return self.datasets[part][index - (self.cumulative_sizes[part - 1] if part else 0)]


class ChainDataset(IterableDataset[T_co]):
    """Iterable data sets one after the other; ``first + second`` gives one too.

    Parameters
    ----------
    datasets : iterable of IterableDataset

    Raises
    ------
    AssertionError
        (When it is iterated over) one of them is no `IterableDataset`.

    Examples
    --------
    >>> from lanegrad.utils.data import ChainDataset, IterableDataset
    >>> class Stream(IterableDataset):
    ...     def __iter__(self):
    ...         return iter("ab")
    >>> list(ChainDataset([Stream(), Stream()]))
    ['a', 'b', 'a', 'b']
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def _parts(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(
                    f"ChainDataset takes IterableDatasets; found {type(dataset).__name__}"
                )
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self._parts())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._parts())


class Subset(Dataset[T_co]):
    """The samples of a data set at some indices.

    Parameters
    ----------
    dataset : Dataset
    indices : sequence of int

    Examples
    --------
    >>> from lanegrad.utils.data import Subset
    >>> vowels = Subset("abcdefghi", [0, 4, 8])
    >>> len(vowels), vowels[1]
    (3, 'e')
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def _own(self, indices: Iterable[int]) -> list[int]:
        """The wrapped data set's indices of some samples."""
        return [whole_number(self.indices[index]) for index in indices]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[self._own(index)]
        return self.dataset[self._own([index])[0]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        return samples_at(self.dataset, self._own(indices))

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        if not stands_in(self.dataset, "__getbatch__"):
            return NotImplemented
        return self.dataset.__getbatch__(self._own(indices))

    def __ahead__(self, indices: Sequence[int]) -> None:
        tell_ahead(self.dataset, self._own(indices))

    def __len__(self) -> int:
        return len(self.indices)


def stands_in(dataset: Any, method: str) -> bool:
    """Whether a data set's ``__getbatch__`` and so on may be called in place of ``__getitem__``, or before.

    It may where its class, or one that the class is derived from, defines it together with
    ``__getitem__`` or above an older one. Where ``__getitem__`` alone was overridden since, the method
    knows nothing of that. `Subset` has all methods for what it wraps to use.
    """
    for cls in type(dataset).__mro__:
        if method in vars(cls):
            able = vars(cls)[method] is not None
            return able and (cls is not Subset or stands_in(dataset.dataset, method))
        if "__getitem__" in vars(cls):
            return False
    return False


def tell_ahead(dataset: Any, indices: Sequence[int]) -> None:
    """Say which samples are asked for next."""
    if stands_in(dataset, "__ahead__"):
        dataset.__ahead__(indices)


def samples_at(
    dataset: Any, indices: list[int], before: Callable[[int], object] = lambda place: None
) -> list[Any]:
    """The samples at some indices, at once if the data set can.

    `before` is called with the place of each sample in the list, or once where they come at once.
    """
    if not stands_in(dataset, "__getitems__"):
        tell_ahead(dataset, indices)
        samples = []
        for place, index in enumerate(indices):
            before(place)
            samples.append(dataset[index])
        return samples
    before(0)
    samples = dataset.__getitems__(indices)
    if len(samples) != len(indices):
        raise ValueError(
            f"{type(dataset).__name__}.__getitems__ gave {len(samples)} samples for "
            f"{len(indices)} indices"
        )
    return list(samples)


def random_split(
    dataset: Dataset[T_co], lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset[T_co]]:
    """Parts of a data set that share no sample, drawn at random.

    Parameters
    ----------
    dataset : Dataset
    lengths : sequence of int or float
        The number of samples in each part; or fractions that add up to 1. Samples that rounding the
        fractions down leaves over go to the first parts, one each.
    generator : Generator, optional
        What the parts are drawn from; lanegrad's own if not given.

    Returns
    -------
    list of Subset

    Raises
    ------
    ValueError
        The lengths do not add up to the data set's, or one is negative.
    TypeError
        A length is no whole number.

    Warns
    -----
    UserWarning
        A fraction gives a part without samples.

    Examples
    --------
    >>> from lanegrad.utils.data import random_split
    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    count = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for place, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"fraction {place} is {fraction}, not between 0 and 1")
        sizes = [math.floor(count * fraction) for fraction in lengths]
        for place in range(count - sum(sizes)):
            sizes[place % len(sizes)] += 1
        for place, size in enumerate(sizes):
            if not size:
                warnings.warn(
                    f"part {place} of the data set has no samples: {lengths[place]} of {count}",
                    stacklevel=2,
                )
    else:
        if sum(lengths) != count:
            raise ValueError(f"lengths {list(lengths)} for a data set of {count} samples")
        sizes = [whole_number(length) for length in lengths]  # type: ignore[arg-type]
        if min(sizes, default=0) < 0:
            raise ValueError(f"a part cannot have a negative length; found {sizes}")
    order = numpy_generator(generator).permutation(count).tolist()
    ends = list(accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
