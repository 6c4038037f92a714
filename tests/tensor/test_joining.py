"""Joining tensors, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from parity import assert_parity

rng = np.random.default_rng(3)


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


GROUPS = [
    [floats(2, 3), floats(2, 3)],
    [floats(3), floats(3), floats(3)],
    [floats(2), floats(3)],
    [floats(2, 3), floats(4, 3)],
    [floats(2, 3), floats(2, 1)],
    [floats(2, 3, 4), floats(2, 3, 4)],
    [np.array(1.0, np.float32), np.array(2.0, np.float32)],
    [floats(1, 2)],
    [floats(0, 2), floats(3, 2)],
    [floats(0), floats(3, 2)],
    [np.array([1, 2]), np.array([3, 4])],
    [np.array([[1, 2]]), floats(1, 2)],
    [np.array([True]), np.array([2], np.uint8)],
    [],
]


@pytest.mark.parametrize("name", ["cat", "concat", "concatenate", "stack"])
@pytest.mark.parametrize("dim", [0, 1, -1, 2, 3, -4])
def test_along_an_axis(torch, name, dim):
    for tensors in GROUPS:
        assert_parity(torch, name, tensors, dim)
        assert_parity(torch, name, tuple(tensors), dim=dim)


@pytest.mark.parametrize("name", ["hstack", "vstack", "row_stack", "dstack", "column_stack"])
def test_stacks(torch, name):
    if not hasattr(torch, name):
        assert getattr(lanegrad, name) is lanegrad.vstack
        return
    for tensors in GROUPS:
        assert_parity(torch, name, tensors)


def test_block_diag(torch):
    for tensors in [
        *GROUPS[:6],
        *GROUPS[6:9],
        [floats(2, 3), floats(2), np.array(1.0, np.float32)],
    ]:
        assert_parity(torch, "block_diag", *tensors)
    assert_parity(torch, "block_diag")


def test_images_stay_in_lanes():
    y = F.conv2d(lanegrad.ones(4, 2, 5, 5), lanegrad.ones(3, 2, 1, 1))
    joined = lanegrad.cat([y, y], 1)
    assert joined._value.in_lanes
    assert joined.shape == (4, 6, 5, 5)


def test_what_is_empty_has_a_say_in_dtype_and_gradient(torch):
    for m in torch, lanegrad:
        none = m.zeros(0, requires_grad=True)
        y = m.cat([none, m.tensor([[1, 2]])], 1)
        assert (y.dtype, y.requires_grad, tuple(y.shape)) == (m.float32, True, (1, 2))
        y.sum().backward()
        assert tuple(none.grad.shape) == (0,)
        assert m.cat([m.tensor([True])[:0], m.tensor([1])[:0]]).dtype == m.int64
