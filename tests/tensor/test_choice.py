"""Ops whose results are one or another of their inputs, against PyTorch."""

import numpy as np
import pytest

import lanegrad
from elementwise import SPECIAL, assert_parity, assert_slopes

rng = np.random.default_rng(0)


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


MASK = np.array([[True, False, True], [False, False, True]])


@pytest.mark.parametrize("name", ["maximum", "minimum", "fmax", "fmin"])
def test_equals_share_the_gradient_as_in_pytorch(torch, name):
    nan = np.nan
    a, b = np.float32([1, 2, 3, nan, nan, 0.0]), np.float32([1, 3, 2, 1, nan, -0.0])
    assert_slopes(torch, name, a, b)
    assert_slopes(torch, name, b, a)


BOUNDS = [
    None,
    0,
    -0.5,
    1,
    np.nan,
    np.float32([0, 0.5, -1]),
    np.array(0.25, np.float32),
    np.array(1),
]


@pytest.mark.parametrize("low", BOUNDS, ids=str)
@pytest.mark.parametrize("high", BOUNDS, ids=str)
def test_clamp(torch, low, high):
    x = np.float32([[-2, 0, 3], [0.25, np.nan, np.inf]])
    if {isinstance(v, np.ndarray) for v in (low, high) if v is not None} == {True, False}:
        mixed = [v if v is None else np.asarray(v, np.float32) for v in (low, high)]
        mine = lanegrad.clamp(x, low, high)  # of a tensor and a number, which PyTorch does not take
        np.testing.assert_array_equal(mine.numpy(), lanegrad.clamp(x, *mixed).numpy())
        return
    assert_parity(torch, "clamp", x, low, high)
    if low is not None or high is not None:
        assert_slopes(torch, "clamp", x, low, high)
    for dtype in (np.int64, np.uint8, bool):
        assert_parity(torch, "clamp", np.array([[1, 0, 3]], dtype), low, high)


def test_one_bound(torch):
    for x in (SPECIAL, np.arange(3)):
        for bound in (1, 0.5, np.array(0.5, np.float32)):
            for name in ("clamp_min", "clamp_max"):
                assert_parity(torch, name, x, bound)
    for bound in (True, np.array(True), MASK):
        for bounds in ((bound, None), (None, bound), (bound, bound)):
            assert_parity(torch, "clamp", MASK, *bounds)
    assert lanegrad.clamp(lanegrad.tensor([1.0, 9.0]), max=3).tolist() == [1, 3]
    assert lanegrad.clip([1.0, 9.0], min=3).tolist() == [3, 9]


def test_relu_of_whole_numbers(torch):
    for dtype in (np.int8, np.int64, np.uint8, bool, np.float32):
        assert_parity(torch, "relu", np.array([-2, 0, 3]).astype(dtype))


def test_heaviside(torch):
    x = np.float32([-1, 0, -0.0, 2, np.nan])
    for values in (np.float32([0.5]), np.array(np.nan, np.float32), np.array([1])):
        assert_parity(torch, "heaviside", x, values)
    assert_parity(torch, "heaviside", np.array([-1, 0, 2]), np.array(7))


CHOICES = [
    floats(2, 3),
    floats(3),
    floats(2, 1),
    np.arange(3),
    np.array(2, np.float32),
    1,
    2.5,
    True,
    MASK,
]


@pytest.mark.parametrize("x", CHOICES, ids=repr)
@pytest.mark.parametrize("y", CHOICES, ids=repr)
def test_where(torch, x, y):
    assert_parity(torch, "where", MASK, x, y)
    if any(isinstance(v, np.ndarray) and v.dtype == np.float32 for v in (x, y)):
        assert_slopes(torch, "where", MASK, x, y)


@pytest.mark.parametrize(
    "condition", [np.array(True), MASK[0], MASK[:, :1], np.zeros((0, 3), bool)]
)
def test_conditions_broadcast(torch, condition):
    x, y = floats(1, 3), floats(1, 1)
    assert_parity(torch, "where", condition, x, y)
    assert_slopes(torch, "where", condition, x, y)


def test_gradients_that_are_no_numbers_stay_out_of_where(torch):
    x = lanegrad.tensor([0.0, 1.0], requires_grad=True)
    y = lanegrad.where(x > 0, x, 0.0)
    y.backward([np.nan, 2.0])
    assert x.grad.tolist() == [0, 2]


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32, np.uint8])
def test_where_alone_tells_the_indices(torch, dtype):
    for shape in ((), (4,), (2, 3), (0, 2)):
        x = rng.integers(0, 2, shape).astype(dtype)
        mine, theirs = lanegrad.where(x), torch.where(torch.tensor(x))
        assert isinstance(mine, tuple)
        assert [m.tolist() for m in mine] == [t.tolist() for t in theirs]
        assert all(m.dtype == np.int64 for m in mine)


def test_what_where_refuses(torch):
    x = floats(3)
    for condition in (np.arange(3), x):
        assert_parity(torch, "where", condition, x, x)
    assert_parity(torch, "where", MASK, x, floats(4))
    assert_parity(torch, "where", MASK, floats(4), x)
    with pytest.raises(TypeError, match="input and other"):
        lanegrad.where(MASK, x)


FILLS = [3, -1.5, True, np.array(2.5, np.float32), np.array(4), np.array(True), 1e30, np.inf, 300]


@pytest.mark.parametrize("value", FILLS, ids=str)
def test_masked_fill(torch, value):
    for dtype in (np.float32, np.int64, np.uint8, bool):
        x = rng.integers(0, 2, (2, 3)).astype(dtype)
        assert_parity(torch, "masked_fill", x, MASK, value)
    assert_slopes(torch, "masked_fill", floats(2, 3), MASK, value)
    assert_slopes(torch, "masked_fill", floats(3), MASK, value)


def test_what_masked_fill_refuses(torch):
    x = floats(2, 3)
    for mask in (MASK.astype(np.uint8), MASK.astype(np.float32), np.ones(4, bool)):
        assert_parity(torch, "masked_fill", x, mask, 1)
    assert_parity(torch, "masked_fill", x, MASK, np.float32([1]))


def test_a_mask_that_is_changed_later_is_no_matter():
    x = lanegrad.tensor([1.0, 2.0], requires_grad=True)
    mask = np.array([True, False])
    y = lanegrad.masked_fill(x, mask, 0.0)
    mask[:] = False
    y.sum().backward()
    assert x.grad.tolist() == [0, 1]
