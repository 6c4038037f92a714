"""The datasets: where files are looked for, what is found in them, and what an index gives."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import lanegrad.data.datasets
from lanegrad.data import CIFAR10, MNIST, Compose, Dataset, Digits, FashionMNIST, Normalize

pytestmark = pytest.mark.once

RNG = np.random.default_rng(1)


def write_cifar(folder, name, labels):
    folder.mkdir(parents=True, exist_ok=True)
    records = RNG.integers(256, size=(len(labels), 3073), dtype=np.uint8)
    records[:, 0] = labels
    (folder / name).write_bytes(records.tobytes())
    return records[:, 1:].reshape(-1, 3, 32, 32)


def write_idx(path, array, pack=bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    path.write_bytes(pack(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()))


def write_mnist(folder, part="train", count=3, dot="-", end="", labels=None):
    images = RNG.integers(256, size=(count, 28, 28), dtype=np.uint8)
    labels = np.arange(count, dtype=np.uint8) if labels is None else labels
    pack = gzip.compress if end else bytes
    write_idx(folder / f"{part}-images{dot}idx3-ubyte{end}", images, pack)
    write_idx(folder / f"{part}-labels{dot}idx1-ubyte{end}", labels, pack)
    return images


@pytest.mark.parametrize("below", ["", "cifar-10-batches-bin"])
def test_cifar10(tmp_path, below):
    folder = tmp_path / below
    first = write_cifar(folder, "data_batch_1.bin", [1, 2])
    second = write_cifar(folder, "data_batch_2.bin", [3])
    test = write_cifar(folder, "test_batch.bin", [9])
    train_set, test_set = CIFAR10(tmp_path), CIFAR10(str(tmp_path), train=False)
    np.testing.assert_array_equal(train_set.images, np.concatenate([first, second]))
    np.testing.assert_array_equal(train_set.labels, [1, 2, 3])
    np.testing.assert_array_equal(test_set.images, test)
    assert test_set.classes[test_set.labels[0]] == "truck"
    assert repr(train_set) == "CIFAR10(3 images 3 x 32 x 32, 10 classes)"


def test_cifar10_missing(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(FileNotFoundError) as error:
        CIFAR10(tmp_path)
    message = str(error.value)
    assert "data_batch_*.bin" in message
    assert f"{tmp_path}, {tmp_path / 'cifar-10-batches-bin'}" in message
    assert "https://www.cs.toronto.edu/~kriz/cifar.html" in message
    assert "no folder" not in message
    with pytest.raises(FileNotFoundError, match=r"test_batch\.bin .*nowhere is no folder"):
        CIFAR10(tmp_path / "nowhere", train=False)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
@pytest.mark.parametrize("below", [".", "{}/raw", "raw", "{}"])
@pytest.mark.parametrize(("dot", "end"), [("-", ""), ("-", ".gz"), (".", "")])
def test_mnist(tmp_path, kind, below, dot, end):
    folder = tmp_path / below.format(kind.__name__)
    train_images = write_mnist(folder, "train", 3, dot, end)
    test_images = write_mnist(folder, "t10k", 2, dot, end)
    train_set, test_set = kind(tmp_path), kind(tmp_path, train=False)
    np.testing.assert_array_equal(train_set.images, train_images[:, np.newaxis])
    np.testing.assert_array_equal(test_set.images, test_images[:, np.newaxis])
    np.testing.assert_array_equal(train_set.labels, [0, 1, 2])
    assert train_set.classes[1] == {MNIST: "1", FashionMNIST: "Trouser"}[kind]


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_mnist_missing(tmp_path, kind):
    with pytest.raises(FileNotFoundError) as error:
        kind(tmp_path, train=False)
    assert "t10k-images-idx3-ubyte.gz" in str(error.value)
    assert "https://" in str(error.value)


def test_mnist_counts_differ(tmp_path):
    write_mnist(tmp_path, labels=np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte: expected 3 labels.*found 2"):
        MNIST(tmp_path)


def test_digits_are_uci_optdigits():
    train_set, test_set = Digits(), Digits(train=False)
    assert (len(train_set), len(test_set)) == (1442, 355)
    # Counts and ink of each class as in optdigits.tes.
    counts = np.bincount(train_set.labels) + np.bincount(test_set.labels)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert int(train_set.images.sum() + test_set.images.sum()) == 561718
    assert train_set.images.max() == 16
    # Every fifth of each class, so that the classes stay even.
    assert set(np.bincount(test_set.labels)) == {34, 35, 36}
    first_zero = [0, 0, 5, 13, 9, 1, 0, 0]
    np.testing.assert_array_equal(train_set.images[0, 0, 0], first_zero)
    assert train_set.labels[:4].tolist() == [0, 1, 2, 3]


def test_digits_span_the_same_range_as_bytes_do():
    images, _ = Digits()[:]
    assert (images.min(), images.max()) == (-1, 1)


def test_digits_source_and_licence_lie_beside_the_data():
    text = Path(lanegrad.data.datasets.__file__).with_name("digits.txt").read_text()
    for part in ("10.24432/C50P49", "CC BY 4.0", "Alpaydin", "Kaynak", "1998"):
        assert part in text


def test_default_transform_is_the_tutorials():
    images = np.array([0, 51, 255], np.uint8).reshape(3, 1, 1, 1)
    values, _ = Dataset(images, np.zeros(3, np.int64), "a")[:]
    np.testing.assert_allclose(values.ravel(), [-1, -0.6, 1], rtol=1e-6)
    assert values.dtype == np.float32


@pytest.fixture
def dataset():
    images = RNG.integers(256, size=(5, 2, 3, 4), dtype=np.uint8)
    return Dataset(images, np.arange(5), "abcde", Compose([]))


@pytest.mark.parametrize(
    "index", [[4, 0], np.array([4, 0]), (4, 0), slice(1, 3), [], np.array([], int), -1, np.int64(2)]
)
def test_index(dataset, index):
    images, labels = dataset[index]
    at = list(index) if isinstance(index, tuple) else index
    np.testing.assert_allclose(images, dataset.images[at] / 255, rtol=1e-6)
    np.testing.assert_array_equal(labels, np.arange(5)[at])
    assert images.dtype == np.float32


def test_index_out_of_range(dataset):
    for index in (5, [0, 5]):
        with pytest.raises(IndexError, match="out of bounds"):
            dataset[index]


def test_iterates_as_pairs(dataset):
    assert [int(label) for _, label in dataset] == [0, 1, 2, 3, 4]


def test_transform_sees_a_batch_of_unit_range(dataset):
    seen = []
    dataset.transform = lambda images: seen.append(images) or images * 0
    image, _ = dataset[1]
    assert seen[0].shape == (1, 2, 3, 4)
    np.testing.assert_allclose(seen[0][0], dataset.images[1] / 255, rtol=1e-6)
    assert image.shape == (2, 3, 4)
    assert not image.any()


def test_a_transform_that_is_not_known_sees_the_images(dataset):
    class Counting(Normalize):
        def __call__(self, images):
            assert images.shape == (5, 2, 3, 4)
            return super().__call__(images)

    dataset.transform = Normalize(0.5, (1, 2))
    expected, _ = dataset[:]
    for other in (Counting(0.5, (1, 2)), Compose([Counting(0.5, (1, 2))])):
        dataset.transform = other
        np.testing.assert_array_equal(dataset[:][0], expected)


def test_a_transform_may_be_changed(dataset):
    dataset.transform = Normalize(0.5, 0.5)
    before, _ = dataset[:]
    dataset.transform.mean = dataset.transform.mean + 1
    np.testing.assert_allclose(dataset[:][0], before - 2, rtol=1e-6)


def test_images_of_any_strides(dataset):
    turned = Dataset(dataset.images[..., ::-1], dataset.labels, "abcde", Compose([]))
    np.testing.assert_array_equal(turned[:][0], dataset[:][0][..., ::-1])


def test_images_must_be_bytes():
    with pytest.raises(TypeError, match="expected images of uint8; found float32"):
        Dataset(np.zeros((2, 1, 1, 1), np.float32), np.zeros(2, int), "a")


def test_shapes_must_fit():
    with pytest.raises(ValueError, match=r"found \(2, 3, 4\) and \(2,\)"):
        Dataset(np.zeros((2, 3, 4), np.uint8), np.zeros(2, int), "a")
    with pytest.raises(ValueError, match=r"found \(2, 1, 1, 1\) and \(3,\)"):
        Dataset(np.zeros((2, 1, 1, 1), np.uint8), np.zeros(3, int), "a")
