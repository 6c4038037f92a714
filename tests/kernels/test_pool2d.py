"""Pooling: the kernels against the oracles on every instruction set, and PyTorch's own samples."""

import hypothesis
import numpy as np
import pytest

import lanegrad.nn.functional as F
import reference_pool
from lanegrad import Tensor, _core, nn

rng = np.random.default_rng(0)
PAIRS = ((2, 2), (2, 2), (0, 0))
ONE = (1, 1)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def bits(a):
    return np.asarray(a).view(np.int32)


def random_geometry(seed):
    draw = np.random.default_rng(seed)

    def between(a, b):
        return int(draw.integers(a, b + 1))

    if seed % 3 == 0:  # those that go through whole vectors
        kernel, stride, padding = PAIRS
    else:
        kernel = between(1, 4), between(1, 4)
        stride = between(1, 4), between(1, 4)
        padding = between(0, kernel[0] // 2), between(0, kernel[1] // 2)
    x = normal(between(1, 35), between(1, 3), between(5, 12), between(5, 12))
    return x, kernel, stride, padding, bool(between(0, 1)), between


@pytest.mark.parametrize("seed", range(30))
def test_max_pool2d(isa, seed):
    x, kernel, stride, padding, ceil_mode, between = random_geometry(seed)
    dilation = ONE if seed % 3 == 0 else (between(1, 2), between(1, 2))
    options = kernel, stride, padding, dilation, ceil_mode
    if seed % 2:
        x = np.round(x)  # many equals
    if seed % 5 == 0:
        x[rng.random(x.shape) < 0.1] = np.nan
    lanes = _core.pack_lanes(x)
    y = _core.max_pool2d(lanes, *options)
    want, indices = reference_pool.max_pool2d(x, *options)
    np.testing.assert_array_equal(_core.unpack_lanes(y, len(x)), want)
    np.testing.assert_array_equal(_core.max_pool2d_indices(lanes, len(x), *options), indices)
    gy = normal(*want.shape)
    gx = _core.max_pool2d_backward(_core.pack_lanes(gy), lanes, y, *options)
    want = reference_pool.max_pool2d_backward(gy, x, *options)
    np.testing.assert_allclose(_core.unpack_lanes(gx, len(x)), want, atol=1e-6)
    images = len(x) % lanes.shape[-1]
    assert images == 0 or not gx[-1, ..., images:].any()


@pytest.mark.parametrize("seed", range(30))
def test_relu_before_max_pool2d_is_the_same_bits(isa, seed):
    x, kernel, stride, padding, ceil_mode, _ = random_geometry(seed)
    x = np.round(x)
    x[rng.random(x.shape) < 0.3] = -0.0
    x[rng.random(x.shape) < 0.05] = np.nan
    if seed % 2:
        x -= np.float32(1.5)  # most windows without a positive pixel
    options = kernel, stride, padding, ONE, ceil_mode
    lanes = _core.pack_lanes(x)
    rectified = _core.relu(lanes)
    y = _core.max_pool2d(rectified, *options)
    fused = _core.max_pool2d(lanes, *options, True)
    same = bits(fused) == bits(y)
    assert (same | np.isnan(fused) & np.isnan(y)).all()
    gy = _core.pack_lanes(normal(*_core.unpack_lanes(y, len(x)).shape))
    gx = _core.relu_backward(_core.max_pool2d_backward(gy, rectified, y, *options), rectified)
    fused = _core.max_pool2d_backward(gy, lanes, fused, *options, True)
    np.testing.assert_array_equal(bits(fused), bits(gx))


@pytest.mark.parametrize("seed", range(30))
def test_avg_pool2d(isa, seed):
    x, kernel, stride, padding, ceil_mode, between = random_geometry(seed)
    divisor = [None, 3, -4, None][seed % 4]
    options = kernel, stride, padding, ceil_mode, bool(between(0, 1)), divisor
    lanes = _core.pack_lanes(x)
    y = _core.avg_pool2d(lanes, *options)
    want = reference_pool.avg_pool2d(x, *options)
    np.testing.assert_allclose(_core.unpack_lanes(y, len(x)), want, rtol=1e-5, atol=2e-6)
    gy = normal(*want.shape)
    gx = _core.avg_pool2d_backward(_core.pack_lanes(gy), lanes.shape, *options)
    want = reference_pool.linear_gradient(
        lambda a: reference_pool.avg_pool2d(a, *options), gy, x.shape
    )
    np.testing.assert_allclose(_core.unpack_lanes(gx, len(x)), want, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 4), (10, 12), (13, 17), (0, 2), (5, 6)])
@pytest.mark.parametrize("images", [1, 3, 8, 17])
def test_adaptive_avg_pool2d(isa, images, size):
    x = normal(images, 2, 10, 12)
    lanes = _core.pack_lanes(x)
    y = _core.adaptive_avg_pool2d(lanes, size)
    want = reference_pool.adaptive_avg_pool2d(x, size)
    np.testing.assert_allclose(_core.unpack_lanes(y, images), want, rtol=1e-5, atol=1e-6)
    gy = normal(*want.shape)
    gx = _core.adaptive_avg_pool2d_backward(_core.pack_lanes(gy), lanes.shape, size)
    want = reference_pool.linear_gradient(
        lambda a: reference_pool.adaptive_avg_pool2d(a, size), gy, x.shape
    )
    np.testing.assert_allclose(_core.unpack_lanes(gx, images), want, rtol=1e-5, atol=2e-6)


def test_a_window_without_pixels():
    x = _core.pack_lanes(normal(1, 1, 1, 1))
    options = (2, 2), ONE, ONE, (2, 2)
    y = _core.max_pool2d(x, *options)
    assert y.ravel().tolist() == [-np.inf]
    assert _core.max_pool2d_indices(x, 1, *options).tolist() == [[[[-1]]]]
    assert _core.max_pool2d(x, *options, False, True).ravel().tolist() == [0]
    assert not _core.max_pool2d_backward(y, x, y, *options).any()


def test_layers():
    x = Tensor(normal(3, 2, 9, 8))
    pool = nn.MaxPool2d(3, 2, 1, 1, True, True)
    for got, want in zip(pool(x), F.max_pool2d(x, 3, 2, 1, 1, True, True), strict=True):
        assert got.tolist() == want.tolist()
    pool = nn.AvgPool2d((3, 2), 2, 1, True, False, 5)
    assert pool(x).tolist() == F.avg_pool2d(x, (3, 2), 2, 1, True, False, 5).tolist()
    pool = nn.AdaptiveAvgPool2d((None, 3))
    assert pool(x).tolist() == F.adaptive_avg_pool2d(x, (9, 3)).tolist()


def test_no_images():
    x = Tensor(np.zeros((0, 3, 6, 6)), requires_grad=True)
    for y in (F.max_pool2d(x, 2), F.avg_pool2d(x, 2), F.adaptive_avg_pool2d(x, 3)):
        assert y.shape == (0, 3, 3, 3)
        y.sum().backward()
        assert x.grad.shape == x.shape
    assert F.max_pool2d(x, 2, return_indices=True)[1].shape == (0, 3, 3, 3)
    assert F.adaptive_avg_pool2d(np.zeros((2, 0, 6, 6)), 3).shape == (2, 0, 3, 3)


# -------------------------------------------------------------------------------------- PyTorch


@pytest.fixture(scope="module")
def torch_testing(torch):
    """PyTorch's generators of test inputs: (of functions, of modules)."""
    from torch.testing._internal import common_methods_invocations, common_modules

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    torch.manual_seed(0)
    return common_methods_invocations, common_modules


NAMES = ["max_pool2d", "avg_pool2d", "adaptive_avg_pool2d"]


def compare(ours, theirs, x, args, kwargs):
    """Results and gradients for the same arguments; theirs in float64."""
    mine = Tensor(x.detach().numpy(), requires_grad=True)
    x = x.detach().double().requires_grad_()
    got, want = ours(mine, *args, **kwargs), theirs(x, *args, **kwargs)
    if isinstance(want, tuple):
        np.testing.assert_array_equal(got[1].numpy(), want[1].numpy())
        assert got[1].dtype == np.int64
        got, want = got[0], want[0]
    assert got.shape == want.shape
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-5, atol=1e-5)
    gy = normal(*got.shape)
    got.backward(gy)
    want.backward(want.new_tensor(gy))
    np.testing.assert_allclose(mine.grad.numpy(), x.grad.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_pytorchs_samples(torch, torch_testing, name):
    functions, _ = torch_testing
    (op,) = (o for o in functions.op_db if o.name == f"nn.functional.{name}")
    samples = list(op.sample_inputs("cpu", torch.float32, requires_grad=True))
    assert len(samples) > 5
    for s in samples:
        compare(getattr(F, name), getattr(torch.nn.functional, name), s.input, s.args, s.kwargs)


@pytest.mark.parametrize("name", NAMES)
def test_pytorchs_errors_are_errors_here(torch, torch_testing, name):
    functions, _ = torch_testing
    (op,) = (o for o in functions.op_db if o.name == f"nn.functional.{name}")
    errors = list(op.error_inputs("cpu"))
    assert len(errors) > 2
    for e in errors:
        s = e.sample_input
        with pytest.raises((TypeError, ValueError)):
            getattr(F, name)(s.input.numpy(), *s.args, **s.kwargs)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d"])
def test_layers_on_pytorchs_samples(torch, torch_testing, name):
    _, modules = torch_testing
    make = getattr(modules, f"module_inputs_torch_nn_{name}")
    samples = make(None, "cpu", torch.float32, requires_grad=True, training=True)
    for s in samples:
        args, kwargs = s.constructor_input.args, s.constructor_input.kwargs
        ours, theirs = getattr(nn, name)(*args, **kwargs), getattr(torch.nn, name)(*args, **kwargs)
        assert repr(ours) == repr(theirs)
        compare(ours, theirs, *s.forward_input.args, (), {})


def test_max_pool2d_layers_errors_are_errors_here(torch, torch_testing):
    _, modules = torch_testing
    make = modules.module_error_inputs_torch_nn_MaxPool2d
    for e in make(None, "cpu", torch.float32, requires_grad=False, training=True):
        s = e.module_error_input
        layer = nn.MaxPool2d(*s.constructor_input.args, **s.constructor_input.kwargs)
        with pytest.raises(ValueError, match=r"images must be|padding must be"):
            layer(s.forward_input.args[0].numpy())


def test_nan_is_pytorchs(torch):
    x = normal(5, 2, 9, 8)
    x[rng.random(x.shape) < 0.2] = np.nan
    for options in [(2,), (3, 2, 1), (3, 1, 1), (2, 3)]:
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        y, indices = F.max_pool2d(a, *options, return_indices=True)
        want, want_indices = torch.nn.functional.max_pool2d(b, *options, return_indices=True)
        np.testing.assert_array_equal(y.detach().numpy(), want.detach().numpy())
        np.testing.assert_array_equal(indices.numpy(), want_indices.numpy())
        gy = normal(*y.shape)
        y.backward(gy)
        want.backward(torch.tensor(gy))
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.avg_pool2d(normal(1, 1, 4, 4), 2, divisor_override=0), "divisor_override must"),
        (lambda: F.avg_pool2d(normal(1, 0, 4, 4), 2), "at least one channel"),
        (lambda: F.max_pool2d(normal(1, 1, 0, 4), 1), "not empty, got 0 x 4"),
        (lambda: F.adaptive_avg_pool2d(normal(1, 1, 4, 4), (2, -1)), "output_size must not be neg"),
        (lambda: _core.max_pool2d_indices(_core.empty((1, 1, 4, 4, 2)), 3, *PAIRS, ONE), "3 images"),
        (lambda: _core.avg_pool2d_backward(_core.empty((1, 1, 3, 2, 1)), (1, 1, 4, 4, 1), *PAIRS),
         r"gradient must have shape \(1, 1, 2, 2, 1\), got \(1, 1, 3, 2, 1\)"),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
