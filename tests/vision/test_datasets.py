"""The data sets: where files are looked for, what is found in them, and what an index gives."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

import lanegrad
from lanegrad.vision import transforms as T
from lanegrad.vision.datasets import (
    CIFAR10,
    CIFAR100,
    EMNIST,
    KMNIST,
    MNIST,
    SVHN,
    ArrayDataset,
    Digits,
    FakeData,
    FashionMNIST,
    ImageFolder,
    VisionDataset,
    svhn,
)

pytestmark = pytest.mark.once

RNG = np.random.default_rng(1)


def write_cifar(folder, name, labels, head=1):
    folder.mkdir(parents=True, exist_ok=True)
    records = RNG.integers(256, size=(len(labels), 3072 + head), dtype=np.uint8)
    records[:, 0] = 0
    records[:, head - 1] = labels
    (folder / name).write_bytes(records.tobytes())
    return records[:, head:].reshape(-1, 3, 32, 32)


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


@pytest.fixture
def cifar(tmp_path):
    """The folder above CIFAR-10's files, and the pictures of its training part."""
    folder = tmp_path / "cifar-10-batches-bin"
    parts = [write_cifar(folder, f"data_batch_{n}.bin", [n, n + 1]) for n in range(1, 6)]
    write_cifar(folder, "test_batch.bin", [9])
    return tmp_path, np.concatenate(parts)


def test_cifar10(cifar):
    root, pictures = cifar
    for where in (root, str(root), root / "cifar-10-batches-bin"):
        found = CIFAR10(where)
        np.testing.assert_array_equal(found.data, pictures.transpose(0, 2, 3, 1))
        assert found.data.dtype == np.uint8
        assert found.targets == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    found.data, found.targets = found.data[:, :, :, 0], np.array(found.targets, np.int32)
    found.transform = T.ToTensor()
    assert tuple(found[0][0].shape) == (1, 32, 32)
    assert (found[9][1], found[9][1].dtype) == (6, np.int32)
    for bad, error in ((found.data.astype(float), TypeError), (found.data[0], RuntimeError)):
        found.data = bad
        with pytest.raises(error, match=r"CIFAR10\.data: expected images"):
            found[0]
    test = CIFAR10(root, train=False)
    assert test.classes[test.targets[0]] == "truck"
    assert test.class_to_idx["cat"] == 3
    assert (test.train, test.root, len(test)) == (False, root, 1)


def test_cifar10_with_files_missing(tmp_path):
    for name in ("data_batch_1.bin", "data_batch_3.bin"):
        write_cifar(tmp_path, name, [1, 2])
    wanted = rf"data_batch_2\.bin, data_batch_4\.bin, data_batch_5\.bin not in {tmp_path}, where"
    with pytest.raises(FileNotFoundError, match=wanted):
        CIFAR10(tmp_path)


@pytest.mark.parametrize("error", [FileNotFoundError, RuntimeError])
def test_cifar10_missing(tmp_path, error):
    with pytest.raises(error) as caught:
        CIFAR10(tmp_path)
    message = str(caught.value)
    assert message.startswith("Dataset not found. You can use download=True to download it")
    assert "data_batch_1.bin" in message
    assert f"{tmp_path}, {tmp_path / 'cifar-10-batches-bin'}" in message
    assert "cifar-10-binary.tar.gz" in message
    assert "https://www.cs.toronto.edu/~kriz/cifar.html" in message
    assert "no folder" not in message
    with pytest.raises(error, match=r"test_batch\.bin .*nowhere is no folder"):
        CIFAR10(tmp_path / "nowhere", train=False)
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(error, match="cifar-10-batches-py is, whose pickles are never opened"):
        CIFAR10(tmp_path)


def test_cifar100(tmp_path):
    pictures = write_cifar(tmp_path / "cifar-100-binary", "train.bin", [99, 0], head=2)
    found = CIFAR100(tmp_path)
    np.testing.assert_array_equal(found.data, pictures.transpose(0, 2, 3, 1))
    assert found.targets == [99, 0]
    assert len(found.classes) == 100
    assert sorted(found.classes) == found.classes
    with pytest.raises(RuntimeError, match=r"CIFAR-100: found none of test\.bin"):
        CIFAR100(tmp_path, train=False)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, KMNIST])
@pytest.mark.parametrize("below", [".", "{}/raw", "raw", "{}"])
@pytest.mark.parametrize(("dot", "end"), [("-", ""), ("-", ".gz"), (".", "")])
def test_mnist(tmp_path, kind, below, dot, end):
    folder = tmp_path / below.format(kind.__name__)
    train_images = write_mnist(folder, "train", 3, dot, end)
    test_images = write_mnist(folder, "t10k", 2, dot, end)
    train_set, test_set = kind(tmp_path), kind(tmp_path, train=False)
    np.testing.assert_array_equal(train_set.data.numpy(), train_images)
    np.testing.assert_array_equal(test_set.data.numpy(), test_images)
    assert train_set.targets.tolist() == [0, 1, 2]
    assert (train_set.data.numpy().dtype, train_set.targets.numpy().dtype) == (np.uint8, np.int64)
    assert train_set.classes[1] == {MNIST: "1 - one", FashionMNIST: "Trouser", KMNIST: "ki"}[kind]
    assert train_set.class_to_idx[train_set.classes[2]] == 2
    assert train_set.raw_folder == f"{tmp_path}/{kind.__name__}/raw"


def test_a_set_takes_its_own_folder_first(tmp_path):
    digits = write_mnist(tmp_path)
    clothes = write_mnist(tmp_path / "FashionMNIST" / "raw", end=".gz")
    np.testing.assert_array_equal(FashionMNIST(tmp_path).data.numpy(), clothes)
    np.testing.assert_array_equal(MNIST(tmp_path).data.numpy(), digits)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_mnist_missing(tmp_path, kind):
    with pytest.raises(FileNotFoundError, match="You can use download=True") as error:
        kind(tmp_path, train=False)
    assert "t10k-images-idx3-ubyte.gz" in str(error.value)
    assert "http" in str(error.value)


def test_mnist_counts_differ(tmp_path):
    write_mnist(tmp_path, labels=np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match=r"labels-idx1-ubyte: expected 3 labels.*found 2"):
        MNIST(tmp_path)


def test_old_names_are_told_the_new_ones(tmp_path):
    write_mnist(tmp_path)
    found = MNIST(tmp_path)
    for old, new in (("train_data", "data"), ("test_labels", "targets")):
        with pytest.warns(UserWarning, match=f"{old} has been renamed {new}"):
            assert getattr(found, old) is getattr(found, new)


@pytest.mark.parametrize(
    ("split", "labels", "count"),
    [("letters", [1, 26], 27), ("balanced", [0, 46], 47), ("byclass", [61], 62)],
)
def test_emnist(tmp_path, split, labels, count):
    folder = tmp_path / "EMNIST" / "raw"
    images = RNG.integers(256, size=(len(labels), 28, 28), dtype=np.uint8)
    write_idx(folder / f"emnist-{split}-train-images-idx3-ubyte", images)
    write_idx(folder / f"emnist-{split}-train-labels-idx1-ubyte", np.uint8(labels))
    found = EMNIST(tmp_path, split=split, train=True)
    np.testing.assert_array_equal(found.data.numpy(), images)
    assert found.targets.tolist() == labels
    assert len(found.classes) == count
    with pytest.raises(ValueError, match="Unknown value 'other' for argument split"):
        EMNIST(tmp_path, "other")
    with pytest.raises(RuntimeError, match="emnist-digits-test-images"):
        EMNIST(tmp_path, "digits", train=False)


def element(kind, content):
    """An element of a MATLAB file."""
    if 0 < len(content) <= 4:
        return struct.pack("<HH", kind, len(content)) + content.ljust(4, b"\0")
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def matlab(arrays, pack):
    """A MATLAB file of bytes and doubles."""
    file = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM"
    for name, array in arrays.items():
        of_bytes = array.dtype == np.uint8
        parts = (
            (6, struct.pack("<II", 9 if of_bytes else 6, 0)),
            (5, np.array(array.shape, "<i4").tobytes()),
            (1, name.encode()),
            (2 if of_bytes else 9, array.tobytes("F")),
        )
        whole = element(14, b"".join(element(*part) for part in parts))
        packed = zlib.compress(whole)
        file += struct.pack("<II", 15, len(packed)) + packed if pack else whole
    return file


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize("kind", [np.uint8, np.float64])
def test_svhn(tmp_path, pack, kind, monkeypatch):
    images = RNG.integers(256, size=(32, 32, 3, 4), dtype=np.uint8)
    labels = np.array([[10], [1], [9], [10]], kind)
    file = matlab({"other": images[0], "X": images, "y": labels}, pack)
    (tmp_path / "test_32x32.mat").write_bytes(file)
    found = SVHN(tmp_path, split="test", transform=T.ToTensor())
    assert found.labels.tolist() == [0, 1, 9, 0]
    np.testing.assert_array_equal(found.data, images.transpose(3, 2, 0, 1))
    image, label = found[2]
    assert (tuple(image.shape), label) == ((3, 32, 32), 9)
    without = matlab({"X": images, "z": labels}, pack)
    huge = zlib.compress(bytes(2**20))
    huge = file[:128] + struct.pack("<II", 15, len(huge)) + huge
    monkeypatch.setattr(svhn, "MOST", 2**19)
    for bad in (b"nonsense", file[:-9], file[:200], file[:130], without, huge):
        (tmp_path / "train_32x32.mat").write_bytes(bad)
        with pytest.raises(
            ValueError, match=r"train_32x32\.mat: expected a MATLAB file of X and y"
        ):
            SVHN(tmp_path)
    with pytest.raises(RuntimeError, match=r"extra_32x32\.mat"):
        SVHN(tmp_path, "extra")


def test_svhn_needs_its_file(tmp_path):
    with pytest.raises(RuntimeError, match=r"found none of train_32x32\.mat"):
        SVHN(tmp_path)
    with pytest.raises(ValueError, match="Unknown value 'all'"):
        SVHN(tmp_path, "all")


def test_digits_are_uci_optdigits():
    train_set, test_set = Digits(), Digits(train=False)
    assert (len(train_set), len(test_set)) == (1442, 355)
    # Counts and ink of each class as in optdigits.tes.
    images = np.concatenate([train_set.data.numpy(), test_set.data.numpy()])
    labels = np.concatenate([train_set.targets.numpy(), test_set.targets.numpy()])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    values = np.rint(images / 255 * 16).astype(int)
    assert values.sum() == 561718
    np.testing.assert_array_equal(images, np.rint(values / 16 * 255))
    # Every fifth of each class, so that the classes stay even.
    assert set(np.bincount(test_set.targets.numpy())) == {34, 35, 36}
    assert values[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert labels[:4].tolist() == [0, 1, 2, 3]


def test_digits_source_and_licence_lie_beside_the_data():
    text = Path(lanegrad.vision.datasets.__file__).with_name("digits.txt").read_text()
    for part in ("10.24432/C50P49", "CC BY 4.0", "Alpaydin", "Kaynak", "1998"):
        assert part in text


@pytest.mark.parametrize("kind", ["PIL", "transform", "tensor"])
def test_fake_data_are_the_same_each_time(kind):
    transform = {"PIL": None, "transform": lambda x: np.asarray(x) * 1, "tensor": T.ToTensor()}[
        kind
    ]
    if kind != "tensor":
        pytest.importorskip("PIL")
    noise = FakeData(5, (3, 6, 7), num_classes=3, transform=transform)
    first, again, other = (np.asarray(noise[number][0]) for number in (2, 2, 3))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert {label for _, label in noise} <= {0, 1, 2}
    np.testing.assert_array_equal(
        first, FakeData(5, (3, 6, 7), transform=transform, random_offset=2)[0][0]
    )
    with pytest.raises(IndexError):
        noise[5]


def test_image_folder(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for number, name in enumerate(["b/1.png", "b/sub/0.PNG", "a/x.jpg", "a/note.txt"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            image.new("L", (4, 3), number * 50).save(path)
    found = ImageFolder(tmp_path, transform=T.ToTensor())
    assert (found.classes, found.class_to_idx) == (["a", "b"], {"a": 0, "b": 1})
    assert [(Path(path).name, label) for path, label in found.samples] == [
        ("x.jpg", 0), ("1.png", 1), ("0.PNG", 1),
    ]  # fmt: skip
    assert found.imgs is found.samples
    assert found.targets == [0, 1, 1]
    x, label = found[2]
    assert (tuple(x.shape), label) == ((3, 3, 4), 1)
    assert ImageFolder(
        tmp_path, is_valid_file=lambda path: path.endswith("1.png"), allow_empty=True
    ).targets == [1]
    with pytest.raises(FileNotFoundError, match=r"no valid file for the classes a\."):
        ImageFolder(tmp_path, is_valid_file=lambda path: path.endswith("1.png"))
    (tmp_path / "a" / "x.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"classes a\. Supported extensions are: \.jpg"):
        ImageFolder(tmp_path)
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        ImageFolder(tmp_path / "a")


def test_reprs_are_torchvisions(cifar):
    root, _ = cifar
    found = CIFAR10(root, transform=T.Compose([T.ToTensor()]), target_transform=T.Lambda(float))
    assert repr(found).splitlines() == [
        "Dataset CIFAR10",
        "    Number of datapoints: 10",
        f"    Root location: {root}",
        "    Split: Train",
        "    StandardTransform",
        "Transform: Compose(",
        "               ToTensor()",
        "           )",
        "Target transform: Lambda()",
    ]


def test_vision_dataset_takes_one_kind_of_transforms():
    with pytest.raises(ValueError, match="Only transforms or transform/target_transform"):
        VisionDataset(transforms=lambda x, y: (x, y), transform=lambda x: x)
    both = VisionDataset(transform=len, target_transform=float).transforms
    assert both("abc", 1) == (3, 1.0)


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (np.zeros((2, 1, 1, 1), np.float32), [0, 0], TypeError, "images of uint8; found float32"),
        (np.zeros((2, 4), np.uint8), [0, 0], ValueError, r"found shape \(2, 4\)"),
        (np.zeros((2, 1, 1, 1), np.uint8), [0] * 3, ValueError, r"\(2, 1, 1, 1\) and \(3,\)"),
        (np.zeros((2, 8, 8, 3), np.uint8), [0, 0], ValueError, r"transpose\(0, 3, 1, 2\)"),
        (
            np.zeros((2, 8, 8), np.uint8),
            [0, 2],
            ValueError,
            r"from 0 to 1; found 2 at 1 \(1 such",
        ),
        (np.zeros((2, 8, 8), np.uint8), [-1, 0], ValueError, "found -1 at 0"),
        (np.zeros((2, 8, 8), np.uint8), [0.0, 1.0], TypeError, "labels of integers; found float64"),
        (np.zeros((2, 8, 8), np.uint8), ["a", "b"], TypeError, "found <U1: numpy.unique"),
    ],
)
def test_arrays_that_do_not_fit(images, labels, error, message):
    with pytest.raises(error, match=message):
        ArrayDataset(images, np.array(labels), ["a", "b"])
    if "from 0 to 1" not in message:
        with pytest.raises(error):
            ArrayDataset(images, np.array(labels))


def test_arrays_of_tensors():
    images, labels = lanegrad.tensor(np.full((2, 3, 3), 255, np.uint8)), lanegrad.tensor([1, 0])
    image, label = ArrayDataset(images, labels, transform=T.ToTensor())[0]
    assert (image.tolist(), label) == ([[[1.0] * 3] * 3], 1)


def test_what_is_no_number_of_a_picture():
    digits = Digits()
    for index in (slice(None, None, 2), "1", 1.5, None):
        with pytest.raises(TypeError, match=r"numbered 0 to 1441, .*utils\.data\.Subset\(dataset"):
            digits[index]
