"""DataLoader: every sample once, in an order that the seed fixes, as Tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lanegrad
from lanegrad.data import Compose, DataLoader, Dataset, Digits


def pair(count):
    """Images that hold their own number, and labels that repeat it."""
    return np.arange(count, dtype=np.float64).reshape(-1, 1, 1, 1), np.arange(count)


def orders(loader, passes=1):
    """The labels of each pass in the order that the loader gives them."""
    return [
        np.concatenate([labels.numpy() for _, labels in loader]).tolist() for _ in range(passes)
    ]


def test_batches_of_a_dataset():
    digits = Digits(train=False)
    loader = DataLoader(digits, batch_size=100)
    batches = list(loader)
    assert len(loader) == len(batches) == 4
    assert [images.shape for images, _ in batches] == [(100, 1, 8, 8)] * 3 + [(55, 1, 8, 8)]
    images, labels = batches[1]
    assert isinstance(images, lanegrad.Tensor)
    assert isinstance(labels, lanegrad.Tensor)
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(images.numpy(), digits[100:200][0])
    np.testing.assert_array_equal(labels.numpy(), digits.labels[100:200])


@given(
    count=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
def test_every_sample_once(count, batch_size, shuffle, drop_last):
    loader = DataLoader(pair(count), batch_size, shuffle, drop_last, seed=0)
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


def test_seed_fixes_the_orders_and_each_pass_has_its_own():
    first, second = (orders(DataLoader(pair(30), 4, shuffle=True, seed=5), 3) for _ in range(2))
    assert first == second
    assert first[0] != first[1] != first[2] != first[0]
    assert orders(DataLoader(pair(30), 4, shuffle=True, seed=6), 3) != first


def test_manual_seed_fixes_the_orders_without_a_seed():
    runs = []
    for seed in (1, 1, 2):
        lanegrad.manual_seed(seed)
        runs.append(orders(DataLoader(pair(30), 4, shuffle=True), 2))
    assert runs[0] == runs[1] != runs[2]
    assert runs[0][0] != runs[0][1]


def test_pair_of_tensors():
    images, labels = pair(5)
    loader = DataLoader((lanegrad.tensor(images), lanegrad.tensor(labels)), 2)
    assert orders(loader) == [[0, 1, 2, 3, 4]]


def batches_to_write_over():
    """Datasets of ten samples, each with the arrays that are not to change."""
    images, labels = np.arange(60, dtype=np.float32).reshape(10, 2, 3), np.arange(10)
    yield (images, labels), [images, labels]
    real = np.arange(10, dtype=np.float32)
    yield (images, real), [images, real]
    soft = np.arange(40, dtype=np.float32).reshape(10, 4)
    yield (images, soft), [images, soft]
    yield (images, images), [images]
    yield (images[::-1], labels[::-1]), [images, labels]
    yield (images.astype(np.float64), labels.astype(np.int32)), []
    tensors = lanegrad.tensor(images), lanegrad.tensor(labels)
    yield tensors, [tensor.numpy() for tensor in tensors]
    pairs = list(zip(images, labels, strict=True))
    yield pairs, [images, labels]
    alone = [(image, soft[number]) for number, image in enumerate(images)]
    yield alone, [images, soft]
    tensor_pairs = [(lanegrad.tensor(image), number) for number, image in enumerate(images)]
    yield tensor_pairs, [tensor.numpy() for tensor, _ in tensor_pairs]
    pixels = np.arange(40, dtype=np.uint8).reshape(10, 1, 2, 2)
    for transform in (None, Compose([]), lambda batch: batch, lambda batch: batch[:, :, ::-1]):
        dataset = Dataset(pixels, labels, "0123456789", transform)
        yield dataset, [pixels, labels, dataset._levels]


@pytest.mark.parametrize("batch_size", [1, 4, 5, 10, 100])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_has_memory_of_its_own(shuffle, batch_size):
    for dataset, arrays in batches_to_write_over():
        before = [array.copy() for array in arrays]
        want = [(x.numpy().copy(), y.numpy().copy()) for x, y in DataLoader(dataset, 10)]
        loader, kept = DataLoader(dataset, batch_size, shuffle, seed=0), []
        for batch in loader:
            for tensor in batch:
                array = tensor.numpy()
                assert array.flags.writeable
                array[...] = 99
                kept.append(array)
        for array, copy in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, copy)
        for (x, y), (images, labels) in zip(DataLoader(dataset, 10), want, strict=True):
            np.testing.assert_array_equal(x.numpy(), images)
            np.testing.assert_array_equal(y.numpy(), labels)
        for number, array in enumerate(kept):  # nor do batches share memory with one another
            assert not any(np.shares_memory(array, other) for other in kept[:number])


@pytest.mark.parametrize("index", [slice(2, 5), slice(None), [1, 2], np.arange(3), (0, 4)])
def test_what_an_index_gives_of_a_dataset_is_a_copy(index):
    digits = Digits(train=False)
    images, labels = digits.images.copy(), digits.labels.copy()
    for array in digits[index]:
        array[...] = 3
    np.testing.assert_array_equal(digits.images, images)
    np.testing.assert_array_equal(digits.labels, labels)


@pytest.mark.parametrize("shuffle", [False, True])
def test_sequence_of_pairs(shuffle):
    items = [(np.full((2, 3), number, np.float16), number) for number in range(5)]
    for images, labels in DataLoader(items, batch_size=2, shuffle=shuffle, seed=0):
        assert images.shape[1:] == (2, 3)
        assert (images.dtype, labels.dtype) == (np.float32, np.int64)
        np.testing.assert_array_equal(images.numpy()[:, 0, 0], labels.numpy())


def test_sequence_of_two_pairs_is_no_pair_of_arrays():
    (images, labels), *_ = DataLoader(((np.zeros(3), 7), (np.ones(3), 8)), batch_size=2)
    assert images.shape == (2, 3)
    assert labels.numpy().tolist() == [7, 8]


def test_labels_that_are_not_integers_stay_real():
    _, labels = next(iter(DataLoader((np.zeros((3, 2)), np.array([0.5, 1.5, 2])), 3)))
    assert labels.dtype == np.float32
    assert labels.numpy().tolist() == [0.5, 1.5, 2]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size: expected 1 or more; found 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size: expected a whole number; found 2.0"),
        ({"seed": -1}, ValueError, "seed: expected 0 or more; found -1"),
        ({"seed": "1"}, TypeError, "seed: expected a whole number; found '1'"),
        ({"dataset": 5}, TypeError, "expected a Dataset, .* found int"),
        ({"dataset": []}, ValueError, "dataset is empty"),
        ({"dataset": pair(0)}, ValueError, "dataset is empty"),
        (
            {"dataset": (np.zeros((3, 2)), np.zeros(2, int))},
            ValueError,
            r"\(3, 2\) and labels \(2,\)",
        ),
        (
            {"dataset": (np.array(["a"]), np.zeros(1, int))},
            TypeError,
            "floats, integers or booleans; found <U1",
        ),
        ({"dataset": (np.zeros(1), np.array([1j]))}, TypeError, "found complex128"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        DataLoader(**{"dataset": pair(3)} | arguments)


def test_wrong_items():
    with pytest.raises(TypeError, match=r"expected a pair \(image, label\) as item 0 .* found int"):
        next(iter(DataLoader([1, 2, 3])))
    items = [(np.zeros(2), 0), (np.zeros(3), 1)]
    with pytest.raises(ValueError, match=r"item 1 is \(3,\), item 0 is \(2,\)"):
        next(iter(DataLoader(items, batch_size=2)))
