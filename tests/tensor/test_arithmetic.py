"""Arithmetic of tensors and its gradients, against PyTorch and float64."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lanegrad
import reference
from lanegrad import Tensor, as_tensor

rng = np.random.default_rng(0)


def positive(*shape):
    return rng.uniform(0.5, 2, size=shape).astype(np.float32)


BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
]

shapes = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3)


@pytest.mark.parametrize("op", BINARY)
@given(shapes=shapes, seed=st.integers(0, 1000))
def test_broadcasting_and_its_gradient(op, shapes, seed):
    draw = np.random.default_rng(seed)
    first, second = (draw.uniform(0.5, 2, s).astype(np.float32) for s in shapes.input_shapes)
    g = draw.normal(size=shapes.result_shape).astype(np.float32)
    a, b = Tensor(first, requires_grad=True), Tensor(second, requires_grad=True)
    y = op(a, b)
    assert y.shape == shapes.result_shape
    np.testing.assert_allclose(
        y.detach().numpy(), op(first.astype(np.float64), second), rtol=1e-6, atol=1e-6
    )
    y.backward(g)
    for tensor, function, at in [
        (a, lambda v: (op(v, second.astype(np.float64)) * g).sum(), first),
        (b, lambda v: (op(first.astype(np.float64), v) * g).sum(), second),
    ]:
        want = reference.numeric_gradient(function, at)
        assert tensor.grad.shape == at.shape
        np.testing.assert_allclose(tensor.grad.numpy(), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize("other", [2, 0.5, np.float64(0.7), np.int64(3), positive(3), [1, 2, 3]])
def test_operands_that_are_no_tensors(torch, op, other):
    x = positive(2, 3)
    plain = torch.tensor(other) if isinstance(other, list | np.ndarray) else other
    plain = plain.item() if isinstance(plain, np.generic) else plain
    for swap in (False, True):
        a, want = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        y = op(other, a) if swap else op(a, other)
        z = op(plain, want) if swap else op(want, plain)
        assert isinstance(y, Tensor)
        assert y.dtype == np.float32
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-6)
        y.sum().backward()
        z.sum().backward()
        np.testing.assert_allclose(a.grad.numpy(), want.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_a_tensor_with_itself():
    x = Tensor([3.0], requires_grad=True)
    (x * x + x - x / x).backward()
    assert x.grad.item() == pytest.approx(7)


def test_only_one_side_needs_a_gradient():
    for op in BINARY:
        for swap in (False, True):
            x, c = Tensor(positive(2, 3), requires_grad=True), as_tensor(positive(3))
            (op(c, x) if swap else op(x, c)).sum().backward()
            assert x.grad.shape == (2, 3)
            assert c.grad is None


def test_integers_stay_integers_and_mix():
    i = as_tensor(np.array([1, 2, 3], np.int32))
    assert (i + 1).dtype == np.int32
    assert (i * i).dtype == np.int32
    assert (i**2).tolist() == [1, 4, 9]
    assert (i / 2).dtype == np.float32
    assert (i + 0.5).tolist() == [1.5, 2.5, 3.5]
    assert (i * as_tensor([1.0, 1.0, 1.0])).dtype == np.float32
    assert i.sum().item() == 6
    assert (i > 1).sum().item() == 2


@pytest.mark.parametrize("base", [-2.0, -1.0, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_powers_and_slopes_at_the_edges(torch, base, exponent):
    x, e = (Tensor([v], requires_grad=True) for v in (base, exponent))
    tx, te = (torch.tensor([v], requires_grad=True) for v in (base, exponent))
    with np.errstate(all="ignore"):
        y = x**e
    y.backward()
    z = tx**te
    z.backward()
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-6)
    np.testing.assert_allclose(e.grad.numpy(), te.grad.numpy(), rtol=1e-6)


def test_negation_exp_log(torch):
    a = positive(3, 4)
    for name in ("__neg__", "exp", "log"):
        x, want_x = Tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        y, want = getattr(x, name)(), getattr(want_x, name)()
        np.testing.assert_allclose(y.detach().numpy(), want.detach().numpy(), rtol=1e-6)
        y.backward(a)
        want.backward(torch.tensor(a))
        np.testing.assert_allclose(x.grad.numpy(), want_x.grad.numpy(), rtol=1e-6)
    assert as_tensor([1, 2]).exp().dtype == np.float32
    assert as_tensor(1.0).exp().shape == ()


@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 2), (-1, 0)])
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sum_and_mean(torch, name, dim, keepdim):
    a = rng.normal(size=(2, 3, 4)).astype(np.float32)
    x, want_x = Tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    y, want = getattr(x, name)(dim, keepdim), getattr(want_x, name)(dim, keepdim)
    np.testing.assert_allclose(y.detach().numpy(), want.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert y.shape == want.shape
    g = rng.normal(size=want.shape).astype(np.float32)
    y.backward(g)
    want.backward(torch.tensor(g))
    np.testing.assert_allclose(x.grad.numpy(), want_x.grad.numpy(), rtol=1e-6)


def test_sums_are_rounded_once():
    x = np.full(10_000_001, 0.1, np.float32)
    assert as_tensor(x).sum().item() == np.float32(x.sum(dtype=np.float64))


def test_mean_of_integers_says_what_to_do():
    with pytest.raises(RuntimeError, match=r"\.float\(\)"):
        as_tensor([1, 2]).mean()


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_max_along_an_axis(torch, dim, keepdim):
    a = rng.integers(0, 4, size=(3, 4, 5)).astype(np.float32)  # with equals
    x, want_x = Tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    values, indices = x.max(dim, keepdim)
    want = want_x.max(dim, keepdim)
    np.testing.assert_array_equal(values.detach().numpy(), want.values.detach().numpy())
    np.testing.assert_array_equal(indices.numpy(), want.indices.numpy())
    assert x.max(dim, keepdim).indices.tolist() == indices.tolist()
    g = rng.normal(size=want.values.shape).astype(np.float32)
    values.backward(g)
    want.values.backward(torch.tensor(g))
    np.testing.assert_array_equal(x.grad.numpy(), want_x.grad.numpy())


def test_max_of_all_is_shared_by_equals(torch):
    for a in ([1.0, 3.0, 3.0], [float("nan"), 1.0]):
        x, want_x = Tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        y, want = x.max(), want_x.max()
        np.testing.assert_array_equal(y.item(), want.item())
        y.backward()
        want.backward()
        np.testing.assert_array_equal(x.grad.numpy(), want_x.grad.numpy())


def test_argmax():
    x = as_tensor([[1.0, 5.0, 5.0], [7.0, 0.0, 1.0]])
    assert x.argmax().item() == 3
    assert x.argmax(1).tolist() == [1, 0]
    assert x.argmax(1, keepdim=True).tolist() == [[1], [0]]
    assert x.argmax(1).dtype == np.int64


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3, 4), (4, 5)),
        ((4,), (4,)),
        ((4,), (4, 5)),
        ((3, 4), (4,)),
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (4,)),
        ((4,), (2, 4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((6, 1, 3, 4), (2, 4, 5)),
        ((3, 0), (0, 5)),
        ((0, 4), (4, 5)),
    ],
)
def test_matmul(torch, left, right):
    first, second = (rng.normal(size=s).astype(np.float32) for s in (left, right))
    a, b = Tensor(first, requires_grad=True), Tensor(second, requires_grad=True)
    ta, tb = torch.tensor(first, requires_grad=True), torch.tensor(second, requires_grad=True)
    y, want = a @ b, ta @ tb
    assert y.shape == want.shape
    np.testing.assert_allclose(y.detach().numpy(), want.detach().numpy(), rtol=1e-5, atol=1e-5)
    g = rng.normal(size=want.shape).astype(np.float32)
    y.backward(g)
    want.backward(torch.tensor(g))
    np.testing.assert_allclose(a.grad.numpy(), ta.grad.numpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(b.grad.numpy(), tb.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_matmul_with_arrays_and_its_errors():
    x, eye = as_tensor(positive(2, 2)), np.eye(2, dtype=np.float32)
    np.testing.assert_array_equal((eye @ x).numpy(), x.numpy())
    np.testing.assert_array_equal((x @ eye).numpy(), x.numpy())
    with pytest.raises(ValueError, match="multiplied"):
        x @ np.zeros((3, 2), np.float32)
    with pytest.raises(ValueError, match="one axis"):
        x @ 2
    with pytest.raises(RuntimeError, match="same dtype"):
        x @ as_tensor([[1, 2], [3, 4]])


def test_comparisons(torch):
    a, b = np.float32([1, 2, 3]), np.float32([3, 2, 1])
    for op in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge):
        got = op(as_tensor(a), as_tensor(b))
        assert got.dtype == np.bool_
        assert got.tolist() == op(torch.tensor(a), torch.tensor(b)).tolist()
        assert op(as_tensor(a), 2).tolist() == op(torch.tensor(a), 2).tolist()
        assert op(b, as_tensor(a)).tolist() == op(torch.tensor(b), torch.tensor(a)).tolist()
    assert (as_tensor(a) == None) is False  # noqa: E711
    assert (as_tensor(a) != "a") is True
    assert len({as_tensor(a), as_tensor(a)}) == 2


def test_the_tutorials_accuracy():
    labels = lanegrad.tensor([1, 0, 1])
    _, predicted = lanegrad.max(as_tensor([[0.0, 1.0], [3.0, 2.0], [1.0, 0.0]]), 1)
    assert (predicted == labels).sum().item() == 2


def test_changing_in_place_under_no_grad():
    w = Tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    same = w
    array = w.detach().numpy()
    with lanegrad.no_grad():
        w -= 0.5 * w.grad
        assert w is same
        w += 1
        w *= 4.0
        w /= as_tensor([2.0, 1.0])
    assert w.requires_grad
    assert array.tolist() == [2.0, 4.0]


def test_changing_a_leaf_on_the_tape_is_refused():
    w = Tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="no_grad"):
        w -= 1


def test_elsewhere_in_place_operators_change_the_tensor():
    x = as_tensor([3.0])
    same, shown = x, x.numpy()
    x += 1
    assert x is same
    assert shown.tolist() == [4.0]
    w = Tensor([2.0], requires_grad=True)
    y = w * x
    y += w
    y *= w
    assert y.item() == 20
    y.backward()
    assert w.grad.item() == 20  # of w * (4 w + w)


def test_a_change_of_what_the_tape_needs_is_an_error_in_backward():
    x = as_tensor([3.0])
    shown = x.numpy()
    w = Tensor([2.0], requires_grad=True)
    y = w * x
    x += 1
    assert shown.tolist() == [4.0]
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()
    assert w.grad is None
