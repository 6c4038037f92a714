"""Reductions as kernels: values in float64, layouts, lanes, and the same bits everywhere."""

import numpy as np
import pytest

import lanegrad
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


def test_the_same_bits_on_any_threads_and_sets(isa_and_threads_restored):
    for shape in [(70, 300), (300000,), (3, 90000), (90000, 3), (64, 64, 9), (1000, 100)]:
        x = lanegrad.tensor(values(shape, np.float32))
        for dim in choices(len(shape)):
            found = set()
            for isa in _core.isas():
                _core.set_isa(isa)
                for threads in (1, 2, 5):
                    _core.set_num_threads(threads)
                    found.add(x.sum(dim).numpy().tobytes())
            assert len(found) == 1
