"""softmax and log_softmax of rows, and their gradients."""

import numpy as np
import pytest

import reference
import reference_loss
from lanegrad import _core, ops
from reference_loss import ulps

CLASSES = [1, 2, 3, 4, 5, 10, 17, 64, 127, 128, 129, 1000, 50257]


def rows(classes, seed=0):
    rng = np.random.default_rng(seed)
    count = 37 if classes <= 1000 else 3
    x = rng.standard_normal((count, classes)) * rng.choice([1e-4, 1, 20, 1000], (count, 1))
    return (x + rng.choice([0, 100, -1e4], (count, 1))).astype(np.float32)


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_within_two_ulps(isa, name, classes):
    for seed in range(5):
        x = rows(classes, seed)
        exact = getattr(reference_loss, name)(x)
        assert ulps(getattr(ops, name)(x), exact).max() < 2


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_backward(isa, name, classes):
    x = rows(classes) % 7
    gy = np.random.default_rng(1).standard_normal(x.shape, dtype=np.float32)
    y = getattr(ops, name)(x)
    exact = getattr(reference, f"{name}_backward")(gy.astype(np.float64), y.astype(np.float64))
    scale = np.abs(gy).sum(1, keepdims=True) * (y if name == "softmax" else np.exp(y)) + np.abs(gy)
    error = np.abs(getattr(ops, f"{name}_backward")(gy, y) - exact)
    assert (error / scale).max() < 2e-7


@pytest.mark.once
@pytest.mark.parametrize("classes", [1, 3, 10, 63, 128, 129, 1000])
def test_same_bits_everywhere(classes, isa_and_threads_restored):
    for count in (1, 16, 17, 3001 if classes < 100 else 301):
        x = np.random.default_rng(count).standard_normal((count, classes), dtype=np.float32)
        results = set()
        for name in _core.isas():
            _core.set_isa(name)
            for threads in (1, 2, 5):
                _core.set_num_threads(threads)
                y, log_y = ops.softmax(x), ops.log_softmax(x)
                arrays = y, log_y, ops.softmax_backward(x, y), ops.log_softmax_backward(x, y)
                results.add(b"".join(a.tobytes() for a in arrays))
        assert len(results) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("outer", "classes", "inner"),
    [
        (1, 1, 64),
        (2, 21, 130),
        (3, 100, 64),
        (1, 129, 77),
        (2, 1000, 33),
        (1, 3000, 65),
        (9, 150, 7),
    ],
)
def test_rows_side_by_side(outer, classes, inner, isa_and_threads_restored):
    rng = np.random.default_rng(0)
    x = 5 * rng.standard_normal((outer, classes, inner), dtype=np.float32)
    x[0, :, 2] *= 100
    gy = rng.standard_normal(x.shape, dtype=np.float32)

    def results(x, gy, axis):
        y, log_y = ops.softmax(x, axis), ops.log_softmax(x, axis)
        back = ops.softmax_backward(gy, y, axis), ops.log_softmax_backward(gy, log_y, axis)
        return y, log_y, *back

    found = set()
    for name in _core.isas():
        _core.set_isa(name)
        for threads in (1, 2, 5):
            _core.set_num_threads(threads)
            got = results(x, gy, 1)
            found.add(b"".join(a.tobytes() for a in got))
    assert len(found) == 1
    apart = [np.ascontiguousarray(np.moveaxis(a, 1, -1)) for a in (x, gy)]
    for a, b in zip(got, results(*apart, -1), strict=True):
        np.testing.assert_allclose(np.moveaxis(a, 1, -1), b, rtol=1e-6, atol=1e-6)
    for a, exact in zip(got, (reference_loss.softmax, reference_loss.log_softmax), strict=False):
        a, want = np.moveaxis(a, 1, -1), exact(apart[0].reshape(-1, classes))
        assert ulps(a.reshape(-1, classes), want).max() < 2


@pytest.mark.parametrize("classes", [10, 200])
def test_special_values(torch, isa, classes):
    x = np.random.default_rng(2).standard_normal((20, classes)).astype(np.float32)
    x[0, 1] = np.nan
    x[1, 1] = np.inf
    x[2, 1] = -np.inf
    x[3] = -np.inf
    x[4, 1] = 3e38
    x[5, 1] = -3e38
    x[6] = 3e38
    for name in ("softmax", "log_softmax"):
        expected = getattr(torch, name)(torch.from_numpy(x).double(), 1).numpy()
        np.testing.assert_allclose(getattr(ops, name)(x), expected, rtol=3e-7, atol=1e-45)


def test_shapes():
    for shape in ((0, 4), (3, 0), (0, 0), (4,), (2, 3, 0)):
        x = np.zeros(shape, np.float32)
        for name in ("softmax", "log_softmax"):
            assert getattr(ops, name)(x).shape == shape
            assert getattr(ops, f"{name}_backward")(x, x).shape == shape
    with pytest.raises(IndexError, match="out of bounds"):
        ops.softmax(np.float32(3))
    with pytest.raises(ValueError, match="gradient has shape"):
        ops.softmax_backward(np.zeros((3, 2), np.float32), np.zeros((3, 4), np.float32))


@pytest.mark.parametrize("classes", [1, 3, 100])
def test_what_is_certain_is_one(isa, classes):
    x = np.random.default_rng(5).normal(size=(200, classes)).astype(np.float32) * 5
    x[:, 0] += 200
    y = ops.softmax(x)
    assert (y[:, 0] == 1).all()
    if classes == 1:
        assert not ops.softmax_backward(x, y).any()
