"""The oracles' gradients against differences of the oracles themselves."""

import numpy as np
import pytest

import reference
import reference_optim

rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    "options",
    [
        ((1, 1), (0, 0), (1, 1), 1),
        ((2, 1), (1, 2), (1, 2), 2),
        ((3, 2), (2, 0), (2, 1), 2),
    ],
)
def test_conv2d(options):
    x, w = rng.normal(size=(2, 4, 7, 6)), rng.normal(size=(4, 4 // options[3], 3, 2))
    b = rng.normal(size=4)
    gy = rng.normal(size=reference.conv2d(x, w, b, *options).shape)
    gradients = reference.conv2d_backward(gy, x, w, *options)
    for k, got in enumerate(gradients):

        def loss(a, k=k):
            return (
                reference.conv2d(*[a if i == k else v for i, v in enumerate((x, w, b))], *options)
                * gy
            ).sum()

        want = reference.numeric_gradient(loss, (x, w, b)[k])
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


def test_conv2d_counts_by_hand():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    y = reference.conv2d(x, np.ones((1, 1, 2, 2)), [100.0])
    assert y.tolist() == [[[[108.0, 112.0], [120.0, 124.0]]]]


@pytest.mark.parametrize(
    "options", [((2, 2), None, (0, 0), (1, 1)), ((3, 2), (1, 2), (1, 1), (2, 1))]
)
def test_max_pool2d(options):
    x = rng.normal(size=(2, 3, 6, 7))
    gy = rng.normal(size=reference.max_pool2d(x, *options).shape)
    want = reference.numeric_gradient(lambda a: (reference.max_pool2d(a, *options) * gy).sum(), x)
    got = reference.max_pool2d_backward(gy, x, *options)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8)


def test_max_pool2d_first_of_equals():
    gx = reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 2, 2)), (2, 2))
    assert gx.tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]


def test_linear():
    x, w, gy = rng.normal(size=(2, 3, 4)), rng.normal(size=(5, 4)), rng.normal(size=(2, 3, 5))
    b = rng.normal(size=5)
    gx, gw, gb = reference.linear_backward(gy, x, w)
    for got, at, function in [
        (gx, x, lambda a: reference.linear(a, w, b)),
        (gw, w, lambda a: reference.linear(x, a, b)),
        (gb, b, lambda a: reference.linear(x, w, a)),
    ]:
        want = reference.numeric_gradient(lambda a, f=function: (f(a) * gy).sum(), at)
        np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, axis):
    x, gy = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    forward, backward = getattr(reference, name), getattr(reference, name + "_backward")
    want = reference.numeric_gradient(lambda a: (forward(a, axis) * gy).sum(), x)
    np.testing.assert_allclose(backward(gy, forward(x, axis), axis), want, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weight", [None, [0.5, 2.0, 1.0]])
@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
def test_losses(name, weight, reduction):
    x, target = rng.normal(size=(4, 3)), np.array([0, 2, -1, 1])
    function = getattr(reference, name)
    want = reference.numeric_gradient(lambda a: function(a, target, weight, -1, reduction)[0], x)
    got = function(x, target, weight, -1, reduction)[1]
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)
    rows, grads = function(x, target, weight, -1, "none")
    total = rows.sum() / (
        1 if reduction == "sum" else np.take(weight or np.ones(3), [0, 2, 1]).sum()
    )
    assert function(x, target, weight, -1, reduction)[0] == pytest.approx(total)
    assert grads[2].tolist() == [0, 0, 0]


def test_expected_cross_entropy_of_certainty_is_cross_entropy():
    x, target = rng.normal(size=(4, 3)), np.array([0, 2, 2, 1])
    for reduction in "none", "sum", "mean":
        got = reference.expected_cross_entropy(x, np.eye(3)[target], None, reduction)
        want = reference.cross_entropy(x, target, None, -100, reduction)[0]
        np.testing.assert_allclose(got, want)


def test_sgd():
    p, buffer = np.array([1.0]), None
    p, buffer = reference_optim.sgd_step(p, [2.0], buffer, 0.1, 0.5, weight_decay=1.0)
    assert p == pytest.approx(0.7)
    p, buffer = reference_optim.sgd_step(p, [2.0], buffer, 0.1, 0.5, weight_decay=1.0)
    assert buffer == pytest.approx(4.2)
    assert p == pytest.approx(0.28)
