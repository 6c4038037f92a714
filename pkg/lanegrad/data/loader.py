"""DataLoader: batches of Tensors from a dataset, in order or shuffled anew for each pass."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .._core import adopt, record
from .._tensor import Tensor
from .._tensor.convert import FLOAT, as_array
from ..random import generator
from .datasets import Dataset
from .transforms import is_pixelwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray


class _Pairs(Protocol):
    """Any sequence of (image, label) pairs."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> tuple[Any, Any]: ...


class DataLoader:
    """Batches of a dataset as Tensors.

    Parameters
    ----------
    dataset : Dataset, pair of arrays, or sequence of pairs
        A `Dataset`; a tuple ``(images, labels)`` of two arrays or Tensors with as many rows; or
        anything with a length whose items are ``(image, label)`` pairs. Only a `Dataset` scales
        pixel values.
    batch_size : int
    shuffle : bool
        Draw a new order at the start of each pass.
    drop_last : bool
        Leave out a last batch that is smaller than the others.
    seed : int, optional
        Seed of the orders: equal seeds give equal sequences of passes. Without it they come from
        lanegrad's generator, which `lanegrad.manual_seed` sets.

    Yields
    ------
    images : Tensor of float32, (n, ...)
    labels : Tensor of int64, (n,)
        Labels that are not integers become float32.

    A batch has memory of its own: it may be changed in place, and the dataset stays as it is.

    Raises
    ------
    TypeError, ValueError
        The dataset is none of the above or is empty, or `batch_size` or `seed` is no whole number
        in its range.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.data import DataLoader, Digits
    >>> loader = DataLoader(Digits(), batch_size=32, shuffle=True, seed=0)
    >>> len(loader)
    46
    >>> images, labels = next(iter(loader))
    >>> images.shape, labels.shape
    ((32, 1, 8, 8), (32,))
    """

    def __init__(
        self,
        dataset: Dataset | tuple[ArrayLike, ArrayLike] | _Pairs,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | None = None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = _whole_number("batch_size", batch_size, 1)
        self.shuffle = bool(shuffle)
        self.drop_last = bool(drop_last)
        self._generator = (
            None if seed is None else np.random.default_rng(_whole_number("seed", seed, 0))
        )
        self._source = _as_source(dataset)
        if not len(self._source):
            raise ValueError("the dataset is empty")

    def __len__(self) -> int:
        """Batches in a pass."""
        whole, rest = divmod(len(self._source), self.batch_size)
        return whole + (1 if rest and not self.drop_last else 0)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        if self.shuffle:
            order = (self._generator or generator()).permutation(len(self._source))
        else:
            order = np.arange(len(self._source))
        return self._batches(order)

    def _batches(self, order: NDArray[np.int64]) -> Iterator[tuple[Tensor, Tensor]]:
        own = _gives_own_memory(self._source)
        for batch in range(len(self)):
            # By numbers in order too: what a slice gives of an array is the array's own memory.
            numbers = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            images, labels = map(np.asarray, self._source[numbers])
            if not own:
                images, labels = images.copy(), labels.copy()
            yield record(adopt(_as_float32(images))), record(adopt(_as_labels(labels)))


class _Arrays:
    """Two arrays with as many rows, indexed together."""

    def __init__(self, images: ArrayLike, labels: ArrayLike) -> None:
        self.images, self.labels = _as_float32(images), _as_labels(labels)
        if not self.images.ndim or not self.labels.ndim or len(self.images) != len(self.labels):
            raise ValueError(
                f"expected as many labels as images; found images {self.images.shape} and labels "
                f"{self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        return self.images[index], self.labels[index]


class _Items:
    """A sequence of pairs, gathered one by one."""

    def __init__(self, pairs: _Pairs) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        numbers = index.tolist()
        images, labels = [], []
        for number in numbers:
            item = self.pairs[number]
            try:
                image, label = item
            except (TypeError, ValueError):
                raise TypeError(
                    f"expected a pair (image, label) as item {number} of the dataset; "
                    f"found {type(item).__name__}"
                ) from None
            images.append(np.asarray(image))
            labels.append(np.asarray(label))
        for number, image in zip(numbers, images, strict=True):
            if image.shape != images[0].shape:
                raise ValueError(
                    f"the images of a batch differ in shape: item {number} is {image.shape}, "
                    f"item {numbers[0]} is {images[0].shape}"
                )
        return np.stack(images), np.stack(labels)


def _as_source(dataset: Any) -> Dataset | _Arrays | _Items:
    """What the loader can index with an array of numbers."""
    if isinstance(dataset, Dataset):
        return dataset
    if (
        isinstance(dataset, tuple)
        and len(dataset) == 2
        and all(hasattr(part, "__array__") for part in dataset)
    ):
        return _Arrays(*dataset)
    if hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__"):
        return _Items(dataset)
    raise TypeError(
        "expected a Dataset, a tuple (images, labels) of arrays, or a sequence of (image, label) "
        f"pairs; found {type(dataset).__name__}"
    )


def _gives_own_memory(source: Any) -> bool:
    """Whether nobody else can hold on to its batches, as somebody's own transform or data set might."""
    if isinstance(source, Dataset):
        return type(source).__getitem__ is Dataset.__getitem__ and is_pixelwise(source.transform)
    return True  # gathered here


def _as_float32(images: ArrayLike) -> NDArray[np.float32]:
    return as_array(images).astype(FLOAT, copy=False)


def _as_labels(labels: ArrayLike) -> NDArray[Any]:
    labels = as_array(labels)
    return labels if labels.dtype == FLOAT else labels.astype(np.int64, copy=False)


def _whole_number(name: str, value: Any, least: int) -> int:
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected a whole number; found {value!r}") from None
    if value < least:
        raise ValueError(f"{name}: expected {least} or more; found {value}")
    return int(value)
