"""Data sets and sets made of sets, next to PyTorch's; and when a whole batch may be asked for."""

import warnings

import numpy as np
import pytest

import lanegrad
from lanegrad.random import Generator
from lanegrad.utils import data
from lanegrad.utils.data.dataset import samples_at, stands_in


@pytest.fixture(params=["lanegrad", "torch"])
def kit(request):
    """Each package in turn: what holds for both is PyTorch's."""
    package = pytest.importorskip(request.param)
    return package.utils.data, package.tensor


def plain(x):
    """Samples as Python's lists and numbers."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(map(plain, x))
    return x.tolist() if hasattr(x, "tolist") else x


def stream(kit_data, *items, length=None):
    class Stream(kit_data.IterableDataset):
        def __iter__(self):
            return iter(items)

        def __len__(self):
            return len(items) if length is None else length

    return Stream()


class TestAsInPyTorch:
    """Each test runs on both packages."""

    def test_tensor_dataset(self, kit):
        data, tensor = kit
        pairs = data.TensorDataset(tensor([[1.0], [2.0], [3.0]]), tensor([4, 5, 6]))
        assert len(pairs) == 3
        assert plain(pairs[1]) == ([2.0], 5)
        assert plain(pairs[-1]) == ([3.0], 6)
        assert plain(pairs[1:]) == ([[2.0], [3.0]], [5, 6])
        assert plain(pairs[[2, 0]]) == ([[3.0], [1.0]], [6, 4])
        assert [t.ndim for t in pairs.tensors] == [2, 1]

    def test_stack_dataset(self, kit):
        data, _ = kit
        assert data.StackDataset(range(3), "abc")[1] == (1, "b")
        named = data.StackDataset(number=range(3), letter="abc")
        assert named[2] == {"number": 2, "letter": "c"}
        assert named.__getitems__([0, 2]) == [
            {"number": 0, "letter": "a"},
            {"number": 2, "letter": "c"},
        ]
        assert len(named) == 3

    def test_concat_dataset(self, kit):
        data, tensor = kit
        joined = data.ConcatDataset([range(3), [], "ab"])
        assert [joined[i] for i in range(-5, 5)] == [0, 1, 2, "a", "b"] * 2
        assert (len(joined), joined.cumulative_sizes) == (5, [3, 3, 5])
        both = data.TensorDataset(tensor([1, 2])) + data.TensorDataset(tensor([3]))
        assert type(both) is data.ConcatDataset
        assert plain([both[i] for i in range(3)]) == [(1,), (2,), (3,)]

    def test_chain_dataset(self, kit):
        data, _ = kit
        both = stream(data, 1, 2) + stream(data, 3)
        assert type(both) is data.ChainDataset
        assert (list(both), list(both), len(both)) == ([1, 2, 3], [1, 2, 3], 3)

    def test_subset(self, kit):
        data, _ = kit
        subset = data.Subset("abcdef", [5, 0, 3])
        assert (len(subset), subset[0], subset[-1]) == (3, "f", "d")
        assert subset.__getitems__([2, 1]) == ["d", "a"]
        assert (subset.dataset, subset.indices) == ("abcdef", [5, 0, 3])
        assert data.Subset(np.arange(10) ** 2, [1, 3, 5])[[0, 2]].tolist() == [1, 25]

    @pytest.mark.parametrize(
        ("count", "lengths", "sizes"),
        [
            (10, [3, 7], [3, 7]),
            (10, [0.3, 0.7], [3, 7]),
            (3, [0.1, 0.9], [1, 2]),
            (10, [1 / 3] * 3, [4, 3, 3]),
            (11, [0.5, 0.25, 0.25], [6, 3, 2]),
            (10, [1.0], [10]),
            (10, [1], [10]),
            (1, [1], [1]),
            (10, [0, 10], [0, 10]),
            (0, [0, 0], [0, 0]),
        ],
    )
    def test_random_split(self, kit, count, lengths, sizes):
        data, _ = kit
        parts = data.random_split(range(count), lengths)
        assert [len(part) for part in parts] == sizes
        assert sorted(x for part in parts for x in part) == list(range(count))
        assert all(type(part) is data.Subset for part in parts)

    def test_random_split_warns_of_a_part_without_samples(self, kit):
        with pytest.warns(UserWarning, match="part 1|split at index 1"):
            parts = kit[0].random_split(range(2), [0.75, 0.25])
        assert sum(map(len, parts)) == 2

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda d, t: d.Dataset()[0], NotImplementedError),
            (lambda d, t: len(d.Dataset()), TypeError),
            (lambda d, t: d.IterableDataset(), TypeError),
            (lambda d, t: d.TensorDataset(t([1, 2]), t([1])), AssertionError),
            (lambda d, t: d.TensorDataset(t(1.0)), IndexError),
            (lambda d, t: len(d.TensorDataset()), IndexError),
            (lambda d, t: d.TensorDataset(t([1, 2]))[2], IndexError),
            (lambda d, t: d.StackDataset(), ValueError),
            (lambda d, t: d.StackDataset(range(2), range(3)), ValueError),
            (lambda d, t: d.StackDataset(range(2), b=range(2)), ValueError),
            (lambda d, t: d.ConcatDataset([]), AssertionError),
            (lambda d, t: d.ConcatDataset([stream(d, 1)]), AssertionError),
            (lambda d, t: d.ConcatDataset([range(3)])[3], IndexError),
            (lambda d, t: d.ConcatDataset([range(3)])[-4], ValueError),
            (lambda d, t: list(d.ChainDataset([range(3)])), AssertionError),
            (lambda d, t: len(d.ChainDataset([range(3)])), AssertionError),
            (lambda d, t: d.Subset(range(3), [1])[1], IndexError),
            (lambda d, t: d.random_split(range(10), [3, 3]), ValueError),
            (lambda d, t: d.random_split(range(10), []), ValueError),
            (lambda d, t: d.random_split(range(10), [0.5]), ValueError),
            (lambda d, t: d.random_split(range(10), [0.5, 0.6]), ValueError),
            (lambda d, t: d.random_split(range(10), [1.5, -0.5]), ValueError),
            (lambda d, t: d.random_split(range(4), [4.0]), TypeError),
        ],
    )
    def test_errors(self, kit, call, error):
        with pytest.raises(error):
            call(*kit)

    def test_lists_of_samples(self, kit):
        data, _ = kit

        class Lists(data.Dataset):
            def __len__(self):
                return 5

            def __getitems__(self, indices):
                return [10 * i for i in indices]

        assert plain(list(data.DataLoader(Lists(), 2))) == [[0, 10], [20, 30], [40]]
        subset = data.Subset(Lists(), [4, 2, 0])
        assert plain(list(data.DataLoader(subset, 2))) == [[40, 20], [0]]


def test_arrays_become_tensors():
    images = np.arange(6, dtype=np.float64).reshape(3, 2)
    pairs = data.TensorDataset(images, [1, 2, 3])
    assert [t.dtype for t in pairs.tensors] == [np.float32, np.int64]
    assert plain(pairs[1]) == ([2, 3], 2)


def test_a_generator_fixes_the_parts():
    def parts(seed):
        return [
            part.indices
            for part in data.random_split(range(20), [15, 5], Generator().manual_seed(seed))
        ]

    assert parts(1) == parts(1) != parts(2)
    state = lanegrad.random.get_rng_state().tolist()
    parts(1)
    assert lanegrad.random.get_rng_state().tolist() == state
    lanegrad.manual_seed(3)
    first = data.random_split(range(20), [20])[0].indices
    lanegrad.manual_seed(3)
    assert data.random_split(range(20), [20])[0].indices == first


def test_wrong_lengths_of_parts():
    with pytest.raises(ValueError, match="negative length"):
        data.random_split(range(10), [12, -2])


class Both:
    def __len__(self):
        return 4

    def __getitem__(self, index):
        assert type(index) is int
        return index

    def __getbatch__(self, indices):
        assert all(type(index) is int for index in indices)
        return "batch", indices

    def __getitems__(self, indices):
        return [("items", index) for index in indices]


class ItemsAlone(Both):
    def __getitem__(self, index):
        assert type(index) is int
        return -index


class BothAgain(ItemsAlone):
    def __getbatch__(self, indices):
        return "again", indices


class NoneAgain(Both):
    __getbatch__ = None


class Mixin:
    def __getitem__(self, index):
        return 7


class Mixed(Mixin, Both):
    pass


RULE = [
    (Both(), True),
    (type("Heir", (Both,), {})(), True),
    (ItemsAlone(), False),
    (type("Heir", (ItemsAlone,), {})(), False),
    (BothAgain(), True),
    (NoneAgain(), False),
    (Mixed(), False),
    (range(3), False),
    ([1], False),
    (data.TensorDataset(lanegrad.zeros(3)), True),
    (data.StackDataset(range(3)), False),
    (data.ConcatDataset([range(3)]), False),
]


@pytest.mark.parametrize(("dataset", "able"), RULE)
def test_a_batch_is_asked_of_what_declares_itself_able(dataset, able):
    assert stands_in(dataset, "__getbatch__") is able
    for wrapped in (data.Subset(dataset, [0]), data.Subset(data.Subset(dataset, [0]), [0])):
        assert stands_in(wrapped, "__getbatch__") is able
        assert (wrapped.__getbatch__([0]) is NotImplemented) is not able

    class Own(data.Subset):
        def __getitem__(self, index):
            return 5

    assert not stands_in(Own(dataset, [0]), "__getbatch__")
    assert not stands_in(Own(dataset, [0]), "__getitems__")


@pytest.mark.parametrize(
    ("dataset", "batches"),
    [
        (Both(), [("batch", [0, 1, 2]), ("batch", [3])]),
        (BothAgain(), [("again", [0, 1, 2]), ("again", [3])]),
        (ItemsAlone(), [[0, -1, -2], [-3]]),
        (data.Subset(Both(), [2, 0]), [("batch", [2, 0])]),
        (data.Subset(Both(), np.array([2, 0])), [("batch", [2, 0])]),
        (data.Subset(ItemsAlone(), np.array([2, 0])), [[-2, 0]]),
        (data.Subset(data.Subset(ItemsAlone(), [3, 2, 1]), [2, 0]), [[-1, -3]]),
    ],
)
def test_what_the_loader_asks(dataset, batches):
    assert plain(list(data.DataLoader(dataset, 3))) == batches


def test_no_batch_is_asked_for_where_samples_are_wanted():
    samples = data.DataLoader(Both(), 3, collate_fn=list)
    assert list(samples) == [[("items", 0), ("items", 1), ("items", 2)], [("items", 3)]]
    assert list(data.DataLoader(Both(), None)) == [0, 1, 2, 3]


def test_not_implemented_means_sample_by_sample_from_there():
    class Sometimes(Both):
        def __getitem__(self, index):
            return index

        def __getbatch__(self, indices):
            return NotImplemented if 2 in indices else [indices]

    for workers in (0, 1):
        loader = data.DataLoader(Sometimes(), 1, num_workers=workers)
        assert plain(list(loader)) == [[[0]], [[1]], [2], [3]]


def test_lists_of_the_wrong_length():
    class Short(Both):
        def __getitems__(self, indices):
            return [0]

    with pytest.raises(ValueError, match="gave 1 samples for 2 indices"):
        samples_at(Short(), [0, 1])


def test_subclass_in_the_style_of_tutorials():
    """Which overrides the samples of an array data set; pictures must come out as it says."""
    images = lanegrad.tensor(np.arange(24, dtype=np.float32).reshape(4, 1, 2, 3))

    class Mirrored(data.TensorDataset):
        def __getitem__(self, index):
            image, label = super().__getitem__(index)
            return image.numpy()[..., ::-1], label

    for shuffle in (False, True):
        for x, y in data.DataLoader(Mirrored(images, lanegrad.tensor(range(4))), 3, shuffle):
            np.testing.assert_array_equal(x.numpy(), images.numpy()[y.numpy()][..., ::-1])


def test_no_warnings_of_alike_parts():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data.random_split(range(10), [0.5, 0.5])
