"""Negative log-likelihood loss and its gradient."""

import numpy as np
import pytest

import reference
from lanegrad import ops


def problem(shape, weighted, seed=0):
    rng = np.random.default_rng(seed)
    log_probs = -rng.exponential(size=shape).astype(np.float32)
    target = rng.integers(0, shape[1], shape[0])
    target[rng.random(shape[0]) < 0.2] = -100
    weight = rng.uniform(0.1, 3, shape[1]).astype(np.float32) if weighted else None
    return log_probs, target, weight


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (50, 10), (7, 300)])
def test_against_the_oracle(isa, shape, weighted, reduction):
    log_probs, target, weight = problem(shape, weighted)
    target[0] = 0
    loss = ops.nll_loss(log_probs, target, weight=weight, reduction=reduction)
    expected, grad = reference.nll_loss(log_probs, target, weight, -100, reduction)
    np.testing.assert_allclose(loss, expected, rtol=2e-7)
    assert type(loss) is (np.ndarray if reduction == "none" else np.float32)
    g = np.random.default_rng(1).standard_normal(shape[0], dtype=np.float32)
    g = g if reduction == "none" else 0.75
    result = ops.nll_loss_backward(g, log_probs, target, weight=weight, reduction=reduction)
    np.testing.assert_allclose(result, (np.asarray(g).reshape(-1, 1) * grad), rtol=2e-7)


def test_like_pytorch(torch):
    log_probs, target, weight = problem((30, 8), True)
    for reduction in ("mean", "sum", "none"):
        expected = torch.nn.functional.nll_loss(
            *(torch.from_numpy(a) for a in (log_probs, target, weight)), reduction=reduction
        )
        loss = ops.nll_loss(log_probs, target, weight=weight, reduction=reduction)
        np.testing.assert_allclose(loss, expected.numpy(), rtol=1e-6)


def test_nothing_to_average():
    log_probs, target = np.zeros((3, 4), np.float32), np.full(3, -100)
    assert np.isnan(ops.nll_loss(log_probs, target))
    assert ops.nll_loss(log_probs, target, reduction="sum") == 0
    assert not ops.nll_loss_backward(1.0, log_probs, target).any()
    assert np.isnan(ops.nll_loss(log_probs[:0], target[:0]))
    assert ops.nll_loss_backward(1.0, log_probs[:0], target[:0], reduction="sum").shape == (0, 4)


def test_bad_input():
    log_probs, target, weight = problem((30, 8), True)
    target[11] = 8
    with pytest.raises(IndexError, match=r"target\[11\] is 8, but there are 8 classes"):
        ops.nll_loss(log_probs, target)
    with pytest.raises(IndexError, match=r"target\[11\] is 8"):
        ops.nll_loss_backward(1.0, log_probs, target)
    target[11] = 0
    with pytest.raises(ValueError, match="reduction"):
        ops.nll_loss(log_probs, target, reduction="all")
    with pytest.raises(ValueError, match="weight must have shape"):
        ops.nll_loss(log_probs, target, weight=weight[:2])
    with pytest.raises(ValueError, match="grad has shape"):
        ops.nll_loss_backward(np.ones(3), log_probs, target, reduction="none")
    with pytest.raises(ValueError, match="grad must be one number"):
        ops.nll_loss_backward(np.ones(3), log_probs, target)
    with pytest.raises(ValueError, match="at least one class"):
        ops.nll_loss(log_probs[:, :0], target)
