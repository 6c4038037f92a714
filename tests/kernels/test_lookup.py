"""The table that turns a data set's bytes into floats."""

import numpy as np
import pytest

from lanegrad import _core

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(256, size=(40, 3, 9, 11), dtype=np.uint8)
TABLE = RNG.standard_normal((3, 256), dtype=np.float32)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 5, 300])
def test_values(isa, threads, count):
    _core.set_num_threads(threads)
    index = RNG.integers(40, size=count)
    expected = TABLE[np.arange(3).reshape(3, 1, 1), IMAGES[index]]
    np.testing.assert_array_equal(_core.lookup(IMAGES, index, TABLE), expected)


@pytest.mark.parametrize(
    "shape", [(5, 1, 1, 1), (5, 2, 0, 3), (5, 0, 2, 2), (5, 2, 8, 8), (5, 1, 5, 13)]
)
def test_shapes(shape):
    images = RNG.integers(256, size=shape, dtype=np.uint8)
    table = RNG.standard_normal((shape[1], 256), dtype=np.float32)
    expected = table[np.arange(shape[1]).reshape(-1, 1, 1), images[::-1]]
    np.testing.assert_array_equal(_core.lookup(images, np.arange(5)[::-1].copy(), table), expected)


def test_wrong_arguments():
    index = np.zeros(2, np.int64)
    for bad in (-1, 40):
        with pytest.raises(IndexError, match=rf"index\[1\] is {bad}, but there are 40 images"):
            _core.lookup(IMAGES, np.array([0, bad]), TABLE)
    with pytest.raises(ValueError, match=r"table must have shape \(3, 256\), got \(2, 256\)"):
        _core.lookup(IMAGES, index, TABLE[:2])
    with pytest.raises(ValueError, match=r"table must have shape \(3, 256\), got \(3, 255\)"):
        _core.lookup(IMAGES, index, TABLE[:, 1:].copy())
    with pytest.raises(TypeError, match="images must have dtype uint8, got int8"):
        _core.lookup(IMAGES.view(np.int8), index, TABLE)
    with pytest.raises(ValueError, match="images must be C-contiguous"):
        _core.lookup(IMAGES[..., ::2], index, TABLE)
    with pytest.raises(ValueError, match="index must have 1 dimensions"):
        _core.lookup(IMAGES, index.reshape(1, 2), TABLE)
