"""Transforms against the same done image by image."""

import numpy as np
import pytest

import lanegrad
from lanegrad.data import Compose, Normalize, RandomCrop, RandomHorizontalFlip

IMAGES = np.random.default_rng(2).random((64, 3, 6, 7), dtype=np.float32)


@pytest.fixture(autouse=True)
def images_stay_as_they_were():
    before = IMAGES.copy()
    lanegrad.manual_seed(0)
    yield
    np.testing.assert_array_equal(IMAGES, before)


def test_compose_applies_in_order():
    result = Compose([lambda images: images + 1, lambda images: images * 2])(IMAGES)
    np.testing.assert_array_equal(result, (IMAGES + 1) * 2)


@pytest.mark.parametrize(
    ("mean", "std"), [(0.5, 0.25), ((0.1, 0.2, 0.3), 2), ((0.1, 0.2, 0.3), (1, 2, 3)), ([0.5], [2])]
)
def test_normalize(mean, std):
    result = Normalize(mean, std)(IMAGES)
    for channel in range(3):
        m, s = (np.broadcast_to(value, 3)[channel] for value in (mean, std))
        np.testing.assert_allclose(result[:, channel], (IMAGES[:, channel] - m) / s, atol=1e-6)
    assert result.dtype == np.float32


def test_normalize_wrong_values():
    with pytest.raises(ValueError, match="2 values for images of 3 channels"):
        Normalize((0.5, 0.5), 1)(IMAGES)
    with pytest.raises(ValueError, match="3 values for images of 1 channels"):
        Normalize(0, (1, 1, 1))(IMAGES[:, :1])
    for std in (0, -1, np.nan, (1, np.inf, 1)):
        with pytest.raises(ValueError, match="positive stds"):
            Normalize(0, std)


def test_flip_mirrors_some_images_whole():
    result = RandomHorizontalFlip()(IMAGES)
    mirrored = [
        np.array_equal(new, old[..., ::-1]) for new, old in zip(result, IMAGES, strict=True)
    ]
    kept = [np.array_equal(new, old) for new, old in zip(result, IMAGES, strict=True)]
    assert np.all(np.array(mirrored) ^ np.array(kept))
    assert 16 < sum(mirrored) < 48
    assert result.dtype == np.float32


def test_flip_probability():
    np.testing.assert_array_equal(RandomHorizontalFlip(0)(IMAGES), IMAGES)
    np.testing.assert_array_equal(RandomHorizontalFlip(1)(IMAGES), IMAGES[..., ::-1])
    for p in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            RandomHorizontalFlip(p)


@pytest.mark.parametrize(("size", "padding"), [((6, 7), 2), (4, 0), ((1, 7), 1), ((6, 7), 0)])
def test_crop_cuts_windows_of_the_padded_image(size, padding):
    result = RandomCrop(size, padding)(IMAGES)
    height, width = (size, size) if isinstance(size, int) else size
    assert result.shape == (64, 3, height, width)
    places = set()
    for new, old in zip(result, IMAGES, strict=True):
        padded = np.pad(old, ((0, 0), (padding, padding), (padding, padding)))
        found = [
            (top, left)
            for top in range(padded.shape[1] - height + 1)
            for left in range(padded.shape[2] - width + 1)
            if np.array_equal(new, padded[:, top : top + height, left : left + width])
        ]
        assert found
        places.update(found[:1])
    possible = (7 + 2 * padding - height) * (8 + 2 * padding - width)
    assert len(places) > possible / 2  # sixty-four draws reach most of them


def test_crop_wrong_sizes():
    for size, padding in ((0, 0), ((4, -1), 0), (4, -1), ((1, 2, 3), 0)):
        with pytest.raises(ValueError, match="positive size"):
            RandomCrop(size, padding)
    with pytest.raises(ValueError, match=r"\(9, 9\) does not fit images \(6, 7\) with padding 1"):
        RandomCrop(9, padding=1)(IMAGES)


@pytest.mark.parametrize("transform", [RandomHorizontalFlip(), RandomCrop(4, padding=1)])
def test_manual_seed_repeats(transform):
    runs = []
    for seed in (3, 3, 4):
        lanegrad.manual_seed(seed)
        runs.append(transform(IMAGES))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])
