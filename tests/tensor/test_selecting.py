"""Gathering, scattering and rearranging, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(2)


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


def places(most, *shape):
    return rng.integers(0, most, shape)


MATRIX, CUBE, NUMBER = floats(3, 4), floats(2, 3, 4), np.array(2.0, np.float32)
WHOLE = rng.integers(0, 9, (3, 4))


def test_gather(torch):
    for x in (MATRIX, WHOLE):
        for dim, index in [
            (0, places(3, 3, 4)),
            (1, places(4, 3, 4)),
            (-1, places(4, 2, 7)),
            (0, places(3, 5, 1)),
            (1, places(4, 0, 2)),
            (1, places(4, 5, 2)),
            (1, places(4, 3)),
            (0, np.array([[3]])),
            (0, np.array([[-1]])),
            (2, places(3, 3, 4)),
        ]:
            assert_parity(torch, "gather", x, dim, index)
    assert_parity(torch, "gather", CUBE, 1, places(3, 2, 5, 4))
    for index in (np.array(0), np.array([0]), np.array([0, 0])):
        assert_parity(torch, "gather", NUMBER, 0, index)
    assert_parity(torch, "gather", MATRIX, 0, floats(1, 1), grad=False)


def test_index_select(torch):
    for dim, index in [
        (0, places(3, 5)),
        (1, places(4, 2)),
        (-1, np.array(2)),
        (0, places(3, 0)),
        (0, np.array([3])),
        (0, np.array([-1])),
        (0, places(3, 2, 2)),
        (3, places(3, 2)),
    ]:
        assert_parity(torch, "index_select", MATRIX, dim, index)
    assert_parity(torch, "index_select", NUMBER, 0, np.array([0]))


def test_masked_select(torch):
    for mask in (MATRIX > 0, MATRIX[:1] > 0, MATRIX[:, :1] > 9, np.array(True)):
        assert_parity(torch, "masked_select", MATRIX, mask)
    assert_parity(torch, "masked_select", NUMBER, np.array([True, False, True]))
    assert_parity(torch, "masked_select", MATRIX, WHOLE)


def test_take(torch):
    for index in (places(12, 2, 3), np.array(-1), np.array([], np.int64), np.array([12])):
        assert_parity(torch, "take", MATRIX, index)
    for index, dim in [
        (places(4, 3, 2), 1),
        (places(4, 1, 2), 1),
        (places(3, 5, 1), 0),
        (places(12, 5), None),
        (places(4, 2), 1),
    ]:
        assert_parity(torch, "take_along_dim", MATRIX, index, dim)
    assert_parity(torch, "take_along_dim", MATRIX[:1], places(4, 3, 2), 1)


def test_unravel_index(torch):
    for index in (np.array([5, 0, -1]), np.array(3), np.array([6]), floats(2)):
        assert_parity(torch, "unravel_index", index, (2, 3), grad=False)


def test_nonzero(torch):
    for x in (WHOLE % 2, MATRIX, NUMBER, np.array(0.0, np.float32), floats(0, 2), WHOLE > 4):
        assert_parity(torch, "nonzero", x, grad=False)
        assert_parity(torch, "nonzero", x, as_tuple=True, grad=False)
        assert_parity(torch, "argwhere", x, grad=False)


def test_scatter(torch):
    once = np.argsort(floats(3, 4), 1)  # without an index twice, where PyTorch promises nothing
    for index, dim in [(once, 1), (once[:2, :3], 1), (once[:, :1], -1), (once[:0], 1)]:
        # PyTorch has gradients of sources of the index's shape alone.
        assert_parity(torch, "scatter", MATRIX, dim, index, floats(3, 4), grad=index is once)
        assert_parity(torch, "scatter", MATRIX, dim, index, 2.5)
        assert_parity(torch, "scatter", WHOLE, dim, index, value=7)
        assert_parity(torch, "scatter", MATRIX, dim, index, floats(3, 4), reduce="add", grad=False)
        assert_parity(
            torch, "scatter", MATRIX, dim, index, floats(3, 4), reduce="multiply", grad=False
        )
    for index, source in [
        (once + 1, floats(3, 4)),
        (once, floats(2, 4)),
        (once[0], floats(4)),
        (once, rng.integers(0, 3, (3, 4))),
    ]:
        assert_parity(torch, "scatter", MATRIX, 1, index, source)
    assert_parity(torch, "scatter", MATRIX, 1, once, 1.0, reduce="mean")


def test_one_hot_by_scatter():
    labels = lanegrad.tensor([2, 0])
    hot = lanegrad.zeros(2, 3).scatter(1, labels.reshape(-1, 1), 1)
    assert hot.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_scatter_add(torch):
    for index, source in [
        (places(4, 3, 4), floats(3, 4)),
        (places(4, 2, 6), floats(3, 6)),
        (places(4, 3, 0), floats(3, 4)),
        (places(4, 3, 5), floats(3, 4)),
    ]:
        alike = index.shape == source.shape
        assert_parity(torch, "scatter_add", MATRIX, 1, index, source, grad=alike)
    assert_parity(torch, "scatter_add", WHOLE, 0, places(3, 3, 4), WHOLE)


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin", "median"])
@pytest.mark.parametrize("include_self", [True, False])
def test_scatter_reduce(torch, reduce, include_self):
    x, source = (
        rng.integers(0, 3, (3, 4)).astype(np.float32),
        rng.integers(0, 3, (3, 6)).astype(np.float32),
    )
    for index in (places(4, 3, 6), places(4, 2, 3), np.zeros((3, 6), np.int64)):
        args = x, 1, index, source, reduce
        alike = index.shape == source.shape
        assert_parity(torch, "scatter_reduce", *args, include_self=include_self, grad=alike)
        whole = x.astype(np.int64), 1, index, source.astype(np.int64)
        assert_parity(torch, "scatter_reduce", *whole, reduce, include_self=include_self)


def test_index_add_copy_fill_put(torch):
    for dim, index, source in [
        (0, np.array([2, 0]), floats(2, 4)),
        (1, np.array([3, 1, 0]), floats(3, 3)),
        (-1, np.array([0]), floats(3, 1)),
        (0, np.array([], np.int64), floats(0, 4)),
        (0, np.array([3]), floats(1, 4)),
        (0, np.array([0, 1]), floats(3, 4)),
        (0, np.array([0, 1]), rng.integers(0, 3, (2, 4))),
        (2, np.array([0]), floats(1, 4)),
    ]:
        assert_parity(torch, "index_add", MATRIX, dim, index, source)
        if 3 not in index or dim:  # else PyTorch's error depends on alpha
            assert_parity(torch, "index_add", MATRIX, dim, index, source, alpha=2.5)
        assert_parity(torch, "index_copy", MATRIX, dim, index, source)
        assert_parity(torch, "index_fill", MATRIX, dim, index, 3)
    assert_parity(torch, "index_add", MATRIX, 0, np.array([1, 1, 1]), floats(3, 4))
    assert_parity(torch, "index_fill", MATRIX, 0, np.array([1]), NUMBER)
    assert_parity(torch, "index_fill", MATRIX, 0, np.array([1]), floats(1))
    for indices, values in [
        ((np.array([0, 2]), np.array([1, 3])), floats(2)),
        ((np.array([0, 2]),), floats(4)),
        ((np.array([0, 2]),), NUMBER),
        ((MATRIX > 0,), NUMBER),
        ((np.array([0, -1]),), floats(3)),
    ]:
        assert_parity(torch, "index_put", MATRIX, indices, values)
        assert_parity(torch, "index_put", MATRIX, indices, values, accumulate=True)


def test_masked_scatter(torch):
    for mask, source in [
        (MATRIX > 0, floats(3, 4)),
        (MATRIX[:1] > 0, floats(20)),
        (MATRIX > 99, floats(1)),
        (MATRIX < 99, floats(2)),
        (WHOLE, floats(12)),
    ]:
        assert_parity(torch, "masked_scatter", MATRIX, mask, source)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("flip", ((0,),)),
        ("flip", ((0, -1),)),
        ("flip", ([1],)),
        ("flip", ((3,),)),
        ("flip", ((),)),
        ("Tensor.flip", (0, 1)),
        ("fliplr", ()),
        ("flipud", ()),
        ("roll", (1,)),
        ("roll", (-5, 1)),
        ("roll", ((1, 2), (0, 1))),
        ("roll", ((1, 2), (1,))),
        ("roll", (1, 4)),
        ("rot90", ()),
        ("rot90", (3, (1, 0))),
        ("rot90", (2, [0, -1])),
        ("rot90", (1, (0, 0))),
        ("Tensor.repeat", (2, 3)),
        ("Tensor.repeat", ((2, 1, 3),)),
        ("Tensor.repeat", (2,)),
        ("Tensor.repeat", (0, 1)),
        ("tile", ((2,),)),
        ("tile", ((2, 1, 3),)),
        ("Tensor.tile", (2, 1)),
        ("repeat_interleave", (2,)),
        ("repeat_interleave", (2, 1)),
        ("repeat_interleave", (np.array([1, 0, 2]), 0)),
        ("repeat_interleave", (np.array([1, 0]), 0)),
        ("repeat_interleave", (np.array([1, -1, 2]), 0)),
        ("tril", ()),
        ("tril", (1,)),
        ("triu", (-1,)),
        ("triu", (9,)),
        ("diag", ()),
        ("diag", (-1,)),
        ("diag", (2,)),
        ("diag_embed", ()),
        ("diag_embed", (1,)),
        ("diag_embed", (-2, 0, 2)),
        ("diag_embed", (0, 1, 1)),
        ("trace", ()),
        ("diagflat", ()),
        ("diagflat", (-1,)),
    ],
)
def test_rearranging(torch, name, args):
    for x in (MATRIX, WHOLE, floats(4), NUMBER, CUBE, floats(0, 2), WHOLE > 3):
        if x.size == 0 and name == "roll":
            continue  # PyTorch does not look at the axes then
        assert_parity(torch, name, x, *args)


def test_indices_of_triangles(torch):
    for row, col, offset in [(3, 4, 0), (4, 2, 1), (2, 2, -1), (0, 3, 0)]:
        for name in ("tril_indices", "triu_indices"):
            assert_parity(torch, name, row, col, offset)
            assert_parity(torch, name, row, col, dtype=np.int32)
    assert_parity(torch, "repeat_interleave", np.array([2, 0, 1]))
    assert_parity(torch, "flip", MATRIX, dims=(1,))
    assert_parity(torch, "tile", MATRIX, dims=(2, 2))


def test_results_have_memory_of_their_own():
    x = lanegrad.ones(1, 3)
    for y in (
        x.flip(0),
        x.roll(0),
        x.repeat(1, 1),
        x.diag(),
        x.gather(0, lanegrad.zeros(1, 3, dtype=int)),
    ):
        assert not np.shares_memory(x.numpy(), y.numpy())


def test_an_index_may_change_afterwards():
    x, index = lanegrad.tensor([1.0, 2.0], requires_grad=True), lanegrad.tensor([1, 1])
    y = x.gather(0, index) + x.index_select(0, index)
    index.numpy()[:] = 0
    y.sum().backward()
    assert x.grad.tolist() == [0, 4]


def test_gradient_of_a_part_of_the_source():
    x, source = lanegrad.zeros(2, requires_grad=True), lanegrad.ones(5, requires_grad=True)
    x.scatter_add(0, lanegrad.tensor([1, 1]), source).sum().backward()
    assert source.grad.tolist() == [1, 1, 0, 0, 0]
