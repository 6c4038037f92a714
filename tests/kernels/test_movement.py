"""Copies, places that an index says, order and running sums: next to NumPy, whose gradients are known."""

import itertools

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import _core

rng = np.random.default_rng(0)
PUT = _core.SCATTER_OPS


def floats(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def array(values):
    return _core.copied(np.asarray(values))


# ------------------------------------------------------------------------------------------- copies


def views(ndim):
    """Pairs of functions that show the same part of an array of NumPy's and of a tensor."""
    for order in itertools.permutations(range(ndim)):
        for steps in itertools.product((1, 2), repeat=ndim):
            parts = tuple(slice(k % 2, None, step) for k, step in enumerate(steps))
            yield order, parts


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int16, np.bool_])
@pytest.mark.parametrize("shape", [(19,), (5, 40), (33, 17), (3, 18, 4), (2, 3, 5, 7), (0, 3), ()])
def test_copies_of_views(isa, dtype, shape):
    a = rng.integers(-100, 100, shape).astype(dtype)
    for order, parts in views(len(shape)):
        want = a.transpose(order)[parts]
        x = lanegrad.tensor(a)
        shown = x.permute(*order)[parts] if shape else x
        np.testing.assert_array_equal(shown.contiguous().numpy(), want)
        np.testing.assert_array_equal(shown.flip(*range(len(shape))).numpy(), np.flip(want))
        b, written = a.copy(), lanegrad.tensor(a)
        b.transpose(order)[parts] = want[::-1] if shape else want
        (written.permute(*order)[parts] if shape else written).copy_(
            lanegrad.tensor(want).flip(0) if shape else lanegrad.tensor(want)
        )
        np.testing.assert_array_equal(written.numpy(), b)


def test_a_copy_of_what_is_shown_repeatedly():
    a = floats(7, 1, 5)
    shown = lanegrad.tensor(a).expand(3, 7, 40, 5)
    np.testing.assert_array_equal(shown.contiguous().numpy(), np.broadcast_to(a, shown.shape))
    assert lanegrad.tensor(True).expand(5, 30).contiguous().numpy().all()


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_joined_arrays(dtype):
    a, b = (rng.integers(0, 2, shape).astype(dtype) for shape in ((3, 4, 5), (3, 2, 5)))
    x, y = lanegrad.tensor(a), lanegrad.tensor(b)
    want = np.concatenate([a, b, a], 1)
    np.testing.assert_array_equal(lanegrad.cat([x, y, x], 1).numpy(), want)
    got = lanegrad.cat([x.transpose(0, 2), y.transpose(0, 2)], 1).numpy()
    np.testing.assert_array_equal(
        got, np.concatenate([a.transpose(2, 1, 0), b.transpose(2, 1, 0)], 1)
    )
    for axis in (0, 1, 3):
        got = lanegrad.stack([x, x.flip(0)], axis).numpy()
        np.testing.assert_array_equal(got, np.stack([a, a[::-1]], axis))


def test_images_in_lanes_are_joined_in_lanes():
    x, y = (lanegrad.tensor(floats(20, c, 4, 4)) for c in (3, 2))
    lanes = [F.relu(F.max_pool2d(t, 1)) for t in (x, y)]
    assert all(t._value.in_lanes for t in lanes)
    joined = lanegrad.cat(lanes, 1)
    assert joined._value.in_lanes
    want = np.concatenate([np.maximum(t.numpy(), 0) for t in (x, y)], 1)
    np.testing.assert_array_equal(joined.numpy(), want)


def test_sums_of_what_is_shown_several_times():
    """A view's gradient is the transpose of the view: in float64, of elements one at a time."""
    for show, arguments, shape in [
        (_core.windows_of, (0, 3, 1), (9, 4)),
        (_core.windows_of, (1, 2, 3), (4, 9)),
        (_core.windows_of, (0, 1, 1), (3,)),
        (_core.strided, ((3, 4), (1, 2), 1), (3, 6)),
        (_core.diagonal_of, (1, 0, 1), (3, 4)),
        (_core.expanded, ((5, 3, 7, 4),), (3, 1, 4)),
        (_core.diagonal_of, (5, 0, 1), (3, 4)),
    ]:
        numbers = array(np.arange(np.prod(shape)).reshape(shape))
        at = show(numbers, *arguments).array()
        g = floats(*at.shape)
        want = np.zeros(np.prod(shape))
        np.add.at(want, at.ravel(), g.astype(np.float64).ravel())
        got = _core.view_gradient(array(g), shape, show, arguments).array()
        np.testing.assert_array_equal(got, want.reshape(shape).astype(np.float32))


# ------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int16, np.bool_])
def test_slices_taken_and_put(isa, dtype):
    x = rng.integers(-9, 9, (3, 5, 4, 3)).astype(dtype)
    for axis, axes, count in [(0, 1, 7), (1, 1, 4), (3, 1, 2), (1, 2, 30), (0, 4, 5), (2, 1, 0)]:
        size = int(np.prod(x.shape[axis : axis + axes]))
        at = rng.integers(0, size, (count, 2))
        rows = x.reshape(*x.shape[:axis], size, *x.shape[axis + axes :])
        want = np.take(rows, at, axis)
        np.testing.assert_array_equal(_core.take(array(x), array(at), axis, axes).array(), want)
        source = rng.integers(-9, 9, want.shape).astype(dtype)
        changed = rows.copy()
        for place in np.ndindex(at.shape):  # the last of several stays
            key = (slice(None),) * axis
            changed[(*key, at[place])] = source[key + place]
        got = _core.put(array(x), array(at), array(source), axis, axes, PUT["put"]).array()
        np.testing.assert_array_equal(got, changed.reshape(x.shape))


REDUCTIONS = {"sum": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize(
    "shape", [(40,), (3, 70), (6, 33), (4, 5, 20), (2, 3, 4, 5), (1, 1), (2, 0)]
)
def test_places_reduced(isa, name, dtype, shape):
    x = rng.integers(-9, 9, shape).astype(dtype) / dtype(7 if dtype == np.float32 else 1)
    x = x.astype(dtype)
    for axis in range(len(shape)):
        longer = (*shape[:axis], shape[axis] * 2, *shape[axis + 1 :])
        at = rng.integers(0, max(shape[axis], 1), longer if np.prod(shape) else shape)
        source = rng.integers(-9, 9, at.shape).astype(dtype)
        want = x.astype(np.float64 if dtype == np.float32 else dtype)
        key = list(np.indices(at.shape, sparse=True))
        key[axis] = at
        REDUCTIONS[name].at(want, tuple(key), source)
        got = _core.scatter(array(x), array(at), array(source), axis, PUT[name]).array()
        np.testing.assert_array_equal(got, want.astype(dtype))
        back = _core.gather(array(x), array(at), axis).array()
        np.testing.assert_array_equal(back, np.take_along_axis(x, at, axis))


def test_slices_added_in_the_order_of_the_index():
    for inner in (1, 5, 16, 40):
        x, source, at = floats(6, inner), floats(50, inner), rng.integers(0, 6, 50)
        want = x.astype(np.float64)
        np.add.at(want, at, source)
        got = _core.put(array(x), array(at), array(source), 0, 1, PUT["sum"]).array()
        np.testing.assert_array_equal(got, want.astype(np.float32))


def test_a_nan_stays_the_largest_and_the_least():
    x, at = array(np.float32([1, np.nan])), array(np.array([0, 0, 1]))
    source = array(np.float32([np.nan, 2, 3]))
    for name in ("amax", "amin"):
        assert np.isnan(_core.scatter(x, at, source, 0, PUT[name]).array()).all()


def test_an_index_of_several_axes():
    x = floats(3, 4, 5)
    t = lanegrad.tensor(x, requires_grad=True)
    i, j = rng.integers(-3, 3, (2, 1)), rng.integers(-4, 4, (1, 6))
    mask = x[:, :, 0] > 0
    for ours, theirs in [
        ((i, j), (i, j)),
        ((i, slice(1, 4), j % 5), (i, slice(1, 4), j % 5)),
        ((slice(None), j), (slice(None), j)),
        ((mask,), (mask,)),
        ((None, mask, 2), (None, mask, 2)),
        ((..., j % 5), (..., j % 5)),
        ((i[:0], j), (i[:0], j)),
    ]:
        key = tuple(lanegrad.tensor(k) if isinstance(k, np.ndarray) else k for k in ours)
        y = t[key]
        np.testing.assert_array_equal(y.detach().numpy(), x[theirs])
        (gx,) = lanegrad.autograd.grad(y.sum(), t)
        want = np.zeros_like(x)
        np.add.at(want, theirs, 1)
        np.testing.assert_array_equal(gx.numpy(), want)
        changed, written = x.copy(), t.detach().clone()
        changed[theirs], written[key] = 7, 7
        np.testing.assert_array_equal(written.numpy(), changed)
    for wrong in ((lanegrad.tensor([3]),), (lanegrad.tensor([0]), lanegrad.tensor([-5]))):
        before = t.detach().clone()
        with pytest.raises(IndexError, match="out of bounds"):
            t[wrong]
        with pytest.raises(IndexError, match="out of bounds"):
            before[wrong] = 1
        np.testing.assert_array_equal(before.numpy(), x)


def test_an_index_out_of_range_in_the_middle_of_a_plan_changes_nothing():
    x, at = lanegrad.zeros(4), lanegrad.tensor([0, 1, 9])
    y = x + 1
    with pytest.raises(RuntimeError, match="index 9 is out of bounds"):
        y.scatter_add(0, at, lanegrad.ones(3))
    assert y.tolist() == [1] * 4


# -------------------------------------------------------------------------------------------- order


def specials(n):
    x = floats(n)
    x[rng.integers(0, n, n // 4)] = rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0], n // 4)
    return x


@pytest.mark.parametrize("n", [1, 2, 7, 48, 49, 300, 2048, 5000])
@pytest.mark.parametrize("kind", ["floats", "few", "near", "far"])
def test_order(isa, n, kind):
    x = {
        "floats": lambda: np.stack([specials(n), floats(n), np.sort(floats(n))[::-1]]),
        "few": lambda: rng.integers(-2, 3, (3, n)).astype(np.float32),
        "near": lambda: rng.integers(-1000, 1000, (3, n)),
        "far": lambda: rng.integers(-(1 << 62), 1 << 62, (3, n)) >> rng.integers(0, 60, (3, n)),
    }[kind]()
    # NumPy's stable order, of equals too, NaN last
    rising = np.argsort(x, 1, kind="stable")
    falling = n - 1 - np.argsort(x[:, ::-1], 1, kind="stable")[:, ::-1]
    for descending, want in ((False, rising), (True, falling)):
        for kept in {n, 1, min(n, 5), min(n, 40), n // 3}:
            values, at = _core.sort(array(x), 1, kept, descending, 0, True)
            np.testing.assert_array_equal(at.array(), want[:, :kept])
            np.testing.assert_array_equal(values.array(), np.take_along_axis(x, want[:, :kept], 1))
    values, at = _core.sort(array(x.T), 0, n, False, 0, True)
    np.testing.assert_array_equal(at.array(), rising.T)
    ordered = np.take_along_axis(x, rising, 1)
    for k in {1, n, n // 2 + 1}:
        _, at = _core.sort(array(x), 1, k, False, _core.SORT_PICKS["kth"], True)
        np.testing.assert_array_equal(at.array(), rising[:, k - 1 : k])
    there = (ordered == ordered).sum(1)
    for name, places in [
        ("nanmedian", np.maximum(there - 1, 0) // 2),
        ("median", np.where(there < n, there, np.maximum(there - 1, 0) // 2)),
    ]:
        _, at = _core.sort(array(x), 1, 1, False, _core.SORT_PICKS[name], True)
        np.testing.assert_array_equal(at.array()[:, 0], rising[range(3), places])


def test_no_rows_and_no_elements():
    for shape in ((0, 3), (3, 0), (0,)):
        values, at = _core.sort(array(floats(*shape)), len(shape) - 1, shape[-1], False, 0, True)
        assert values.shape == at.shape == shape
        assert _core.scan(array(floats(*shape)), 0, False, False).shape == shape
        assert _core.scan_extremes(array(floats(*shape)), 0, False)[0].shape == shape


@pytest.mark.parametrize("shape", [(1,), (300,), (5, 30), (16, 7), (37, 33), (2, 9, 20), (3, 4, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_running_sums_and_extremes(isa, shape, dtype):
    x = (3 * floats(*shape)).clip(-1.5, 1.5).astype(dtype)
    wide = x.astype(np.float64 if dtype == np.float32 else dtype)
    for axis in range(len(shape)):
        for product, scan in ((False, np.cumsum), (True, np.cumprod)):
            want = scan(wide, axis)
            got = _core.scan(array(x), axis, product, False).array()
            np.testing.assert_array_equal(got, want.astype(dtype))
            got = _core.scan(array(x), axis, product, True).array()
            want = np.flip(scan(np.flip(wide, axis), axis), axis)
            np.testing.assert_array_equal(got, want.astype(dtype))
        for least, scan in ((False, np.maximum), (True, np.minimum)):
            values, at = _core.scan_extremes(array(x), axis, least)
            want = scan.accumulate(x, axis)
            np.testing.assert_array_equal(values.array(), want)
            np.testing.assert_array_equal(np.take_along_axis(x, at.array(), axis), want)


def test_a_gradient_of_products_passes_zeros():
    for zeros in ([], [0], [3], [2, 5], [6]):
        x = floats(7).astype(np.float64)
        x[zeros] = 0
        g = floats(7).astype(np.float64)
        # the product of all but one, for each pair of an element and a product
        want = [
            sum(g[k] * np.prod(np.delete(x[: k + 1], j)) for k in range(j, 7)) for j in range(7)
        ]
        got = _core.cumprod_gradient(array(g.astype(np.float32)), array(x.astype(np.float32)), 0)
        np.testing.assert_allclose(got.array(), want, 1e-5, 1e-6)


# --------------------------------------------------------------------------------------------- bits


@pytest.mark.once
def test_the_same_bits_for_every_set_and_thread_count(isa_and_threads_restored):
    x, source = floats(600, 500), floats(600, 500)
    rows, each = rng.integers(0, 600, 600), rng.integers(0, 500, (600, 500))
    flat = rng.integers(0, 1000, 300_000)

    def results():
        a, s = array(x), array(source)
        yield _core.put(a, array(rows), s, 0, 1, PUT["sum"])
        yield _core.put(a, array(rows[:500] % 500), s, 1, 1, PUT["sum"])
        yield _core.scatter(a, array(each), s, 0, PUT["put"])
        yield _core.scatter(a, array(each), s, 1, PUT["prod"])
        yield _core.put(a.reshape((-1,)), array(flat), s.reshape((-1,)), 0, 1, PUT["sum"])
        yield _core.take(a, array(rows), 0)
        yield from _core.sort(a, 0, 600, False, 0, True)
        yield from _core.sort(a, 1, 9, True, 0, True)
        for axis in (0, 1):
            yield _core.scan(a, axis, False, False)
            yield _core.cumprod_gradient(a, s, axis)
        shown = _core.windows_of(a, 0, 3, 1)
        yield _core.view_gradient(shown, (600, 500), _core.windows_of, (0, 3, 1))
        yield shown.copy()
        yield _core.backwards(a, (0, 1)).copy()

    want = None
    for name, threads in itertools.product(_core.isas(), (1, 2, 5)):
        _core.set_isa(name)
        _core.set_num_threads(threads)
        got = [y.array().tobytes() for y in results()]
        want = want or got
        assert got == want, (name, threads)


# ------------------------------------------------------------------------------------------- layers


def test_embedding_and_one_hot(torch):
    table, at = floats(10, 6), rng.integers(0, 10, (4, 5))
    for options in ({}, {"padding_idx": 3}, {"scale_grad_by_freq": True}):
        x = lanegrad.tensor(table, requires_grad=True)
        y = torch.tensor(table, requires_grad=True)
        up = floats(4, 5, 6)
        got = F.embedding(lanegrad.tensor(at), x, **options)
        want = torch.nn.functional.embedding(torch.tensor(at), y, **options)
        got.backward(lanegrad.tensor(up))
        want.backward(torch.tensor(up))
        np.testing.assert_array_equal(got.detach().numpy(), want.detach().numpy())
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), 1e-5, 1e-6)
    hot = F.one_hot(lanegrad.tensor(at), 12).numpy()
    np.testing.assert_array_equal(hot, np.eye(12, dtype=np.int64)[at])


def test_windows_as_columns(torch):
    x = floats(2, 3, 9, 8)
    for options in ({"kernel_size": 3}, {"kernel_size": (2, 3), "stride": (3, 1), "padding": (1, 2)},
                    {"kernel_size": 2, "dilation": (2, 3), "padding": 1}):  # fmt: skip
        ours, theirs = lanegrad.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        got = F.unfold(ours, **options)
        want = torch.nn.functional.unfold(theirs, **options)
        np.testing.assert_array_equal(got.detach().numpy(), want.detach().numpy())
        whole = F.unfold(ours.detach() > 0, **options)
        np.testing.assert_array_equal(whole.numpy(), want.detach().numpy() > 0, strict=True)
        again = F.fold(got, (9, 8), **options)
        want_again = torch.nn.functional.fold(want, (9, 8), **options)
        np.testing.assert_allclose(again.detach().numpy(), want_again.detach().numpy(), 1e-5, 1e-6)
        (again * again).sum().backward()
        (want_again * want_again).sum().backward()
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), 1e-4, 1e-4)


@pytest.mark.parametrize("dtype", [np.int64, np.bool_])
def test_integers_and_booleans_are_padded(torch, dtype):
    x = rng.integers(0, 2, (3, 4)).astype(dtype)
    for pad in ((1, 2), (1, -1, 2, 0), (-1, 3), (0, 0, -2, -1)):
        got = F.pad(lanegrad.tensor(x), pad, value=1)
        want = torch.nn.functional.pad(torch.tensor(x), pad, value=1)
        np.testing.assert_array_equal(got.numpy(), want.numpy())
