"""Resampling along an axis: against float64 on every instruction set, in lanes or not, and in plans."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from everywhere import outcomes
from lanegrad import _core
from lanegrad._core import record

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def cubic(x):
    """Keys's kernel with a = -0.75."""
    x, a = abs(x), -0.75
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    return np.where(x <= 1, near, np.where(x < 2, a * (x**3 - 5 * x**2 + 8 * x - 4), 0.0))


def matrix(size, wanted, mode, step, centred):
    """What a row becomes: (wanted, size), in float64."""
    shift = 0.5 if centred else 0.0
    at = (np.arange(wanted) + shift) * step
    found = np.zeros((wanted, size))
    rows = np.arange(wanted)
    if mode == "nearest":
        found[rows, np.minimum(rows if wanted == size else np.floor(at).astype(int), size - 1)] = 1
        return found
    at = at - shift if mode == "cubic" else np.maximum(at - shift, 0)
    for k in range(-1, 3):
        place = np.floor(at).astype(int) + k
        away = at - place
        weight = cubic(away) if mode == "cubic" else np.maximum(1 - abs(away), 0)
        np.add.at(found, (rows, np.clip(place, 0, size - 1)), weight)
    return found


CASES = [
    (size, wanted, mode, centred)
    for size, wanted in ((7, 14), (5, 5), (9, 4), (1, 6), (6, 1))
    for mode in ("nearest", "linear", "cubic")
    for centred in (False, True)
]


@pytest.mark.parametrize(("size", "wanted", "mode", "centred"), CASES)
@pytest.mark.parametrize(
    ("outer", "inner"), [((2, 3), ()), ((3,), (5, 7)), ((1,), (1100,)), ((0,), (2,))]
)
def test_against_float64(isa, size, wanted, mode, centred, outer, inner):
    step = size / wanted if centred else (size - 1) / (wanted - 1) if wanted > 1 else 0.0
    if mode == "nearest":
        step = np.nextafter(np.float32(size / wanted), np.float32(2 * size))  # as neither rounds
    x, gy = normal(*outer, size, *inner), normal(*outer, wanted, *inner)
    how = matrix(size, wanted, mode, float(step), centred)
    options = mode, float(step), centred
    y = _core.resample(x, len(outer), wanted, *options)
    gx = _core.resample_backward(gy, len(outer), size, *options)
    axis = len(outer)
    want = np.moveaxis(np.tensordot(how, x.astype(np.float64), (1, axis)), 0, axis)
    back = np.moveaxis(np.tensordot(how.T, gy.astype(np.float64), (1, axis)), 0, axis)
    np.testing.assert_allclose(y, want, rtol=0, atol=1e-5)
    np.testing.assert_allclose(gx, back, rtol=0, atol=2e-5)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
@pytest.mark.parametrize("images", [1, 3, 17, 40])
def test_lanes_and_plans_give_the_same_bits(mode, images):
    x = normal(images, 3, 9, 5)
    gy = lanegrad.tensor(normal(images, 3, 18, 7))
    found = set()
    for lanes in (False, True):
        for deferred in (False, True, True, True):
            before = lanegrad.set_deferred(deferred)
            try:
                z = lanegrad.tensor(x)
                if lanes:
                    z = record(_core.lanes_of(z._value))
                z.requires_grad = True
                y = F.interpolate(z, (18, 7), mode=mode)
                assert y._value.in_lanes == lanes
                y.backward(gy)
                found.add((y.detach().numpy().tobytes(), z.grad.numpy().tobytes()))
            finally:
                lanegrad.set_deferred(before)
    assert len(found) == 1


@pytest.mark.once
def test_bits(isa_and_threads_restored):
    """The same on every instruction set and for any number of threads."""
    x = normal(40, 37, 33)

    def bits():
        found = []
        for mode in ("nearest", "linear", "cubic"):
            for axis in (1, 2):
                y = _core.resample(x, axis, 71, mode, 0.4857, True)
                gx = _core.resample_backward(y, axis, x.shape[axis], mode, 0.4857, True)
                found += [y.tobytes(), gx.tobytes()]
        return tuple(found)

    assert len(outcomes(bits)) == 1


KINDS = [
    ((2, 3, 5, 7), ("nearest", "nearest-exact", "bilinear", "bicubic", "area")),
    ((2, 3, 7), ("nearest", "linear", "area")),
    ((2, 2, 3, 4, 5), ("nearest", "nearest-exact", "trilinear")),
]


@pytest.mark.parametrize(("shape", "mode"), [(shape, m) for shape, modes in KINDS for m in modes])
@pytest.mark.parametrize(
    "options",
    [
        {"scale_factor": 2},
        {"scale_factor": 1.7},
        {"scale_factor": 0.6},
        {"size": 3},
        {"size": 11},
        {"size": 1},
        {"scale_factor": 2.3, "recompute_scale_factor": True},
    ],
)
def test_parity(shape, mode, options):
    torch = pytest.importorskip("torch")
    for corners in (None, False, True) if "linear" in mode or "cubic" in mode else (None,):
        x = normal(*shape)
        theirs, ours = torch.tensor(x, requires_grad=True), lanegrad.tensor(x, requires_grad=True)
        z = torch.nn.functional.interpolate(theirs, mode=mode, align_corners=corners, **options)
        y = F.interpolate(ours, mode=mode, align_corners=corners, **options)
        assert y.shape == tuple(z.shape)
        g = normal(*y.shape)
        y.backward(lanegrad.tensor(g))
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=0, atol=1e-5)
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=0, atol=2e-5)


def test_errors():
    for axis, wanted in ((3, 4), (-1, 4), (0, 0)):
        with pytest.raises(_core.ShapeError, match="cannot be resampled"):
            _core.resample(normal(2, 3, 4), axis, wanted, "linear", 1.0, True)
