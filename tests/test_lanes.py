"""Lanes: packing and unpacking."""

import numpy as np
import pytest

from lanegrad import _core
from lanegrad.lanes import Lanes, as_lanes

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("batch", "blocks", "n"),
    [(1, 1, 1), (2, 1, 2), (3, 1, 4), (4, 1, 4), (5, 1, 8), (9, 1, 16), (16, 1, 16), (17, 2, 16),
     (33, 3, 16)],
)  # fmt: skip
def test_pack_puts_image_b_n_plus_l_into_lane_l(batch, blocks, n):
    x = rng.normal(size=(batch, 3, 5, 4)).astype(np.float32)
    lanes = Lanes.pack(x)
    assert lanes.data.shape == (blocks, 3, 5, 4, n)
    assert lanes.shape == x.shape
    assert lanes.ndim == 4
    assert lanes.dtype == np.float32
    for image in range(batch):
        np.testing.assert_array_equal(lanes.data[image // n, ..., image % n], x[image])
    rest = lanes.data.transpose(0, 4, 1, 2, 3).reshape(blocks * n, -1)[batch:]
    assert not rest.any()  # gradients are packed too
    np.testing.assert_array_equal(lanes.unpack(), x)


def test_empty_batch():
    x = np.zeros((0, 3, 5, 4), np.float32)
    assert Lanes.pack(x).unpack().shape == x.shape


def test_results_are_fresh_and_aligned():
    x = np.ones((2, 2, 3, 4), np.float32)
    lanes = Lanes.pack(x)
    assert not np.may_share_memory(lanes.data, x)
    assert not np.may_share_memory(lanes.unpack(), lanes.data)
    assert lanes.data.ctypes.data % 64 == 0
    assert _core.empty((3, 5)).ctypes.data % 64 == 0


def test_one_image_is_not_copied():
    x = rng.normal(size=(1, 2, 3, 4)).astype(np.float32)
    lanes = Lanes.pack(x)
    assert np.shares_memory(lanes.data, x)
    assert np.shares_memory(lanes.unpack(), x)


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (32, 31), (40, 40)])
@pytest.mark.parametrize("batch", [2, 3, 4, 7, 8, 9, 14, 16, 30])
def test_all_sizes_on_all_instruction_sets(isa, batch, size):
    x = rng.normal(size=(batch, 1, *size)).astype(np.float32)
    lanes = Lanes.pack(x)
    blocks, n = lanes.data.shape[0], lanes.data.shape[-1]
    padded = np.zeros((blocks * n, 1, *size), np.float32)
    padded[:batch] = x
    want = padded.reshape(blocks, n, 1, *size).transpose(0, 2, 3, 4, 1)
    np.testing.assert_array_equal(lanes.data, want)
    np.testing.assert_array_equal(lanes.unpack(), x)


def test_as_lanes_keeps_lanes():
    lanes = Lanes.pack(np.zeros((1, 1, 1, 1), np.float32))
    assert as_lanes(lanes) is lanes
    assert isinstance(as_lanes(np.zeros((1, 1, 1, 1), np.float32)), Lanes)


@pytest.mark.parametrize("shape", [(3, 5, 4), (2, 1, 3, 5, 4)])
def test_only_four_axes_can_be_packed(shape):
    with pytest.raises(ValueError, match="4"):
        Lanes.pack(np.zeros(shape, np.float32))
