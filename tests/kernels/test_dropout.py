"""Dropout: its random numbers against Philox in NumPy, its statistics, its gradient."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference_random as reference
from lanegrad import Tensor, _core, nn
from lanegrad.random import dropout_state

SEED, CALL = 0x123456789ABCDEF0, 7


def state(seed=SEED, call=CALL):
    return np.array([seed, call], np.uint64)


def test_philox_is_the_published_one():
    """The first three known answers of the Random123 library."""
    ones, pi = 0xFFFFFFFF, [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    for counter, key, expected in (
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([ones] * 4, [ones] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (pi, [0xA4093822, 0x299F31D0], [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
    ):
        assert reference.philox(counter, key).tolist() == expected


@pytest.mark.parametrize("shape", [(), (1,), (63,), (65,), (5, 13), (3, 4, 5), (10_007,)])
@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.999, 1.0])
def test_elements(isa, shape, p):
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    counts = state()
    y, used = _core.dropout(x, p, counts)
    factors = reference.dropout_factors(1, x.size, p, SEED, CALL).reshape(shape)
    np.testing.assert_array_equal(y, x * factors)
    assert counts.tolist() == [SEED, CALL + 1]
    np.testing.assert_array_equal(_core.dropout_backward(x, p, used), y)  # the same numbers again


@pytest.mark.parametrize("channels", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 3, 5, 4), (2, 4, 1, 1), (3, 7, 2, 3), (7, 5, 3, 3), (33, 9, 4, 5)]
)
def test_images_in_lanes_or_not(isa, shape, channels):
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    images, features = shape[0], shape[1] if channels else x.size // shape[0]
    factors = reference.dropout_factors(images, features, 0.4, SEED, CALL)
    expected = x * factors.reshape(*shape[:2], 1, 1) if channels else x * factors.reshape(shape)
    y, used = _core.dropout(x, 0.4, state(), channels)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(_core.dropout_backward(x, 0.4, used, channels), expected)
    lanes = _core.pack_lanes(x)
    z, used = _core.dropout(lanes, 0.4, state(), channels)
    np.testing.assert_array_equal(_core.unpack_lanes(z, images), expected)
    g = _core.dropout_backward(lanes, 0.4, used, channels)
    np.testing.assert_array_equal(_core.unpack_lanes(g, images), expected)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_statistics(p):
    lanegrad.manual_seed(0)
    n = 1 << 20
    y = F.dropout(lanegrad.ones(n), p).numpy()
    kept = y != 0
    assert set(np.unique(y)) == {0, np.float32(1 / (1 - p))}
    deviation = np.sqrt(p * (1 - p) * n)
    assert abs(kept.sum() - (1 - p) * n) < 4 * deviation
    again = F.dropout(lanegrad.ones(n), p).numpy() != 0
    both = (1 - p) ** 2
    for other in (again, np.roll(kept, 1), np.roll(kept, 4), np.roll(kept, 64)):
        assert abs((kept & other).sum() - both * n) < 6 * np.sqrt(both * n)


def test_seed():
    def draw():
        return F.dropout(lanegrad.ones(100), 0.5).tolist(), F.dropout(lanegrad.ones(100)).tolist()

    held = dropout_state()
    lanegrad.manual_seed(3)
    first, second = draw()
    assert first != second
    lanegrad.manual_seed(3)
    assert (first, second) == draw()
    lanegrad.manual_seed(4)
    assert first != draw()[0]
    assert dropout_state() is held  # a recorded step has its address


@pytest.mark.parametrize(
    ("shape", "lanes"),
    [(s, False) for s in [(), (3,), (4, 5), (2, 3, 4, 5), (2, 1, 3, 2, 4), (0, 3), (0, 2, 3, 3)]]
    + [((2, 3, 4, 5), True), ((0, 2, 3, 3), True)],
)
def test_gradient_is_dropped_alike(shape, lanes):
    lanegrad.manual_seed(0)
    x = Tensor(np.full(shape, 3.0), requires_grad=True)
    inner = x
    if lanes:
        inner = F.conv2d(x, np.eye(shape[1], dtype=np.float32)[..., None, None])
    y = F.dropout(inner, 0.25)
    assert (y._value.in_lanes) is lanes
    y.backward(np.full(shape, 5.0))
    np.testing.assert_allclose(x.grad.numpy() * 3, y.detach().numpy() * 5)
    if y.numel() > 50:
        assert 0 < (y.detach().numpy() == 0).sum() < y.numel()


@pytest.mark.parametrize(
    ("shape", "lanes"),
    [
        ((3, 5, 4, 4), False),
        ((3, 5, 7), False),
        ((0, 5, 2, 2), False),
        ((3, 5, 4, 4), True),
        ((0, 5, 2, 2), True),
    ],
)
@pytest.mark.filterwarnings("ignore:dropout2d takes")
def test_channels(shape, lanes):
    lanegrad.manual_seed(0)
    x = Tensor(np.ones(shape), requires_grad=True)
    inner = x
    if lanes:
        inner = F.conv2d(x, np.eye(shape[1], dtype=np.float32)[..., None, None])
    y = F.dropout2d(inner, 0.5)
    y.backward(np.ones(shape))
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    of_channels = y.detach().numpy().reshape(*shape[:2], int(np.prod(shape[2:])))
    assert (of_channels == of_channels[..., :1]).all()
    if shape[0]:
        assert set(np.unique(of_channels)) == {0, 2}


def test_no_training_and_nothing_to_drop_give_the_input():
    x = lanegrad.ones(3, requires_grad=True)
    before = dropout_state().array().tolist()
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert F.dropout2d(lanegrad.ones(1, 2, 3, 3), 0.5, False).numel() == 18
    layer = nn.Dropout(0.9)
    assert layer.eval()(x) is x
    assert layer.train()(x) is not x
    assert dropout_state().array()[1] - before[1] in (1, 1 - before[1])
    assert F.dropout(x, 1.0).tolist() == [0, 0, 0]


def test_nan_stays_nan():
    y, _ = _core.dropout(np.full(100, np.nan, np.float32), 0.5, state())
    assert np.isnan(y).all()


@pytest.mark.parametrize("name", ["Dropout", "Dropout2d"])
def test_layers(torch, name):
    for arguments in ({}, {"p": 0.3}, {"p": 0.25, "inplace": True}):
        assert repr(getattr(nn, name)(**arguments)) == repr(getattr(torch.nn, name)(**arguments))
    x = lanegrad.ones(2, 3, 4, 4)
    lanegrad.manual_seed(1)
    y = getattr(nn, name)(0.5)(x)
    lanegrad.manual_seed(1)
    function = F.dropout if name == "Dropout" else F.dropout2d
    assert function(x, 0.5).tolist() == y.tolist()


def test_bad_arguments():
    x = np.ones(3, np.float32)
    for p in (-0.1, 1.1, float("nan")):
        for call in (lambda p=p: F.dropout(x, p), lambda p=p: F.dropout(x, p, False)):
            with pytest.raises(ValueError, match="between 0 and 1"):
                call()
        with pytest.raises(ValueError, match="between 0 and 1"):
            nn.Dropout(p)
        with pytest.raises(ValueError, match="between 0 and 1"):
            _core.dropout(x, p, state())
    with pytest.raises(TypeError, match="state must have dtype uint64"):
        _core.dropout(x, 0.5, np.zeros(2))
    with pytest.raises(ValueError, match="two elements"):
        _core.dropout(x, 0.5, np.zeros(3, np.uint64))
    with pytest.raises(ValueError, match="not lanes"):
        _core.dropout(np.ones((1, 1, 1, 1, 3), np.float32), 0.5, state())
