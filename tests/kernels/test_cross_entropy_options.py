"""Every option of cross-entropy with every other: values, gradients and statistics."""

from itertools import cycle, product

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import lanegrad
import lanegrad.nn.functional as F
import reference
import reference_loss
from lanegrad import Tensor, _core, nn, ops, tensor
from reference_loss import ulps

CLASSES = [1, 2, 3, 10, 128, 129, 1000]
ROWS = [1, 15, 16, 17, 33]
KINDS = ["indices", "probabilities"]
REDUCTIONS = ["mean", "sum", "none"]
IGNORED = -7
OPTIONS = [
    {
        "weight": weighted, "sample_weight": sampled, "label_smoothing": smoothing,
        "z_loss": z_loss, "softcap": softcap,
    }
    for weighted, sampled, smoothing, z_loss, softcap in product(
        [False, True], [False, True], [0.0, 0.1, 1.0], [0.0, 0.01], [None, 6.0]
    )
]  # fmt: skip


def problem(shape, classes, kind, options, seed=0, axis=-1):
    """Logits, a target of this kind and options with arrays for the weights that are wanted."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((*shape, classes)) * rng.choice([0.1, 3, 30], (*shape, 1))
    if kind == "indices":
        target = np.array(rng.integers(0, classes, shape))
        target[rng.random(shape) < 0.2] = IGNORED
        target.flat[0] = classes - 1
        options = options | {"ignore_index": IGNORED}
    else:
        target = rng.random((*shape, classes)) ** 4
        target = np.moveaxis(target / target.sum(-1, keepdims=True), -1, axis).astype(np.float32)
    weight = rng.uniform(0.1, 3, classes).astype(np.float32)
    sample_weight = np.array(rng.uniform(0.1, 3, shape), np.float32)
    options = options | {
        "weight": weight if options["weight"] else None,
        "sample_weight": sample_weight if options["sample_weight"] else None,
    }
    return np.moveaxis(x, -1, axis).astype(np.float32), target, options


def close(got, want, **tolerance):
    tolerance = {"rtol": 2e-6, "atol": 3e-6, **tolerance}
    np.testing.assert_allclose(got, want, **tolerance)
    assert np.asarray(got).dtype == np.float32


def same(got, want):
    assert np.asarray(got).tobytes() == np.asarray(want).tobytes()


def check(x, target, options):
    """ops' results for rows of logits, in all the ways to ask for them, against the oracle."""
    want = reference_loss.loss(x, target, **options)
    soft = want.target_gradient is not None
    more = {"return_stats": True} | ({"return_target_grad": True} if soft else {})
    loss, grad, *target_grad, stats = ops.cross_entropy_with_grad(x, target, **options, **more)
    close(loss, want.loss)
    close(grad, want.gradient)
    assert type(loss) is (np.ndarray if options["reduction"] == "none" else np.float32)
    if soft:
        close(target_grad[0], want.target_gradient)

    close(stats.logsumexp, want.logsumexp)
    assert stats.argmax.dtype == np.int64
    np.testing.assert_array_equal(stats.argmax, x.argmax(1))
    right = x.argmax(1) == (target.argmax(1) if soft else target)
    assert stats.correct == right.sum()
    assert type(stats.correct) is int

    same(ops.cross_entropy(x, target, **options), loss)
    again, again_stats = ops.cross_entropy(x, target, **options, return_stats=True)
    same(again, loss)
    for a, b in zip(again_stats, stats, strict=True):
        same(a, b)
    assert len(ops.cross_entropy_with_grad(x, target, **options)) == 2
    over = x.copy()
    results = ops.cross_entropy_with_grad(over, target, **options, **more, out=over)
    assert results[1] is over
    for a, b in zip(results[:-1], [loss, grad, *target_grad], strict=True):
        same(a, b)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", CLASSES)
def test_every_combination(classes, kind):
    for i, (options, reduction) in enumerate(product(OPTIONS, REDUCTIONS)):
        x, target, options = problem((ROWS[i % 5],), classes, kind, options, i)
        check(x, target, options | {"reduction": reduction})


@settings(max_examples=150)
@given(
    st.integers(0, 40), st.integers(1, 200), st.sampled_from(KINDS), st.booleans(), st.booleans(),
    st.floats(0, 1), st.floats(0, 2), st.none() | st.floats(0.5, 100),
    st.sampled_from(REDUCTIONS), st.integers(0, 2**32),
)  # fmt: skip
def test_any_combination(
    rows, classes, kind, weighted, sampled, smoothing, z_loss, softcap, reduction, seed
):
    options = {
        "weight": weighted, "sample_weight": sampled, "label_smoothing": smoothing,
        "z_loss": z_loss, "softcap": softcap,
    }  # fmt: skip
    x, target, options = problem((max(rows, 1),), classes, kind, options, seed)
    if rows == 0:
        x, target = x[:0], target[:0]
        if sampled:
            options["sample_weight"] = options["sample_weight"][:0]
    check(x, target, options | {"reduction": reduction})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [3, 10, 129])
def test_rows_alone_are_as_in_a_batch(classes, kind):
    for options in OPTIONS:
        x, target, options = problem((33,), classes, kind, options)
        samples = options.pop("sample_weight")
        options["reduction"] = "none"
        loss, grad = ops.cross_entropy_with_grad(x, target, sample_weight=samples, **options)
        for part in (slice(0, 1), slice(16, 17), slice(32, 33), slice(3, 20)):
            some = None if samples is None else samples[part]
            results = ops.cross_entropy_with_grad(
                x[part], target[part], sample_weight=some, **options
            )
            same(results[0], loss[part])
            same(results[1], grad[part])


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rows", "classes"), [(4001, 3), (501, 129)])
def test_same_bits_everywhere(rows, classes, kind, isa_and_threads_restored):
    """Each set with another number of threads, and with all of them as options change."""
    numbers = cycle((1, 2, 5, 2, 5, 1, 5, 1, 2))
    for options, reduction in zip(OPTIONS, REDUCTIONS * len(OPTIONS), strict=False):
        x, target, options = problem((rows,), classes, kind, options)
        found = set()
        for name in _core.isas():
            _core.set_isa(name)
            _core.set_num_threads(next(numbers))
            loss, grad, *more, stats = ops.cross_entropy_with_grad(
                x, target, **options, reduction=reduction, return_stats=True,
                return_target_grad=kind == "probabilities",
            )  # fmt: skip
            arrays = [loss, grad, *more, stats.logsumexp, stats.argmax]
            found.add((*(np.asarray(a).tobytes() for a in arrays), stats.correct))
        assert len(found) == 1, options


# --------------------------------------------------------------------- gradients of the oracle


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_oracles_gradients(kind, reduction):
    for i, options in enumerate(OPTIONS):
        x, target, options = problem((4,), 3, kind, options, i)
        x, options = np.float64(x) / 8, options | {"reduction": reduction}
        upstream = np.arange(1.0, 5.0) if reduction == "none" else 2.0
        got = reference_loss.loss(x, target, **options)

        def loss(a, t=target, o=options, g=upstream):
            return (reference_loss.loss(a, t, **o).loss * g).sum()

        want = reference.numeric_gradient(loss, x)
        scale = np.reshape(upstream, (-1, 1))
        np.testing.assert_allclose(got.gradient * scale, want, rtol=1e-6, atol=1e-8)
        if kind == "probabilities":
            t = np.float64(target)
            want = reference.numeric_gradient(lambda a, f=loss, x=x: f(x, a), t)
            np.testing.assert_allclose(got.target_gradient * scale, want, rtol=1e-6, atol=1e-8)


# ------------------------------------------------------------------------------ what must hold


@pytest.mark.parametrize("classes", CLASSES)
def test_indices_are_certain_probabilities(classes):
    for options in OPTIONS:
        x, target, options = problem((17,), classes, "indices", options)
        target[target == IGNORED] = 0
        del options["ignore_index"]
        sure = np.eye(classes, dtype=np.float32)[target]
        loss, grad = ops.cross_entropy_with_grad(x, target, reduction="none", **options)
        again, again_grad = ops.cross_entropy_with_grad(x, sure, reduction="none", **options)
        assert ulps(loss, again).max() < 4
        close(again_grad, grad)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_weight_counts_rows(kind):
    for options in OPTIONS:
        x, target, options = problem((9,), 5, kind, options)
        times = np.array([1, 2, 3, 1, 1, 4, 1, 2, 1])
        options["sample_weight"] = times.astype(np.float32)
        loss, grad = ops.cross_entropy_with_grad(x, target, **options)
        options["sample_weight"] = None
        repeated, repeated_grad = ops.cross_entropy_with_grad(
            x.repeat(times, 0), target.repeat(times, 0), **options
        )
        close(loss, repeated)
        close(grad, np.add.reduceat(repeated_grad, np.cumsum(times) - times))


def test_ignored_rows_are_as_if_they_were_not_there():
    for options in OPTIONS:
        x, target, options = problem((33,), 10, "indices", options)
        ignored = target == IGNORED
        assert 0 < ignored.sum() < 33
        x[ignored] = np.nan
        loss, grad = ops.cross_entropy_with_grad(x, target, **options)
        assert not grad[ignored].any()
        if options["sample_weight"] is not None:
            options["sample_weight"] = options["sample_weight"][~ignored]
        other, other_grad = ops.cross_entropy_with_grad(x[~ignored], target[~ignored], **options)
        assert ulps(loss, other) <= 1
        assert ulps(grad[~ignored], other_grad).max() <= 1


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_all_rows_ignored(reduction):
    for options in OPTIONS:
        x, target, options = problem((17,), 10, "indices", options)
        target[:] = IGNORED
        x[3] = np.nan
        wanted = {"mean": np.nan, "sum": 0.0, "none": np.zeros(17)}[reduction]
        options["reduction"] = reduction
        loss, grad, stats = ops.cross_entropy_with_grad(x, target, **options, return_stats=True)
        np.testing.assert_array_equal(loss, np.float32(wanted))
        assert not grad.any()
        assert stats.correct == 0
        a = Tensor(x, requires_grad=True)
        F.cross_entropy(a, target, **options).sum().backward()
        assert not a.grad.numpy().any()


@pytest.mark.parametrize("kind", KINDS)
def test_weights_may_be_zero(kind):
    for i, (options, reduction) in enumerate(product(OPTIONS, REDUCTIONS)):
        x, target, options = problem((33,), 5, kind, options, i)
        if options["weight"] is not None:
            options["weight"] = np.float32([0, 2, 1, 0, 3])
        if options["sample_weight"] is not None:
            options["sample_weight"][::3] = 0
        check(x, target, options | {"reduction": reduction})


def test_statistics_of_special_rows():
    nan, inf = np.nan, np.inf
    x = np.float32(
        [[1, 3, 3, 2], [nan, 9, nan, 1], [1, nan, 9, 2], [-0.0, 0.0, -0.0, 0], [-inf, 2, -inf, 2]]
    )
    target = [2, 0, IGNORED, 0, 1]
    _, stats = ops.cross_entropy(x, target, ignore_index=IGNORED, return_stats=True)
    assert isinstance(stats, ops.CrossEntropyStats)
    np.testing.assert_array_equal(stats.argmax, [1, 0, 1, 0, 1])
    np.testing.assert_array_equal(np.isnan(stats.logsumexp), [False, True, True, False, False])
    assert stats.correct == 3
    equal = np.float32([[0, 0.5, 0.5, 0], [0.25] * 4, [0] * 4, [0] * 4, [0, 0.5, 0, 0.5]])
    _, stats = ops.cross_entropy(x, equal, return_stats=True)
    assert stats.correct == 4


# --------------------------------------------------------------------------------- with tensors


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 2)])
def test_tensors(shape, reduction, kind):
    axis = min(1, len(shape))
    rng = np.random.default_rng(3)
    for i, options in enumerate(OPTIONS):
        x, target, options = problem(shape, 7, kind, options, i, axis)
        options["reduction"] = reduction
        want = reference_loss.loss(x, target, **options)
        upstream = rng.standard_normal(want.loss.shape).astype(np.float32)
        across = np.expand_dims(upstream, axis) if upstream.ndim else upstream

        a = Tensor(x, requires_grad=True)
        t = tensor(target, requires_grad=kind == "probabilities" and i % 2 == 0)
        loss = F.cross_entropy(a, t, **options)
        assert loss.requires_grad
        close(loss.detach().numpy(), want.loss)
        loss.backward(upstream)
        close(a.grad.numpy(), want.gradient * across)
        if t.requires_grad:
            close(t.grad.numpy(), want.target_gradient * across, rtol=1e-5)
            F.cross_entropy(x, t, **options).backward(upstream)  # to the target alone
            close(t.grad.numpy(), 2 * want.target_gradient * across, rtol=1e-5)

        with lanegrad.no_grad():
            constant = F.cross_entropy(a, t, **options)
        assert not constant.requires_grad
        same(constant.numpy(), loss.detach().numpy())
        same(ops.cross_entropy(x, target, **options), constant.numpy())
        sample_weight = options.pop("sample_weight")
        module = nn.CrossEntropyLoss(**options)
        same(module(a, t, sample_weight).detach().numpy(), constant.numpy())
        if sample_weight is None:
            same(module(a, t).detach().numpy(), constant.numpy())


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(), (17,), (3, 4), (2, 3, 2)])
def test_nll_loss(shape, reduction):
    """The loss of log-probabilities is linear in them; its gradient is minus the weights."""
    axis = min(1, len(shape))
    for i, (weighted, sampled) in enumerate(product([False, True], [False, True])):
        options = {"weight": weighted, "sample_weight": sampled}
        x, target, options = problem(shape, 7, "indices", options, i, axis)
        log_probs = -np.abs(x)
        w = np.ones(7) if options["weight"] is None else np.float64(options["weight"])
        s = np.ones(shape) if options["sample_weight"] is None else options["sample_weight"]
        hot = np.moveaxis(np.eye(7)[np.where(target == IGNORED, 0, target)], -1, axis)
        each = np.expand_dims(np.where(target == IGNORED, 0, np.float64(s)), axis) * hot
        each = np.moveaxis(np.moveaxis(each, axis, -1) * w, -1, axis)
        each /= each.sum() if reduction == "mean" else 1
        want = -(each * log_probs).sum(axis if reduction == "none" else None)
        upstream = np.random.default_rng(i).standard_normal(want.shape).astype(np.float32)
        want_grad = -each * (np.expand_dims(upstream, axis) if upstream.ndim else upstream)

        options["reduction"] = reduction
        close(ops.nll_loss(log_probs, target, **options), want)
        close(ops.nll_loss_backward(upstream, log_probs, target, **options), want_grad)
        a = Tensor(log_probs, requires_grad=True)
        loss = F.nll_loss(a, target, **options)
        close(loss.detach().numpy(), want)
        loss.backward(upstream)
        close(a.grad.numpy(), want_grad)
        sample_weight = options.pop("sample_weight")
        module = nn.NLLLoss(**options)
        same(module(log_probs, target, sample_weight).numpy(), loss.detach().numpy())
