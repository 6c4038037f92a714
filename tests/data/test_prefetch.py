"""Batches that a thread makes ahead: in order, a few at a time, with their exceptions."""

import gc
import threading
import time
import traceback

import pytest

import lanegrad
from lanegrad import _core
from lanegrad.utils.data import DataLoader, Dataset, IterableDataset

pytestmark = pytest.mark.once


class Counting(Dataset):
    """Numbers, and which of them were asked for by which thread."""

    def __init__(self, count, fails=None):
        self.count, self.fails = count, fails
        self.asked, self.threads = [], set()

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index == self.fails:
            raise KeyError(f"number {index}")
        self.asked.append(index)
        self.threads.add(threading.current_thread().name)
        return index


def names():
    return [t for t in threading.enumerate() if t.name.startswith("lanegrad-prefetch")]


def settled(condition):
    """Whether it becomes true soon."""
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    return condition()


def test_in_order_and_a_few_ahead():
    dataset = Counting(40)
    batches = iter(DataLoader(dataset, 2, prefetch=3))
    assert settled(lambda: len(dataset.asked) == 6)
    time.sleep(0.05)
    assert dataset.asked == [*range(6)]
    assert next(batches).tolist() == [0, 1]
    assert settled(lambda: len(dataset.asked) == 8)
    assert [batch.tolist() for batch in batches] == [[n, n + 1] for n in range(2, 40, 2)]
    assert len(dataset.threads) == 1
    assert dataset.threads != {threading.current_thread().name}
    with pytest.raises(StopIteration):
        next(batches)


def test_an_exception_comes_in_its_place_with_its_traceback():
    batches = iter(DataLoader(Counting(9, fails=4), 2, prefetch=2))
    assert [next(batches).tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(KeyError, match="number 4") as caught:
        next(batches)
    lines = "".join(traceback.format_exception(caught.value))
    assert "__getitem__" in lines
    assert 'raise KeyError(f"number {index}")' in lines
    assert next(batches).tolist() == [6, 7]


def test_threads_end():
    for use in (list, lambda loader: next(iter(loader)), iter):
        use(DataLoader(Counting(100), 2, prefetch=2))
        assert settled(lambda: not names())
    loader = DataLoader(Counting(9, fails=0), prefetch=1)
    with pytest.raises(KeyError):
        list(loader)
    assert settled(lambda: not names())


class Stream(IterableDataset):
    def __iter__(self):
        yield from range(5)


def test_streams_and_what_the_default_generator_gives():
    assert [b.tolist() for b in DataLoader(Stream(), 2, prefetch=4)] == [[0, 1], [2, 3], [4]]
    orders = []
    for prefetch in (0, 3):
        _ = lanegrad.manual_seed(5)
        loader = DataLoader(Counting(30), 4, shuffle=True, prefetch=prefetch)
        orders.append([(batch.tolist(), lanegrad.rand(1).item()) for batch in loader])
    assert orders[0] == orders[1]


def test_its_kernels_use_one_core(monkeypatch):
    limits = []

    class Limits(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            limits.append(_core.limit_threads(7))
            return index

    list(DataLoader(Limits(), prefetch=1))
    assert limits[0] == 1


def test_arguments():
    for bad in ({"prefetch": -1}, {"prefetch": 1, "num_workers": 1}):
        with pytest.raises(ValueError, match="prefetch is 0 or more, and 0 with workers"):
            DataLoader([1], **bad)
