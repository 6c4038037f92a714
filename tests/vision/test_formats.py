"""CIFAR-10 and IDX files: what is read, and what is said of files that are cut off or foreign."""

import gzip
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanegrad.vision.datasets.formats import read_cifar, read_idx_images, read_idx_labels

pytestmark = pytest.mark.once

RNG = np.random.default_rng(0)


def read_cifar10(paths):
    return read_cifar(paths, "CIFAR-10", 1, 10)


def cifar_bytes(labels, pixels):
    """Records as CIFAR-10's description gives them, put together byte by byte."""
    return b"".join(
        bytes([label]) + image.tobytes() for label, image in zip(labels, pixels, strict=True)
    )


def idx_bytes(array):
    """An IDX file of unsigned bytes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


PIXELS = RNG.integers(256, size=(3, 3, 32, 32), dtype=np.uint8)
CIFAR = cifar_bytes([9, 0, 4], PIXELS)
IMAGES = RNG.integers(256, size=(4, 5, 6), dtype=np.uint8)
LABELS = np.array([3, 0, 9, 1], np.uint8)


@pytest.fixture
def write(tmp_path):
    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


def test_cifar_records(write):
    images, labels = read_cifar10([write(CIFAR, "one"), write(CIFAR[:3073], "two")])
    np.testing.assert_array_equal(images, np.concatenate([PIXELS, PIXELS[:1]]))
    np.testing.assert_array_equal(labels, [9, 0, 4, 9])
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64


@pytest.mark.parametrize("size", [0, 1, 3072, 3074, 9218])
def test_cifar_wrong_size(write, size):
    path = write((CIFAR * 2)[:size])
    with pytest.raises(ValueError, match=f"3073 bytes; found {size} bytes") as error:
        read_cifar10([path])
    assert path in str(error.value)


def test_cifar_label_out_of_range(write):
    path = write(cifar_bytes([1, 2, 10], PIXELS))
    with pytest.raises(ValueError, match=r"labels from 0 to 9; found 10 in record 2 ") as error:
        read_cifar10([path])
    assert path in str(error.value)


def test_cifar100_has_two_labels_of_which_the_last_counts(write):
    records = b"".join(
        bytes([19, fine]) + image.tobytes() for fine, image in zip([99, 0, 5], PIXELS, strict=True)
    )
    images, labels = read_cifar([write(records)], "CIFAR-100", 2, 100)
    np.testing.assert_array_equal(images, PIXELS)
    assert labels.tolist() == [99, 0, 5]
    with pytest.raises(ValueError, match=r"CIFAR-100's binary layout, .* 3074 bytes; found 9219"):
        read_cifar([write(CIFAR)], "CIFAR-100", 2, 100)
    with pytest.raises(ValueError, match="labels from 0 to 98; found 99 in record 0"):
        read_cifar([write(records)], "CIFAR-100", 2, 99)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx(write, pack):
    images = read_idx_images(write(pack(idx_bytes(IMAGES)), "images"))
    labels = read_idx_labels(write(pack(idx_bytes(LABELS)), "labels"), 10)
    np.testing.assert_array_equal(images, IMAGES[:, np.newaxis])
    np.testing.assert_array_equal(labels, LABELS)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "magic number 0x00000803; found an empty file"),
        (b"\x00\x00\x08", "magic number 0x00000803; found 0x000008"),
        (idx_bytes(LABELS), "magic number 0x00000803; found 0x00000801"),
        (b"\x89PNG....", "magic number 0x00000803; found 0x89504e47"),
        (idx_bytes(IMAGES)[:15], "header of 16 bytes; found 15 bytes"),
        (idx_bytes(IMAGES)[:-1], "136 bytes, a header of 16 and 4 x 5 x 6 images; found 135 bytes"),
        (idx_bytes(IMAGES) + b"x", "136 bytes, .*; found 137 bytes"),
        (idx_bytes(IMAGES[:0]), "at least one of the images; found a header for 0 x 5 x 6"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "found 16 bytes"),  # 2^96 images: nothing is allocated
        (gzip.compress(idx_bytes(IMAGES), mtime=0)[:-9], "whole gzip stream; found"),
        (gzip.compress(idx_bytes(IMAGES), mtime=0)[:5], "whole gzip stream; found 5 bytes"),
        (b"\x1f\x8bnonsense", "whole gzip stream; found"),
        (gzip.compress(idx_bytes(IMAGES[:2]), mtime=0)[:-4] + b"abcd", "whole gzip stream; found"),
    ],
)
def test_idx_foreign_or_cut_off(write, content, message):
    path = write(content, "images-file")
    with pytest.raises(ValueError, match=message) as error:
        read_idx_images(path)
    assert str(error.value).startswith(path)


def test_idx_label_out_of_range(write):
    with pytest.raises(ValueError, match=r"labels from 0 to 8; found 9 in record 2 "):
        read_idx_labels(write(idx_bytes(LABELS)), 9)


READERS = [
    (CIFAR, lambda path: read_cifar10([path])),
    (idx_bytes(IMAGES), read_idx_images),
    (idx_bytes(LABELS), lambda path: read_idx_labels(path, 10)),
    (gzip.compress(idx_bytes(IMAGES), mtime=0), read_idx_images),
]


def refusal_of(read, path):
    try:
        read(path)
    except ValueError as error:
        return str(error)
    return None


@settings(max_examples=150, deadline=None)
@given(which=st.sampled_from(range(len(READERS))), data=st.data())
def test_damaged_files_are_value_errors(tmp_path_factory, which, data):
    """However a file is cut and overwritten, it is read, or refused with its name: nothing else."""
    whole, read = READERS[which]
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for at, byte in data.draw(st.dictionaries(st.integers(0, 40), st.integers(0, 255))).items():
        content[at : at + 1] = bytes([byte])
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(content)
    refusal = refusal_of(read, str(path))
    assert refusal is None or re.match(
        re.escape(str(path)) + ": expected .*; found ", refusal, re.DOTALL
    )


def test_of_a_packed_file_no_more_is_unpacked_than_its_header_tells(write):
    path = write(gzip.compress(idx_bytes(IMAGES) + bytes(1 << 26), 1, mtime=0), "images")
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"136 bytes, .*; found 137 bytes or more"):
            read_idx_images(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    path = write(gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12, mtime=0), "images")
    with pytest.raises(ValueError, match="found 16 bytes"):  # 2^96 images
        read_idx_images(path)
