"""Fused cross-entropy: exactness, the same bits everywhere, PyTorch's conventions, bad input."""

import mpmath
import numpy as np
import pytest

import reference_loss
from lanegrad import _core, ops
from reference_loss import ulps

CLASSES = [1, 2, 3, 4, 5, 10, 17, 64, 128, 129, 1000, 50257]
MARGINS = [0.0, *10.0 ** np.arange(-7, 5)]


def loss_only(x, target, weight=None, ignore_index=-100, reduction="none"):
    return ops.cross_entropy(
        x, target, weight=weight, ignore_index=ignore_index, reduction=reduction
    )


def loss_and_grad(x, target, weight=None, ignore_index=-100, reduction="none", out=None):
    out = np.full_like(x, np.nan) if out is None else out
    return ops.cross_entropy_with_grad(
        x, target, weight=weight, ignore_index=ignore_index, reduction=reduction, out=out
    )


def rows(classes, margin, seed=0, spread=5.0):
    """Rows where often the target, else another class leads by `margin`; an odd number of rows."""
    rng = np.random.default_rng(seed)
    count = 37 if classes <= 1000 else 3
    x = rng.standard_normal((count, classes)) * rng.choice([1e-3, 1.0, spread], (count, 1))
    target = rng.integers(0, classes, count)
    winner = np.where(rng.random(count) < 0.6, target, rng.integers(0, classes, count))
    x[np.arange(count), winner] = x.max(1) + margin
    x += rng.choice([0, 0, 100, -1e4], (count, 1))
    return x.astype(np.float32), target


def test_oracle_is_exact():
    with mpmath.workdps(400):
        for classes, margin in [(2, 1e-7), (3, 0), (10, 17), (10, 60), (64, 1e-3), (17, 300)]:
            x, target = rows(classes, margin)
            loss, grad = reference_loss.cross_entropy(x, target)
            for i in (0, 1, 2):
                terms = [mpmath.exp(mpmath.mpf(float(v))) for v in x[i]]
                total = mpmath.fsum(terms)
                t = target[i]
                expected = mpmath.log(total / terms[t])
                assert abs(loss[i] - expected) <= 1e-13 * abs(expected)
                for j in range(classes):
                    others = [v for k, v in enumerate(terms) if k != t]
                    expected = -mpmath.fsum(others) / total if j == t else terms[j] / total
                    assert abs(grad[i, j] - expected) <= 1e-12 * abs(expected) + 1e-320


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_within_two_ulps(isa, classes, weighted):
    weight = np.random.default_rng(1).uniform(0.1, 30, classes).astype(np.float32)
    weight = weight if weighted else None
    for seed, margin in enumerate(MARGINS):
        x, target = rows(classes, margin, seed, spread=20.0)
        loss, grad = loss_and_grad(x, target, weight)
        exact_loss, exact_grad = reference_loss.cross_entropy(x, target, weight)
        assert ulps(loss, exact_loss).max() < 2
        assert ulps(grad, exact_grad).max() < 2
        assert not np.isnan(grad).any()
        assert np.array_equal(loss_only(x, target, weight), loss)


@pytest.mark.parametrize("classes", [c for c in CLASSES if c > 1])
def test_confident_rows_keep_their_loss(classes):
    for margin in (5, 15, 17, 30, 80, 100):
        x = np.zeros((1, classes), np.float32)
        x[0, 1] = margin
        loss, grad = loss_and_grad(x, np.array([1]))
        rest = np.float64(classes - 1) * np.exp(-np.float64(margin))
        assert ulps(loss[0], np.log1p(rest)) < 2
        assert ulps(grad[0, 1], -rest / (1 + rest)) < 2
        assert loss[0] > 0


def test_ties(isa):
    for classes in (2, 3, 10, 128, 130, 500):
        x = np.full((5, classes), 3.25, np.float32)
        target = np.arange(5) % classes
        loss, grad = loss_and_grad(x, target)
        assert ulps(loss, np.full(5, np.log(np.float64(classes)))).max() < 1
        expected = np.full((5, classes), 1 / classes)
        expected[np.arange(5), target] = 1 / classes - 1
        assert ulps(grad, expected).max() < 1


@pytest.mark.once
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 7, 10, 63, 64, 65, 127, 128, 129, 144, 1000])
def test_same_bits_everywhere(classes, isa_and_threads_restored):
    rng = np.random.default_rng(classes)
    for count in (1, 15, 16, 17, 4001 if classes < 100 else 501):
        x = (rng.standard_normal((count, classes)) * 4).astype(np.float32)
        x[:, 1:][rng.random((count, classes - 1)) < 0.01] = -np.inf
        target = rng.integers(0, classes, count)
        target[rng.random(count) < 0.1] = -1
        weight = rng.uniform(0, 2, classes).astype(np.float32)
        results = set()
        for name in _core.isas():
            _core.set_isa(name)
            for threads in (1, 2, 5):
                _core.set_num_threads(threads)
                for reduction in ("none", "mean", "sum"):
                    loss, grad = loss_and_grad(x, target, weight, -1, reduction)
                    if reduction == "mean":
                        results.add((loss.tobytes(), grad.tobytes()))
                    if reduction == "none":
                        alone = loss_and_grad(x[-1:].copy(), target[-1:].copy(), weight, -1)
                        assert alone[0].tobytes() == loss[-1:].tobytes()
                        assert alone[1].tobytes() == grad[-1:].tobytes()
        assert len(results) == 1


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (4, 10), (33, 7), (20, 200)])
def test_like_pytorch(torch, shape, weighted, reduction):
    rng = np.random.default_rng(5)
    x = rng.standard_normal(shape, dtype=np.float32)
    target = rng.integers(0, shape[1], shape[0])
    target[rng.random(shape[0]) < 0.2] = 2**40
    target[0] = 0
    weight = rng.uniform(0.1, 2, shape[1]).astype(np.float32) if weighted else None
    loss, grad = loss_and_grad(x, target, weight, 2**40, reduction)
    logits = torch.from_numpy(x).double().requires_grad_()
    # PyTorch takes no ignore_index above 2^31 on every build: stand-in.
    labels = torch.from_numpy(np.where(target == 2**40, -7, target))
    expected = torch.nn.functional.cross_entropy(
        logits,
        labels,
        None if weight is None else torch.from_numpy(weight).double(),
        ignore_index=-7,
        reduction=reduction,
    )
    expected.sum().backward()
    np.testing.assert_allclose(loss, expected.detach().numpy(), rtol=3e-7)
    np.testing.assert_allclose(grad, logits.grad.numpy(), rtol=3e-7, atol=1e-12)
    assert type(loss) is (np.ndarray if reduction == "none" else np.float32)


@pytest.mark.parametrize("classes", [10, 200])
def test_special_logits_stay_in_their_row(torch, isa, classes):
    x = np.random.default_rng(6).standard_normal((20, classes)).astype(np.float32)
    clean_loss, clean_grad = loss_and_grad(x, np.full(20, 1))
    x[2, 5] = np.nan
    x[3, 1] = np.nan
    x[4, 5] = np.inf
    x[5, 1] = np.inf
    x[6] = -np.inf
    x[7, 1] = -np.inf
    x[8, [0, 2]] = -np.inf
    x[9, 2:] = -np.inf
    x[10, 3] = 3e38
    x[10, 1] = -3e38
    x[11, 3] = -3e38
    target = np.full(20, 1)
    loss, grad = loss_and_grad(x, target)
    logits = torch.from_numpy(x).double().requires_grad_()
    expected = torch.nn.functional.cross_entropy(logits, torch.from_numpy(target), reduction="none")
    expected.sum().backward()
    finite_input = [i for i in range(20) if i not in (2, 3, 4, 5, 6)]
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(loss, expected.detach().numpy().astype(np.float32), rtol=3e-7)
    np.testing.assert_allclose(
        grad[finite_input], logits.grad.numpy()[finite_input], rtol=3e-7, atol=1e-12
    )
    assert np.isnan(grad[[2, 3, 4, 5, 6]]).all()
    np.testing.assert_array_equal(loss[12:], clean_loss[12:])
    np.testing.assert_array_equal(grad[12:], clean_grad[12:])


@pytest.mark.parametrize("classes", [3, 10, 128, 300])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_gradient_over_the_logits(isa, classes, reduction):
    x, target = rows(classes, 1.0)
    loss, grad = loss_and_grad(x, target, reduction=reduction)
    in_place, _ = loss_and_grad(x, target, reduction=reduction, out=x)
    np.testing.assert_array_equal(in_place, loss)
    np.testing.assert_array_equal(x, grad)


@pytest.mark.parametrize("classes", [3, 10, 300])
def test_ignored_rows(isa, classes):
    x, target = rows(classes, 1.0)
    x[5] = np.nan
    target[5] = target[9] = -3
    counted = np.flatnonzero(target != -3)
    loss, grad = loss_and_grad(x, target, ignore_index=-3)
    assert loss[[5, 9]].tolist() == [0, 0]
    assert not grad[[5, 9]].any()
    only, only_grad = loss_and_grad(x[counted], target[counted])
    np.testing.assert_array_equal(loss[counted], only)
    np.testing.assert_array_equal(grad[counted], only_grad)
    mean, mean_grad = loss_and_grad(x, target, ignore_index=-3, reduction="mean")
    assert mean == np.float32(only.astype(np.float64).mean())
    assert ulps(mean_grad[counted], only_grad.astype(np.float64) / len(counted)).max() < 3

    target[:] = -3
    mean, grad = loss_and_grad(x, target, ignore_index=-3, reduction="mean")
    assert np.isnan(mean)
    assert not grad.any()
    assert loss_only(x, target, None, -3, "sum") == 0


def test_an_ignored_index_may_be_a_class():
    x, target = rows(5, 1.0)
    loss, grad = loss_and_grad(x, target, ignore_index=2)
    assert not loss[target == 2].any()
    assert not grad[target == 2].any()
    assert loss[target != 2].all()


def test_no_rows():
    x, target = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    for reduction, expected in (("mean", np.nan), ("sum", 0), ("none", np.zeros(0))):
        np.testing.assert_array_equal(loss_only(x, target, reduction=reduction), expected)
        loss, grad = loss_and_grad(x, target, reduction=reduction)
        np.testing.assert_array_equal(loss, expected)
        assert grad.shape == (0, 4)
