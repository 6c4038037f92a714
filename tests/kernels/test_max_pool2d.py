"""The max pooling kernels, on every instruction set."""

import numpy as np
import pytest

import lanegrad.nn.functional as F
import reference
from lanegrad import _core

rng = np.random.default_rng(0)
PAIR = ((2, 2), (2, 2), (0, 0), (1, 1))


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def check(x, kernel, stride, padding, dilation):
    options = kernel, stride, padding, dilation
    lanes = _core.pack_lanes(x)
    y = _core.max_pool2d(lanes, *options)
    expected = reference.max_pool2d(x, *options)
    np.testing.assert_array_equal(_core.unpack_lanes(y, len(x)), expected)
    gy = normal(*expected.shape)
    gx = _core.max_pool2d_backward(_core.pack_lanes(gy), lanes, y, *options)
    np.testing.assert_allclose(
        _core.unpack_lanes(gx, len(x)), reference.max_pool2d_backward(gy, x, *options), atol=1e-6
    )


@pytest.mark.parametrize("images", [1, 2, 3, 8, 16, 17, 33])
def test_two_by_two(isa, images):
    check(normal(images, 3, 8, 10), *PAIR)
    check(normal(images, 3, 9, 11), *PAIR)  # the last row and column are in no window


@pytest.mark.parametrize("seed", range(40))
def test_random_geometry(isa, seed):
    draw = np.random.default_rng(seed)

    def between(a, b):
        return int(draw.integers(a, b + 1))

    kernel = between(1, 4), between(1, 4)
    stride, dilation = (between(1, 4), between(1, 4)), (between(1, 2), between(1, 2))
    padding = between(0, kernel[0] // 2), between(0, kernel[1] // 2)
    x = normal(between(1, 35), between(1, 3), between(7, 12), between(7, 12))
    check(x, kernel, stride, padding, dilation)


def test_of_equal_maxima_the_first_gets_the_gradient(isa):
    x = np.ones((1, 1, 4, 4), np.float32)
    lanes = _core.pack_lanes(x)
    y = _core.max_pool2d(lanes, *PAIR)
    gx = _core.max_pool2d_backward(np.full_like(y, 3), lanes, y, *PAIR)
    expected = np.zeros((4, 4))
    expected[::2, ::2] = 3
    np.testing.assert_array_equal(gx.reshape(4, 4), expected)


def test_nan_in_a_window_gives_nan_there_alone(isa):
    x = normal(1, 1, 4, 4)
    x[0, 0, 1, 0] = np.nan
    y = _core.max_pool2d(_core.pack_lanes(x), *PAIR).reshape(2, 2)
    assert np.isnan(y[0, 0])
    assert np.isfinite(y.ravel()[1:]).all()


def test_infinities(isa):
    x = np.full((1, 1, 2, 4), -np.inf, np.float32)
    x[0, 0, 0, 3] = np.inf
    y = _core.max_pool2d(_core.pack_lanes(x), *PAIR)
    np.testing.assert_array_equal(y.ravel(), [-np.inf, np.inf])


def test_parity_with_pytorch(torch):
    x = normal(19, 2, 11, 12)
    tensor = torch.from_numpy(x).requires_grad_()
    expected = torch.nn.functional.max_pool2d(tensor, 3, 2, 1)
    gy = normal(*expected.shape)
    expected.backward(torch.from_numpy(gy))
    options = (3, 3), (2, 2), (1, 1), (1, 1)
    lanes = _core.pack_lanes(x)
    y = _core.max_pool2d(lanes, *options)
    np.testing.assert_array_equal(_core.unpack_lanes(y, 19), expected.detach().numpy())
    gx = _core.max_pool2d_backward(_core.pack_lanes(gy), lanes, y, *options)
    np.testing.assert_allclose(_core.unpack_lanes(gx, 19), tensor.grad.numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (((0, 2), (2, 2), (0, 0), (1, 1)), "kernel_size must be at least 1"),
        (((2, 2), (2, 0), (0, 0), (1, 1)), "stride must be at least 1"),
        (((3, 3), (1, 1), (2, 0), (1, 1)), "padding must be at most half of kernel_size"),
        (((9, 2), (1, 1), (0, 0), (1, 1)), "the window, 9 x 2 .* does not fit"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        _core.max_pool2d(_core.empty((1, 1, 8, 8, 1)), *options)


def test_bad_gradient():
    x = _core.pack_lanes(normal(1, 1, 4, 4))
    y = _core.max_pool2d(x, *PAIR)
    with pytest.raises(ValueError, match="gradient has shape"):
        _core.max_pool2d_backward(x, x, y, *PAIR)
    with pytest.raises(ValueError, match="gradient must have shape"):
        _core.max_pool2d_backward(x, x, x, *PAIR)


def test_windows_that_are_larger_than_any_image():
    x, most = normal(1, 2, 8, 8), 2**31 - 1
    top = x.max((2, 3))
    for pool in (F.max_pool2d, lambda x, *a, **k: F.max_pool2d(x, *a, return_indices=True, **k)[0]):
        np.testing.assert_array_equal(pool(x, most, ceil_mode=True).numpy()[..., 0, 0], top)
        around = pool(x, most, 1, most // 2, ceil_mode=True).numpy()
        assert around.shape == (1, 2, 8, 8)
        np.testing.assert_array_equal(around[..., 3, 5], top)
    for size in (most + 1, 2**62, 2**63 - 1, 2**64):
        for options in ((size,), (2, size), (size, 1, size // 2)):
            for pool in (F.max_pool2d, F.avg_pool2d):
                with pytest.raises(ValueError, match=r"less than 2\*\*31"):
                    pool(x, *options, ceil_mode=True)
        with pytest.raises(ValueError, match=r"less than 2\*\*31"):
            F.max_pool2d(x, 2, 1, 1, size)
