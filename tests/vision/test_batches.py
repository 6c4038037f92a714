"""Items and batches of pictures in memory: the same bits, without pillow where it is not needed, and live."""

import subprocess
import sys

import numpy as np
import pytest

import lanegrad
from lanegrad.utils.data import DataLoader, Subset
from lanegrad.vision import transforms as T
from lanegrad.vision.datasets import MNIST, ArrayDataset, Digits
from lanegrad.vision.transforms._batches import chain_of

pytestmark = pytest.mark.once

RNG = np.random.default_rng(4)
COLOURS = np.arange(4 * 3 * 256, dtype=np.int64).astype(np.uint8).reshape(-1, 3, 16, 16)
GRAYS = COLOURS[:, 0]
LABELS = np.array([3, 0, 2, 1])
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)


def batch(dataset, size=None):
    return next(iter(DataLoader(dataset, batch_size=size or len(dataset))))


CHAINS = [
    T.ToTensor(),
    T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)]),
    T.Compose([T.ToTensor(), T.Normalize((0.1307,), (0.3081,))]),
    T.Compose([T.CenterCrop(9), T.ToTensor(), T.Normalize(0.1, 0.3)]),
    T.Compose([T.Pad(2, fill=7), T.CenterCrop((20, 5)), T.ToTensor()]),
    T.Compose(
        [T.ToTensor(), T.Pad((1, 2), fill=0.25, padding_mode="constant"), T.Normalize(0.1, 1)]
    ),
    T.Compose([T.Pad(3, padding_mode="reflect"), T.RandomHorizontalFlip(1), T.ToTensor()]),
    T.Compose([T.Compose([T.RandomVerticalFlip(1)]), T.ToTensor(), T.RandomHorizontalFlip(0)]),
    T.Compose([T.PILToTensor(), T.ConvertImageDtype(np.float32), T.Normalize(0.5, 0.5)]),
    T.Compose([T.PILToTensor(), T.ConvertImageDtype(np.int16)]),
    T.Compose([T.RandomCrop(16), T.ToTensor(), T.RandomCrop((16, 16))]),
    T.PILToTensor(),
]
COLOUR_CHAINS = [
    T.Compose([T.ToTensor(), T.Normalize(MEAN, STD)]),
    T.Compose(
        [T.RandomVerticalFlip(1), T.ToTensor(), T.Normalize(MEAN, STD), T.Normalize(MEAN, 7)]
    ),
]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("transform", CHAINS + COLOUR_CHAINS, ids=str)
def test_a_batch_has_the_bits_of_its_items_by_way_of_pillow(transform, channels):
    pytest.importorskip("PIL")
    if channels == 1 and transform in COLOUR_CHAINS:
        return
    dataset = ArrayDataset(GRAYS if channels == 1 else COLOURS, LABELS, transform=transform)
    images, labels = dataset.__getbatch__([0, 1, 2, 3])
    by_pillow = ArrayDataset(dataset.data, LABELS, transform=T.Lambda(transform))
    for number in range(4):
        expected, label = by_pillow[number]
        for found, target in (
            dataset[number],
            dataset[number - 4],
            (images[number], labels[number]),
        ):
            assert int(target) == label == LABELS[number]
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_without_a_transform():
    image = pytest.importorskip("PIL.Image")
    for data, mode in ((GRAYS, "L"), (COLOURS, "RGB")):
        dataset = ArrayDataset(data, LABELS)
        picture, label = dataset[1]
        assert isinstance(picture, image.Image)
        assert (picture.mode, label, type(label)) == (mode, 0, int)
        images, labels = batch(dataset)
        assert images.numpy().dtype == np.uint8
        np.testing.assert_array_equal(images.numpy().reshape(data.shape), data)
        assert labels.numpy().dtype == np.int64


class Halved(T.Normalize):
    def forward(self, tensor):
        return super().forward(tensor) / 2


class Called(T.ToTensor):
    def __call__(self, pic):
        return super().__call__(pic) / 2


class Elsewhere(T.RandomCrop):
    @staticmethod
    def get_params(img, output_size):
        return 0, 0, *output_size


class Named(T.Normalize):
    """Changes nothing that counts."""

    def __init__(self):
        super().__init__(0.5, 0.5)


class Mirrored(ArrayDataset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image[..., ::-1].clone(), label


class Relabelled(ArrayDataset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, 9 - label


def test_what_is_overridden_is_called():
    pytest.importorskip("PIL")
    plain = batch(ArrayDataset(GRAYS, LABELS, transform=T.ToTensor()))[0].numpy()
    cases = {
        T.Compose([T.ToTensor(), Halved(0, 1)]): plain / 2,
        Called(): plain / 2,
        T.Compose([Elsewhere(4), T.ToTensor()]): plain[..., :4, :4],
        T.Compose([T.ToTensor(), Named()]): (plain - np.float32(0.5)) / np.float32(0.5),
    }
    instance = T.Normalize(0, 1)
    instance.forward = lambda tensor: tensor * 0
    cases[T.Compose([T.ToTensor(), instance])] = plain * 0
    for transform, expected in cases.items():
        own = isinstance(transform, T.Compose) and isinstance(transform.transforms[1], Named)
        assert (chain_of(transform) is not None) == own
        found, _ = batch(ArrayDataset(GRAYS, LABELS, transform=transform))
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_a_data_set_that_overrides_its_items_is_asked_for_them():
    plain, labels = batch(ArrayDataset(GRAYS, LABELS, transform=T.ToTensor()))
    images, _ = batch(Mirrored(GRAYS, LABELS, transform=T.ToTensor()))
    np.testing.assert_array_equal(images.numpy(), plain.numpy()[..., ::-1])
    _, found = batch(Relabelled(GRAYS, LABELS, transform=T.ToTensor()))
    np.testing.assert_array_equal(found.numpy(), 9 - labels.numpy())


def test_target_transforms():
    dataset = ArrayDataset(
        GRAYS, LABELS, transform=T.ToTensor(), target_transform=lambda y: float(y) / 2
    )
    assert dataset[0][1] == 1.5
    _, labels = batch(dataset)
    assert labels.tolist() == [1.5, 0, 1, 0.5]


def test_data_targets_and_transforms_are_read_as_they_are():
    dataset = Digits(transform=T.ToTensor())
    few = dataset.targets < 2
    dataset.data, dataset.targets = dataset.data[few], dataset.targets[few]
    count = int(few.sum().item())
    assert len(dataset) == count < 400
    images, labels = batch(dataset)
    assert images.shape[0] == count
    assert set(labels.tolist()) == {0, 1}
    dataset.data[0] = 255
    assert batch(dataset, 1)[0].numpy().min() == 1
    dataset.targets = labels.numpy().astype(np.int32) + 5
    assert batch(dataset, 1)[1].tolist() == [dataset[0][1]] == [5]
    assert batch(dataset, 1)[1].numpy().dtype == np.int64
    dataset.transform = T.Compose([T.ToTensor(), T.Normalize(1, 1)])
    assert batch(dataset, 1)[0].numpy().max() == 0
    dataset.targets = [str(label) for label in labels.tolist()]
    with pytest.raises(IndexError, match=f"index {count} is out of range"):
        dataset[count]


def test_wrong_data_are_refused():
    dataset = Digits(transform=T.ToTensor())
    dataset.data = dataset.data.float()
    for ask in (lambda: dataset[0], lambda: batch(dataset, 2)):
        with pytest.raises(
            TypeError, match=r"Digits\.data: expected images of uint8; found float32"
        ):
            ask()


@pytest.mark.parametrize("index", [slice(2), [1, 2], (1, 2), np.arange(2), 1.0, "1"])
def test_an_index_is_a_whole_number(index):
    with pytest.raises(TypeError):
        Digits(transform=T.ToTensor())[index]


@pytest.mark.parametrize("index", [1, -3, np.int64(1), lanegrad.tensor(1)])
def test_whole_numbers(index):
    dataset = ArrayDataset(GRAYS, LABELS, transform=T.ToTensor())
    image, label = dataset[index]
    np.testing.assert_array_equal(image.numpy(), dataset[1][0].numpy())
    assert label == 0


def test_iterates_as_pairs():
    dataset = ArrayDataset(GRAYS, LABELS, transform=T.ToTensor())
    assert [label for _, label in dataset] == LABELS.tolist()


def test_the_errors_of_a_chain_are_those_of_its_items():
    pytest.importorskip("PIL")
    for transform, error, message in (
        (T.Normalize(0, 1), TypeError, "Image"),
        (T.Compose([T.ToTensor(), T.ToTensor()]), TypeError, "PIL image or an ndarray"),
        (T.Compose([T.PILToTensor(), T.Normalize(0, 1)]), TypeError, r"put ToTensor\(\) before it"),
        (T.Compose([T.ToTensor(), T.Normalize(MEAN, STD)]), RuntimeError, "3 values .* 1 channels"),
        (T.Compose([T.ToTensor(), T.Normalize(0, 0)]), ValueError, "std evaluated to zero"),
        (T.Compose([T.RandomCrop(40), T.ToTensor()]), ValueError, "larger than input image size"),
    ):
        dataset = ArrayDataset(GRAYS, LABELS, transform=transform)
        for ask in (lambda d=dataset: d[0], lambda d=dataset: batch(d)):
            with pytest.raises(error, match=message):
                ask()


def test_images_of_a_batch_are_cropped_and_mirrored_each_by_itself():
    one = np.repeat(RNG.integers(256, size=(1, 1, 8, 8), dtype=np.uint8), 300, 0)
    crop = T.Compose([T.RandomCrop(6, padding=1), T.PILToTensor()])
    images, _ = batch(ArrayDataset(one, np.zeros(300, int), transform=crop))
    wide = np.pad(one[0, 0], 1)
    windows = {wide[y : y + 6, x : x + 6].tobytes() for y in range(5) for x in range(5)}
    assert {image.tobytes() for image in images.numpy()[:, 0]} == windows
    flip = T.Compose([T.RandomHorizontalFlip(0.3), T.PILToTensor()])
    images = batch(ArrayDataset(one, np.zeros(300, int), transform=flip))[0].numpy()
    mirrored = (images == one[..., ::-1]).all((1, 2, 3))
    assert np.array_equal(mirrored, ~(images == one).all((1, 2, 3)))
    assert 50 < mirrored.sum() < 130


def test_a_batch_has_memory_of_its_own():
    for transform in (
        None,
        T.PILToTensor(),
        T.ToTensor(),
        T.CenterCrop(16),
        T.RandomHorizontalFlip(0),
    ):
        dataset = ArrayDataset(GRAYS.copy(), LABELS.copy(), transform=transform)
        for tensor in batch(dataset):
            tensor.numpy()[...] = 99
        np.testing.assert_array_equal(dataset.data, GRAYS)
        np.testing.assert_array_equal(dataset.targets, LABELS)


def test_subsets_and_workers():
    dataset = ArrayDataset(GRAYS, LABELS, transform=T.ToTensor())
    images, labels = batch(Subset(dataset, [3, 1]))
    assert labels.tolist() == [1, 0]
    found = list(DataLoader(dataset, batch_size=2, num_workers=2))
    assert [labels.tolist() for _, labels in found] == [[3, 0], [2, 1]]
    np.testing.assert_array_equal(found[1][0].numpy()[1], images.numpy()[0])


WITHOUT = """
import sys
sys.modules["PIL"] = None
import lanegrad
from lanegrad.utils.data import DataLoader
from lanegrad.vision import transforms as T
from lanegrad.vision.datasets import Digits
digits = Digits(transform=T.Compose([T.RandomCrop(8, padding=1), T.ToTensor(), T.Normalize(0.5, 0.5)]))
assert tuple(digits[0][0].shape) == (1, 8, 8)
assert tuple(next(iter(DataLoader(digits, 4)))[0].shape) == (4, 1, 8, 8)
assert T.Resize(4)(lanegrad.zeros(1, 8, 8)).shape[-1] == 4
zeros = lanegrad.zeros(1, 2, 2)
for ask in (lambda: Digits()[0], lambda: T.ToPILImage()(zeros)):
    try:
        ask()
    except ImportError as error:
        assert 'pip install "lanegrad[vision]"' in str(error)
    else:
        raise AssertionError
"""


def test_pillow_is_needed_where_it_is_used(tmp_path):
    subprocess.run([sys.executable, "-c", WITHOUT], check=True, cwd=tmp_path)


def test_mnist_gives_what_pillow_would(tmp_path):
    pytest.importorskip("PIL")
    for name, array in (("images-idx3", GRAYS), ("labels-idx1", np.uint8(LABELS))):
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        path = tmp_path / f"train-{name}-ubyte"
        path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())
    dataset = MNIST(tmp_path)
    np.testing.assert_array_equal(np.asarray(dataset[2][0]), GRAYS[2])
    assert dataset[2][1] == 2
    dataset.transform = np.asarray
    images, _ = batch(dataset)
    np.testing.assert_array_equal(images.numpy(), GRAYS)
