"""Reductions as kernels: values in float64, layouts, lanes, and the same bits everywhere."""

import numpy as np
import pytest

import lanegrad
from everywhere import outcomes
from lanegrad import _core

rng = np.random.default_rng(11)

# Axes short and long, in every way that rows of results can stand in lanes.
SHAPES = [(), (1, 1), (3,), (1000,), (9000,), (70, 300), (300, 70), (7, 10), (1000, 3), (5000, 10),
          (40, 50, 60), (5, 600, 4), (33, 16, 49), (2, 3, 4, 5), (3, 0, 4), (0,)]  # fmt: skip


def values(shape, dtype):
    a = np.asarray(rng.normal(size=shape) * 5)
    return a > 0 if dtype is bool else a.astype(dtype)


def choices(ndim):
    """Sets of axes."""
    return [None, *range(ndim), *[(0, i) for i in range(1, ndim)], *[(1, 2)][: ndim > 2]]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums(isa, shape, dtype):
    a = values(shape, dtype)
    x = lanegrad.tensor(a)
    for dim in choices(a.ndim):
        for keepdim in (False, True):
            y = x.sum(dim, keepdim)
            wanted = a.sum(dim, np.float64 if dtype is np.float32 else np.int64, keepdims=keepdim)
            assert y.shape == wanted.shape
            assert y.dtype == (np.float32 if dtype is np.float32 else np.int64)
            np.testing.assert_allclose(y.numpy(), wanted, rtol=2e-7, atol=1e-12 * a.size)


def test_strides():
    a = values((40, 50, 60), np.float32)
    x = lanegrad.tensor(a)
    for view, shown in [
        (x.permute(2, 0, 1), a.transpose(2, 0, 1)),
        (x[::2, 1::3], a[::2, 1::3]),
        (x.transpose(0, 1), a.transpose(1, 0, 2)),
        (x[:, :, ::7], a[:, :, ::7]),
        (x[0].expand(5, 50, 60), np.broadcast_to(a[0], (5, 50, 60))),
        (lanegrad.Tensor(a[::-1, :, ::-1]), a[::-1, :, ::-1]),
    ]:
        for dim in choices(3):
            wanted = shown.sum(dim, np.float64)
            np.testing.assert_allclose(view.sum(dim).numpy(), wanted, rtol=2e-7, atol=1e-8)


@pytest.mark.parametrize("N", [1, 3, 16, 20, 32])
def test_sums_of_gradients_in_lanes(N):
    g = values((N, 3, 6, 5), np.float32)
    lanes = _core.lanes_of(_core.copied(g))
    for shape in [
        (1, 3, 1, 1),
        (N, 3, 1, 1),
        (N, 1, 1, 1),
        (6, 5),
        (3, 1, 1),
        (5,),
        (),
        (1, 1, 6, 1),
        g.shape,
    ]:
        for given in (lanes, _core.copied(g)):
            found = _core.sum_to(given, shape)
            wanted = g.astype(np.float64)
            for axis, size in enumerate((1,) * (4 - len(shape)) + shape):
                wanted = wanted if size == g.shape[axis] else wanted.sum(axis, keepdims=True)
            assert found.shape == shape
            np.testing.assert_allclose(found.array(), wanted.reshape(shape), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("N", [3, 16, 20, 32])
def test_images_in_lanes(torch, N):
    a, w = values((N, 3, 6, 5), np.float32), values((4, 3, 3, 3), np.float32)
    for dim in (None, 0, 1, (2, 3), (1, 2, 3), (0, 2, 3), (0, 1), 3):
        for keepdim in (False, True):
            for name in ("sum", "mean"):
                results = []
                for library in (lanegrad, torch):
                    x, v = (library.tensor(b, requires_grad=True) for b in (a, w))
                    images = library.nn.functional.conv2d(x, v)
                    every = (0, 1, 2, 3) if dim is None else dim
                    y = getattr(images, name)(every, keepdim=keepdim)
                    y.backward(library.ones(y.shape) / 3)
                    results.append([t.detach().numpy() for t in (y, x.grad, v.grad)])
                for found, wanted in zip(*results, strict=True):
                    assert found.shape == wanted.shape
                    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


FLOATS = {
    "nansum": {}, "nanmean": {}, "prod": {}, "amax": {}, "amin": {}, "var": {}, "std": {}, "logsumexp": {},
    "norm": {"p": 1}, "norm2": {"p": 2}, "norm3": {"p": 3}, "norm0.5": {"p": 0.5}, "norm-1": {"p": -1.0},
    "norminf": {"p": float("inf")}, "norm-inf": {"p": -float("inf")},
}  # fmt: skip


def layouts():
    """Arrays whose reductions go every way through memory, as functions that make them of a library."""
    a = values((12, 130, 9), np.float32)
    few = rng.integers(-2, 3, (300, 6)).astype(np.float32)
    return {
        "rows": (a, lambda x: x.reshape(12, -1), [0, 1, (0, 1)]),
        "middle": (a, lambda x: x, [0, 1, 2, (0, 2), (1, 2)]),
        "steps": (a, lambda x: x[:, ::3].transpose(0, 2), [0, 1, 2, (0, 1)]),
        "equals": (few, lambda x: x, [0, 1, (0, 1)]),
        "long": (values((2, 9000), np.float32), lambda x: x, [0, 1, (0, 1)]),
    }


LAYOUTS = layouts()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FLOATS)
def test_floats_and_their_gradients(torch, isa, name, layout):
    a, view, dims = LAYOUTS[layout]
    options = FLOATS[name]
    a = (1 + a / 50).astype(np.float32) if name == "prod" else a
    for dim in dims:
        if name == "prod" and isinstance(dim, tuple):
            continue
        results = []
        for library, dtype in ((lanegrad, np.float32), (torch, np.float64)):
            x = library.tensor(a.astype(dtype) if library is torch else a, requires_grad=True)
            y = getattr(library, name.rstrip("0123456789.-inf") if options else name)(
                view(x), dim=dim, **options
            )
            (y * library.arange(1, y.numel() + 1).reshape(y.shape)).sum().backward()
            results.append([t.detach().numpy() for t in (y, x.grad)])
        (y, gradient), (wanted, wanted_gradient) = results
        atol = 2e-8 if name == "logsumexp" else 1e-30  # of results near 0
        np.testing.assert_allclose(y, wanted.astype(np.float32), rtol=5e-7, atol=atol)
        scale = np.abs(wanted_gradient).max()
        np.testing.assert_allclose(gradient, wanted_gradient, rtol=5e-6, atol=1e-7 * scale)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool, np.uint8])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_places_and_truths(torch, isa, layout, dtype):
    a, view, dims = LAYOUTS[layout]
    a = (
        (a > 0)
        if dtype is bool
        else np.clip(a * 2, 0, 9).astype(dtype)
        if dtype is np.uint8
        else a.astype(dtype)
    )
    x, t = view(lanegrad.tensor(a)), view(torch.tensor(a))
    for dim in dims:
        for name in ("any", "all", "count_nonzero", "sum", "amax", "amin"):
            found, wanted = getattr(x, name)(dim), getattr(t, name)(dim)
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-3)
        if isinstance(dim, tuple):
            continue
        shown = t.numpy()
        for name in ("max", "min"):
            found = getattr(x, name)(dim)
            first = getattr(np, f"arg{name}")(shown, dim)  # PyTorch's among equals is any
            np.testing.assert_array_equal(
                found.values.numpy(), getattr(t, name)(dim).values.numpy()
            )
            np.testing.assert_array_equal(found.indices.numpy(), first)
            if dtype is not bool:
                np.testing.assert_array_equal(getattr(x, f"arg{name}")(dim).numpy(), first)
                assert getattr(x, f"arg{name}")().item() == getattr(np, f"arg{name}")(shown)


def test_gradients_of_places(torch):
    a = values((6, 40, 9), np.float32)
    for dim in (0, 1, 2):
        x, t = (library.tensor(a, requires_grad=True) for library in (lanegrad, torch))
        for y in (x.max(dim), t.min(dim)):
            (y.values * 3).sum().backward()
        (x.min(dim)[0] * 3).sum().backward(), (t.max(dim)[0] * 3).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), t.grad.numpy())


@pytest.mark.parametrize("name", [n for n in FLOATS if "norm" not in n or n == "norm2"])
@pytest.mark.parametrize("N", [3, 20])
def test_floats_in_lanes(torch, N, name):
    a, w = values((N, 2, 5, 4), np.float32) / 5, values((3, 2, 3, 3), np.float32) / 9
    for dim in (1, (2, 3), 0, 3) if name != "prod" else (1, 3):
        for keepdim in (False, True):
            results = []
            for library in (lanegrad, torch):
                x, v = (library.tensor(b, requires_grad=True) for b in (a, w))
                images = library.nn.functional.conv2d(x, v)
                y = getattr(library, name.rstrip("2"))(images, dim=dim, keepdim=keepdim)
                (y * y).sum().backward()
                results.append([t.detach().numpy() for t in (y, x.grad, v.grad)])
            for found, wanted in zip(*results, strict=True):
                assert found.shape == wanted.shape
                near = 1e-4 + 1e-6 * np.abs(wanted).max()  # what cancels rounds as the largest
                np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=near)


def test_infinite_and_nan(torch):
    inf, nan = float("inf"), float("nan")
    for row in ([-inf] * 4, [inf, 1, -inf, 2], [nan, 1, 2, nan], [0.0] * 4, [-0.0, 0.0, -1, 1]):
        for repeats in (1, 20, 90):
            a = np.array([row * repeats, [1.0, 2, 3, 4] * repeats], np.float32)
            x, t = lanegrad.tensor(a), torch.tensor(a)
            for name in ("amax", "amin", "sum", "nansum", "nanmean", "logsumexp", "prod"):
                found, wanted = getattr(x, name)(1), getattr(t, name)(1)
                np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5)
            for p in (1, 2, 3, 0.5, -1.0, inf, -inf, 0):
                found, wanted = x.norm(p, 1), t.norm(p, 1)
                np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5)
            for name in ("argmax", "argmin"):
                np.testing.assert_array_equal(getattr(x, name)(1).numpy(), getattr(np, name)(a, 1))


def test_variances_far_from_zero(isa):
    a = (1e4 + rng.normal(size=(3, 5000))).astype(np.float32)
    a[1, 0] = -3e6
    wanted = a.astype(np.float64).var(1, ddof=1)
    np.testing.assert_allclose(lanegrad.tensor(a).var(1).numpy(), wanted, rtol=3e-7)


def reductions(x, dim):
    """All kinds of reductions and their gradients."""
    x.requires_grad = True
    x.grad = None
    yield from (
        x.sum(dim),
        x.mean(dim),
        x.nansum(dim),
        x.var(dim),
        x.logsumexp(dim),
        x.norm(3, dim),
    )
    yield from (x.amax(dim), x.argmin(dim), x.prod(dim), x.max(dim).indices)
    for y in (x.std(dim), x.logsumexp(dim), x.norm(1.5, dim), x.amax(dim)):
        y.sum().backward()
    yield x.grad


@pytest.mark.once
def test_the_same_bits_on_any_threads_and_sets(isa_and_threads_restored):
    for shape, dims in [
        ((70, 300), (0, 1)),
        ((180000,), (0,)),
        ((3, 60000), (1,)),
        ((60000, 3), (0, 1)),
    ]:
        x = lanegrad.tensor(values(shape, np.float32))
        for dim in dims:
            found = outcomes(
                lambda x=x, dim=dim: b"".join(
                    y.detach().numpy().tobytes() for y in reductions(x, dim)
                )
            )
            assert len(found) == 1, (shape, dim)
