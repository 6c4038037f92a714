"""Samplers: which samples, how many, and in an order that a seed fixes."""

from collections import Counter

import numpy as np
import pytest

import lanegrad
from lanegrad.random import Generator
from lanegrad.utils import data


@pytest.fixture(params=["lanegrad", "torch"])
def kit(request):
    """Each package in turn: what holds for both is PyTorch's."""
    return pytest.importorskip(request.param).utils.data


CASES = [
    ("SequentialSampler", (range(4),), {}, [0, 1, 2, 3]),
    ("RandomSampler", (range(5),), {}, {0, 1, 2, 3, 4}),
    ("RandomSampler", (range(5),), {"num_samples": 3}, 3),
    ("RandomSampler", (range(2),), {"num_samples": 7}, 7),
    ("RandomSampler", (range(2), True, 9), {}, 9),
    ("RandomSampler", (range(3), True), {}, 3),
    ("SubsetRandomSampler", ([7, 3, 9],), {}, {3, 7, 9}),
    ("SubsetRandomSampler", ([],), {}, []),
    ("WeightedRandomSampler", ([0, 1, 0], 4), {}, [1, 1, 1, 1]),
    ("WeightedRandomSampler", ([0.5, 0, 3, 1], 3, False), {}, {0, 2, 3}),
    ("WeightedRandomSampler", ([0.5, 0.5], 6), {"replacement": True}, 6),
    ("BatchSampler", ([4, 5, 6], 2, False), {}, [[4, 5], [6]]),
    ("BatchSampler", ([4, 5, 6], 2, True), {}, [[4, 5]]),
    ("BatchSampler", ("abcd", 2, True), {}, [["a", "b"], ["c", "d"]]),
    ("BatchSampler", ([], 2, False), {}, []),
    ("BatchSampler", ([4, 5], 2**62, False), {}, [[4, 5]]),
    ("DistributedSampler", (range(5), 2, 0), {"shuffle": False}, [0, 2, 4]),
    ("DistributedSampler", (range(5), 2, 1), {"shuffle": False}, [1, 3, 0]),
    ("DistributedSampler", (range(5), 2, 1, False, 0, True), {}, [1, 3]),
    ("DistributedSampler", (range(2), 5, 4), {"shuffle": False}, [0]),
    ("DistributedSampler", (range(5), 1, 0), {}, {0, 1, 2, 3, 4}),
    ("DistributedSampler", (range(5), 2, 0), {}, 3),
]


@pytest.mark.parametrize(("name", "arguments", "options", "expected"), CASES)
def test_as_in_pytorch(kit, name, arguments, options, expected):
    """The list of indices, the set of them where the order is drawn, or how many there are."""
    sampler = getattr(kit, name)(*arguments, **options)
    assert isinstance(sampler, kit.Sampler)
    for _ in range(2):
        found = list(sampler)
        assert len(sampler) == len(found)
        assert all(type(index) in (int, str, list) for index in found)
        if isinstance(expected, set):
            assert sorted(found) == sorted(expected)
        else:
            assert (len(found) if isinstance(expected, int) else found) == expected


ERRORS = [
    (lambda d: list(d.Sampler()), NotImplementedError),
    (lambda d: d.RandomSampler([]), ValueError),
    (lambda d: d.RandomSampler([1], 1), TypeError),
    (lambda d: d.RandomSampler([1], num_samples=0), ValueError),
    (lambda d: d.RandomSampler([1], num_samples=-1), ValueError),
    (lambda d: d.RandomSampler([1], num_samples=2.5), ValueError),
    (lambda d: d.WeightedRandomSampler([0.5], 0), ValueError),
    (lambda d: d.WeightedRandomSampler([0.5], True), ValueError),
    (lambda d: d.WeightedRandomSampler([[0.5]], 1), ValueError),
    (lambda d: d.WeightedRandomSampler([0.5], 1, 1), ValueError),
    (lambda d: list(d.WeightedRandomSampler([1, 2], 3, False)), RuntimeError),
    (lambda d: list(d.WeightedRandomSampler([0.0, 0.0], 1)), RuntimeError),
    (lambda d: list(d.WeightedRandomSampler([-1.0, 2], 1)), RuntimeError),
    (lambda d: list(d.WeightedRandomSampler([np.nan, 1], 1)), RuntimeError),
    (lambda d: list(d.WeightedRandomSampler([np.inf, 1], 1)), RuntimeError),
    (lambda d: list(d.WeightedRandomSampler([], 1)), RuntimeError),
    (lambda d: d.BatchSampler([1], 0, False), ValueError),
    (lambda d: d.BatchSampler([1], -1, False), ValueError),
    (lambda d: d.BatchSampler([1], 1.5, False), ValueError),
    (lambda d: d.BatchSampler([1], True, False), ValueError),
    (lambda d: d.BatchSampler([1], 1, 0), ValueError),
    (lambda d: d.DistributedSampler(range(3)), (RuntimeError, ValueError)),
    (lambda d: d.DistributedSampler(range(3), 2, 2), ValueError),
    (lambda d: d.DistributedSampler(range(3), 2, -1), ValueError),
]


@pytest.mark.parametrize(("call", "error"), ERRORS)
def test_errors(kit, call, error):
    with pytest.raises(error):
        call(kit)


RANDOM = [
    lambda generator: data.RandomSampler(range(30), generator=generator),
    lambda generator: data.RandomSampler(range(30), True, 50, generator),
    lambda generator: data.SubsetRandomSampler(range(30), generator),
    lambda generator: data.WeightedRandomSampler(np.arange(30), 20, True, generator),
    lambda generator: data.WeightedRandomSampler(np.arange(30), 20, False, generator),
]


@pytest.mark.parametrize("make", RANDOM)
def test_a_seed_fixes_the_orders_and_each_pass_has_its_own(make):
    def passes(seed):
        sampler = make(Generator().manual_seed(seed))
        return [list(sampler) for _ in range(3)]

    first = passes(1)
    assert first == passes(1) != passes(2)
    assert first[0] != first[1] != first[2] != first[0]
    lanegrad.manual_seed(5)
    own = list(make(None))
    lanegrad.manual_seed(5)
    assert own == list(make(None))


def test_orders_follow_one_another_without_replacement():
    drawn = list(data.RandomSampler(range(4), num_samples=10))
    assert sorted(drawn[:4]) == sorted(drawn[4:8]) == [0, 1, 2, 3]
    assert len(set(drawn[8:])) == 2


@pytest.mark.parametrize("replacement", [True, False])
def test_weights_are_probabilities(replacement):
    weights = np.array([1, 0, 2, 5])
    generator = Generator().manual_seed(0)
    if replacement:
        drawn = list(data.WeightedRandomSampler(weights, 80_000, generator=generator))
    else:
        sampler = data.WeightedRandomSampler(weights, 1, False, generator)
        drawn = [next(iter(sampler)) for _ in range(8_000)]
    counts = Counter(drawn)
    for index, weight in enumerate(weights):
        share = weight / weights.sum()
        deviation = np.sqrt(share * (1 - share) * len(drawn))
        assert abs(counts[index] - share * len(drawn)) <= 4 * deviation


def test_a_batch_may_be_of_any_size():
    assert list(data.BatchSampler([4, 5], 10**30, False)) == [[4, 5]]


def test_weights_may_be_tensors():
    assert list(data.WeightedRandomSampler(lanegrad.tensor([0.0, 1.0]), 2)) == [1, 1]
    assert list(data.WeightedRandomSampler([lanegrad.tensor(0.0), 2.0], 2)) == [1, 1]


def test_epochs_of_a_distributed_sampler():
    parts = [data.DistributedSampler(range(10), 2, rank) for rank in range(2)]
    loaders = [data.DataLoader(list(range(10)), 5, sampler=part) for part in parts]
    orders = []
    for epoch in (0, 1, 0):
        for loader in loaders:
            loader.sampler.set_epoch(epoch)
        orders.append([next(iter(loader)).tolist() for loader in loaders])
        assert sorted(orders[-1][0] + orders[-1][1]) == list(range(10))
    assert orders[0] == orders[2] != orders[1]


def test_a_sampler_of_ones_own_may_hand_its_data_on():
    class Old(data.Sampler):
        def __init__(self, data_source):
            super().__init__(data_source)

        def __iter__(self):
            return iter([2, 0])

    loader = data.DataLoader("abc", None, sampler=Old("abc"), collate_fn=ord)
    assert list(loader) == [99, 97]


def test_each_class_comes_as_often():
    labels = np.array([5] * 40 + [-1] * 3 + [7])
    for count in (None, 44, 7, 1):
        _ = lanegrad.manual_seed(count or 0)
        sampler = data.ClassBalancedSampler(labels, count)
        drawn = list(sampler)
        assert len(drawn) == len(sampler) == (count or 44)
        counts = Counter(labels[drawn].tolist())
        assert max(counts.values()) - min(counts[label] for label in (5, -1, 7)) <= 1
        assert len({index for index in drawn if index < 40}) == counts[5]  # all before one again
    _ = lanegrad.manual_seed(0)
    first = list(data.ClassBalancedSampler(labels))
    assert first != list(data.ClassBalancedSampler(labels))
    _ = lanegrad.manual_seed(0)
    assert first == list(data.ClassBalancedSampler(labels))
    for bad in ([], [[1]], 3):
        with pytest.raises(ValueError, match="expected labels of shape"):
            data.ClassBalancedSampler(bad)
    with pytest.raises(ValueError, match="num_samples is a positive"):
        data.ClassBalancedSampler(labels, 0)
