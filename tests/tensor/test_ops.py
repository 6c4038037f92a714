"""Arrays in, arrays out: lanegrad.ops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import reference
from lanegrad import Tensor, as_tensor, ops

rng = np.random.default_rng(0)


def draw(*shape):
    return rng.normal(size=shape).astype(np.float32)


def close(got, want, **tolerance):
    assert np.shape(got) == np.shape(want)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, **{"rtol": 2e-6, "atol": 1e-7, **tolerance})


@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=5),
    axis=st.integers(-4, 3),
    seed=st.integers(0, 100),
)
def test_softmax(shape, axis, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    if not -len(shape) <= axis < len(shape):
        with pytest.raises(IndexError, match="out of bounds"):
            ops.softmax(x, axis)
        return
    for name in ("softmax", "log_softmax"):
        y = getattr(ops, name)(x, axis)
        assert y.flags.c_contiguous
        # Rounding x to float32 comes before.
        close(y, getattr(reference, name)(x.astype(np.float32), axis))


def test_softmax_defaults_to_the_last_axis():
    x = draw(2, 3, 4)
    close(ops.softmax(x), reference.softmax(x, 2))
    close(ops.log_softmax(x), reference.log_softmax(x, 2))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(4, 3), (40, 10), (3, 100), (2, 3, 5), (2, 3, 2, 2)])
def test_losses(shape, weighted, reduction):
    x = draw(*shape)
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    target.flat[1] = 99
    weight = rng.uniform(0.5, 2, shape[1]) if weighted else None
    options = {"weight": weight, "ignore_index": 99, "reduction": reduction}
    rows = np.moveaxis(x, 1, -1).reshape(-1, shape[1])
    for name in ("nll_loss", "cross_entropy"):
        want, want_grad = getattr(reference, name)(
            rows, target.reshape(-1), None if weight is None else np.float32(weight), 99, reduction
        )
        want = want.reshape(target.shape) if reduction == "none" else want
        close(getattr(ops, name)(x, target, **options), want)
    want_grad = np.moveaxis(want_grad.reshape(*target.shape, shape[1]), -1, 1)
    loss, grad = ops.cross_entropy_with_grad(x, target, **options)
    close(loss, want)
    close(grad, want_grad)
    assert grad.flags.c_contiguous
    for out in (np.full(shape, np.nan, np.float32), x):
        again, same = ops.cross_entropy_with_grad(x, target, **options, out=out)
        assert same is out
        np.testing.assert_array_equal(out, grad)
        np.testing.assert_array_equal(again, loss)


def test_one_sample_without_a_batch():
    x = draw(5)
    want, want_grad = reference.cross_entropy(x[None], [2])
    close(ops.cross_entropy(x, 2), want)
    close(ops.cross_entropy(x, 2, reduction="none"), want)
    close(ops.nll_loss(x, 2), -x[2])
    loss, grad = ops.cross_entropy_with_grad(x, 2, out=x)
    close(loss, want)
    assert grad is x
    close(grad, want_grad[0])


def test_anything_array_like_is_taken():
    x, target = rng.normal(size=(3, 4)), [0, 3, 1]
    want, want_grad = reference.cross_entropy(x.astype(np.float32), target)
    for convert in (np.float64, np.float32, np.asfortranarray, lambda a: a.tolist(), Tensor):
        loss, grad = ops.cross_entropy_with_grad(convert(x), convert_target(target, convert))
        close(loss, want)
        close(grad, want_grad)
    half = x.astype(np.float16)
    close(ops.cross_entropy(half, target), reference.cross_entropy(half, target)[0])
    close(ops.softmax([1, 2, 3]), reference.softmax([1.0, 2.0, 3.0]))


def convert_target(target, convert):
    return as_tensor(target) if convert is Tensor else np.array(target, np.uint8)


def test_inputs_are_left_alone():
    x, target = draw(6, 4), np.arange(6) % 4
    before = x.copy()
    ops.softmax(x)
    ops.cross_entropy(x, target)
    ops.cross_entropy_with_grad(x, target)
    np.testing.assert_array_equal(x, before)


def test_tensors_on_the_tape_are_refused():
    with pytest.raises(RuntimeError, match="detach"):
        ops.softmax(Tensor([1.0], requires_grad=True))


def test_out_that_does_not_fit():
    x, target = draw(3, 4), [0, 1, 2]
    big = np.zeros(24, np.float32)
    read_only = np.zeros((3, 4), np.float32)
    read_only.flags.writeable = False
    for out, error, message in [
        (np.zeros((3, 4)), TypeError, "float32.*float64"),
        ([[0.0] * 4] * 3, TypeError, "float32.*list"),
        (np.zeros((4, 3), np.float32), ValueError, r"\(4, 3\).*\(3, 4\)"),
        (read_only, ValueError, "out is read-only"),
    ]:
        with pytest.raises(error, match=message):
            ops.cross_entropy_with_grad(x, target, out=out)
    logits, shifted = big[:12].reshape(3, 4), big[1:13].reshape(3, 4)
    with pytest.raises(ValueError, match="overlaps"):
        ops.cross_entropy_with_grad(logits, target, out=shifted)
    with pytest.raises(ValueError, match="overlaps"):  # a view that has to be copied
        ops.cross_entropy_with_grad(big.reshape(3, 8)[:, ::2], target, out=logits)
    wide = x.astype(np.float64)
    with pytest.raises(TypeError, match="float32"):
        ops.cross_entropy_with_grad(wide, target, out=wide)
    apart = big[12:].reshape(3, 4)
    assert ops.cross_entropy_with_grad(logits, target, out=apart)[1] is apart


def test_nothing_is_written_on_an_error():
    x = draw(3, 4)
    before = x.copy()
    with pytest.raises(IndexError, match="4"):
        ops.cross_entropy_with_grad(x, [0, 4, 1], out=x)
    np.testing.assert_array_equal(x, before)


def test_errors_of_targets_and_options():
    x = draw(2, 3)
    for function in (ops.nll_loss, ops.cross_entropy, ops.cross_entropy_with_grad):
        with pytest.raises(ValueError, match="one-hot"):
            function(x, np.eye(3, dtype=int)[:2])
        with pytest.raises(TypeError, match="class indices"):
            function(x, [0.0, 1.0])
        with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
            function(x, [0, 1, 2])
        with pytest.raises(ValueError, match="reduction"):
            function(x, [0, 1], reduction="max")
        with pytest.raises(ValueError, match="weight"):
            function(x, [0, 1], weight=[1.0])
        with pytest.raises(TypeError, match="convert it to float32"):
            function(np.array([[1, 2, 3]]), [0])


def test_parity(torch):
    x, target, weight = draw(20, 7), rng.integers(0, 7, 20), rng.uniform(0.5, 2, 7)
    a = torch.tensor(x, requires_grad=True)
    for reduction in ("mean", "sum"):
        a.grad = None
        want = torch.nn.functional.cross_entropy(
            a, torch.tensor(target), torch.tensor(np.float32(weight)), reduction=reduction
        )
        want.backward()
        loss, grad = ops.cross_entropy_with_grad(x, target, weight=weight, reduction=reduction)
        close(loss, want.item(), rtol=1e-5)
        close(grad, a.grad.numpy(), rtol=1e-4, atol=1e-6)
