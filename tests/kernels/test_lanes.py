"""Lanes: packing and unpacking, and what of it a tensor shows."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core

rng = np.random.default_rng(0)


def pack(x):
    """An array in lanes, and NumPy's array of how it is in memory."""
    packed = _core.lanes_of(_core.adopt(x.copy()))
    return packed, _core.lanes_in_memory(packed)


def unpack(packed):
    return _core.plain_of(packed).array()


@pytest.mark.parametrize(
    ("batch", "blocks", "n"),
    [(1, 1, 1), (2, 1, 2), (3, 1, 4), (4, 1, 4), (5, 1, 8), (9, 1, 16), (16, 1, 16), (17, 2, 16),
     (33, 3, 16)],
)  # fmt: skip
def test_pack_puts_image_b_n_plus_l_into_lane_l(batch, blocks, n):
    x = rng.normal(size=(batch, 3, 5, 4)).astype(np.float32)
    packed, memory = pack(x)
    assert packed.in_lanes
    assert packed.batch == batch
    assert memory.shape == (blocks, 3, 5, 4, n)
    assert packed.shape == x.shape
    assert packed.ndim == 4
    assert packed.size == x.size
    assert packed.sides == (5, 4)
    assert packed.dtype == np.float32
    for image in range(batch):
        np.testing.assert_array_equal(memory[image // n, ..., image % n], x[image])
    rest = memory.transpose(0, 4, 1, 2, 3).reshape(blocks * n, -1)[batch:]
    assert not rest.any()  # gradients are packed too
    np.testing.assert_array_equal(unpack(packed), x)


def test_empty_batch():
    x = np.zeros((0, 3, 5, 4), np.float32)
    assert unpack(pack(x)[0]).shape == x.shape


def test_results_are_fresh_and_aligned():
    x = np.ones((2, 2, 3, 4), np.float32)
    packed, memory = pack(x)
    assert not np.may_share_memory(memory, x)
    assert not np.may_share_memory(unpack(packed), memory)
    assert memory.ctypes.data % 64 == 0
    assert unpack(packed).ctypes.data % 64 == 0
    assert _core.empty((3, 5)).ctypes.data % 64 == 0


def test_one_image_is_not_copied():
    x = rng.normal(size=(1, 2, 3, 4)).astype(np.float32)
    plain = _core.adopt(x)
    packed = _core.lanes_of(plain)
    assert packed.in_lanes
    assert packed.shares(plain)
    assert _core.plain_of(packed).shares(plain)
    assert np.shares_memory(unpack(packed), x)


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (32, 31), (40, 40)])
@pytest.mark.parametrize("batch", [2, 3, 4, 7, 8, 9, 14, 16, 30])
def test_all_sizes_on_all_instruction_sets(isa, batch, size):
    x = rng.normal(size=(batch, 1, *size)).astype(np.float32)
    packed, memory = pack(x)
    blocks, n = memory.shape[0], memory.shape[-1]
    padded = np.zeros((blocks * n, 1, *size), np.float32)
    padded[:batch] = x
    want = padded.reshape(blocks, n, 1, *size).transpose(0, 2, 3, 4, 1)
    np.testing.assert_array_equal(memory, want)
    np.testing.assert_array_equal(unpack(packed), x)


def test_lanes_and_plain_arrays_are_kept_as_they_are():
    packed, _ = pack(np.zeros((3, 1, 1, 1), np.float32))
    assert _core.lanes_of(packed) is packed
    plain = _core.plain_of(packed)
    assert not plain.in_lanes
    assert _core.plain_of(plain) is plain


@pytest.mark.parametrize("shape", [(3, 5, 4), (2, 1, 3, 5, 4)])
def test_only_four_axes_can_be_packed(shape):
    with pytest.raises(ValueError, match="4"):
        pack(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="4"):
        _core.pack_lanes(np.zeros(shape, np.float32))


def test_lanes_are_neither_shared_nor_written_to():
    packed, _ = pack(np.ones((3, 1, 2, 2), np.float32))
    with pytest.raises(ValueError, match="lanes"):
        packed.alias()
    with pytest.raises(ValueError, match="lanes"):
        packed.write(_core.adopt(np.zeros((3, 1, 2, 2), np.float32)))


def test_images_stay_in_lanes_until_somebody_asks_for_the_memory():
    x = F.relu(F.conv2d(lanegrad.ones(3, 1, 4, 4), lanegrad.ones(2, 1, 3, 3)))
    assert x._value.in_lanes
    assert x.shape == (3, 2, 2, 2)
    assert x._value.in_lanes
    assert F.max_pool2d(x, 2)._value.in_lanes
    shown = x.numpy()
    assert not x._value.in_lanes
    shown[:] = 5  # the tensor keeps what it has shown
    assert x.tolist() == shown.tolist()
    assert np.shares_memory(x.reshape(-1).numpy(), shown)
    y = F.conv2d(Tensor(np.ones((3, 1, 4, 4), np.float32)), lanegrad.ones(2, 1, 3, 3))
    part = y[1:]
    assert np.shares_memory(part.numpy(), y.numpy())
