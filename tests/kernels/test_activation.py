"""Activations and their gradients: against float64, PyTorch and PyTorch's own sample inputs."""

import math

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from activations import ACTIVATIONS
from lanegrad import Tensor, _core, nn
from reference_loss import ulps

rng = np.random.default_rng(0)
SIZES = [0, 1, 15, 16, 17, 4095, 4097, 10_000]
ROOT = math.sqrt(2 / math.pi)


def logistic(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def normal_cdf(x):
    return np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in np.ravel(x)]).reshape(np.shape(x))


def bell(x):
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def tanh_argument(x):
    return 2 * ROOT * (x + 0.044715 * x**3)


ORACLES = {
    "sigmoid": logistic,
    "tanh": np.tanh,
    "silu": lambda x: x * logistic(x),
    "gelu": lambda x: x * normal_cdf(x),
    "gelu_tanh": lambda x: x * logistic(tanh_argument(x)),
}
SLOPES = {
    "sigmoid": lambda x: logistic(x) * logistic(-x),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
    "silu": lambda x: logistic(x) * (1 + x * logistic(-x)),
    "gelu": lambda x: normal_cdf(x) + x * bell(x),
    "gelu_tanh": lambda x: (
        logistic(tanh_argument(x))
        + x
        * (2 * ROOT * (1 + 3 * 0.044715 * x * x))
        * logistic(tanh_argument(x))
        * logistic(-tanh_argument(x))
    ),
}
WORST = {"sigmoid": 0.7, "tanh": 1.05, "silu": 0.75, "gelu": 1.4, "gelu_tanh": 0.8}
FROM_RESULT = ("sigmoid", "tanh")


def dense(low, high, count=1 << 15):
    """Floats between two of the same sign: evenly spread over the representable ones."""
    low, high = np.array([low, high], np.float32).view(np.int32).astype(np.int64)
    return np.linspace(low, high, count).astype(np.int32).view(np.float32)


SAMPLE = np.concatenate(
    [dense(s * a, s * b) for s in (1, -1) for a, b in ((1e-45, 1e-3), (1e-3, 2), (2, 120))]
    + [np.linspace(-15, 15, 1 << 16, dtype=np.float32)]
)


@pytest.mark.parametrize("name", ORACLES)
def test_values(isa, name):
    with np.errstate(all="ignore"):
        exact = ORACLES[name](SAMPLE.astype(np.float64))
    error = ulps(getattr(_core, name)(SAMPLE), exact)
    assert error[np.abs(exact) >= 2.0**-126].max() <= WORST[name]
    assert error.max() <= 1.4


@pytest.mark.parametrize("name", ORACLES)
def test_special_values(isa, name):
    x = np.array([0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45], np.float32)
    limits = {"sigmoid": (0.5, 1, 0), "tanh": (0, 1, -1)}.get(name, (0, np.inf, 0))
    y = getattr(_core, name)(x)
    np.testing.assert_array_equal(y[:5], [limits[0], limits[0], limits[1], limits[2], np.nan])
    np.testing.assert_array_equal(y[5:7], [min(limits[1], x[5]), limits[2]])
    if name == "tanh":
        assert np.signbit(y[1])
        assert y[7] == x[7]
    kept = y if name in FROM_RESULT else x
    gx = getattr(_core, f"{name}_backward")(np.ones_like(x), kept)
    slope = {"sigmoid": 0.25, "tanh": 1}.get(name, 0.5)
    far = 0 if name in FROM_RESULT else 1
    np.testing.assert_allclose(gx[:7], [slope, slope, far, 0, np.nan, far, 0], atol=1e-30)


@pytest.mark.parametrize("name", SLOPES)
def test_gradients(isa, name):
    x = SAMPLE[np.abs(SAMPLE) > 1e-30]
    gy = rng.standard_normal(x.size, dtype=np.float32)
    with np.errstate(all="ignore"):
        exact = SLOPES[name](x.astype(np.float64))
    kept = getattr(_core, name)(x) if name in FROM_RESULT else x
    gx = getattr(_core, f"{name}_backward")(gy, kept)
    np.testing.assert_allclose(gx, gy * exact, rtol=2e-6, atol=3e-7)
    # What is far below zero keeps its gradient, which comes down to nothing only at the very end.
    tail = (x < -2) & (np.abs(exact) > 1e-30) & (np.abs(gy) > 1e-3)
    if name not in FROM_RESULT:
        np.testing.assert_allclose(gx[tail], (gy * exact)[tail], rtol=4e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*ORACLES, "relu"])
def test_sizes(isa, name, size):
    x, gy = rng.standard_normal((2, size), dtype=np.float32)
    whole = getattr(_core, name)(np.concatenate([x, x]))
    np.testing.assert_array_equal(getattr(_core, name)(x), whole[:size])
    backward = getattr(_core, f"{name}_backward")
    np.testing.assert_array_equal(
        backward(gy, x), backward(np.concatenate([gy, gy]), np.concatenate([x, x]))[size:]
    )


@pytest.mark.parametrize("slope", [0.01, 0.0, -0.5, 1.5])
@pytest.mark.parametrize("size", [0, 1, 17, 5000])
def test_leaky_relu(isa, torch, slope, size):
    x, gy = rng.standard_normal((2, size), dtype=np.float32)
    if size > 5:
        x[:5] = [np.nan, np.inf, -np.inf, 0.0, -0.0]
    p, q = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = F.leaky_relu(p, slope), torch.nn.functional.leaky_relu(q, slope)
    y.backward(gy)
    z.backward(torch.tensor(gy))
    np.testing.assert_array_equal(y.detach().numpy(), z.detach().numpy())
    np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())


FUNCTIONS = [name for name in F.activation.__all__ if not name.endswith("_")]
OPTIONS = {"leaky_relu": {"negative_slope": 0.2}, "gelu": {"approximate": "tanh"}}
CALLS = {name: OPTIONS.get(name, {}) for name in FUNCTIONS}


def test_each_has_an_oracle():
    assert {*ACTIVATIONS} - {"relu"} == {*ORACLES} == {*SLOPES} == {*WORST}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("shape", "lanes"),
    [(shape, False) for shape in [(), (3,), (2, 3, 4, 5), (0, 2), (17, 2, 3, 3)]]
    + [((2, 3, 4, 5), True), ((17, 2, 3, 3), True)],
)
def test_against_pytorch(torch, name, shape, lanes):
    x, gy = rng.normal(size=(2, *shape)).astype(np.float32)
    p, q = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    if lanes:
        inner = F.conv2d(p, np.eye(x.shape[1], dtype=np.float32)[..., None, None])
        assert inner._value.in_lanes
    else:
        inner = p
    y = getattr(F, name)(inner, **CALLS[name])
    assert (y._value.in_lanes) is lanes
    z = getattr(torch.nn.functional, name)(q, **CALLS[name])
    y.backward(gy)
    z.backward(torch.tensor(gy))
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_pytorchs_own_samples(torch, name):
    from torch.testing._internal.common_methods_invocations import op_db

    info = next(op for op in op_db if op.name in (name, f"nn.functional.{name}"))
    count = 0
    for sample in info.sample_inputs("cpu", torch.float32, requires_grad=True):
        q = sample.input
        p = Tensor(q.detach().numpy().copy(), requires_grad=True)
        z = info.op(q, *sample.args, **sample.kwargs)
        y = getattr(F, name)(p, *sample.args, **sample.kwargs)
        np.testing.assert_allclose(
            y.detach().numpy(), z.detach().numpy(), rtol=1e-5, atol=1e-6, equal_nan=True
        )
        g = torch.randn(z.shape)
        y.backward(g.numpy())
        (gq,) = torch.autograd.grad(z, q, g)
        np.testing.assert_allclose(p.grad.numpy(), gq.numpy(), rtol=1e-5, atol=1e-6)
        count += 1
    assert count


LAYERS = [(name, {}) for name in nn.activation.__all__]


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        *LAYERS,
        ("ReLU", {"inplace": True}),
        ("LeakyReLU", {"negative_slope": 0.3, "inplace": True}),
        ("GELU", {"approximate": "tanh"}),
        ("SiLU", {"inplace": True}),
    ],
)
def test_layers(torch, layer, arguments):
    x = rng.normal(size=(3, 4)).astype(np.float32)
    kept = x.copy()
    mine, theirs = getattr(nn, layer)(**arguments), getattr(torch.nn, layer)(**arguments)
    np.testing.assert_allclose(
        mine(x).numpy(), theirs(torch.tensor(x)).numpy(), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(x, kept)
    assert repr(mine) == repr(theirs)


def test_methods_and_functions_of_the_top_level():
    x = lanegrad.randn(5, requires_grad=True)
    for name in ("relu", "sigmoid", "tanh"):
        expected = getattr(F, name)(x).tolist()
        assert getattr(x, name)().tolist() == expected
        assert getattr(lanegrad, name)(x).tolist() == expected
    assert lanegrad.relu([1, -1]).tolist() == [1, 0]  # integers become float32


def test_the_input_is_not_kept_where_the_result_tells_the_slope():
    import gc
    import weakref

    for function, kept in ((F.sigmoid, False), (F.tanh, False), (F.relu, False), (F.silu, True)):
        x = lanegrad.randn(5, requires_grad=True) * 2
        watch = weakref.ref(x._value)
        y = function(x)
        del x
        gc.collect()
        assert (watch() is not None) is kept
        y.sum().backward()


def test_bad_arguments():
    with pytest.raises(ValueError, match="approximate must be 'none' or 'tanh', found 'erf'"):
        F.gelu([1.0], "erf")
    with pytest.raises(TypeError, match="input"):
        F.sigmoid(np.array(["a"]))
    x, y = np.zeros(3, np.float32), np.zeros(4, np.float32)
    for name in ACTIVATIONS:
        with pytest.raises(ValueError, match=r"gradient has shape \(3,\)"):
            getattr(_core, f"{name}_backward")(x, y)
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\)"):
        _core.leaky_relu_backward(x, y, 0.1)
