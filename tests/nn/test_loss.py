"""Softmax and the losses, as functions and as modules, against the oracles and PyTorch."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
from lanegrad import Tensor, _core, as_tensor, nn

rng = np.random.default_rng(0)


def draw(*shape):
    return rng.normal(size=shape).astype(np.float32)


def close(got, want, **tolerance):
    got = got.detach().numpy() if isinstance(got, Tensor) else got
    assert got.shape == np.shape(want)
    np.testing.assert_allclose(got, want, **{"rtol": 2e-6, "atol": 1e-7, **tolerance})


def rows_of(a):
    """(N, C, d1, ...) as rows, plainly."""
    return np.moveaxis(a, 1, -1).reshape(-1, a.shape[1])


def unrows(rows, shape):
    moved = (shape[0], *shape[2:], shape[1])
    return np.moveaxis(rows.reshape(moved), -1, 1)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(
    ("shape", "dim"),
    [((5, 7), 1), ((5, 7), 0), ((5, 7), -1), ((9,), 0), ((2, 3, 4), 1), ((2, 3, 4), -3),
     ((2, 3, 4, 5), 2), ((0, 3), 1), ((3, 1), 1), ((17, 33), 1)],
)  # fmt: skip
def test_softmax(name, shape, dim):
    x, gy = draw(*shape), draw(*shape)
    a = Tensor(x, requires_grad=True)
    y = getattr(F, name)(a, dim)
    want = getattr(reference, name)(x, dim) if x.size else x
    close(y, want)
    assert y.detach().numpy().flags.c_contiguous
    module = nn.Softmax(dim) if name == "softmax" else nn.LogSoftmax(dim)
    np.testing.assert_array_equal(module(x).numpy(), y.detach().numpy())
    y.backward(gy)
    close(a.grad, getattr(reference, name + "_backward")(gy, want, dim), atol=1e-6)


def test_softmax_of_a_wrong_axis():
    for dim in (2, -3):
        with pytest.raises(IndexError, match="out of bounds"):
            F.softmax(draw(2, 3), dim)


SHAPES = [(4, 10), (1, 3), (33, 5), (5, 70), (3, 4, 2), (2, 3, 4, 5)]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_losses_and_gradients(name, shape, weighted, reduction):
    x = draw(*shape)
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    target.flat[0] = 1
    target.flat[-1] = -7  # ignored
    weight = rng.uniform(0.5, 2, shape[1]).astype(np.float32) if weighted else None
    want, want_grad = getattr(reference, name)(
        rows_of(x), target.reshape(-1), weight, -7, reduction
    )
    a = Tensor(x, requires_grad=True)
    loss = getattr(F, name)(a, target, weight, ignore_index=-7, reduction=reduction)
    if reduction == "none":
        close(loss, want.reshape(target.shape))
        g = draw(*target.shape)
        loss.backward(g)
        want_grad = want_grad * g.reshape(-1, 1)
    elif target.size == 1:
        return  # all ignored: test_nothing_counted
    else:
        close(loss, want)
        (loss * 3.0).backward()
        want_grad = 3 * want_grad
    close(a.grad, unrows(want_grad, shape), atol=1e-7)
    with lanegrad.no_grad():
        again = getattr(F, name)(a, as_tensor(target), weight, ignore_index=-7, reduction=reduction)
    np.testing.assert_array_equal(again.numpy(), loss.detach().numpy())


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_one_sample_without_a_batch(torch, name, reduction):
    x = draw(5)
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    loss = getattr(F, name)(a, 3, reduction=reduction)
    want = getattr(torch.nn.functional, name)(b, torch.tensor(3), reduction=reduction)
    close(loss, want.detach().numpy())
    assert loss.shape == ()
    loss.backward()
    want.backward()
    close(a.grad, b.grad.numpy())


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("rows", [0, 3])
def test_nothing_counted(torch, name, reduction, rows):
    """An empty batch, and one whose targets are all ignored."""
    x, target = draw(rows, 4), np.full(rows, -100)
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    with np.errstate(invalid="ignore"):
        loss = getattr(F, name)(a, target, reduction=reduction)
        loss.sum().backward()
    want = getattr(torch.nn.functional, name)(b, torch.tensor(target), reduction=reduction)
    want.sum().backward()
    close(loss, want.detach().numpy())
    close(a.grad, b.grad.numpy())


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64, ">i8"]
)
def test_targets_of_any_integer_dtype(dtype):
    x, target = draw(3, 5), [4, 0, 2]
    want = F.cross_entropy(x, target).item()
    array = np.array(target, dtype)
    assert F.cross_entropy(x, array).item() == want
    assert F.cross_entropy(x, as_tensor(array)).item() == want
    assert F.cross_entropy(x, np.repeat(array, 2)[::2]).item() == want


def test_cross_entropy_is_nll_of_log_softmax():
    x, target, weight = draw(6, 10), rng.integers(0, 10, 6), rng.uniform(0.5, 2, 10)
    for reduction in ("mean", "sum", "none"):
        options = {"weight": weight, "reduction": reduction}
        fused = nn.CrossEntropyLoss(**options)(x, target)
        composed = nn.NLLLoss(**options)(nn.LogSoftmax(dim=1)(x), target)
        close(fused, composed.numpy())


def test_confident_rows_keep_their_digits():
    x = np.float32([[20.0, 0.0], [0.0, 80.0]])
    a = Tensor(x, requires_grad=True)
    losses = F.cross_entropy(a, [0, 1], reduction="none")
    close(losses, [np.log1p(np.exp(-20.0)), np.exp(-80.0)], rtol=3e-7, atol=0)
    losses.sum().backward()
    assert (a.grad.numpy()[[0, 1], [0, 1]] < 0).all()


def test_forward_and_gradient_are_one_pass(monkeypatch):
    calls = []
    real = _core.cross_entropy
    monkeypatch.setattr(_core, "cross_entropy", lambda *a: calls.append(a) or real(*a))
    a = Tensor(draw(3, 4), requires_grad=True)
    F.cross_entropy(a, [0, 1, 2]).backward()
    F.cross_entropy(a.detach(), [0, 1, 2])
    with lanegrad.no_grad():
        F.cross_entropy(a, [0, 1, 2])
    assert [c[3] for c in calls] == [True, None, None]


# ------------------------------------------------------------------------ probabilities as targets


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5,), (4, 6), (3, 4, 2), (2, 3, 4, 5)])
def test_probabilities(torch, shape, weighted, reduction):
    classes = shape[min(1, len(shape) - 1)]
    x, target = draw(*shape), rng.uniform(size=shape).astype(np.float32)
    weight = rng.uniform(0.5, 2, classes).astype(np.float32) if weighted else None
    mine = [Tensor(v, requires_grad=True) for v in (x, target)]
    theirs = [torch.tensor(v, requires_grad=True) for v in (x, target)]
    loss = F.cross_entropy(*mine, weight, reduction=reduction)
    want = torch.nn.functional.cross_entropy(
        *theirs, None if weight is None else torch.tensor(weight), reduction=reduction
    )
    axis = min(1, len(shape) - 1)
    close(loss, reference.expected_cross_entropy(x, target, weight, reduction, axis), rtol=1e-5)
    close(loss, want.detach().numpy(), rtol=1e-5)
    loss.sum().backward()
    want.sum().backward()
    for a, b in zip(mine, theirs, strict=True):
        close(a.grad, b.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_probabilities_from_lists_and_float64():
    x, target = draw(2, 3), np.float64([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    want = reference.expected_cross_entropy(x, target)
    close(F.cross_entropy(x, target), want)
    close(F.cross_entropy(x, target.tolist()), want)
    close(nn.CrossEntropyLoss()(x, target), want)


def test_probabilities_and_wrong_options():
    x, target = draw(2, 3), np.full((2, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"ignore_index.*probabilities"):
        F.cross_entropy(x, target, ignore_index=2)
    with pytest.raises(ValueError, match=r"reduction.*'all'"):
        F.cross_entropy(x, target, reduction="all")
    with pytest.raises(ValueError, match=r"weight must have shape \(3,\).*\(2,\)"):
        F.cross_entropy(x, target, weight=[1.0, 2.0])


# ------------------------------------------------------------------------------- errors that help


def test_the_slip_of_the_tutorial_question():
    outputs, labels = Tensor(draw(4, 10), requires_grad=True), np.arange(4)
    for name in ("CrossEntropyLoss", "NLLLoss"):
        make = getattr(nn, name)
        advice = rf"criterion = nn\.{name}\(\)\n +loss = criterion\(outputs, labels\)"
        for arguments in [
            (outputs, labels),
            (labels, outputs),
            (outputs, as_tensor(labels)),
            (outputs,),
        ]:
            with pytest.raises(TypeError, match=advice):
                make(*arguments)


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_one_hot_labels_are_explained(function):
    one_hot = np.eye(3, dtype=np.int64)[[0, 2]]
    with pytest.raises(ValueError, match=r"one-hot.*\(2,\).*target\.argmax\(1\).*probabilities"):
        function(draw(2, 3), one_hot)
    with pytest.raises(ValueError, match="one-hot"):
        function(draw(2, 3), as_tensor(one_hot))
    with pytest.raises(ValueError, match="one-hot"):  # of another number of classes
        function(draw(2, 5), one_hot)
    with pytest.raises(ValueError, match=r"one-hot.*shape \(\)\).*argmax\(0\)"):
        function(draw(3), [0, 1, 0])
    with pytest.raises(ValueError, match=r"one-hot.*\(2, 4\)"):
        function(draw(2, 3, 4), np.zeros((2, 3, 4), int))


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ([0.0, 1.0], TypeError, r"integers of shape \(2,\).*float64 of shape \(2,\)"),
        ([True, False], TypeError, "integers.*bool"),
        (["a", "b"], TypeError, "integers"),
        (None, TypeError, "integers.*object"),
        ([0], ValueError, r"integers of shape \(2,\).*shape \(1,\)"),
        ([[0], [1]], ValueError, r"integers of shape \(2,\).*shape \(2, 1\)"),
        (0, ValueError, r"shape \(\)"),
    ],
)
def test_targets_of_the_wrong_kind(function, target, error, message):
    with pytest.raises(error, match=message) as caught:
        function(draw(2, 3), target)
    assert "one-hot" not in str(caught.value)


def test_probabilities_are_not_for_nll_loss():
    with pytest.raises(TypeError, match=r"class indices.*cross_entropy"):
        F.nll_loss(draw(2, 3), draw(2, 3))


@pytest.mark.parametrize("function", [F.cross_entropy, F.nll_loss])
def test_other_errors(function):
    x = draw(2, 3)
    with pytest.raises(IndexError, match="3"):
        function(x, [0, 3])
    with pytest.raises(IndexError, match="-1"):
        function(x, [-1, 0])
    with pytest.raises(ValueError, match="reduction"):
        function(x, [0, 1], reduction="average")
    with pytest.raises(ValueError, match="weight"):
        function(x, [0, 1], [1.0, 2.0])
    with pytest.raises(TypeError, match=r"weight.*convert it to float32"):
        function(x, [0, 1], np.array([1, 2, 3]))
    with pytest.raises(ValueError, match=r"\(N, C\)"):
        function(1.0, 0)
    with pytest.raises(TypeError, match="convert it to float32"):
        function(np.array([0, 1]), x)  # the wrong way round


@pytest.mark.parametrize("make", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_modules_check_their_options(make):
    with pytest.raises(ValueError, match=r'"mean", "sum" or "none".*average'):
        make(reduction="average")
    with pytest.raises(TypeError, match="unexpected"):
        make(smoothing=1)
    module = make(weight=[1.0, 2.0], ignore_index=1, reduction="sum")
    assert list(module.state_dict()) == ["weight"]
    assert not list(make().state_dict())
    assert not list(module.parameters())
    assert repr(make()) == make.__name__ + "()"
    x = reference.log_softmax(draw(2, 2))
    close(module(x, [0, 1]), -x[0, 0])
