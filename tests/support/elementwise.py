"""Elementwise functions here and in PyTorch, called with the same operands: values, types, slopes, errors."""

import warnings

import numpy as np

import lanegrad

SPECIAL = np.array(
    [0, -0.0, 1, -1, 0.5, -0.5, 2, -2.5, 1e-40, -1e-40, 1e-20, 3e38, -3e38, np.inf, -np.inf, np.nan, 7, 88.5],
    np.float32,
)  # fmt: skip


def ours(x):
    return lanegrad.tensor(x) if isinstance(x, np.ndarray) else x


def outcome(function, *operands, **options):
    """What a call gives, or its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return function(*operands, **options)
        except Exception as error:
            return error


def ulp_distance(a, b):
    """How many float32 lie between elements; 0 for NaN and NaN."""
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    steps = [v.view(np.int32).astype(np.int64) for v in (a, b)]
    steps = [np.where(v < 0, -(v & 0x7FFFFFFF), v) for v in steps]
    return np.where(np.isnan(a) & np.isnan(b), 0, np.abs(steps[0] - steps[1]))


def assert_same(mine, theirs, ulps=0, atol=0.0):
    """A result here and PyTorch's: the same type and values, or errors of which ours is of PyTorch's type."""
    if isinstance(theirs, Exception):
        assert isinstance(mine, type(theirs)), f"{mine!r} for {theirs!r}"
        return
    if isinstance(mine, Exception):
        raise AssertionError(f"an error where PyTorch gives {theirs}") from mine
    if not hasattr(theirs, "detach"):
        assert mine == theirs
        return
    theirs = theirs.detach().numpy()
    mine = mine.detach().numpy()
    assert mine.dtype == theirs.dtype
    assert mine.shape == theirs.shape
    if mine.dtype != np.float32:
        np.testing.assert_array_equal(mine, theirs)
        return
    with np.errstate(invalid="ignore", over="ignore"):
        far = (ulp_distance(mine, theirs) > ulps) & ~(np.abs(mine - theirs) <= atol)
    far &= ~(np.isnan(mine) & np.isnan(theirs))
    assert not far.any(), f"{mine[far]} for {theirs[far]} at {np.flatnonzero(far)}"


def assert_parity(torch, name, *operands, ulps=0, atol=0.0, **options):
    """A function on arrays, as tensors, and numbers."""
    mine = outcome(getattr(lanegrad, name), *map(ours, operands), **options)
    others = [torch.tensor(x) if isinstance(x, np.ndarray) else x for x in operands]
    theirs = outcome(getattr(torch, name), *others, **options)
    assert_same(mine, theirs, ulps, atol)


def assert_slopes(torch, name, *operands, rtol=1e-5, atol=1e-30, **options):
    """Its gradients with respect to all arrays of floats, for a gradient of ones to sixes."""
    leaves = [], []
    results = []
    for library, tensor, kept in (
        (lanegrad, lanegrad.tensor, leaves[0]),
        (torch, torch.tensor, leaves[1]),
    ):
        given = []
        for x in operands:
            if isinstance(x, np.ndarray):
                x = tensor(x)
                if str(x.dtype).endswith("float32"):
                    x.requires_grad_()
                    kept.append(x)
            given.append(x)
        y = getattr(library, name)(*given, **options)
        g = (np.arange(np.prod(tuple(y.shape), dtype=int)) % 6 + 1).astype(np.float32)
        y.backward(tensor(g.reshape(tuple(y.shape))))
        results.append(y)
    for mine, theirs in zip(*leaves, strict=True):
        assert mine.grad.shape == mine.shape
        np.testing.assert_allclose(mine.grad.numpy(), theirs.grad.numpy(), rtol, atol)
