"""DataLoader in one process: PyTorch's arguments, batches and errors, and what an index is."""

import inspect
import itertools
import multiprocessing
import warnings
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lanegrad
from lanegrad.random import Generator
from lanegrad.utils import data
from lanegrad.utils.data import DataLoader, Dataset, TensorDataset


@pytest.fixture(params=["lanegrad", "torch"])
def kit(request):
    """Each package in turn: what holds for both is PyTorch's."""
    return pytest.importorskip(request.param).utils.data


def plain(x):
    """Batches as Python's lists and numbers."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, list):
        return list(map(plain, x))
    if isinstance(x, tuple):
        return type(x)(*map(plain, x)) if hasattr(x, "_fields") else tuple(map(plain, x))
    return x.tolist() if hasattr(x, "tolist") else x


def stream(kit, count, length=None):
    class Stream(kit.IterableDataset):
        def __iter__(self):
            return iter(range(count))

    class Sized(Stream):
        def __len__(self):
            return length

    return Stream() if length is None else Sized()


Sample = namedtuple("Sample", ["image", "label"])
ITEMS = [(float(i), i, str(i)) for i in range(5)]

LOADERS = [
    (range(5), {}),
    (range(5), {"batch_size": 2}),
    (range(5), {"batch_size": 2, "drop_last": True}),
    (range(5), {"batch_size": 9}),
    (range(5), {"batch_size": 9, "drop_last": True}),
    (range(5), {"batch_size": None}),
    (range(5), {"batch_size": 2, "shuffle": False}),
    (range(5), {"batch_size": 2, "collate_fn": tuple}),
    (range(5), {"batch_size": None, "collate_fn": str}),
    (range(5), {"sampler": [3, 1]}),
    (range(5), {"sampler": iter([3, 1]), "batch_size": 2}),
    (range(5), {"sampler": np.array([3, 1]), "batch_size": 2}),
    ("abcde", {"sampler": (4, 0, 1), "batch_size": 2}),
    (range(5), {"batch_sampler": [[0, 1], [4]]}),
    (range(5), {"batch_sampler": [(0, 1), (4,)]}),
    (range(5), {"batch_sampler": [np.array([2, 3])]}),
    (range(5), {"batch_sampler": []}),
    ([], {}),
    ([], {"batch_size": 3}),
    (ITEMS, {"batch_size": 3}),
    (ITEMS, {"batch_size": None}),
    ([{"x": i, "y": [i]} for i in range(3)], {"batch_size": 2}),
    ([Sample(1.0, 2), Sample(3.0, 4)], {"batch_size": 2}),
    (np.arange(6).reshape(3, 2), {"batch_size": 2}),
    (np.arange(3), {"batch_size": 2}),
    ({"a": 1, "b": 2}, {"sampler": ["b", "a"], "batch_size": 2}),
    ({(0, 1): 5}, {"sampler": [(0, 1)], "batch_size": None}),
    (np.arange(6), {"sampler": [[0, 1], [4]], "batch_size": None}),
]


@pytest.mark.parametrize(("dataset", "options"), LOADERS)
def test_as_in_pytorch(torch, dataset, options):
    if not isinstance(options.get("sampler"), type(iter([]))):
        ours, theirs = (
            DataLoader(dataset, **options),
            torch.utils.data.DataLoader(dataset, **options),
        )
        assert len(ours) == len(theirs) == len(iter(ours))
        assert ours.batch_size == theirs.batch_size
        assert type(ours.sampler).__name__ == type(theirs.sampler).__name__
        assert type(ours.batch_sampler).__name__ == type(theirs.batch_sampler).__name__
    else:
        copies = itertools.tee(options["sampler"])
        ours = DataLoader(dataset, **options | {"sampler": copies[0]})
        theirs = torch.utils.data.DataLoader(dataset, **options | {"sampler": copies[1]})
    assert plain(list(ours)) == plain(list(theirs))


@pytest.mark.parametrize("length", [None, 5])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 2},
        {"batch_size": 2, "drop_last": True},
        {"batch_size": 5},
        {"batch_size": 9, "drop_last": True},
        {"batch_size": None},
        {"shuffle": False, "batch_size": 3},
    ],
)
def test_iterable_data(kit, length, options):
    loader = kit.DataLoader(stream(kit, 5, length), **options)
    expected = list(range(5))
    if size := options.get("batch_size", 1):
        expected = [expected[start : start + size] for start in range(0, 5, size)]
    if options.get("drop_last"):
        expected = [batch for batch in expected if len(batch) == size]
    for _ in range(2):
        assert plain(list(loader)) == expected
    if length:
        assert len(loader) == len(expected)
    else:
        with pytest.raises(TypeError, match="has no len"):
            len(loader)


def test_an_iterable_that_gives_more_than_its_length(kit):
    loader = kit.DataLoader(stream(kit, 4, 1))
    list(loader)  # nobody has asked
    assert len(loader) == 1
    with pytest.warns(UserWarning, match=r"[lL]ength of .*Sized"):
        assert len(list(loader)) == 4


ERRORS = [
    ({"num_workers": -1}, ValueError),
    ({"num_workers": "2"}, TypeError),
    ({"timeout": -1}, ValueError),
    ({"prefetch_factor": 2}, ValueError),
    ({"prefetch_factor": -1, "num_workers": 1}, ValueError),
    ({"persistent_workers": True}, ValueError),
    ({"sampler": [0], "shuffle": True}, ValueError),
    ({"batch_sampler": [[0]], "batch_size": 2}, ValueError),
    ({"batch_sampler": [[0]], "batch_size": None}, ValueError),
    ({"batch_sampler": [[0]], "shuffle": True}, ValueError),
    ({"batch_sampler": [[0]], "sampler": [0]}, ValueError),
    ({"batch_sampler": [[0]], "drop_last": True}, ValueError),
    ({"batch_size": None, "drop_last": True}, ValueError),
    ({"batch_size": 0}, ValueError),
    ({"batch_size": -3}, ValueError),
    ({"batch_size": 2.0}, ValueError),
    ({"batch_size": "3"}, ValueError),
    ({"drop_last": 1}, ValueError),
    ({"multiprocessing_context": "spawn"}, ValueError),
    ({"multiprocessing_context": "thread", "num_workers": 1}, ValueError),
    ({"multiprocessing_context": 3, "num_workers": 1}, TypeError),
    ({"dataset": [], "shuffle": True}, ValueError),
]


@pytest.mark.parametrize(("options", "error"), ERRORS)
def test_errors(kit, options, error):
    with pytest.raises(error):
        kit.DataLoader(**{"dataset": [1, 2, 3]} | options)


@pytest.mark.parametrize(
    "options", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}], ids=str
)
def test_an_iterable_has_its_own_order(kit, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        kit.DataLoader(stream(kit, 3), **options)


@pytest.mark.parametrize(
    "dataset", [5, [(np.zeros(2), 0), (np.zeros(3), 1)], [None, None], [[1], [1, 2]], {"a": 1}]
)
def test_errors_of_data(torch, dataset):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        list(torch.utils.data.DataLoader(dataset, 2))
    with pytest.raises(theirs.type):
        list(DataLoader(dataset, 2))


@pytest.mark.parametrize("name", ["batch_size", "sampler", "batch_sampler", "drop_last", "dataset"])
def test_what_the_order_was_made_from_is_fixed(kit, name):
    loader = kit.DataLoader([1, 2, 3])
    before = getattr(loader, name)
    with pytest.raises(ValueError, match=name):
        setattr(loader, name, 4)
    assert getattr(loader, name) is before
    loader.num_workers = 0
    loader.collate_fn = list
    assert list(loader) == [[1], [2], [3]]


def test_names_are_those_of_pytorch(torch):
    theirs = torch.utils.data
    left_out = {
        "argument_validation", "functional_datapipe", "guaranteed_datapipes_determinism",
        "non_deterministic", "runtime_validation", "runtime_validation_disabled",
        "DFIterDataPipe", "DataChunk", "IterDataPipe", "MapDataPipe",  # data pipes
    }  # fmt: skip
    expected = {name for name in theirs.__all__ if not name.startswith("_")} - left_out
    assert set(data.__all__) == expected | {"ClassBalancedSampler"}
    for name in expected - {"Sampler", "IterableDataset", "Dataset"}:
        ours, parameters = (
            [(p.name, p.default, p.kind) for p in inspect.signature(f).parameters.values()]
            for f in (getattr(data, name), getattr(theirs, name))
        )
        if name == "random_split":  # whose generator is the default one's object there
            ours, parameters = ours[:-1], parameters[:-1]
        if name == "DataLoader":
            assert ours.pop()[0] == "prefetch"
        assert ours == parameters, name
    ours = vars(DataLoader([1]))
    shown = {name for name in vars(theirs.DataLoader([1])) if not name.startswith("_")}
    assert shown <= set(ours)
    assert DataLoader[int]
    assert Dataset[int]


def test_modules_are_where_scripts_look_for_them():
    from lanegrad.utils.data import dataloader, dataset, distributed, sampler

    assert dataloader.DataLoader is DataLoader
    assert dataloader.default_collate is data.default_collate
    assert dataset.Subset is data.Subset
    assert sampler.RandomSampler is data.RandomSampler
    assert distributed.DistributedSampler is data.DistributedSampler


@pytest.mark.parametrize("options", [{}, {"pin_memory": True, "pin_memory_device": "cuda"}])
def test_attributes(options):
    source = TensorDataset(lanegrad.zeros(10, 2))
    loader = DataLoader(source, 4, True, num_workers=2, generator=Generator(), **options)
    assert (loader.dataset, loader.batch_size, loader.num_workers) == (source, 4, 2)
    assert (len(loader), len(loader.dataset), loader.prefetch_factor) == (3, 10, 2)
    assert loader.sampler.generator is loader.generator
    assert loader.batch_sampler.sampler is loader.sampler
    assert DataLoader(source).prefetch_factor is None


class Indices(Dataset):
    """Notes what it is asked for."""

    def __init__(self, count):
        self.count, self.asked = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.asked.append(index)
        return np.float32(index), index


SAMPLERS = [
    None,
    np.arange(6),
    np.arange(6, dtype=np.uint8),
    lanegrad.tensor(np.arange(6)),
    [lanegrad.tensor(i) for i in range(6)],
    data.SubsetRandomSampler(np.arange(6)),
    data.SubsetRandomSampler(lanegrad.tensor(np.arange(6))),
    data.WeightedRandomSampler(np.ones(6), 6, False),
]


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_index_is_an_int(sampler, batch_size):
    for wrap in (
        lambda d: d,
        lambda d: data.Subset(d, np.arange(6)),
        lambda d: data.ConcatDataset([d]),
    ):
        dataset = Indices(6)
        for shuffle in [False] if sampler is not None else [False, True]:
            list(DataLoader(wrap(dataset), batch_size, shuffle, sampler=sampler))
            assert {type(index) for index in dataset.asked} == {int}
            assert sorted(dataset.asked) == list(range(6))
            dataset.asked.clear()


def pairs(count):
    """Images that hold their own number, and labels that repeat it."""
    numbers = np.arange(count)
    return TensorDataset(numbers.reshape(-1, 1, 1, 1).astype(np.float32), numbers)


def orders(loader, passes=1):
    """The labels of each pass in the order that the loader gives them."""
    return [[x for _, labels in loader for x in labels.tolist()] for _ in range(passes)]


@given(
    count=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    one_by_one=st.booleans(),
)
def test_every_sample_once(count, batch_size, shuffle, drop_last, one_by_one):
    dataset = Indices(count) if one_by_one else pairs(count)
    loader = DataLoader(dataset, batch_size, shuffle, drop_last=drop_last)
    batches = [(images.numpy(), labels.numpy()) for images, labels in loader]
    assert len(batches) == len(loader)
    sizes = [len(labels) for _, labels in batches]
    whole = count // batch_size
    rest = [] if drop_last or count % batch_size == 0 else [count % batch_size]
    assert sizes == [batch_size] * whole + rest
    seen = [label for _, labels in batches for label in labels]
    assert len(set(seen)) == len(seen)
    if not drop_last:
        assert sorted(seen) == list(range(count))
    if not shuffle:
        assert seen == sorted(seen)
    for images, labels in batches:
        np.testing.assert_array_equal(images.ravel(), labels)


@pytest.mark.parametrize("make", [pairs, Indices])
def test_a_generator_fixes_the_orders_and_each_pass_has_its_own(make):
    def run(seed):
        return orders(DataLoader(make(30), 4, True, generator=Generator().manual_seed(seed)), 3)

    first = run(5)
    assert first == run(5) != run(6)
    assert first[0] != first[1] != first[2] != first[0]


def test_manual_seed_fixes_the_orders():
    runs = []
    for seed, make, size in ((1, pairs, 4), (1, Indices, 3), (1, pairs, 30), (2, pairs, 4)):
        lanegrad.manual_seed(seed)
        runs.append(orders(DataLoader(make(30), size, shuffle=True), 2))
    assert runs[0] == runs[1] == runs[2] != runs[3]


def test_passes_begin_anew_and_several_go_on_at_once():
    loader = DataLoader(pairs(5), 2)
    first, second = iter(loader), iter(loader)
    assert next(first)[1].tolist() == [0, 1]
    assert next(second)[1].tolist() == [0, 1]
    assert next(first)[1].tolist() == [2, 3]
    assert orders(loader, 2) == [[0, 1, 2, 3, 4]] * 2
    assert next(second)[1].tolist() == [2, 3]
    assert iter(first) is first
    assert [len(labels) for _, labels in first] == [1]
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(first)


def test_a_pass_goes_on_after_an_error(kit):
    class Holes(kit.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            if index == 1:
                raise KeyError("hole")
            return index

    batches = iter(kit.DataLoader(Holes()))
    assert next(batches).tolist() == [0]
    with pytest.raises(KeyError, match="hole"):
        next(batches)
    assert plain(list(batches)) == [[2], [3]]


def sources():
    """Data sets of ten samples, each with the arrays that are not to change."""
    images, labels = np.arange(60, dtype=np.float32).reshape(10, 2, 3), np.arange(10)
    soft = np.arange(40, dtype=np.float32).reshape(10, 4)
    for parts in ((images, labels), (images, soft), (images, images), (images[::-1], labels)):
        yield TensorDataset(*parts), list(parts)
        yield data.Subset(TensorDataset(*parts), range(10)), list(parts)
        yield list(zip(*parts, strict=True)), list(parts)
    tensors = lanegrad.tensor(images), lanegrad.tensor(labels)
    arrays = [tensor.numpy() for tensor in tensors]
    yield TensorDataset(*tensors), arrays
    yield data.ConcatDataset([TensorDataset(*tensors)]), arrays
    yield [(tensors[0][i], tensors[1][i]) for i in range(10)], arrays


@pytest.mark.parametrize("batch_size", [1, 4, 10])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_has_memory_of_its_own(shuffle, batch_size):
    for dataset, arrays in sources():
        before = [array.copy() for array in arrays]
        kept = []
        for batch in DataLoader(dataset, batch_size, shuffle):
            assert type(batch) is list
            for tensor in batch:
                array = tensor.numpy()
                assert array.flags.writeable
                array[...] = 99
                kept.append(array)
        for array, copy in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, copy)
        for number, array in enumerate(kept):  # nor do batches share memory with one another
            assert not any(np.shares_memory(array, other) for other in kept[:number])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "bool", "float32"])
def test_labels_keep_their_dtype(dtype):
    labels = np.array([0, 1, 1], dtype)
    for dataset in (TensorDataset(labels), [(label,) for label in labels]):
        ((batch,),) = DataLoader(dataset, 3)
        assert (batch.dtype, batch.tolist()) == (dtype, labels.tolist())


def test_gradients_of_what_the_data_set_holds():
    x = lanegrad.Tensor([[1.0], [2.0]], requires_grad=True)
    ((batch,),) = DataLoader(TensorDataset(x), 2)
    (batch * batch).sum().backward()
    assert x.grad.tolist() == [[2], [4]]


def test_workers_cost_nothing_where_batches_are_made_at_once(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr(multiprocessing.Process, "start", refuse)
    lanegrad.manual_seed(1)
    expected = orders(DataLoader(pairs(9), 4, shuffle=True), 2)
    lanegrad.manual_seed(1)
    loader = DataLoader(pairs(9), 4, True, num_workers=4, persistent_workers=True, timeout=1)
    assert orders(loader, 2) == expected
    assert len(list(DataLoader(data.Subset(pairs(9), [1, 2]), num_workers=2))) == 2


def test_nothing_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(DataLoader(Indices(3), pin_memory=True))
