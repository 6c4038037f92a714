"""Clipping of gradients, against PyTorch and float64."""

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, nn

rng = np.random.default_rng(0)
SHAPES = [(450,), (), (6,), (20_011,), (0, 3), (7, 11)]


def parameters(scale=1.0):
    params = [Tensor(np.zeros(s, np.float32), requires_grad=True) for s in SHAPES]
    for p in params:
        p.grad = Tensor((rng.normal(size=p.shape) * scale).astype(np.float32))
    return [*params, Tensor([1.0], requires_grad=True)]  # the last has no gradient


def twins(torch, params):
    params = [p for p in params if p.numel()]  # PyTorch's largest of nothing is an error
    theirs = [torch.zeros(p.shape, requires_grad=True) for p in params]
    for p, q in zip(params, theirs, strict=True):
        q.grad = None if p.grad is None else torch.tensor(p.grad.numpy())
    return params, theirs


@pytest.mark.parametrize("norm_type", [1, 2, 2.0, float("inf"), 3.0, 0.5, 1.5, 17.0])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 1e9, float("inf")])
def test_norm(isa, torch, norm_type, max_norm):
    params = parameters()
    pairs, theirs = twins(torch, params)
    flat = np.concatenate([p.grad.numpy().ravel() for p in params[:-1]]).astype(np.float64)
    exact = np.linalg.norm(flat, norm_type)
    norm = nn.utils.clip_grad_norm_(params, max_norm, norm_type)
    their_norm = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert norm.shape == ()
    np.testing.assert_allclose(norm.item(), exact, rtol=2e-7)
    np.testing.assert_allclose(norm.item(), their_norm.item(), rtol=1e-4)
    clipped = np.concatenate([p.grad.numpy().ravel() for p in params[:-1]])
    expected = flat * min(1.0, max_norm / (exact + 1e-6))
    np.testing.assert_allclose(clipped, expected, rtol=1e-6)
    for p, q in zip(pairs[:-1], theirs[:-1], strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4)
    assert params[-1].grad is None


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, 40.0, float("inf")])
@pytest.mark.parametrize("scale", [1e-41, 1e-30, 1e30])
def test_norms_neither_overflow_nor_vanish(norm_type, scale):
    params = parameters(scale)
    flat = np.concatenate([p.grad.numpy().ravel() for p in params[:-1]]).astype(np.float64)
    largest = np.abs(flat).max()
    exact = largest * np.linalg.norm(flat / largest, norm_type)
    norm = nn.utils.clip_grad_norm_(params, float("inf"), norm_type).item()
    np.testing.assert_allclose(norm, exact, rtol=3e-7, atol=1e-45)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 17, 20_010])
def test_norms_that_are_not_finite(torch, norm_type, bad, place):
    params = parameters()
    params[3].grad.numpy()[place] = bad
    before = [p.grad.numpy().copy() for p in params[:-1]]
    with pytest.raises(RuntimeError, match="error_if_nonfinite=False"):
        nn.utils.clip_grad_norm_(params, 1.0, norm_type, error_if_nonfinite=True)
    for p, b in zip(params, before, strict=False):
        np.testing.assert_array_equal(p.grad.numpy(), b)
    pairs, theirs = twins(torch, params)
    norm = nn.utils.clip_grad_norm_(params, 1.0, norm_type).item()
    their_norm = torch.nn.utils.clip_grad_norm_(theirs, 1.0, norm_type).item()
    np.testing.assert_array_equal(norm, their_norm)
    for p, q in zip(pairs[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())


@pytest.mark.parametrize("limit", [0.0, 0.3, float("inf")])
def test_value(isa, torch, limit):
    params = parameters()
    params[3].grad.numpy()[:4] = [np.nan, np.inf, -np.inf, -0.0]
    pairs, theirs = twins(torch, params)
    assert nn.utils.clip_grad_value_(params, limit) is None
    torch.nn.utils.clip_grad_value_(theirs, limit)
    for p, q in zip(pairs[:-1], theirs[:-1], strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())


def test_one_tensor_a_generator_or_nothing():
    p = Tensor([0.0, 0.0], requires_grad=True)
    assert nn.utils.clip_grad_norm_(p, 1.0).item() == 0
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0
    nn.utils.clip_grad_value_([], 1.0)
    for given in (p, [p], (q for q in [p])):
        p.grad = Tensor([3.0, -4.0])
        assert nn.utils.clip_grad_norm_(given, 1.0).item() == 5
        np.testing.assert_allclose(p.grad.numpy(), [0.6, -0.8], rtol=1e-6)
    nn.utils.clip_grad_value_(p, 0.25)
    assert p.grad.tolist() == [0.25, -0.25]
    p.grad = Tensor([0.0, 0.0])
    for norm_type in (1.0, 2.0, 3.0, np.inf):
        assert nn.utils.clip_grad_norm_(p, 1.0, norm_type).item() == 0


def test_bad_options():
    p = lanegrad.ones(2, requires_grad=True)
    for limit in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="max_norm must not be negative"):
            nn.utils.clip_grad_norm_(p, limit)
        with pytest.raises(ValueError, match="clip_value must not be negative"):
            nn.utils.clip_grad_value_(p, limit)
    for norm_type in (0, -1.0, float("-inf"), float("nan")):
        with pytest.raises(ValueError, match="norm_type must be positive"):
            nn.utils.clip_grad_norm_(p, 1.0, norm_type)


def test_what_is_no_tensor():
    array = np.ones(3, np.float32)
    for call in (
        lambda: nn.utils.clip_grad_norm_([array], 1.0),
        lambda: nn.utils.clip_grad_value_(array, 1.0),
        lambda: nn.utils.clip_grads_with_norm_([array], 1.0, Tensor(1.0)),
        lambda: nn.utils.get_total_norm([array]),
        lambda: nn.utils.vector_to_parameters(Tensor(array), [array]),
    ):
        with pytest.raises(TypeError, match=r"expected (a )?tensor.*, found (ndarray|float32)"):
            call()
