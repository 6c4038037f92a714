"""Products of matrices, einsum and linear algebra, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(4)
INF = float("inf")


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


def whole(*shape):
    return rng.integers(-4, 5, shape)


def parity(torch, name, *args, **kwargs):
    assert_parity(torch, name, *args, rtol=1e-5, atol=1e-5, **kwargs)


PAIRS = [
    ((3, 4), (4, 5)),
    ((3, 4), (3, 4)),
    ((4,), (4,)),
    ((4,), (5,)),
    ((4,), (4, 5)),
    ((3, 4), (4,)),
    ((3, 4), (3,)),
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4), (4,)),
    ((4,), (2, 4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (3, 4, 5)),
    ((6, 1, 3, 4), (2, 4, 5)),
    ((3, 0), (0, 5)),
    ((0, 4), (4, 5)),
    ((), (4,)),
    ((3, 4), ()),
    ((2, 0, 4), (2, 4, 3)),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
@pytest.mark.parametrize(
    "name", ["matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "outer", "ger", "kron"]
)
def test_products(torch, name, left, right):
    if name == "mv" and left == ():
        return  # PyTorch's error is about an axis
    parity(torch, name, floats(*left), floats(*right))
    if name != "kron":
        parity(torch, name, whole(*left), whole(*right))
    if name == "mm":
        parity(torch, name, whole(*left), floats(*right), grad=False)


def test_operator(torch):
    parity(torch, "Tensor.__matmul__", floats(2, 3), floats(3, 4))
    parity(torch, "Tensor.matmul", floats(2, 3), floats(3))
    x = lanegrad.tensor([[1.0, 2.0]])
    assert (np.ones((3, 1), np.float32) @ x).tolist() == [[1, 2]] * 3


def test_errors_name_both_shapes():
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(2x3 and 2x3\)") as caught:
        lanegrad.ones(2, 3) @ lanegrad.ones(2, 3)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(RuntimeError, match=r"\[5, 3\] but got: \[5, 4\]"):
        lanegrad.bmm(lanegrad.ones(5, 2, 3), lanegrad.ones(5, 4, 1))


@pytest.mark.parametrize("options", [{}, {"beta": 0.5}, {"alpha": 2.5}, {"beta": 0, "alpha": -1}])
def test_sums_with_products(torch, options):
    for name, *shapes in [
        ("addmm", (2, 5), (2, 3), (3, 5)),
        ("addmm", (5,), (2, 3), (3, 5)),
        ("addmm", (1,), (2, 3), (3, 5)),
        ("addmm", (4,), (2, 3), (3, 5)),
        ("addmv", (2,), (2, 3), (3,)),
        ("addr", (2, 3), (2,), (3,)),
        ("baddbmm", (4, 2, 5), (4, 2, 3), (4, 3, 5)),
        ("baddbmm", (2, 5), (4, 2, 3), (4, 3, 5)),
        ("addbmm", (2, 5), (4, 2, 3), (4, 3, 5)),
        ("addmm", (2, 5), (2, 3), (2, 5)),
    ]:
        parity(torch, name, *(floats(*shape) for shape in shapes), **options)


def test_beta_zero_ignores_the_input():
    x = lanegrad.full((2, 2), float("nan"))
    assert (
        lanegrad.addmm(x, lanegrad.ones(2, 1), lanegrad.ones(1, 2), beta=0).tolist() == [[1, 1]] * 2
    )


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ij->ji", [(2, 3)]),
        ("ji", [(2, 3)]),
        ("ii", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iij->ij", [(3, 3, 2)]),
        ("ij->", [(2, 3)]),
        ("ij->j", [(2, 3)]),
        ("i,j->ij", [(2,), (3,)]),
        ("i,i->", [(3,), (3,)]),
        ("bij,bjk->bik", [(5, 2, 3), (5, 3, 4)]),
        ("bij,jk->bki", [(5, 2, 3), (3, 4)]),
        ("...ij,...jk->...ik", [(2, 5, 2, 3), (5, 3, 4)]),
        ("...i,...i->...", [(2, 3), (2, 3)]),
        ("...ij->...ji", [(4, 2, 3)]),
        ("i...,i...", [(2, 3), (2, 3)]),
        ("nchw,oc->nohw", [(2, 3, 4, 5), (6, 3)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]),
        ("ik,jkl,il->ij", [(2, 3), (4, 3, 5), (2, 5)]),
        ("bn,anm,bm->ba", [(2, 5), (3, 5, 4), (2, 4)]),
        (" i j , j k -> i k ", [(2, 3), (3, 4)]),
        ("ij,ij->ij", [(2, 3), (2, 3)]),
        ("ij,ij->ij", [(2, 3), (1, 3)]),
        ("Aa,ab->Ab", [(2, 3), (3, 4)]),
        ("ij,jk->ik", [(2, 0), (0, 4)]),
        (",ij->ij", [(), (2, 3)]),
        ("ij,jk->ik", [(2, 3), (4, 4)]),
        ("ij,jk->ik", [(2, 3)]),
        ("ijk->i", [(2, 3)]),
        ("ij->iij", [(2, 3)]),
        ("ij->k", [(2, 3)]),
        ("i1->i", [(2, 3)]),
    ],
)
def test_einsum(torch, equation, shapes):
    operands = [floats(*shape) for shape in shapes]
    parity(torch, "einsum", equation, *operands)
    parity(torch, "einsum", equation, operands)
    parity(torch, "einsum", equation, *(whole(*shape) for shape in shapes))


def test_einsum_of_lists(torch):
    a, b = floats(2, 3), floats(3, 4)
    for args in ((a, [0, 1], b, [1, 2]), (a, [0, 1], b, [1, 2], [2, 0]), (a, [..., 0], [0, ...])):
        got, want = (
            module.einsum(*(module.tensor(x) if isinstance(x, np.ndarray) else x for x in args))
            for module in (lanegrad, torch)
        )
        np.testing.assert_allclose(got.numpy(), want.numpy(), 1e-5, 1e-6)


def test_tensordot(torch):
    a, b = floats(2, 3, 4), floats(4, 3, 5)
    for dims in (0, 1, ([1, 2], [1, 0]), ([2], [0]), ([-1], [0]), 2):
        parity(torch, "tensordot", a, b, dims)
    parity(torch, "tensordot", a, floats(3, 4, 2))
    parity(torch, "tensordot", a, a, dims=3)


def test_cross(torch):
    for left, right, dim in [
        ((3,), (3,), None),
        ((2, 3), (2, 3), None),
        ((3, 2), (3, 2), 0),
        ((4, 3), (3,), -1),
        ((2, 3), (2, 3), 0),
        ((2, 2), (2, 2), None),
    ]:
        args = () if dim is None else (dim,)
        if dim is not None or len(left) == len(right):
            parity(torch, "cross", floats(*left), floats(*right), *args)
    parity(torch, "linalg.cross", floats(4, 3), floats(4, 3))
    parity(torch, "linalg.vecdot", floats(4, 3), floats(4, 3))


def test_square_matrices(torch):
    a = floats(2, 3, 3) + 3 * np.eye(3, dtype=np.float32)
    for n in (0, 1, 2, 5, -1, -2):
        parity(torch, "matrix_power", a, n, grad=n != 0)
    for name in ("det", "inverse", "linalg.det", "linalg.inv"):
        parity(torch, name, a)
        parity(torch, name, floats(2, 3))
        parity(torch, name, whole(2, 2))
    parity(torch, "det", np.zeros((2, 2), np.float32), grad=False)
    for singular in (lanegrad.inverse, lambda a: lanegrad.linalg.solve(a, a)):
        with pytest.raises(lanegrad.linalg.LinAlgError, match="singular"):
            singular(lanegrad.zeros(2, 2))
    assert issubclass(lanegrad.linalg.LinAlgError, RuntimeError)
    for b in (floats(2, 3, 4), floats(2, 3), floats(3, 4)):
        parity(torch, "linalg.solve", a, b)
    parity(torch, "linalg.solve", a[0], floats(3))
    parity(torch, "linalg.solve", a, floats(2, 4, 3), left=False)
    parity(torch, "linalg.solve", a, floats(2, 4, 4))
    parity(torch, "linalg.svdvals", a)
    for name in ("slogdet", "linalg.slogdet"):
        parity(torch, name, a, grad=False)
    parity(torch, "logdet", a @ a.transpose(0, 2, 1))
    parity(torch, "logdet", np.float32([[0, 1], [1, 0]]), grad=False)
    parity(torch, "linalg.multi_dot", [floats(2, 3), floats(3, 4), floats(4)])
    parity(torch, "linalg.matrix_power", a, 2)


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, INF, -INF, 3])
def test_norms_of_matrices(torch, ord):
    for x in (floats(3, 4), floats(2, 3, 4), floats(3)):
        for keepdim in (False, True):
            parity(torch, "linalg.matrix_norm", x, ord, keepdim=keepdim)
        parity(torch, "linalg.norm", x, ord, (0, 1))
        parity(torch, "linalg.norm", x, ord)
    parity(torch, "linalg.matrix_norm", floats(2, 3, 4), ord, (0, 2))
    if not isinstance(ord, str):
        parity(torch, "linalg.vector_norm", floats(3, 4), ord)
        parity(torch, "linalg.vector_norm", floats(3, 4), ord, 1, True)
        parity(torch, "linalg.norm", floats(3, 4), ord, 1)


def test_norm_without_order(torch):
    for x in (floats(3), floats(3, 4), floats(2, 3, 4)):
        parity(torch, "linalg.norm", x)
        parity(torch, "linalg.norm", x, dim=0)
        parity(torch, "linalg.norm", x, keepdim=True)
