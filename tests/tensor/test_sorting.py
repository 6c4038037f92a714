"""Sorting and searching, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(1)
NAN = float("nan")


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


INPUTS = {
    "floats": floats(3, 4, 2),
    "vector": floats(7),
    "number": np.array(1.5, np.float32),
    "ties": rng.integers(0, 3, (4, 5)).astype(np.float32),
    "integers": rng.integers(-3, 3, (5, 2)),
    "booleans": rng.integers(0, 2, (6,)).astype(bool),
    "nan": np.array([2, NAN, 1, NAN, 3], np.float32),
    "empty": floats(0, 3),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_sort(torch, kind):
    x = INPUTS[kind]
    for args in [(), (0,), (-1, True), (0, True), (5,)]:
        # PyTorch promises the order of equals on demand alone.
        assert_parity(
            torch, "sort", x, **dict(zip(("dim", "descending"), args, strict=False)), stable=True
        )
        assert_parity(torch, "argsort", x, **dict(zip(("dim",), args, strict=False)), stable=True)
    assert_parity(torch, "argsort", x, descending=True, stable=True)
    assert_parity(torch, "argsort", x, 0, True)
    assert_parity(torch, "Tensor.sort", x, 0, True)
    assert_parity(torch, "msort", x)


@pytest.mark.parametrize("kind", ["floats", "vector", "number", "integers", "empty"])
def test_topk_and_kthvalue(torch, kind):
    x = INPUTS[kind] if kind != "integers" else rng.permutation(12).reshape(4, 3)
    for k in (0, 1, 2, 9):
        for dim in (0, -1, 4):
            for largest in (False, True):
                assert_parity(torch, "topk", x, k, dim, largest)
            if kind != "empty":
                assert_parity(torch, "kthvalue", x, k, dim)
                assert_parity(torch, "kthvalue", x, k, dim, True)
    assert_parity(torch, "topk", x, 1)


def test_topk_of_equals_and_nan(torch):
    for kind in ("ties", "nan"):
        want = torch.tensor(INPUTS[kind]).topk(3).values.numpy()
        np.testing.assert_array_equal(lanegrad.tensor(INPUTS[kind]).topk(3).values.numpy(), want)
    assert_parity(torch, "topk", INPUTS["booleans"], 2)


@pytest.mark.parametrize("options", [
    {}, {"right": True}, {"side": "right"}, {"side": "left"}, {"side": "left", "right": True},
    {"side": "middle"}, {"out_int32": True},
])  # fmt: skip
def test_searchsorted(torch, options):
    rows = np.sort(floats(2, 5), 1)
    for sequence, values in [
        (rows[0], floats(3, 2)),
        (rows[0], rows[0]),
        (rows, floats(2, 3)),
        (rows, rows),
        (rows, floats(3, 3)),
        (np.array([1, 2, 2, 3]), np.array([2, 0, 7])),
        (floats(0), floats(2)),
    ]:
        assert_parity(torch, "searchsorted", sequence, values, **options, grad=False)
    assert_parity(torch, "searchsorted", rows[0], 0.5, **options, grad=False)
    unsorted = floats(2, 4)
    assert_parity(
        torch, "searchsorted", unsorted, rows, sorter=np.argsort(unsorted, 1), **options, grad=False
    )


@pytest.mark.parametrize("right", [False, True])
def test_bucketize(torch, right):
    edges = np.float32([0, 1, 2])
    for x in (floats(2, 3), np.float32([0, 1, 2]), 1.5):
        assert_parity(torch, "bucketize", x, edges, right=right, grad=False)
    assert_parity(torch, "bucketize", floats(2), floats(2, 2), grad=False)
