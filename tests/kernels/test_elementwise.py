"""The elementwise kernels, on every instruction set."""

import math

import numpy as np
import pytest

from lanegrad import _core

rng = np.random.default_rng(0)
EXACT = {
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "rsqrt": lambda x: 1 / np.sqrt(x),
}
SIZES = [0, 1, 15, 16, 17, 4095, 4096, 4097, 10_000]


@pytest.mark.parametrize("size", SIZES)
def test_relu(isa, size):
    x, gy = rng.standard_normal((2, size), dtype=np.float32)
    y = _core.relu(x)
    np.testing.assert_array_equal(y, np.maximum(x, 0))
    np.testing.assert_array_equal(_core.relu_backward(gy, y), np.where(x > 0, gy, 0))


def test_relu_of_special_values(isa):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, 1e-45, -1e-45], np.float32)
    y = _core.relu(x)
    np.testing.assert_array_equal(y, np.array([np.nan, np.inf, 0, 0, 1e-45, 0], np.float32))
    gx = _core.relu_backward(np.ones_like(x), y)
    np.testing.assert_array_equal(gx, [1, 1, 0, 0, 1, 0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["exp", "log", "log1p", "sin", "cos", "erf", "rsqrt"])
def test_functions(isa, name, size):
    """Within 1.5 ulp."""
    x = rng.uniform(0.01, 80, size).astype(np.float32)
    x[::3] = rng.uniform(0, 4, len(x[::3]))
    exact = EXACT.get(name, getattr(np, name, None))(x.astype(np.float64))
    ulps = np.abs(getattr(_core, name)(x) - exact) / np.spacing(np.abs(exact).astype(np.float32))
    assert (ulps <= 1.5).all()


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_angles_of_any_size(isa, name):
    x = np.concatenate([10.0 ** rng.uniform(-40, 38, 5000), np.arange(9000) * np.pi / 2])
    x = np.concatenate([x, -x, [0.0, -0.0, np.inf, -np.inf, np.nan]]).astype(np.float32)
    y = getattr(_core, name)(x)
    with np.errstate(invalid="ignore"):
        exact = getattr(np, name)(x.astype(np.float64))
        ulps = np.abs(y - exact) / np.spacing(np.abs(exact).astype(np.float32))
    assert (ulps[np.isfinite(x)] <= 1.5).all()
    assert np.isnan(y[~np.isfinite(x)]).all()
    assert np.signbit(y[x == 0]).tolist() == [
        name == "sin" and bool(s) for s in np.signbit(x[x == 0])
    ]


@pytest.mark.parametrize("size", SIZES)
def test_add_and_scale(isa, size):
    a, b = rng.standard_normal((2, size), dtype=np.float32)
    if size > 5:
        a[:5], b[:5] = [np.nan, np.inf, np.inf, 0, -0.0], [1, -np.inf, np.inf, -0.0, -0.0]
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(_core.add(a, b), a + b)
        np.testing.assert_array_equal(_core.mul_scalar(a, 0.1), a * np.float32(0.1))
        total = a + b
    assert _core.add(a, b, a) is a
    np.testing.assert_array_equal(a, total)


def test_any_shape():
    x = rng.standard_normal((2, 3, 4, 5, 6), dtype=np.float32)
    assert _core.relu(x).shape == x.shape
    assert _core.relu(np.array(-3.0, np.float32)).shape == ()


def test_bad_input():
    with pytest.raises(TypeError, match="input must have dtype float32, got int64"):
        _core.relu(np.arange(3))
    with pytest.raises(TypeError, match="dtype float32"):
        _core.relu(np.zeros(3, ">f4"))
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), but output has shape \(4,\)"):
        _core.relu_backward(np.zeros(3, np.float32), np.zeros(4, np.float32))
    three, four = np.zeros(3, np.float32), np.zeros(4, np.float32)
    with pytest.raises(ValueError, match=r"input has shape \(3,\), but other has shape \(4,\)"):
        _core.add(three, four)
    with pytest.raises(ValueError, match=r"out has shape \(4,\)"):
        _core.add(three, three, four)
    three.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        _core.add(three, three, three)


def test_unaligned_input():
    raw = np.zeros(41, np.uint8)[1:].view(np.float32)
    with pytest.raises(ValueError, match="input is not aligned"):
        _core.relu(raw)
