"""softmax and log_softmax in Fortran order, on inner axes and of any strides, and their gradients."""

from itertools import product

import numpy as np
import pytest

import lanegrad.nn.functional as F
import reference
import reference_loss
from lanegrad import Tensor, _core, ops
from layouts import ALL, PLACES, WRITEABLE, as_layout, contiguous, fortran
from reference_loss import ulps

NAMES = ["softmax", "log_softmax"]
# Around a vector of sixteen; around 128 classes, up to which sixteen rows go into the lanes; and many.
CLASSES = [1, 2, 15, 16, 17, 127, 128, 129, 1000]
INNER = [1, 2, 15, 16, 17, 64]


def steps_back(shape, dtype):
    """Every other element along every axis, from the last to the first."""
    memory = np.empty([2 * n + 1 for n in shape], dtype)
    return memory, memory[(..., *(slice(None, 0, -2) for _ in shape))]


LAYOUTS = [*WRITEABLE, steps_back]
MIXED = [(contiguous, fortran), (fortran, steps_back)]


def scores(shape, axis, seed=0):
    """Rows along an axis of which some are nearly even, some certain, and some far from zero."""
    rng = np.random.default_rng(seed)
    rest = [1 if k == axis % len(shape) else n for k, n in enumerate(shape)]
    x = rng.standard_normal(shape) * rng.choice([1e-4, 1, 20, 1000], rest)
    return (x + rng.choice([0, 100, -1e4], rest)).astype(np.float32)


def exact(name, x, axis):
    """The oracle of rows, along any axis."""
    moved = np.moveaxis(x, axis, -1)
    y = getattr(reference_loss, name)(moved.reshape(-1, x.shape[axis]))
    return np.moveaxis(y.reshape(moved.shape), -1, axis)


def backward(name, gy, y, axis):
    """The exact gradient for this y, and what its errors are to be measured by."""
    gy, y = np.asarray(gy, np.float64), np.asarray(y, np.float64)
    p = y if name == "softmax" else np.exp(y)
    scale = np.abs(gy).sum(axis, keepdims=True) * p + np.abs(gy)
    return getattr(reference, f"{name}_backward")(gy, y, axis), scale


def everything(x, gy, axis):
    y, log_y = ops.softmax(x, axis), ops.log_softmax(x, axis)
    gx, log_gx = ops.softmax_backward(gy, y, axis), ops.log_softmax_backward(gy, log_y, axis)
    return y, log_y, gx, log_gx


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_values(isa, name, classes, inner):
    """Within 2 ULP in every layout, on the axis in the middle."""
    x = scores((3, classes, inner), 1, inner)
    want = exact(name, x, 1)
    for make in LAYOUTS:
        view = as_layout(make, x)
        y = getattr(ops, name)(view, 1)
        assert y.shape == x.shape
        assert ulps(y, want).max() < 2, make.__name__
        np.testing.assert_array_equal(view, x)
        np.testing.assert_array_equal(getattr(ops, name)(view, -2), y)


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_gradients(isa, name, classes, inner):
    x = scores((3, classes, inner), 1, inner) % 7
    gy = np.random.default_rng(1).standard_normal(x.shape, dtype=np.float32)
    y = getattr(ops, name)(x, 1)
    want, scale = backward(name, gy, y, 1)
    for makes in [
        *zip(LAYOUTS, LAYOUTS, strict=True),
        (contiguous, fortran),
        (fortran, steps_back),
    ]:
        views = [as_layout(make, a) for make, a in zip(makes, (gy, y), strict=True)]
        gx = getattr(ops, f"{name}_backward")(*views, 1)
        assert gx.shape == x.shape
        assert (np.abs(gx - want) / scale).max() < 2e-7, makes
        np.testing.assert_array_equal(views[0], gy)
        np.testing.assert_array_equal(views[1], y)
        np.testing.assert_array_equal(getattr(ops, f"{name}_backward")(*views, -2), gx)


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_columns_of_fortran_order(isa, name, classes):
    """Rows of a matrix whose elements lie apart, as many as there are in no, one and several panels."""
    for count in (1, 2, 15, 16, 17, 64, 65, 130):
        x = scores((count, classes), 1, count)
        y = getattr(ops, name)(np.asfortranarray(x))
        assert ulps(y, exact(name, x, 1)).max() < 2
        gy = np.random.default_rng(2).standard_normal(x.shape, dtype=np.float32)
        want, scale = backward(name, gy, y, 1)
        gx = getattr(ops, f"{name}_backward")(np.asfortranarray(gy), np.asfortranarray(y))
        assert (np.abs(gx - want) / scale).max() < 2e-7


AXES = [
    (shape, axis)
    for shape in [(3, 17, 5), (2, 3, 16, 5), (2, 129, 3, 4), (2, 3, 2, 15, 3), (3, 2, 130, 1, 2)]
    for axis in range(-len(shape), len(shape))
]


@pytest.mark.parametrize(("shape", "axis"), AXES)
@pytest.mark.parametrize("name", NAMES)
def test_any_axis_of_three_to_five(name, shape, axis):
    x = scores(shape, axis)
    gy = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    want = exact(name, x, axis)
    for make in [*ALL, steps_back]:
        y = getattr(ops, name)(as_layout(make, x), axis)
        assert ulps(y, want).max() < 2, make.__name__
        exact_gx, scale = backward(name, gy, y, axis)
        gx = getattr(ops, f"{name}_backward")(as_layout(make, gy), as_layout(make, y), axis)
        assert (np.abs(gx - exact_gx) / scale).max() < 2e-7, make.__name__


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_axes_in_any_order_in_memory(order):
    shape = np.array((5, 19, 33))
    back = np.argsort(order)
    x = scores(tuple(shape[list(order)]), 0).transpose(back)
    gy = np.random.default_rng(1).standard_normal(x.shape, dtype=np.float32)
    for axis, name in product(range(3), NAMES):
        y = getattr(ops, name)(x, axis)
        assert ulps(y, exact(name, x, axis)).max() < 2
        want, scale = backward(name, gy, y, axis)
        for g in (gy, np.ascontiguousarray(gy.transpose(order)).transpose(back)):
            gx = getattr(ops, f"{name}_backward")(g, y, axis)
            assert (np.abs(gx - want) / scale).max() < 2e-7


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_softmax_in_any_layout(shape, axis, make):
    rng = np.random.default_rng(0)
    x = (4 * rng.standard_normal((*shape, 6))).astype(np.float16).astype(np.float32)
    x = np.ascontiguousarray(np.moveaxis(x, -1, axis))
    gy = np.random.default_rng(1).standard_normal(x.shape).astype(np.float32)
    for name in NAMES:
        y = getattr(ops, name)(as_layout(make, x), axis)
        want = getattr(reference, name)(x, axis)
        np.testing.assert_allclose(y, want, rtol=1e-6, atol=1e-7)
        assert y.dtype == np.float32
        back = getattr(ops, f"{name}_backward")(as_layout(make, gy), as_layout(make, y), axis)
        want = getattr(reference, f"{name}_backward")(gy, want, axis)
        np.testing.assert_allclose(back, want, rtol=1e-5, atol=1e-6)
        assert back.shape == x.shape


@pytest.mark.once
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((3, 1, 64), 1),
        ((40, 16, 17), 1),
        ((3, 127, 333), 1),
        ((2, 128, 15, 16), -3),
        ((5, 129, 64), -2),
        ((40, 3, 129, 2), 2),
        ((1, 1000, 2, 17), 1),
        ((2, 3, 2, 15, 100), 0),
        ((300, 2, 1000), -1),
        ((3000, 17), 1),
        ((17, 3000), 0),
    ],
)
@pytest.mark.parametrize("make", [contiguous, fortran, steps_back])
def test_same_bits_everywhere(make, shape, axis, isa_and_threads_restored):
    x = as_layout(make, scores(shape, axis))
    gy = as_layout(make, np.random.default_rng(1).standard_normal(shape, dtype=np.float32))
    found = set()
    for name, threads in product(_core.isas(), (1, 2, 5)):
        _core.set_isa(name)
        _core.set_num_threads(threads)
        found.add(b"".join(a.tobytes() for a in everything(x, gy, axis)))
    assert len(found) == 1


@pytest.mark.parametrize("classes", [10, 200])
@pytest.mark.parametrize("make", [contiguous, fortran, steps_back])
def test_special_values_stay_in_their_row(isa, make, classes):
    """Rows on an inner axis: of those that stand beside it, none sees what is in one."""
    plain = scores((2, classes, 20), 1)
    x = plain.copy()
    for i, value in enumerate([np.nan, np.inf, -np.inf, 3e38, -3e38]):
        x[1, 1, i] = value
    x[1, :, 5], x[1, :, 6] = -np.inf, 3e38
    for name in NAMES:
        y = getattr(ops, name)(as_layout(make, x), 1)
        before = getattr(ops, name)(as_layout(make, plain), 1)
        np.testing.assert_array_equal(y[0], before[0])
        np.testing.assert_array_equal(y[1, :, 7:], before[1, :, 7:])
        assert np.isnan(y[1, :, [0, 1, 5]]).all()
        with np.errstate(over="ignore"):
            assert ulps(y[1, :, [2, 3, 4, 6]], exact(name, x[1], 0)[:, [2, 3, 4, 6]].T).max() < 2


@pytest.mark.parametrize("make", [contiguous, fortran, steps_back])
@pytest.mark.parametrize(("shape", "axis"), AXES[::3])
@pytest.mark.parametrize("name", NAMES)
def test_tensors(name, shape, axis, make):
    """Functions of tensors: values and gradients, also where what comes back lies otherwise in memory."""
    x = scores(shape, axis) % 7
    gy = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    for back in (make, contiguous, fortran):
        a = Tensor(as_layout(make, x), requires_grad=True)
        y = getattr(F, name)(a, axis)
        assert ulps(y.detach().numpy(), exact(name, x, axis)).max() < 2
        y.backward(as_layout(back, gy))
        want, scale = backward(name, gy, y.detach().numpy(), axis)
        assert (np.abs(a.grad.numpy() - want) / scale).max() < 2e-7


@pytest.mark.parametrize(("shape", "axis"), AXES)
@pytest.mark.parametrize("name", NAMES)
def test_like_pytorch(torch, name, shape, axis):
    x = scores(shape, axis) % 7
    gy = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    theirs = torch.from_numpy(np.asfortranarray(x)).requires_grad_()
    y = getattr(torch, name)(theirs, axis)
    y.backward(torch.from_numpy(np.asfortranarray(gy)))
    for make in (contiguous, fortran, steps_back):
        ours = Tensor(as_layout(make, x), requires_grad=True)
        got = getattr(F, name)(ours, axis)
        np.testing.assert_allclose(got.detach().numpy(), y.detach().numpy(), rtol=1e-5, atol=1e-6)
        got.backward(as_layout(make, gy))
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-4, atol=1e-5)
