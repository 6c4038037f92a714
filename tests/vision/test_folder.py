"""ImageFolder: pictures that are damaged, threads that read ahead, pictures in memory."""

import io
import pickle
import threading

import numpy as np
import pytest

from lanegrad.utils.data import DataLoader, Subset
from lanegrad.vision import transforms as T
from lanegrad.vision.datasets import ImageFolder

Image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.once

RNG = np.random.default_rng(5)
FORMATS = ["png", "jpeg", "bmp", "gif"]


@pytest.fixture
def pictures(tmp_path):
    """A folder of two classes with eight pictures each."""
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(8):
            pixels = RNG.integers(256, size=(6, 8, 3), dtype=np.uint8)
            path = tmp_path / name / f"{number}.{FORMATS[number % 4]}"
            Image.fromarray(pixels).save(path)
    return tmp_path


def test_formats(pictures):
    found = ImageFolder(pictures, T.PILToTensor())
    assert (len(found), found.classes, found.targets) == (16, ["cat", "dog"], [0] * 8 + [1] * 8)
    for (image, _), (path, _) in zip(found, found.samples, strict=True):
        np.testing.assert_array_equal(
            image.numpy().transpose(1, 2, 0), np.asarray(Image.open(path).convert("RGB"))
        )


@pytest.mark.parametrize("damage", ["text", "truncated", "empty", "flipped"])
def test_corrupted_pictures_are_named_and_left_out_if_asked(pictures, damage):
    path = pictures / "cat" / "0.png"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[50] ^= 255
    path.write_bytes(
        {"text": b"a text", "truncated": whole[:-30], "empty": b"", "flipped": flipped}[damage]
    )
    found = ImageFolder(pictures, T.PILToTensor())
    assert len(found) == 16
    for ask in (lambda: found[0], lambda: list(DataLoader(found, 8)), found.in_memory):
        with pytest.raises(OSError, match=r"cat/0\.png: not a picture that pillow can read"):
            ask()
    with pytest.warns(UserWarning, match=r"1 of 16 pictures are left out:\n  .*cat/0\.png"):
        found = ImageFolder(pictures, T.PILToTensor(), skip_corrupted=True)
    assert (len(found), len(found.imgs), found.targets) == (15, 15, [0] * 7 + [1] * 8)
    assert sum(len(labels) for _, labels in DataLoader(found, 4)) == 15


def test_many_corrupted_pictures(pictures):
    for path in pictures.glob("*/*"):
        path.write_bytes(b"x")
    with (
        pytest.warns(UserWarning, match=r"(?s)16 of 16 .*\n  and 11 more"),
        pytest.raises(FileNotFoundError, match="no picture can be read"),
    ):
        ImageFolder(pictures, skip_corrupted=True)


def test_threads_read_a_batch(pictures):
    both = threading.Barrier(2, timeout=20)
    names = set()

    def loader(path):  # returns where two threads are in it at a time
        names.add(threading.current_thread().name)
        both.wait()
        return Image.open(path).convert("RGB")

    found = ImageFolder(pictures, T.PILToTensor(), loader=loader, threads=2)
    alone = ImageFolder(pictures, T.PILToTensor(), threads=1)
    order = [3, 1, -1, 8]
    for dataset, plain in ((found, alone), (Subset(found, order), Subset(alone, order))):
        for (images, labels), (expected, wanted) in zip(
            DataLoader(dataset, 4), DataLoader(plain, 4), strict=True
        ):
            np.testing.assert_array_equal(images.numpy(), expected.numpy())
            assert labels.tolist() == wanted.tolist()
    assert len(names) == 2
    assert all(name.startswith("lanegrad-read") for name in names)


def test_readers_are_pickled_without_their_threads_and_left_alone_by_workers(pictures):
    found = ImageFolder(pictures, T.PILToTensor(), threads=2)
    first = [images.tolist() for images, _ in DataLoader(found, 8)]
    again = pickle.loads(pickle.dumps(found))
    assert [images.tolist() for images, _ in DataLoader(again, 8)] == first
    assert [images.tolist() for images, _ in DataLoader(found, 8, num_workers=1)] == first


class Own(ImageFolder):
    def __getitem__(self, index):
        return self.samples[index][0][-4:]


def test_a_class_with_items_of_its_own_is_not_read_ahead(pictures):
    found = Own(pictures, loader=None, threads=2)
    assert next(iter(DataLoader(found, 2))) == [".png", "jpeg"]
    assert found._ahead is None


def test_in_memory(pictures):
    transform = T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)])
    folder = ImageFolder(pictures, transform)
    found = folder.in_memory()
    assert (found.data.shape, found.classes) == ((16, 3, 6, 8), ["cat", "dog"])
    for (image, label), (expected, wanted) in zip(found, folder, strict=True):
        np.testing.assert_array_equal(image.numpy(), expected.numpy())
        assert label == wanted
    assert folder.in_memory(4).data.shape == (16, 3, 4, 4)
    assert folder.in_memory((12, 5)).data.shape == (16, 3, 12, 5)
    path = pictures / "dog" / "9.png"
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(path)
    with pytest.raises(ValueError, match=r"found \(3, 6, 8\) in .*0\.png and \(3, 9, 8\) in .*9"):
        ImageFolder(pictures).in_memory()


def test_other_modes_become_rgb(tmp_path):
    (tmp_path / "a").mkdir()
    for number, mode in enumerate(["1", "L", "P", "RGBA", "CMYK"]):
        file = io.BytesIO()
        Image.new(mode, (3, 2)).save(file, "tiff")
        (tmp_path / "a" / f"{number}.tif").write_bytes(file.getvalue())
    assert {image.mode for image, _ in ImageFolder(tmp_path)} == {"RGB"}
