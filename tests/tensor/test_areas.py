"""Areas, slopes, statistics and tensors written over a part of others, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(5)


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


M, V, W = floats(3, 4), floats(4), np.sort(floats(4))
POSITIVE = np.abs(floats(4)) + np.float32(0.5)
WHOLE = rng.integers(1, 9, (3, 4))
ROW = np.arange(4)
AT = np.array([0, 2, 0])

CALLS = [
    ("trapezoid", (M,), {}),
    ("trapezoid", (M,), {"dim": 0}),
    ("trapezoid", (M, W), {}),
    ("trapezoid", (M, floats(3, 4)), {"dim": 0}),
    ("trapezoid", (M, V[:3]), {}),
    ("trapezoid", (M,), {"dx": 0.5}),
    ("trapezoid", (WHOLE,), {}),
    ("trapezoid", (WHOLE > 4,), {}),
    ("trapezoid", (floats(2, 1),), {}),
    ("trapz", (V,), {"dx": 2}),
    ("cumulative_trapezoid", (M,), {}),
    ("cumulative_trapezoid", (M, W), {"dim": -1}),
    ("gradient", (V,), {}),
    ("gradient", (M,), {}),
    ("gradient", (M,), {"spacing": 0.5, "dim": 1}),
    ("gradient", (M,), {"spacing": [0.5, 2.0]}),
    ("gradient", (M,), {"spacing": (np.sort(V[:3]), W), "edge_order": 2}),
    ("gradient", (M,), {"edge_order": 2}),
    ("gradient", (M,), {"dim": (1, 0)}),
    ("gradient", (M,), {"spacing": [1.0], "dim": (0, 1)}),
    ("gradient", (V[:2],), {"edge_order": 2}),
    ("gradient", (V,), {"edge_order": 3}),
    ("vander", (V,), {}),
    ("vander", (V, 2), {"increasing": True}),
    ("vander", (WHOLE[0], 5), {}),
    ("vander", (WHOLE[0].astype(np.int8), 3), {}),
    ("vander", (V, 0), {}),
    ("vander", (M,), {}),
    ("vander", (V, -1), {}),
    ("range", (1, 4), {}),
    ("range", (1, 2.5, 0.5), {}),
    ("range", (4, 1, -1), {"dtype": np.int64}),
    ("range", (1, 4, 0), {}),
    ("range", (4, 1), {}),
    ("cov", (M,), {}),
    ("cov", (V,), {}),
    ("cov", (M,), {"correction": 0}),
    ("cov", (M,), {"fweights": ROW, "aweights": POSITIVE}),
    ("cov", (M,), {"aweights": POSITIVE}),
    ("cov", (M,), {"fweights": POSITIVE}),
    ("cov", (M,), {"fweights": ROW - 1}),
    ("cov", (M,), {"fweights": ROW[:2]}),
    ("cov", (WHOLE,), {}),
    ("cov", (floats(2, 2, 2),), {}),
    ("cov", (floats(3, 1),), {}),
    ("corrcoef", (M,), {}),
    ("corrcoef", (V,), {}),
    ("histogram", (M, 5), {}),
    ("histogram", (M, 4), {"range": (-1.0, 1.0), "density": True}),
    ("histogram", (M, np.array([-1, 0, 0.5, 2], np.float32)), {}),
    ("histogram", (M, 3), {"weight": np.abs(M)}),
    ("histogram", (np.ones(3, np.float32), 2), {}),
    ("histogram", (M, 0), {}),
    ("histogram", (WHOLE, 3), {}),
    ("renorm", (M, 2, 0, 1.0), {}),
    ("renorm", (M, 1, 1, 0.5), {}),
    ("renorm", (floats(2, 3, 2), 2, -1, 1.0), {}),
    ("renorm", (V, 2, 0, 1.0), {}),
    ("renorm", (M, 2, 0, -1.0), {}),
    ("renorm", (M, 0, 0, 1.0), {}),
    ("slice_scatter", (M, floats(3, 2)), {"dim": 1, "start": 1, "end": 3}),
    ("slice_scatter", (M, floats(2, 4)), {"step": 2}),
    ("slice_scatter", (M, floats(1, 4)), {"start": -1}),
    ("slice_scatter", (M, floats(2, 4)), {"start": 2}),
    ("slice_scatter", (M, floats(2, 4)), {"dim": 2}),
    ("select_scatter", (M, floats(3), 1, -1), {}),
    ("select_scatter", (M, floats(4), 0, 1), {}),
    ("select_scatter", (M, floats(3), 0, 1), {}),
    ("select_scatter", (M, floats(4), 0, 3), {}),
    ("diagonal_scatter", (M, floats(3)), {}),
    ("diagonal_scatter", (M, floats(2), -1), {}),
    ("diagonal_scatter", (M, floats(2), 1), {}),
    ("as_strided_scatter", (M, floats(2, 2), (2, 2), (4, 2), 1), {}),
    ("index_reduce", (M, 0, AT, floats(3, 4), "amax"), {}),
    ("index_reduce", (M, 0, AT, floats(3, 4), "mean"), {"include_self": False}),
    ("index_reduce", (M, 1, AT, floats(3, 3), "prod"), {}),
    ("index_reduce", (WHOLE, 0, AT, WHOLE, "amin"), {}),
    ("index_reduce", (M, 0, AT, floats(3, 4), "sum"), {}),
    ("index_reduce", (M, 0, AT, floats(2, 4), "prod"), {}),
    ("index_reduce", (M, 0, AT + 2, floats(3, 4), "prod"), {}),
    ("put", (M, np.array([[1, -1]]), floats(1, 2)), {}),
    ("put", (M, np.array([1, 1]), floats(2), True), {}),
    ("put", (WHOLE, np.array([1, 2]), WHOLE[0, :2]), {}),
    ("put", (M, np.array([1, 12]), floats(2)), {}),
    ("put", (M, np.array([1]), floats(2)), {}),
    ("put", (M, np.array([1, 2]), WHOLE[0, :2]), {}),
    ("frexp", (np.array([0, 1, -3, 1e-40, 3e38], np.float32),), {}),
    ("frexp", (WHOLE,), {}),
    ("as_strided", (M, (2, 3), (2, 1)), {}),
    ("as_strided", (M, (2, 3), (4, 2), 1), {}),
    ("as_strided", (M, (0, 3), (4, 2), 1), {}),
    ("as_strided", (M, (3,), (0,)), {}),
    ("as_strided", (M, (4, 4), (4, 1)), {}),
    ("as_strided", (M, (2,), (1, 1)), {}),
    ("as_strided", (M, (2,), (-1,)), {}),
    ("as_strided", (M, (2,), (1,), -1), {}),
    ("broadcast_to", (V, (2, 4)), {}),
    ("clone", (M,), {}),
    ("fill", (M, 2.5), {}),
    ("swapaxes", (M, 0, 1), {}),
    ("hsplit", (M,), {"sections": 2}),
    ("hsplit", (M,), {"indices": (1, 3)}),
    ("tensor_split", (M,), {"indices": (1,), "dim": 1}),
    ("Tensor.split", (M,), {"split_size": 2}),
    ("Tensor.sum_to_size", (M, 1, 4), {}),
    ("gradient", (M,), {"spacing": None}),
    ("Tensor.put", (M, np.array([1]), floats(1)), {}),
]  # fmt: skip


# Whose gradients PyTorch does not have, or has wrong.
WITHOUT_GRADIENTS = ("vander", "histogram", "as_strided_scatter")


@pytest.mark.parametrize("i", range(len(CALLS)))
def test_calls(torch, i):
    name, args, kwargs = CALLS[i]
    grad = name not in WITHOUT_GRADIENTS
    assert_parity(torch, name, *args, rtol=5e-6, atol=5e-6, grad=grad, **kwargs)


def test_gradients_that_pytorch_has_not():
    x = lanegrad.tensor([2.0, 3.0], requires_grad=True)
    lanegrad.vander(x, 3).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]
    x, part = lanegrad.ones(3, requires_grad=True), lanegrad.ones(2, requires_grad=True)
    (lanegrad.as_strided_scatter(x, part, (2,), (2,)) * lanegrad.arange(1.0, 4.0)).sum().backward()
    assert (x.grad.tolist(), part.grad.tolist()) == ([0.0, 2.0, 0.0], [1.0, 3.0])


@pytest.mark.parametrize("name", [
    "numel", "is_nonzero", "is_signed", "get_device", "is_conj", "is_neg", "is_distributed",
])  # fmt: skip
def test_questions(torch, name):
    for values in (1.0, [0], [True], [1.0, 2.0], []):
        x, y = lanegrad.tensor(values), torch.tensor(values)
        try:
            want = getattr(torch, name)(y)
        except Exception as error:
            with pytest.raises(type(error)):
                getattr(lanegrad, name)(x)
            continue
        assert getattr(lanegrad, name)(x) == want
        if hasattr(y, name):
            assert getattr(x, name)() == want


def test_shapes_and_constants(torch):
    for shapes in ([(2, 1), 3], [(4,)], [], [(1, 3, 1), (2, 1, 5)], [(0, 1), (4,)]):
        assert lanegrad.broadcast_shapes(*shapes) == tuple(torch.broadcast_shapes(*shapes))
    with pytest.raises(RuntimeError):
        lanegrad.broadcast_shapes((2,), (3,))
    for name in ("e", "pi", "inf", "newaxis"):
        assert getattr(lanegrad, name) == getattr(torch, name)
    assert lanegrad.nan != lanegrad.nan
    assert lanegrad.is_same_size(lanegrad.ones(2), lanegrad.zeros(2))
    assert lanegrad.ones(2).layout is lanegrad.strided
    assert lanegrad.ones(4)[1:].storage_offset() == torch.ones(4)[1:].storage_offset() == 1
    with pytest.warns(UserWarning, match="deprecated"):
        lanegrad.range(1, 2)


def test_new():
    x = lanegrad.tensor([1, 2])
    assert x.new(2, 3).shape == (2, 3)
    assert x.new().shape == (0,)
    assert x.new([3.0]).dtype == x.new(lanegrad.ones(1)).dtype == np.int64


@pytest.mark.parametrize("name", ["pin_memory", "share_memory_"])
def test_what_makes_no_sense_here(name):
    with pytest.raises(RuntimeError, match="lanegrad"):
        getattr(lanegrad.ones(1), name)()


@pytest.mark.parametrize("far", [2**61, 2**62, 2**63 - 1, 2**64])
def test_places_that_would_overflow(far):
    x = lanegrad.arange(16.0).reshape(2, 8)
    for sizes, steps, start in (
        ((2,), (far,), 0),
        ((3,), (far // 2 + 1,), 8),
        ((2,), (1,), far - 1),
    ):
        with pytest.raises((RuntimeError, OverflowError)):
            x.as_strided(sizes, steps, start)
    for change in (
        lambda: x.as_strided((2**32, 2**32 + 1), (0, 0)), lambda: x[:1, :1].expand(2**32, 2**32 + 1),
        lambda: x.reshape(2**62 + 4, 4), lambda: lanegrad.zeros(0).reshape(2**32, 2**32),
    ):  # fmt: skip
        with pytest.raises(MemoryError, match="too large"):
            change()
    if far < 2**63:
        assert x[:, ::far].tolist() == [[0], [8]]
        assert x[:, ::-far].tolist() == [[7], [15]]
        for offset in (far, -far, 1 - far):
            assert x.diagonal(offset).shape == (0,)
            assert x.tril(offset).any() == x.triu(-offset).any() == (offset > 0)
