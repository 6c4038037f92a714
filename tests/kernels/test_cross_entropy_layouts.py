"""Cross-entropy of arrays in any memory layout, with the classes on any axis."""

from itertools import cycle, product

import numpy as np
import pytest

import lanegrad.nn.functional as F
import reference_loss
from lanegrad import Tensor, _core, ops
from layouts import (
    ALL,
    PLACES,
    SHAPES,
    WRITEABLE,
    as_layout,
    channels_first,
    channels_last,
    contiguous,
    fortran,
)
from reference_loss import ulps

C = 6
THREADS = (1, 2, 5)
OPTIONS = {
    "weight": np.float32([0.5, 1, 2, 1.5, 0.25, 3]),
    "label_smoothing": 0.1, "z_loss": 0.01, "softcap": 8.0, "ignore_index": -1,
}  # fmt: skip


def problem(shape, axis, kind="indices", seed=0):
    """Logits that are float16 numbers, a target and sample weights."""
    rng = np.random.default_rng(seed)
    x = (4 * rng.standard_normal((*shape, C))).astype(np.float16).astype(np.float32)
    x = np.ascontiguousarray(np.moveaxis(x, -1, axis))
    target = np.array(rng.integers(-1, C, shape))
    target.flat[0] = 2
    if kind == "probabilities":
        target = rng.random(x.shape).astype(np.float16).astype(np.float32)
    return x, target, np.array(rng.uniform(0.5, 2, shape), np.float16).astype(np.float32)


def check(got, want):
    assert got.dtype == np.float32
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


def results(x, target, sample_weight, axis, reduction="mean", **more):
    return ops.cross_entropy_with_grad(
        x, target, sample_weight=sample_weight, axis=axis, reduction=reduction, **OPTIONS,
        return_target_grad=np.asarray(target).dtype.kind == "f", return_stats=True, **more,
    )  # fmt: skip


def check_all(got, want):
    *got, stats = got
    *want, want_stats = want
    for a, b in zip([*got, stats.logsumexp], [*want, want_stats.logsumexp], strict=True):
        check(a, b)
    np.testing.assert_array_equal(stats.argmax, want_stats.argmax)
    assert stats.correct == want_stats.correct


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_classes_on_any_axis(shape, axis, kind):
    x, target, samples = problem(shape, axis, kind)
    rows = np.moveaxis(x, axis, -1).reshape(-1, C).copy()
    soft = kind == "probabilities"
    row_target = np.moveaxis(target, axis, -1).reshape(-1, C) if soft else target.reshape(-1)
    for reduction in ("mean", "sum", "none"):
        *want, stats = results(rows, row_target, samples.reshape(-1), -1, reduction)
        want[1:] = [np.moveaxis(a.reshape(*shape, C), -1, axis) for a in want[1:]]
        want[0] = want[0].reshape(shape) if reduction == "none" else want[0]
        stats = ops.CrossEntropyStats(
            stats.logsumexp.reshape(shape), stats.argmax.reshape(shape), stats.correct
        )
        check_all(results(x, target, samples, axis, reduction), [*want, stats])
        if axis == min(1, len(shape)):  # where they are by default
            check_all(results(x, target, samples, None, reduction), [*want, stats])

    options = {"weight": OPTIONS["weight"], "ignore_index": -1, "reduction": "none"}
    a = Tensor(x, requires_grad=True)
    loss, grad = ops.cross_entropy_with_grad(x, target, axis=axis, **options)
    tensor = F.cross_entropy(a, target, axis=axis, **options)
    check(tensor.detach().numpy(), loss)
    tensor.sum().backward()
    check(a.grad.numpy(), grad)
    if not soft:
        log_probs = ops.log_softmax(x, axis)
        np.testing.assert_allclose(
            ops.nll_loss(log_probs, target, axis=axis, **options), loss, rtol=1e-5
        )
        back = ops.nll_loss_backward(
            np.float32(loss * 0 + 1), log_probs, target, axis=axis, **options
        )
        check(ops.log_softmax_backward(back, log_probs, axis), grad)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("kind", ["indices", "probabilities"])
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_arguments_in_any_layout(shape, axis, kind, make):
    x, target, samples = problem(shape, axis, kind)
    for reduction in ("mean", "none"):
        want = results(x, target, samples, axis, reduction)
        check_all(results(as_layout(make, x), target, samples, axis, reduction), want)
        check_all(results(x, as_layout(make, target), samples, axis, reduction), want)
        check_all(results(x, target, as_layout(make, samples), axis, reduction), want)
        every = [as_layout(make, a) for a in (x, target, samples)]
        check_all(results(*every, axis, reduction), want)
    changed = OPTIONS | {"weight": as_layout(make, OPTIONS["weight"])}
    got = ops.cross_entropy(x, target, axis=axis, **changed)
    check(got, ops.cross_entropy(x, target, axis=axis, **OPTIONS))


@pytest.mark.parametrize("make", WRITEABLE)
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_gradients_go_where_out_is(shape, axis, make):
    for kind, source in product(["indices", "probabilities"], [contiguous, make]):
        x, target, samples = problem(shape, axis, kind)
        want = results(x, target, samples, axis)
        memory, out = make(x.shape, np.float32)
        memory[...], out[...] = 7, 0
        untouched = memory == 7
        got = results(as_layout(source, x), target, samples, axis, out=out)
        assert got[1] is out
        check_all(got, want)
        assert (memory[untouched] == 7).all()


@pytest.mark.parametrize("make", WRITEABLE)
@pytest.mark.parametrize(("shape", "axis"), PLACES)
def test_gradients_over_logits_in_any_layout(shape, axis, make):
    for kind in ("indices", "probabilities"):
        x, target, samples = problem(shape, axis, kind)
        want = results(x, target, samples, axis)
        memory, view = make(x.shape, np.float32)
        memory[...], view[...] = 777, x
        untouched = memory == 777
        got = results(view, target, samples, axis, out=view)
        assert got[1] is view
        check_all(got, want)
        assert (memory[untouched] == 777).all()


@pytest.mark.parametrize("make", [contiguous, fortran, channels_last, channels_first])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_fresh_gradient_lies_in_memory_as_the_logits_do(shape, dtype, make):
    axis = min(1, len(shape))
    x, target, samples = problem(shape, axis)
    x = as_layout(make, x.astype(dtype))
    _, grad, _ = results(x, target, samples, axis)
    assert grad.strides == np.empty_like(x, np.float32).strides
    assert grad.flags.writeable
    assert grad.flags.owndata or not np.may_share_memory(grad, x)


@pytest.mark.once
@pytest.mark.parametrize(
    ("outer", "classes", "inner"),
    [
        (1, 521, 100), (1, 521, 2112), (1, 521, 2117), (3, 300, 257), (40, 150, 16), (9, 200, 7),
        (2, 10_007, 130), (2, 70_000, 33), (1, 129, 64_513), (3, 1, 700), (4, 2, 64), (9, 10, 100),
        (3, 21, 1030), (2, 100, 1024), (1, 100, 11_000),
    ],
)  # fmt: skip
def test_many_rows_side_by_side(outer, classes, inner, isa_and_threads_restored):
    """Pieces long and short, of whole vectors or not, tiles of which the last has one row, small gradients
    and large, largest logits that the kernel does not guess, tiny weights, ignored rows."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((outer, classes, inner), dtype=np.float32)
    x[0, :, 5], x[-1, :, -1] = 100 * x[0, :, 5], x[-1, :, -1] - 60
    target = rng.integers(classes, size=(outer, inner))
    target[0, :3], target[-1, -2] = -100, -100
    samples = rng.random((outer, inner), dtype=np.float32)
    samples[0, 4:7] = 3e-38
    options = {"reduction": "none", "sample_weight": samples}
    rows = np.ascontiguousarray(x.transpose(0, 2, 1))
    want = ops.cross_entropy_with_grad(rows, target, axis=-1, **options)
    found = set()
    sets = [
        (name, streams)
        for name, streams in product(_core.isas(), (False, True))
        if not (streams and name == "portable")  # has no such stores
    ]
    # Of many elements one number of threads on each set, another one on the next.
    few = x.size < 1e6
    for (name, streams), threads in product(sets, THREADS) if few else zip(sets, cycle(THREADS)):
        _core.set_isa(name)
        _core.streams(streams)
        _core.set_num_threads(threads)
        loss, grad = ops.cross_entropy_with_grad(x, target, **options)
        over, apart = x.copy(), np.empty(x.size + 1, np.float32)[1:].reshape(x.shape)
        for out in (over, apart):
            ops.cross_entropy_with_grad(out if out is over else x, target, out=out, **options)
            np.testing.assert_array_equal(out, grad)
        found.add(loss.tobytes() + grad.tobytes())
        np.testing.assert_array_equal(ops.cross_entropy(x, target, **options), loss)
    assert len(found) == 1
    np.testing.assert_allclose(loss, want[0], rtol=3e-7)
    np.testing.assert_allclose(grad, want[1].transpose(0, 2, 1), rtol=1e-6, atol=1e-44)


def test_columns_of_fortran_order_are_such_rows(isa_and_threads_restored):
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((1500, 200), dtype=np.float32), rng.integers(200, size=1500)
    loss, grad = ops.cross_entropy_with_grad(x.T[None], target[None], reduction="none")
    x = np.asfortranarray(x)
    again = ops.cross_entropy_with_grad(x, target, reduction="none")
    np.testing.assert_array_equal(again[0], loss[0])
    np.testing.assert_array_equal(again[1], grad[0].T)
    assert again[1].flags.f_contiguous


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
@pytest.mark.parametrize("convert", [np.float64, np.float16, np.longdouble, np.ndarray.tolist])
def test_other_floats_and_lists(convert, kind):
    for shape in SHAPES:
        axis = min(1, len(shape))
        x, target, samples = problem(shape, axis, kind)
        want = results(x, target, samples, axis)
        other = convert(target) if kind == "probabilities" else target.tolist()
        check_all(results(convert(x), other, convert(samples), axis), want)
        changed = OPTIONS | {"weight": convert(OPTIONS["weight"])}
        check(ops.cross_entropy(x, target, **changed), ops.cross_entropy(x, target, **OPTIONS))


@pytest.mark.parametrize(
    "dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i2", ">u4", ">i8", ">u8", "<i8"]
)
def test_labels_of_any_integer_dtype(dtype):
    x, target, _ = problem((40,), 1)
    target[target < 0] = 3
    want = ops.cross_entropy_with_grad(x, target, reduction="none", ignore_index=3)
    for labels in (target.astype(dtype), target.astype(dtype).repeat(2)[::2]):
        got = ops.cross_entropy_with_grad(x, labels, reduction="none", ignore_index=3)
        for a, b in zip(got, want, strict=True):
            np.testing.assert_array_equal(a, b)


def test_zero_strides():
    x, target, samples = problem((3, 4), 1)
    cases = [
        (np.broadcast_to(x[:1], x.shape), target, samples),
        (np.broadcast_to(x[:, :, :1], x.shape), np.broadcast_to(target[:1], (3, 4)), samples),
        (np.broadcast_to(x[:, :1], x.shape), np.broadcast_to(np.int64(2), (3, 4)), samples),
        (x, np.broadcast_to(x[:1, :, :1] ** 2, x.shape), np.broadcast_to(samples[:1], (3, 4))),
        (np.broadcast_to(np.float32(2), x.shape), target, np.broadcast_to(np.float32(2), (3, 4))),
    ]
    for case in cases:
        want = results(*(np.ascontiguousarray(a) for a in case), 1)
        check_all(results(*case, 1), want)
        check_all(results(*case, 1, out=np.empty_like(x)), want)
    check(
        ops.cross_entropy(x, target, weight=np.broadcast_to(np.float32(2), C), ignore_index=-1),
        ops.cross_entropy(x, target, ignore_index=-1),
    )


@pytest.mark.parametrize("columns", [5, 40])
@pytest.mark.parametrize("classes", [100, 200])
def test_rows_that_overlap(classes, columns):
    memory = np.random.default_rng(0).standard_normal(classes + columns, dtype=np.float32)
    x = np.lib.stride_tricks.as_strided(memory, (1, classes, columns), (4, 4, 4))
    target = np.arange(columns)[None]
    copy = np.ascontiguousarray(x)
    want = ops.cross_entropy_with_grad(copy, target)
    for a, b in zip(ops.cross_entropy_with_grad(x, target), want, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(ops.softmax(x, 1), ops.softmax(copy, 1))


@pytest.mark.once
def test_more_than_two_to_the_31_elements():
    count, classes = 2**21 + 3, 1024
    row = np.random.default_rng(0).standard_normal(classes).astype(np.float32)
    x = np.broadcast_to(row, (count, classes))
    target = np.full(count, 5)
    target[-2] = 1000
    usual, other = ops.cross_entropy(np.stack([row, row]), [5, 1000], reduction="none")
    losses = ops.cross_entropy(x, target, reduction="none")
    assert losses.shape == (count,)
    assert losses[-2] == other
    assert (np.delete(losses, -2) == usual).all()
    total = ops.cross_entropy(x, target, reduction="sum")
    exact, _ = reference_loss.cross_entropy(np.stack([row, row]), [5, 1000])
    assert ulps(total, exact @ [count - 1, 1]) <= 2
    target[-1] = classes
    with pytest.raises(IndexError, match=rf"target\[{count - 1}\] is 1024"):
        ops.cross_entropy(x, target)


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
@pytest.mark.parametrize(
    ("shape", "axis"), [((0,), 1), ((0,), 0), ((0, 3), 1), ((2, 0), 1), ((2, 0), -1)]
)
def test_no_rows(shape, axis, kind):
    x = np.zeros((*shape[:axis], C, *shape[axis:]) if axis >= 0 else (*shape, C), np.float32)
    target = x if kind == "probabilities" else np.zeros(shape, np.int64)
    samples = np.ones(shape, np.float32)
    for reduction, more in product(["mean", "sum", "none"], [{}, {"out": x.copy()}]):
        loss, grad, *_, stats = results(x, target, samples, axis, reduction, **more)
        wanted = {"mean": np.nan, "sum": 0.0, "none": np.zeros(shape)}[reduction]
        check(loss, np.float32(wanted))
        assert grad.shape == x.shape
        assert stats.logsumexp.shape == stats.argmax.shape == shape
        assert stats.correct == 0
        a = Tensor(x, requires_grad=True)
        tensor = F.cross_entropy(a, target, sample_weight=samples, axis=axis, reduction=reduction)
        check(tensor.detach().numpy(), np.float32(wanted))
        tensor.sum().backward()
        assert a.grad.shape == x.shape
        if kind == "indices":
            check(ops.nll_loss(x, target, axis=axis, reduction=reduction), np.float32(wanted))
