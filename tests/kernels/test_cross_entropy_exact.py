"""How exact the loss is: within 2 ULP wherever the logits lie, and special values stay in their rows."""

import functools
import math

import mpmath
import numpy as np
import pytest

import reference_loss
from lanegrad import _core, ops
from reference_loss import ulps

pytestmark = pytest.mark.once

CLASSES = [1, 2, 3, 4, 5, 10, 17, 63, 64, 65, 127, 128, 129, 1000, 50_257, 200_000]
KINDS = ["indices", "probabilities"]
MARGINS = [0.0, *10.0 ** np.arange(-7, 5)]
CASES = {
    "plain": {},
    "weights": {"weight": True, "sample_weight": True},
    "smoothing": {"label_smoothing": 0.1},
    "uniform": {"label_smoothing": 1.0},
    "z_loss": {"z_loss": 1e-3},
    "softcap": {"softcap": 30.0},
    "all": {
        "weight": True, "sample_weight": True, "label_smoothing": 0.01, "z_loss": 0.1,
        "softcap": 5.0,
    },
}  # fmt: skip


def hard_rows(classes):
    """Pairs (row of logits, label) in which sums, margins or offsets could lose digits."""
    rng = np.random.default_rng(classes)

    def label():
        return rng.integers(0, classes)

    for margin in MARGINS:
        for ahead in (True, False):
            x, target = rng.choice([1e-3, 1, 20]) * rng.standard_normal(classes), label()
            x[target if ahead else label()] = x.max() + margin
            yield x + rng.choice([0, 0, 100, -1e4, 1e6]), target
    for ratio in (0.01, 0.3, 2, 10):  # terms of all sizes
        yield rng.permutation(-ratio * np.arange(classes)) + rng.choice([0, 5]), label()
    for share in (1, 0.5):  # many equal terms
        yield np.where(rng.random(classes) < share, 3.25, -5 * rng.random(classes)), label()
    for size in (1e-40, 1e-30, 1e-5, 1e3, 1e37, 3e38):
        yield size * rng.uniform(-1, 1, classes), label()


def problem(classes, kind, case):
    """Logits, target and options, and what is exact: the oracle's results and the size of the
    numbers whose differences the gradients are."""
    rows = list(hard_rows(classes))[:: 1 if classes <= 1000 else 5 if classes < 100_000 else 12]
    x, target = np.float32([row for row, _ in rows]), np.array([t for _, t in rows])
    rng = np.random.default_rng(0)
    options = dict(CASES[case])
    if "weight" in options:
        options["weight"] = rng.uniform(0.1, 30, classes).astype(np.float32)
        options["sample_weight"] = rng.uniform(0.1, 30, len(x)).astype(np.float32)
    if kind == "probabilities":
        power = rng.choice([1, 4, 30], (len(x), 1))
        target = rng.random(x.shape) ** power
        target = (target / target.sum(1, keepdims=True)).astype(np.float32)
        target[::4] = np.eye(1, classes)  # certain: nothing but the first class
    elif case in ("plain", "weights", "softcap"):
        impossible = rng.random(x.shape) < rng.choice([0, 0.3], (len(x), 1))
        impossible[np.arange(len(x)), target] = False
        x[impossible] = -np.inf
    exact = reference_loss.loss(x, target, reduction="none", **options)
    return x, target, options, exact, reference_loss.subtracted(x, target, **options)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", CLASSES)
def test_within_two_ulps(classes, kind, case, isa_and_threads_restored):
    x, target, options, exact, sizes = problem(classes, kind, case)
    for name in _core.isas():
        _core.set_isa(name)
        loss, grad, *target_grad, stats = ops.cross_entropy_with_grad(
            x, target, reduction="none", **options, return_stats=True,
            return_target_grad=kind == "probabilities",
        )  # fmt: skip
        assert ulps(loss, exact.loss).max() <= 2
        assert ulps(grad, exact.gradient, sizes).max() <= 2
        assert not np.isnan(grad).any()
        if target_grad:
            assert ulps(target_grad[0], exact.target_gradient).max() <= 2
        if "softcap" not in options:  # a sum of the maximum and a logarithm
            size = np.maximum(np.abs(x.max(1)), np.abs(exact.logsumexp))
            assert ulps(stats.logsumexp, exact.logsumexp, size).max() <= 2


@pytest.mark.parametrize("classes", [c for c in CLASSES if c <= 1000])
@pytest.mark.parametrize("case", ["plain", "weights"])
def test_gradients_of_the_mean_within_two_ulps(classes, case):
    x, target, options, *_ = problem(classes, "indices", case)
    loss, grad = ops.cross_entropy_with_grad(x, target, **options)
    exact = reference_loss.loss(x, target, **options)
    assert ulps(loss, exact.loss) <= 2
    assert ulps(grad, exact.gradient).max() <= 2


@pytest.mark.parametrize("classes", [2, 3, 10, 129, 50_257])
def test_confident_rows_keep_their_loss(classes):
    for margin in (5, 15, 17, 30, 80, 100):
        x = np.zeros((1, classes), np.float32)
        x[0, 1] = margin
        rest = np.float64(classes - 1) * np.exp(-np.float64(margin))
        sure = np.eye(1, classes, 1, dtype=np.float32)
        for target in ([1], sure):
            loss, grad = ops.cross_entropy_with_grad(x, target)
            assert ulps(loss, np.log1p(rest)) <= 2
            assert loss > 0
            if target is not sure:
                assert ulps(grad[0, 1], -rest / (1 + rest)) <= 2


@pytest.mark.parametrize("case", ["plain", "weights", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_million_rows(kind, case, isa_and_threads_restored):
    count, classes = 1_000_000, 3
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, classes)) * 10.0 ** rng.integers(-3, 4, (count, 1))
    x, target = x.astype(np.float32), rng.integers(0, classes, count)
    weights = samples = np.ones(count)  # what "mean" divides by
    options = dict(CASES[case])
    if "weight" in options:
        options["weight"] = np.float32([0.5, 1, 30])
        options["sample_weight"] = rng.uniform(0.1, 3, count).astype(np.float32)
        weights = samples = np.float64(options["sample_weight"])
        if kind == "indices":
            weights = samples * options["weight"][target]
    if kind == "probabilities":
        target = rng.dirichlet([0.5] * classes, count).astype(np.float32)
    oracle = functools.partial(reference_loss.loss, x, target, reduction="none")
    costs = math.fsum(oracle(**options | {"z_loss": 0.0}).loss)
    squares = 0.0
    if "z_loss" in options:
        squares = math.fsum(oracle(**options | {"weight": np.zeros(classes)}).loss)
    exact = {
        "sum": costs + squares,
        "mean": costs / math.fsum(weights) + squares / math.fsum(samples),
    }
    best, *others = _core.isas()
    # All numbers of threads on all sets: the tests of the same bits everywhere, with fewer rows.
    everywhere = [(best, 1), (best, 2), (best, 5), *((name, 2) for name in others)]
    for reduction, want in exact.items():
        found = set()
        for name, threads in everywhere if reduction == "sum" else everywhere[1:3]:
            _core.set_isa(name)
            _core.set_num_threads(threads)
            found.add(ops.cross_entropy(x, target, reduction=reduction, **options).tobytes())
        assert len(found) == 1
        assert ulps(np.frombuffer(found.pop(), np.float32), want) <= 2


# ------------------------------------------------------------------------------- special values


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [3, 10, 129, 1000])
def test_special_values_stay_in_their_rows(classes, kind, case, isa):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, classes)).astype(np.float32)
    target = rng.integers(0, classes, 40)
    if kind == "probabilities":
        target = rng.dirichlet(np.ones(classes), 40).astype(np.float32)
    options = dict(CASES[case])
    if "weight" in options:
        options["weight"] = rng.uniform(0.1, 30, classes).astype(np.float32)
        options["sample_weight"] = rng.uniform(0.1, 30, 40).astype(np.float32)
    clean_loss, clean_grad = ops.cross_entropy_with_grad(x, target, reduction="none", **options)
    assert np.isfinite(clean_grad).all()
    x[3, 0] = x[16, classes - 1] = x[17, 1] = np.nan
    x[20] = np.nan
    special = [3, 16, 17, 20]
    if "softcap" not in options:
        x[5, 1] = x[31] = np.inf
        x[8] = -np.inf
        special += [5, 31, 8]
    loss, grad = ops.cross_entropy_with_grad(x, target, reduction="none", **options)
    assert np.isnan(loss[special]).all()
    assert np.isnan(grad[special]).all()
    usual = np.delete(np.arange(40), special)
    np.testing.assert_array_equal(loss[usual], clean_loss[usual])
    np.testing.assert_array_equal(grad[usual], clean_grad[usual])
    for reduction in ("mean", "sum"):
        assert np.isnan(ops.cross_entropy(x, target, reduction=reduction, **options))


@pytest.mark.parametrize("classes", [3, 10, 129, 1000])
def test_impossible_classes(classes, isa):
    """A logit of -inf costs nothing unless its class is wanted; 0 * inf is NaN, as in PyTorch."""
    x = np.random.default_rng(0).standard_normal((5, classes)).astype(np.float32)
    x[:, 1] = -np.inf
    target = np.array([0, 0, 2, 1, 2])
    loss, grad = ops.cross_entropy_with_grad(x, target, reduction="none")
    np.testing.assert_array_equal(np.isinf(loss), target == 1)
    assert (grad[target != 1, 1] == 0).all()
    assert np.isfinite(grad).all()
    smooth = ops.cross_entropy(x, target, label_smoothing=0.1, reduction="none")
    assert (smooth == np.inf).all()
    probabilities = np.full((5, classes), 1 / classes, np.float32)
    probabilities[2:, 1] = 0
    some = ops.cross_entropy(x, probabilities, reduction="none")
    assert (some[:2] == np.inf).all()
    assert np.isnan(some[2:]).all()


# -------------------------------------------------------------------------------- of the oracle


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("classes", [1, 2, 5, 17])
def test_the_oracle_is_exact(classes, case, kind):
    x, target, options, exact, sizes = problem(classes, kind, case)
    mp = mpmath.mp.clone()
    mp.dps = 330
    smoothing, z = mp.mpf(options.get("label_smoothing", 0)), mp.mpf(options.get("z_loss", 0))
    for i in range(0, len(x), 3):
        s = mp.mpf(float(options["sample_weight"][i])) if "sample_weight" in options else 1
        w = [mp.mpf(float(v)) for v in options.get("weight", np.ones(classes))]
        t = target[i] if kind == "probabilities" else np.eye(classes)[target[i]]
        q = [
            s * w[j] * ((1 - smoothing) * mp.mpf(float(t[j])) + smoothing / classes)
            for j in range(classes)
        ]
        y = [mp.mpf(float(v)) for v in x[i]]
        slope = [1] * classes
        if "softcap" in options:
            cap = mp.mpf(options["softcap"])
            slope = [mp.sech(v / cap) ** 2 for v in y]
            y = [cap * mp.tanh(v / cap) for v in y]
        top = max(y)
        terms = [mp.exp(v - top) if mp.isfinite(v) else mp.mpf(0) for v in y]
        total = mp.fsum(terms)
        lse = top + mp.log(total)
        loss = mp.fsum(a * (lse - b) for a, b in zip(q, y, strict=True) if a) + s * z * lse**2
        pull = (mp.fsum(q) + 2 * s * z * lse) / total
        assert abs(exact.loss[i] - loss) <= 1e-13 * abs(loss) + 1e-300
        assert abs(exact.logsumexp[i] - lse) <= 1e-14 * max(abs(lse), abs(top))
        for j in range(classes):
            gradient = slope[j] * (terms[j] * pull - q[j])
            assert abs(exact.gradient[i, j] - gradient) <= 1e-12 * sizes[i, j] + 1e-300
            if kind == "probabilities":
                gradient = s * w[j] * (1 - smoothing) * (lse - y[j])
                error = abs(exact.target_gradient[i, j] - gradient)
                assert error <= 1e-13 * abs(gradient) + 1e-300


@pytest.mark.parametrize("case", ["plain", "weights", "z_loss"])
@pytest.mark.parametrize("classes", [129, 1000])
def test_rows_side_by_side_with_many_classes(isa, classes, case):
    """Fortran order, with the largest logits in the range that the kernel guesses, and beyond it."""
    x, target, options, exact, sizes = problem(classes, "indices", case)
    samples = options.pop("sample_weight", None)
    largest = x.max(1)
    within = np.flatnonzero((largest > -10) & (largest < 33))
    for rows in (np.resize(within, 40), np.arange(len(x))):
        some = None if samples is None else samples[rows]
        found, found_grad = ops.cross_entropy_with_grad(
            np.asfortranarray(x[rows]),
            target[rows],
            reduction="none",
            sample_weight=some,
            **options,
        )
        assert ulps(found, exact.loss[rows]).max() <= 2
        assert ulps(found_grad, exact.gradient[rows], sizes[rows]).max() <= 2


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_do_not_depend_on_the_rows_beside_them(isa, kind, order, smoothing):
    """Some have a largest logit that the kernel does not guess, or a loss so small that differences of
    sums are not exact enough for it, and are computed anew."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 300), dtype=np.float32)
    x[:16] *= 3
    x[20], x[33], x[40] = 100, x[33] - 50, np.nan
    x[17, 5] = 25  # certain
    target = rng.integers(300, size=64)
    if kind == "probabilities":
        target = rng.dirichlet(np.ones(300), 64).astype(np.float32)
        target[17] = np.eye(1, 300, 5)

    def results(rows):
        x_rows = np.array(x[rows], order=order)
        return ops.cross_entropy_with_grad(
            x_rows, target[rows], reduction="none", label_smoothing=smoothing
        )

    loss, grad = results(slice(None))
    step = 1 if order == "C" else 16
    for i in range(0, 64, step):
        some, some_grad = results(slice(i, i + step))
        np.testing.assert_array_equal(some, loss[i : i + step])
        np.testing.assert_array_equal(some_grad, grad[i : i + step])
    assert np.isnan(loss[40])
    assert np.isfinite(np.delete(loss, 40)).all()
