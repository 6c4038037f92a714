"""A loader's worker processes: batches, orders, random numbers, errors, and that none is left."""

import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest

import lanegrad
from lanegrad.random import Generator
from lanegrad.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info


@pytest.fixture(autouse=True)
def no_process_is_left():
    yield
    assert not multiprocessing.active_children()


class Samples(Dataset):
    """A sample is what a function makes of its index."""

    def __init__(self, make, count=10):
        self.make, self.count = make, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        assert type(index) is int
        return self.make(index)


def image(index):
    return np.full((2, 3), index, np.float64), index, str(index), {"even": index % 2 == 0}


def own_number(index):
    return os.getpid(), index


def plain(x):
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return list(map(plain, x)) if isinstance(x, list | tuple) else getattr(x, "tolist", lambda: x)()


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 4},
        {"batch_size": 4, "drop_last": True, "prefetch_factor": 1},
        {"batch_size": 30, "prefetch_factor": 5},
        {"batch_size": None},
        {"batch_size": 3, "shuffle": True, "collate_fn": list},
        {"batch_sampler": [[1], [2, 3], [0]], "persistent_workers": True},
        {"sampler": [], "in_order": False},
    ],
    ids=str,
)
def test_batches_are_those_of_one_process(workers, options):
    alone = {k: v for k, v in options.items() if k not in ("prefetch_factor", "persistent_workers")}
    lanegrad.manual_seed(0)
    loader = DataLoader(Samples(image), **alone)
    expected = [plain(list(loader)) for _ in range(2)]
    lanegrad.manual_seed(0)
    loader = DataLoader(Samples(image), num_workers=workers, **options)
    assert [plain(list(loader)) for _ in range(2)] == expected


def test_tensors_arrive_in_memory_of_their_own():
    def make(index):
        return np.zeros(3), lanegrad.ones(2), np.zeros((0, 4), np.uint8), True, index

    kept = []
    for batch in DataLoader(Samples(make), 4, num_workers=2):
        dtypes = [np.float32, np.float32, np.uint8, np.bool_, np.int64]
        assert [tensor.dtype for tensor in batch] == dtypes
        for tensor in batch:
            assert isinstance(tensor, lanegrad.Tensor)
            array = tensor.numpy()
            assert array.flags.writeable
            array[...] = 1
            kept.append(array)
    assert len({array.ctypes.data for array in kept if array.size}) == 12


def test_batches_larger_than_what_a_pipe_holds():
    loader = DataLoader(Samples(lambda i: np.full(300_000, i), 12), 2, num_workers=2)
    assert [batch.numpy()[:, -1].tolist() for batch in loader] == [
        [i, i + 1] for i in range(0, 12, 2)
    ]
    indices = DataLoader(range(100_000), 50_000, num_workers=1, collate_fn=sum)
    assert sum(indices) == sum(range(100_000))


class Parts(IterableDataset):
    """Parts of a stream, of different lengths."""

    lengths = 3, 9, 5

    def __iter__(self):
        number = get_worker_info().id
        yield from range(100 * number, 100 * number + self.lengths[number])


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 1},
        {"batch_size": 2, "prefetch_factor": 1},
        {"batch_size": 2, "drop_last": True, "prefetch_factor": 3},
        {"batch_size": 4},
        {"batch_size": None},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_streams_are_taken_in_turn_as_in_pytorch(torch, options):
    class Theirs(torch.utils.data.IterableDataset):
        def __iter__(self):
            number = torch.utils.data.get_worker_info().id
            yield from range(100 * number, 100 * number + Parts.lengths[number])

    options = {"num_workers": 3} | options
    expected = plain(list(torch.utils.data.DataLoader(Theirs(), **options)))
    loader = DataLoader(Parts(), persistent_workers=True, **options)
    for _ in range(2):
        assert plain(list(loader)) == expected


def draws(index):
    return index, random.random(), np.random.rand(2), lanegrad.randn(2)  # noqa: NPY002


def drawn(workers, batch_size, seed=1, passes=1, shuffle=True, **options):
    lanegrad.manual_seed(seed)
    loader = DataLoader(Samples(draws), batch_size, shuffle, num_workers=workers, **options)
    return [
        [x for batch in loader for x in zip(*map(plain, batch), strict=True)] for _ in range(passes)
    ]


def test_random_numbers_depend_on_the_sample_alone():
    expected = drawn(2, 3, passes=2)
    for workers, batch_size in ((3, 3), (1, 10), (2, 1)):
        assert drawn(workers, batch_size, passes=2) == expected
    assert drawn(2, 3, passes=2, persistent_workers=True) == expected
    assert drawn(2, 3, seed=2)[0] != expected[0]
    first, second = expected
    numbers = [values for one in expected for _, *values in one]
    assert all(a != b for i, a in enumerate(numbers) for b in numbers[:i])
    assert sorted(x[0] for x in first) == sorted(x[0] for x in second) == list(range(10))
    assert [x[0] for x in drawn(0, 3)[0]] == [x[0] for x in first]  # the same order in any case


def test_the_loaders_generator_seeds_the_workers():
    def run(seed):
        generator = Generator().manual_seed(seed)
        return drawn(2, 3, shuffle=False, generator=generator)

    first = run(4)
    lanegrad.manual_seed(9)
    assert run(4) == first != run(5)


def test_a_sample_that_is_taken_twice_draws_twice():
    (taken,) = drawn(2, 2, shuffle=False, sampler=[3, 3, 3, 3])
    assert len({tuple(x[3]) for x in taken}) == len({x[1] for x in taken}) == 4


def test_the_parents_random_numbers_are_left_alone():
    lanegrad.manual_seed(0)
    list(DataLoader(Samples(draws)))
    state = random.getstate()
    lanegrad.manual_seed(0)
    list(DataLoader(Samples(draws), num_workers=2))
    assert random.getstate() == state


def test_worker_info():
    def tell(index):
        info = get_worker_info()
        return info.id, info.num_workers, info.seed, info.dataset.count, lanegrad.get_num_threads()

    told = [
        row
        for batch in DataLoader(Samples(tell), 2, num_workers=2, collate_fn=list)
        for row in batch
    ]
    assert [row[:2] for row in told] == [(0, 2), (0, 2), (1, 2), (1, 2)] * 2 + [(0, 2), (0, 2)]
    assert told[2][2] == told[0][2] + 1
    assert {row[3:] for row in told} == {(10, 1)}
    assert get_worker_info() is None


def test_worker_init_fn():
    seen = {}

    def init(number):
        seen.update(number=number, seed=lanegrad.random.initial_seed())
        get_worker_info().dataset.make = lambda index: (seen["number"], seen["seed"])

    rows = list(
        DataLoader(Samples(own_number), None, num_workers=2, worker_init_fn=init, collate_fn=list)
    )
    assert [number for number, _ in rows] == [0, 1] * 5
    assert rows[1][1] == rows[0][1] + 1
    assert not seen  # here


class Two(Exception):
    def __init__(self, first, second):
        super().__init__(first, second)


def raises(error):
    def make(index):
        if index == 2:
            raise error
        return index

    return make


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("wrong sample"), ValueError),
        (KeyError("wrong sample"), KeyError),
        (FileNotFoundError(2, "wrong sample"), FileNotFoundError),
        (Two("wrong", "sample"), RuntimeError),
        (type("Local", (Exception,), {})("wrong sample"), RuntimeError),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "wrong sample"), RuntimeError),
    ],
    ids=repr,
)
def test_an_error_in_a_worker(error, kind):
    batches = iter(DataLoader(Samples(raises(error), 4), num_workers=2))
    assert [next(batches).tolist(), next(batches).tolist()] == [[0], [1]]
    with pytest.raises(kind) as found:
        next(batches)
    assert found.type is kind
    text = str(found.value)
    assert text.startswith(f"Caught {type(error).__name__} in DataLoader worker process 0.\n")
    assert "wrong" in text
    assert "in make\n    raise error" in text
    assert next(batches).tolist() == [3]
    del found
    with pytest.raises(StopIteration):
        next(batches)


def fail(*arguments):
    raise ValueError("no more")


@pytest.mark.parametrize(
    ("dataset", "options", "text"),
    [
        (
            Samples(own_number),
            {"worker_init_fn": fail},
            "Caught ValueError .* process 0(.|\n)*no more",
        ),
        (Samples(own_number), {"collate_fn": fail}, "Caught ValueError .* process 0(.|\n)*no more"),
        (Samples(lambda i: None), {}, "Caught TypeError .* process 0(.|\n)*NoneType"),
        (Samples(lambda i: lambda: 0), {"collate_fn": list}, "Caught .*(.|\n)*pickle"),
    ],
)
def test_other_errors_in_workers(dataset, options, text):
    with pytest.raises(Exception, match=text):
        list(DataLoader(dataset, num_workers=2, **options))


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os._exit(3), "exited unexpectedly with code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by signal SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "killed by signal SIGTERM"),
        (lambda: exit(5), "exited unexpectedly with code 5"),
    ],
)
@pytest.mark.parametrize(
    "options", [{}, {"in_order": False}, {"persistent_workers": True}], ids=str
)
def test_a_worker_that_dies(end, how, options):
    loader = DataLoader(Samples(lambda i: end() if i == 1 else i), num_workers=2, **options)
    with pytest.raises(RuntimeError, match=rf"DataLoader worker 1 \(pid \d+\) .*{how}"):
        list(loader)
    assert not multiprocessing.active_children()
    if loader.in_order:
        assert next(iter(loader)).tolist() == [0]  # anew


def test_a_worker_that_is_killed_while_it_waits():
    loader = DataLoader(Samples(own_number, 100), None, num_workers=2, prefetch_factor=1)
    batches = iter(loader)
    os.kill(next(batches)[0], signal.SIGKILL)
    with pytest.raises(RuntimeError, match=r"DataLoader worker 0 .* SIGKILL"):
        list(batches)
    with pytest.raises(StopIteration):
        next(batches)


class Unreadable:
    def __reduce__(self):
        return fail, ()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_index_that_a_worker_cannot_read():
    loader = DataLoader(Samples(image), None, sampler=[0, Unreadable()], num_workers=1)
    with pytest.raises(RuntimeError, match="DataLoader worker 0"):
        list(loader)


def test_timeout(monkeypatch):
    monkeypatch.setattr("lanegrad.utils.data._workers.PATIENCE", 0.1)
    loader = DataLoader(Samples(lambda i: time.sleep(30 * i) or i), num_workers=1, timeout=1)
    batches = iter(loader)
    assert next(batches).tolist() == [0]
    with pytest.raises(RuntimeError, match=r"timed out: no batch came in 1 seconds"):
        next(batches)


@pytest.mark.parametrize(("in_order", "last", "first"), [(True, 3, [0, 1]), (False, 5, [1, 3])])
def test_order(in_order, last, first):
    """The first sample comes after another of the other worker, which is made ahead, or given first."""
    made = multiprocessing.Event()

    def make(index):
        if index == last:
            made.set()
        return index if index or made.wait(20) else "too late"

    loader = DataLoader(Samples(make, 6), None, num_workers=2, in_order=in_order)
    found = list(loader)
    assert (found[:2], sorted(found)) == (first, list(range(6)))


@pytest.mark.parametrize("factor", [1, 3])
def test_prefetch_factor(factor):
    made = multiprocessing.Value("i")

    def make(index):
        with made:
            made.value += 1
        return np.zeros(200_000)  # more than a pipe holds

    batches = iter(DataLoader(Samples(make, 40), 2, num_workers=2, prefetch_factor=factor))
    for taken in range(3):
        expected = 2 * (2 * factor + taken)
        deadline = time.monotonic() + 10
        while made.value < expected and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.03)
        assert made.value == expected
        next(batches)


def test_persistent_workers():
    dataset = Samples(own_number, 4)
    loader = DataLoader(dataset, None, num_workers=2, persistent_workers=True)
    first = list(loader)
    assert list(loader) == first
    assert len({pid for pid, _ in first}) == 2
    dataset.make = image  # which they do not see
    assert list(loader) == first
    given_up, begun = iter(loader), iter(loader)
    next(begun)
    with pytest.raises(RuntimeError, match="persistent workers serve one"):
        next(given_up)
    assert list(begun) == first[1:]
    assert len(multiprocessing.active_children()) == 2


def test_workers_are_new_for_each_pass_and_several_go_on_at_once():
    loader = DataLoader(Samples(own_number, 4), None, num_workers=2)
    one, other = iter(loader), iter(loader)
    passes = [list(one), list(other), list(loader)]
    assert [[index for _, index in rows] for rows in passes] == [[0, 1, 2, 3]] * 3
    assert len({pid for rows in passes for pid, _ in rows}) == 6
    assert not multiprocessing.active_children()


def loop_and_break(loader):
    for _ in loader:
        break


def loop_and_raise(loader):
    with pytest.raises(KeyError, match="mine"):  # noqa: PT012
        for _ in loader:
            raise KeyError("mine")


def take_some(loader):
    batches = iter(loader)
    next(batches)


@pytest.mark.parametrize("use", [loop_and_break, loop_and_raise, take_some, iter, list])
def test_nothing_is_left(use):
    use(DataLoader(Samples(image), num_workers=1))
    files = len(os.listdir("/dev/fd"))
    for persistent in (False, True):
        use(DataLoader(Samples(image, 40), 4, num_workers=2, persistent_workers=persistent))
        assert not multiprocessing.active_children()
        assert len(os.listdir("/dev/fd")) == files


def test_a_process_forked_meanwhile_leaves_the_workers_alone():
    loader = DataLoader(Samples(own_number), None, num_workers=2, persistent_workers=True)
    batches = iter(loader)
    first = next(batches)
    pid = os.fork()
    if not pid:
        try:
            del loader, batches
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert [index for _, index in [first, *batches]] == list(range(10))
    # Nor does one that is still there keep them from ending.
    held = iter(DataLoader(Samples(own_number), None, num_workers=1))
    next(held)
    others = iter(DataLoader(Samples(own_number), None, num_workers=1))
    next(others)
    start = time.monotonic()
    del held
    assert time.monotonic() - start < 1.5


def test_a_data_set_that_cannot_be_sent():
    local = Samples(lambda index: index)
    loader = DataLoader(local, num_workers=2, multiprocessing_context="spawn")
    with pytest.raises(Exception, match="pickle"):
        iter(loader)
