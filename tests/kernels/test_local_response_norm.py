"""Local response normalization: against float64 on every instruction set, in lanes or not."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
from everywhere import outcomes
from lanegrad import _core
from lanegrad._core import record

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def oracle(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """In float64."""
    x = np.asarray(x, np.float64)
    squares = np.pad(x * x, [(0, 0), (size // 2, (size - 1) // 2)] + [(0, 0)] * (x.ndim - 2))
    sums = sum(squares[:, i : i + x.shape[1]] for i in range(size))
    return x / (k + alpha / size * sums) ** beta


@pytest.mark.parametrize(
    "shape", [(1, 3, 5, 7), (3, 8, 4, 4), (17, 6, 3, 3), (2, 5, 33), (0, 3, 4)]
)
@pytest.mark.parametrize("size", [1, 2, 5, 9])
@pytest.mark.parametrize("options", [(1e-4, 0.75, 1.0), (0.7, 1.3, 2.0), (0.5, 0.5, 0.0)])
def test_forward(isa, shape, size, options):
    x = 3 * normal(*shape)
    want = oracle(x, size, *options)
    y, _ = _core.local_response_norm(x, size, *options)
    np.testing.assert_allclose(y, want, rtol=1e-6)
    if len(shape) == 4 and options[2]:
        y, _ = _core.local_response_norm(_core.pack_lanes(x), size, *options)
        np.testing.assert_allclose(_core.unpack_lanes(y, shape[0]), want, rtol=1e-6)
        assert np.isfinite(y).all()


@pytest.mark.parametrize("lanes", [False, True])
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("k", [0.0, 1.0])
def test_gradient_by_differences(isa, lanes, size, k):
    x, g = normal(3, 6, 2, 3), normal(3, 6, 2, 3)
    z = lanegrad.tensor(x)
    if lanes:
        z = record(_core.lanes_of(z._value))
    z.requires_grad = True
    y = F.local_response_norm(z, size, 0.9, 0.6, k)
    assert y._value.in_lanes == (lanes and k > 0)
    y.backward(lanegrad.tensor(g))
    want = reference.numeric_gradient(lambda a: (oracle(a, size, 0.9, 0.6, k) * g).sum(), x)
    np.testing.assert_allclose(z.grad.numpy(), want, rtol=1e-4, atol=1e-4)


@pytest.mark.once
def test_bits(isa_and_threads_restored):
    """The same on every instruction set and for any number of threads."""
    x, gy = normal(40, 20, 15, 15), normal(40, 20, 15, 15)

    def bits():
        y, sums = _core.local_response_norm(x, 5, 0.3, 0.75, 1.0)
        gx = _core.local_response_norm_backward(gy, x, y, sums, 5, 0.3, 0.75, 1.0)
        return y.tobytes(), sums.tobytes(), gx.tobytes()

    assert len(outcomes(bits)) == 1


def test_errors():
    with pytest.raises(_core.ShapeError, match="no 0 channels"):
        _core.local_response_norm(normal(2, 3, 4), 0, 1e-4, 0.75, 1.0)
    with pytest.raises(_core.ShapeError, match="shape"):
        _core.local_response_norm_backward(
            *[normal(2, 3, 4)] * 3, normal(2, 3, 5), 3, 1e-4, 0.75, 1.0
        )


def test_its_result_may_be_changed_in_place():
    """PyTorch saves the input and the sums alone."""
    x, gradients = normal(2, 3, 4), []
    for change in (lambda y: y.mul_(2), lambda y: y * 2, lambda y: y[0].mul_(2)):
        given = lanegrad.tensor(x, requires_grad=True)
        y = F.local_response_norm(given, 2)
        other = change(y)
        (other if other.ndim == 3 else y).sum().backward()
        gradients.append(given.grad.numpy())
    np.testing.assert_array_equal(gradients[0], gradients[1])
    np.testing.assert_array_equal(gradients[2][0], gradients[1][0])
