"""DataLoader: batches of a data set, in order or shuffled, made here or in processes of their own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ...random import Generator, default_generator
from ...random import generator as numpy_generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset, stands_in
from .passes import Asked, Pass, asked_of, making
from .sampler import BatchSampler, EndlessSampler, RandomSampler, SequentialSampler, batch_count
from .source import End, Maker, Source
from .worker_info import get_worker_info

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from ._workers import Workers

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)


class DataLoader(Generic[T_co]):
    """Batches of a data set.

    Parameters
    ----------
    dataset : Dataset
        An `IterableDataset`, or anything with ``__getitem__`` and, unless a sampler is given,
        ``__len__``.
    batch_size : int or None
        None gives sample by sample, without a batch's axis.
    shuffle : bool
        Draw a new order at the start of each pass.
    sampler : Sampler or iterable of int, optional
        The order, in place of `shuffle`.
    batch_sampler : Sampler or iterable of list of int, optional
        The indices of each batch, in place of `batch_size`, `shuffle`, `sampler` and `drop_last`.
    num_workers : int
        How many processes make batches; with 0 this one does. A data set that gives whole batches by
        itself (`Dataset` says how) and the default `collate_fn` need none: none are started.
    collate_fn : callable, optional
        Makes a batch of a list of samples. The default is `default_collate`; or `default_convert` of
        one sample, if `batch_size` is None.
    pin_memory, pin_memory_device
        No effect: there is no other device to copy to.
    drop_last : bool
        Leave out a last batch that is smaller than the others.
    timeout : float
        Seconds that a batch of the workers may take; 0 for any time.
    worker_init_fn : callable, optional
        Called in each worker with its number, from 0.
    multiprocessing_context : str or context, optional
        How processes are started: "fork", "spawn" or "forkserver"; as Python does if not given.
    generator : Generator, optional
        What orders and the workers' seeds are drawn from; lanegrad's own if not given.
    prefetch_factor : int, optional
        How many batches each worker makes ahead; 2 if not given.
    persistent_workers : bool
        Keep the workers from one pass to the next. They have the data set as it was at the first.
    in_order : bool
        Give the workers' batches in the sampler's order, or else as they come.
    prefetch : int
        How many batches a thread of this process makes ahead, where there are no workers: for samples that
        are waited for, such as files. Its kernels use one core.

    Attributes
    ----------
    epoch : int
        The number of the next pass, from 0; see `set_epoch`.

    Yields
    ------
    list of Tensor
        Or what `collate_fn` gives. A batch of the default one has memory of its own.

    Raises
    ------
    ValueError
        Arguments exclude one another, or a number is not in its range; or an attribute is set that
        the loader's order was made from.

    Notes
    -----
    What a sample's transforms draw from lanegrad's generator depends on the pass, on the sample's index,
    and on how often it came before in the pass: neither on the size of batches nor on who makes them. In
    workers Python's and NumPy's random numbers are started anew before each sample besides, from the pass
    and the sample's place in it. A data set with ``__getitems__`` is seeded batch by batch, and an iterable
    one once, by worker.

    An exception in a worker is raised here with the worker's traceback in its message, and is of
    its type if that can be made of a message. A worker that dies is a RuntimeError.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.utils.data import DataLoader, TensorDataset
    >>> points = TensorDataset(lanegrad.zeros(10, 2), lanegrad.ones(10))
    >>> loader = DataLoader(points, batch_size=4, shuffle=True)
    >>> len(loader)
    3
    >>> inputs, labels = next(iter(loader))
    >>> inputs.shape, labels.shape
    ((4, 2), (4,))
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], object] | None = None,
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
        prefetch: int = 0,
    ) -> None:
        _refuse_numbers(num_workers, timeout, prefetch_factor, persistent_workers)
        if prefetch < 0 or (prefetch and num_workers):
            raise ValueError(f"prefetch is 0 or more, and 0 with workers; found {prefetch}")
        is_iterable = isinstance(dataset, IterableDataset)
        given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        for name, value in given.items():
            if is_iterable and value is not None:
                raise ValueError(
                    f"an IterableDataset has an order of its own: leave {name}={value!r} out"
                )
        if sampler is not None and shuffle:
            raise ValueError("sampler and shuffle exclude each other: the sampler is the order")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler excludes batch_size, shuffle, sampler and drop_last: it says all"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None gives single samples: there is no last batch to drop")
        if sampler is None:
            if is_iterable:
                sampler = EndlessSampler()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate

        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.prefetch = prefetch
        self.epoch = 0
        self._seed: int | None = None  # of the first pass, or of all of them
        self._numbered = False
        self._length_told: int | None = None
        self._workers: Workers | None = None
        self._made = True

    _made = False
    _fixed = frozenset(
        ["batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"]
    )

    def __setattr__(self, name: str, value: Any) -> None:
        if self._made and name in self._fixed:
            raise ValueError(f"{name} cannot be set after the loader was made: make another loader")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """How processes are started, as a context of multiprocessing; None for Python's default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            if not self.num_workers:
                raise ValueError("multiprocessing_context is for num_workers > 0")
            import multiprocessing  # here and below: it would slow our import down

            methods = multiprocessing.get_all_start_methods()
            if isinstance(context, str):
                if context not in methods:
                    raise ValueError(
                        f"multiprocessing_context is one of {methods}; found {context!r}"
                    )
                context = multiprocessing.get_context(context)
            elif not isinstance(context, multiprocessing.context.BaseContext):
                raise TypeError(
                    f"multiprocessing_context is a context or one of {methods}; found {context!r}"
                )
        self._context = context

    def __len__(self) -> int:
        """Batches in a pass, if the sampler or the iterable data set has a length."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler())
        length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is not None:
            length = batch_count(length, self.batch_size, self.drop_last)
        self._length_told = length
        return length

    def __iter__(self) -> Iterator[Any]:
        return _Iterator(self)

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass that of a number; the passes behind it have the next ones.

        From now on the order and the random numbers of a pass follow from the seed that the loader's
        generator was last started from, from the pass's number and from the index of each sample, and from
        nothing else that was drawn. So a program that was stopped goes on as if it had not been:
        `manual_seed` with the same seed, and this.

        Examples
        --------
        >>> import lanegrad
        >>> from lanegrad.utils.data import DataLoader
        >>> loader = DataLoader(range(100), batch_size=100, shuffle=True)
        >>> loader.set_epoch(0)
        >>> first, second = next(iter(loader)).tolist(), next(iter(loader)).tolist()
        >>> loader.set_epoch(1)
        >>> next(iter(loader)).tolist() == second != first
        True
        """
        if epoch < 0:
            raise ValueError(f"epoch is 0 or more; found {epoch}")
        self.epoch = epoch
        self._numbered = True

    def _next_pass(self) -> Pass:
        epoch, self.epoch = self.epoch, self.epoch + 1
        if self._numbered:
            for sampler in (
                self.sampler,
                self.batch_sampler,
                getattr(self.batch_sampler, "sampler", None),
            ):
                number = getattr(sampler, "set_epoch", None)
                if number is not None:
                    number(epoch)
            return Pass.of((self.generator or default_generator).initial_seed(), epoch)
        # Drawn without workers too, so that orders do not depend on whether there are any.
        drawn = int(numpy_generator(self.generator).integers(1 << 63))
        self._seed = drawn if self._seed is None else self._seed
        return Pass(self._seed, epoch, drawn)

    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _batch_method(self) -> Callable[[list[int]], Any] | None:
        """What gives a whole batch of the data set, if anything may."""
        default = self.collate_fn is default_collate and self.batch_sampler is not None
        if default and stands_in(self.dataset, "__getbatch__"):
            return self.dataset.__getbatch__  # type: ignore[no-any-return]
        return None

    def _source(self) -> Source:
        in_batches = self.batch_sampler is not None
        return Source(self.dataset, in_batches, self.collate_fn, self.drop_last)

    def _by_workers(self, asked: Iterator[Asked], current: Pass) -> Iterator[Any]:
        """The batches of a pass that processes make."""
        from ._workers import Workers

        source, workers = self._source(), self._workers
        if workers is None or not workers.stop.alive:
            workers = Workers(
                source,
                self.num_workers,
                current.key,
                init=self.worker_init_fn,
                context=self.multiprocessing_context,
                prefetch=self.prefetch_factor or 0,
                timeout=self.timeout,
                in_order=self.in_order,
            )
        if self.persistent_workers:
            self._workers = workers
        return workers.epoch(asked, current, source.in_batches)


class _Iterator:
    """A pass through a loader's batches."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._loader = loader
        self._pass = loader._next_pass()
        self._asked = _asked(loader)
        self._batch_method = loader._batch_method() if loader.num_workers else None
        self._batches: Iterator[Any] = iter(())
        if not loader.num_workers:
            make = Maker(loader._source(), loader._batch_method(), self._pass)
            if loader.prefetch:
                from ._prefetch import Prefetched  # here: it would slow every import down

                self._batches = iter(Prefetched(make, self._asked, loader.prefetch, self._pass))
            else:
                self._batches = map(make, self._asked)
            self._batches = takewhile(lambda batch: batch is not End, self._batches)
        elif self._batch_method is None:
            self._batches = loader._by_workers(self._asked, self._pass)
        self._given = 0
        self._length_told = loader._length_told  # now, since list() asks for it as well

    def __iter__(self) -> Iterator[Any]:
        return self

    def __len__(self) -> int:
        return len(self._loader)

    def __next__(self) -> Any:
        try:
            batch = self._next()
        except StopIteration:
            self._batches = iter(())  # which lets go of workers
            raise
        self._given += 1
        if self._length_told is not None and self._given == self._length_told + 1:
            warnings.warn(
                f"the length of {type(self._loader.dataset).__name__} makes {self._length_told} "
                "batches, and it gives more: each worker is to iterate over a part of its own",
                stacklevel=2,
            )
        return batch

    def _next(self) -> Any:
        if self._batch_method is not None:  # no worker is needed then
            asked = next(self._asked)
            with making(self._pass, asked):
                batch = self._batch_method(asked.indices)
            if batch is not NotImplemented:
                return batch
            self._batch_method = None
            self._batches = self._loader._by_workers(chain([asked], self._asked), self._pass)
        return next(self._batches)


def _asked(loader: DataLoader[Any]) -> Iterator[Asked]:
    """What is asked for in a pass."""
    sampler = loader.sampler
    once = isinstance(sampler, EndlessSampler | SequentialSampler) or (
        type(sampler) is RandomSampler
        and not sampler.replacement
        and sampler.num_samples <= len(sampler.data_source)
    )
    in_batches = loader.batch_sampler is not None
    own = type(loader.batch_sampler) in (BatchSampler, type(None))
    return asked_of(loader._index_sampler(), in_batches, once and own)


def _refuse_numbers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers < 0:
        raise ValueError(f"num_workers is 0 or more; found {num_workers}")
    if timeout < 0:
        raise ValueError(f"timeout is 0 or more; found {timeout}")
    if prefetch_factor is not None and (prefetch_factor < 0 or not num_workers):
        raise ValueError(
            f"prefetch_factor is 0 or more, and for num_workers > 0; found {prefetch_factor} for "
            f"num_workers={num_workers}"
        )
    if persistent_workers and not num_workers:
        raise ValueError("persistent_workers is for num_workers > 0")
