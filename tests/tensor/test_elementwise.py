"""Sums and products of two tensors of one shape: kernels, which keep images in lanes."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, as_tensor

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.normal(size=shape).astype(np.float32)


def images(x, lanes, requires_grad=True):
    """A tensor of images, which are in lanes or not, and the leaf that it comes from."""
    leaf = Tensor(x, requires_grad=requires_grad)
    identity = np.eye(x.shape[1], dtype=np.float32).reshape(x.shape[1], x.shape[1], 1, 1)
    result = F.conv2d(leaf, identity) if lanes else leaf * 1
    assert (result._value.in_lanes) is lanes
    return result, leaf


@pytest.mark.parametrize("batch", [1, 3, 17])
@pytest.mark.parametrize("forms", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("gradient_in_lanes", [True, False])
def test_images(batch, forms, gradient_in_lanes):
    x, y, g = (normal(batch, 2, 3, 5) for _ in range(3))
    for op, expected in (
        (lambda a, b: a + b, (x + y, g, g)),
        (lambda a, b: a * b, (x * y, g * y, g * x)),
    ):
        (a, la), (b, lb) = images(x, forms[0]), images(y, forms[1])
        total = op(a, b)
        assert (total._value.in_lanes) is any(forms)
        # The last op hands its gradient down in lanes or not, by what it was given.
        last = F.relu(total + 1e3) if gradient_in_lanes else total.reshape(*x.shape)
        last.backward(g)
        for got, want in zip((op(a, b), la.grad, lb.grad), expected, strict=True):
            np.testing.assert_array_equal(got.detach().numpy(), want)


def test_a_residual_block_follows_pytorch(torch):
    x, w, v = normal(5, 4, 6, 6), normal(4, 4, 3, 3), normal(4, 4, 3, 3)
    results = []
    for lib, tensor in ((F, Tensor), (torch.nn.functional, torch.tensor)):
        a, b, c = (tensor(t, requires_grad=True) for t in (x, w, v))
        h = lib.relu(lib.conv2d(a, b, padding=1))
        y = lib.relu(h + lib.conv2d(h, c, padding=1))
        (-y * y * 0.5).sum().backward()
        results.append([y.detach().numpy(), a.grad.numpy(), b.grad.numpy(), c.grad.numpy()])
    for mine, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)


def test_a_tensor_with_itself():
    x = Tensor([1.0, -2.0], requires_grad=True)
    (x + x).backward([1.0, 10.0])
    assert x.grad.tolist() == [2, 20]
    (x * x).backward([1.0, 10.0])
    assert x.grad.tolist() == [4, -20]
    y = Tensor(3.0, requires_grad=True)
    (5 - (y * y + y)).backward()
    assert y.grad.item() == -7


@pytest.mark.parametrize("factor", [3, -0.5, 0.1])
def test_numbers(factor):
    for lanes in (True, False):
        x = normal(3, 2, 4, 4)
        a, leaf = images(x, lanes)
        for y in (a * factor, factor * a):
            assert (y._value.in_lanes) is lanes
            np.testing.assert_array_equal(y.detach().numpy(), x * np.float32(factor))
        y.backward(np.ones_like(x))
        np.testing.assert_array_equal(leaf.grad.numpy(), np.full_like(x, factor))
    assert (as_tensor([1, 2]) * 2).dtype == np.int64  # integers stay what they are


def test_negation():
    x = Tensor([1.0, -0.0], requires_grad=True)
    y = -x
    y.backward([1.0, 2.0])
    assert str(y.tolist()) == "[-1.0, 0.0]"
    assert x.grad.tolist() == [-1, -2]
    assert (-as_tensor([1, -2])).tolist() == [-1, 2]


def test_other_operands_go_through_numpy():
    x = lanegrad.ones(2, 3, requires_grad=True)
    assert (x + np.array([1.0, 2.0, 3.0])).tolist() == [[2, 3, 4], [2, 3, 4]]
    assert (x + lanegrad.ones(3)).shape == (2, 3)
    assert (x + as_tensor(np.ones((2, 3), np.int64))).tolist() == [[2] * 3] * 2
    assert (np.ones((2, 3)) + x).shape == (2, 3)


def test_gradients_in_both_forms_add_up():
    a, b = normal(3, 2, 4, 4), normal(3, 2, 4, 4)
    plain_a, plain_b = _core.adopt(a.copy()), _core.adopt(b.copy())
    lanes_a, lanes_b = _core.lanes_of(plain_a), _core.lanes_of(plain_b)
    for total in (
        _core.add_alike(lanes_a, lanes_b),
        _core.add_alike(lanes_a, plain_b),
        _core.add_alike(plain_a, lanes_b),
    ):
        assert total.in_lanes
        np.testing.assert_array_equal(total.array(), a + b)
        assert not _core.lanes_in_memory(total)[..., 3].any()
    np.testing.assert_array_equal(_core.add_alike(plain_a, plain_b).array(), a + b)


def test_a_leaf_adds_up_in_place():
    x = lanegrad.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    held = x.grad
    (x * 3).sum().backward()
    assert x.grad is held
    assert held.tolist() == [5, 5, 5]
