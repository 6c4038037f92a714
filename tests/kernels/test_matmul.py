"""The matrix kernels, on every instruction set."""

import numpy as np
import pytest

from lanegrad import _core

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize(
    ("m", "n", "k"),
    [(1, 1, 1), (4, 120, 400), (7, 10, 84), (6, 16, 5), (13, 17, 3), (64, 65, 66), (5, 63, 1),
     (3, 130, 20), (200, 3, 9), (1, 300, 2), (2, 150, 259), (4, 33, 1024), (13, 70, 2500), (70, 90, 300),
     (260, 300, 310)],
)  # fmt: skip
def test_matmul(isa, m, n, k, transpose_a, transpose_b):
    a = normal(k, m) if transpose_a else normal(m, k)
    b = normal(n, k) if transpose_b else normal(k, n)
    left, right = (a.T if transpose_a else a), (b.T if transpose_b else b)
    exact = left.astype(np.float64) @ right
    bound = 2e-7 * np.sqrt(k) * (np.abs(left).astype(np.float64) @ np.abs(right)) + 1e-7
    c = _core.matmul(a, b, None, transpose_a, transpose_b)
    assert (np.abs(c - exact) <= bound).all()
    bias = normal(n)
    c = _core.matmul(a, b, bias, transpose_a, transpose_b)
    assert (np.abs(c - (exact + bias)) <= bound + 1e-6).all()


@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize(("m", "n", "k"), [(7, 10, 84), (13, 65, 3000), (200, 300, 550)])
def test_a_product_in_parts_has_the_same_bits(isa, m, n, k, transpose_a, transpose_b):
    a, b = normal(m, k), normal(k, n)

    def product(part, add_to=None):
        left = np.ascontiguousarray(a[:, part].T if transpose_a else a[:, part])
        right = np.ascontiguousarray(b[part].T if transpose_b else b[part])
        return _core.matmul(left, right, None, transpose_a, transpose_b, add_to)

    whole, c = product(slice(k)), None
    for part in (slice(0, 5), slice(5, 5), slice(5, k // 2), slice(k // 2, k)):
        before, c = c, product(part, c)
        assert before is None or c is before
    np.testing.assert_array_equal(c, whole)
    for threads in (1, 2, 5):
        _core.set_num_threads(threads)  # `isa` sets it back
        np.testing.assert_array_equal(product(slice(k)), whole)


def test_each_row_has_the_bits_that_it_has_alone(isa):
    """However a product is cut into tiles: a row of the result is a function of the row of a."""
    a, b, bias = normal(15, 300), normal(300, 140), normal(140)
    bt, whole = np.ascontiguousarray(b.T), _core.matmul(a, b, bias)
    for rows in range(1, 15):
        np.testing.assert_array_equal(_core.matmul(a[:rows], b, bias), whole[:rows])
        np.testing.assert_array_equal(_core.matmul(a[:rows], bt, bias, False, True), whole[:rows])


@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize(("m", "k"), [(4, 400), (50, 300), (3, 0)])
def test_relu_in_the_same_pass(isa, m, k, transpose_b):
    a, b, bias = normal(m, k), normal(*((35, k) if transpose_b else (k, 35))), normal(35)
    a[:1, :1] = np.nan
    y = _core.matmul(a, b, bias, False, transpose_b)
    np.testing.assert_array_equal(
        _core.matmul(a, b, bias, False, transpose_b, relu=True), _core.relu(y)
    )
    np.testing.assert_array_equal(
        _core.matmul(a, b, None, False, transpose_b, y.copy(), True),
        _core.relu(_core.matmul(a, b, None, False, transpose_b, y.copy())),
    )


def test_what_cannot_be_added_to():
    a, b, c = normal(2, 3), normal(3, 3), normal(2, 3)
    fixed = normal(2, 3)
    fixed.flags.writeable = False
    for add_to, message in [
        (normal(2, 4), r"add_to must have shape \(2, 3\), got \(2, 4\)"),
        (a, "shares memory"),
        (b[:2], "shares memory"),
        (c[:, ::-1], "add_to must be C-contiguous"),
        (fixed, "read-only"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.matmul(a, b, add_to=add_to)
    with pytest.raises(ValueError, match="bias exclude"):
        _core.matmul(a, b, normal(3), add_to=c)


@pytest.mark.parametrize("transpose_b", [False, True])
def test_nothing_to_add_up(isa, transpose_b):
    a, bias = _core.empty((3, 0)), normal(5)
    b = _core.empty((5, 0) if transpose_b else (0, 5))
    product = _core.matmul(a, b, bias, False, transpose_b)
    np.testing.assert_array_equal(product, np.tile(bias, (3, 1)))
    assert _core.matmul(_core.empty((0, 4)), normal(4, 5)).shape == (0, 5)
    assert _core.matmul(normal(5, 4), _core.empty((4, 0))).shape == (5, 0)


def test_nan_and_infinity_stay_in_their_row(isa):
    a, b = normal(8, 5), normal(5, 20)
    a[2, 3], a[4, 0] = np.nan, np.inf
    c = _core.matmul(a, b)
    assert np.isnan(c[2]).all()
    assert np.isinf(c[4]).all()
    assert np.isfinite(np.delete(c, (2, 4), 0)).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 16), (33, 37), (1000, 3), (0, 4)])
def test_sum_rows(isa, shape):
    a = normal(*shape)
    np.testing.assert_allclose(
        _core.sum_rows(a), a.astype(np.float64).sum(0), rtol=1e-7, atol=1e-30
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (normal(2, 3), normal(4, 5)),
            r"cannot multiply \(2, 3\) by \(4, 5\): 3 columns meet 4 rows",
        ),
        ((normal(2, 3), normal(4, 5), None, False, True), r"by \(4, 5\) transposed"),
        ((normal(2, 3), normal(3, 5), normal(4)), r"bias must have shape \(5,\), got \(4,\)"),
        ((normal(3), normal(3, 5)), "first matrix must have 2 dimensions"),
    ],
)
def test_bad_shapes(arguments, message):
    with pytest.raises(ValueError, match=message):
        _core.matmul(*arguments)
