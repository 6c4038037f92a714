"""Reductions have the same bits however an array stands in memory, terms that cancel included."""

import itertools

import numpy as np
import pytest

import lanegrad
from lanegrad.nn import functional as F

rng = np.random.default_rng(5)

# Runs short and long, few and many results beside them, several pieces; images, of whole blocks and not.
SHAPES = [(9000,), (70, 300), (1000, 3), (5000, 10), (5, 600, 4), (7, 1, 300), (33, 16, 49),
          (9, 2, 4, 4), (32, 3, 16, 17), (4, 5, 16, 17), (16, 1, 8, 8), (8, 3, 5, 6)]  # fmt: skip

OPS = {
    "sum": lambda x, dim: x.sum(dim),
    "mean": lambda x, dim: x.mean(dim),
    "nansum": lambda x, dim: x.nansum(dim),
    "var": lambda x, dim: x.var(dim, correction=0),
    "norm": lambda x, dim: x.norm(3, dim),
    "logsumexp": lambda x, dim: (x / 1e11).logsumexp(dim),
    "prod": lambda x, dim: (1 + x / 1e14).prod(dim) if isinstance(dim, int) else x.amax(dim),
}


def cancelling(shape):
    """Numbers of very different sizes, half of them the negated others: any other order shows."""
    a = rng.normal(size=shape) * 10.0 ** rng.uniform(0, 12, shape)
    order, half = rng.permutation(a.size), a.size // 2
    a.flat[order[half : 2 * half]] = -a.flat[order[:half]]
    return a.astype(np.float32)


def layouts(a):
    """Tensors of these elements, each with another way through memory."""
    back = (slice(None, None, -1),) * a.ndim
    thirds = (slice(1, None, 3),) * a.ndim
    wide = np.zeros([3 * n for n in a.shape], np.float32)
    wide[thirds] = a
    yield lanegrad.tensor(a)
    yield lanegrad.Tensor(a[back].copy()[back])
    yield lanegrad.Tensor(wide[thirds])
    for turned in range(1, a.ndim):  # the axes in another order, such as (N, H, W, C)
        axes = [*range(turned, a.ndim), *range(turned)]
        yield lanegrad.tensor(a.transpose(axes).copy()).permute(*np.argsort(axes).tolist())
    yield (
        lanegrad.tensor(a.swapaxes(-1, -2).copy()).transpose(-1, -2)
        if a.ndim > 1
        else lanegrad.tensor(a)
    )
    if a.ndim == 4:
        yield F.max_pool2d(lanegrad.tensor(a), 1)  # in lanes


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_bits_in_every_layout(shape):
    a = cancelling(shape)
    axes = range(len(shape))
    dims = [*axes, *(d for n in axes[1:] for d in itertools.combinations(axes, n + 1))]
    for (name, op), dim in itertools.product(OPS.items(), dims):
        found = {op(x, dim).numpy().tobytes() for x in layouts(a)}
        assert len(found) == 1, (name, dim)


@pytest.mark.parametrize("dim", [None, (2, 3), (0, 2, 3), 0])
def test_reading_images_does_not_change_their_sums(dim):
    a = cancelling((32, 3, 6, 5))
    sums = []
    for read in (False, True):
        images = F.max_pool2d(lanegrad.tensor(a), 1)
        if read:
            images.numpy()
        sums.append(images.sum(dim).numpy().tobytes())
    assert sums[0] == sums[1]
