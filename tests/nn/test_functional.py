"""Functions of nn.functional on images and rows, and their gradients, against the oracles.

The losses and softmax: test_loss.py.
"""

import operator
import weakref

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
from lanegrad import Tensor, _core, as_tensor
from lanegrad.nn._arguments import pair

rng = np.random.default_rng(0)


def draw(*shape):
    return rng.normal(size=shape).astype(np.float32)


def check(got, want, scale=1.0):
    assert got.shape == want.shape
    np.testing.assert_allclose(got.detach().numpy(), want, rtol=2e-5, atol=2e-5 * scale)


CONVOLUTIONS = [
    # x (N, C, H, W), O, kernel, stride, padding, dilation, groups
    ((4, 3, 12, 12), 6, (5, 5), (1, 1), (0, 0), (1, 1), 1),
    ((1, 1, 1, 1), 1, (1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 2, 7, 9), 3, (3, 2), (2, 1), (1, 0), (1, 1), 1),
    ((3, 4, 8, 7), 6, (3, 3), (1, 2), (2, 1), (2, 1), 2),
    ((5, 3, 6, 6), 3, (3, 3), (1, 1), (1, 1), (1, 1), 3),
    ((17, 2, 5, 5), 4, (2, 3), (3, 3), (1, 2), (1, 2), 1),
    ((9, 1, 4, 3), 2, (4, 3), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 3, 3), 2, (1, 1), (4, 4), (2, 2), (1, 1), 1),
    ((0, 3, 5, 5), 2, (3, 3), (1, 1), (0, 0), (1, 1), 1),
]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("shape", "outputs", "kernel", *"spdg"), CONVOLUTIONS)
def test_conv2d(shape, outputs, kernel, s, p, d, g, bias):
    options = s, p, d, g
    x, w, b = draw(*shape), draw(outputs, shape[1] // g, *kernel), draw(outputs) if bias else None
    tensors = [None if a is None else Tensor(a, requires_grad=True) for a in (x, w, b)]
    y = F.conv2d(*tensors, *options)
    want = reference.conv2d(x, w, b, *options)
    check(y, want)
    gy = draw(*want.shape)
    y.backward(gy)
    gradients = reference.conv2d_backward(gy, x, w, *options)
    for tensor, gradient in zip(tensors, gradients, strict=True):
        if tensor is not None:
            check(tensor.grad, gradient, scale=10)


def test_conv2d_is_pytorchs(torch):
    x, w, b = draw(6, 4, 9, 8), draw(6, 2, 3, 3), draw(6)
    mine = [Tensor(a, requires_grad=True) for a in (x, w, b)]
    theirs = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    y = F.conv2d(*mine, (2, 1), (1, 2), (1, 2), 2)
    want = torch.nn.functional.conv2d(*theirs, (2, 1), (1, 2), (1, 2), 2)
    check(y, want.detach().numpy())
    (y * y).sum().backward()
    (want * want).sum().backward()
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-4, atol=1e-3)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("kernel", [(3, 3), (2, 2), (4, 1), (1, 2), (5, 4)])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_named_padding(torch, kernel, dilation, padding):
    x, w = draw(2, 3, 13, 14), draw(4, 3, *kernel)
    mine = [Tensor(a, requires_grad=True) for a in (x, w)]
    theirs = [torch.tensor(a, requires_grad=True) for a in (x, w)]
    y = F.conv2d(*mine, padding=padding, dilation=dilation)
    want = torch.nn.functional.conv2d(*theirs, padding=padding, dilation=dilation)
    if padding == "same":
        assert y.shape[2:] == x.shape[2:]
    check(y, want.detach().numpy())
    gy = draw(*want.shape)
    y.backward(gy)
    want.backward(torch.tensor(gy))
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-4, atol=1e-4)


def test_one_image_without_a_batch():
    x, w = draw(3, 6, 6), draw(2, 3, 3, 3)
    a = Tensor(x, requires_grad=True)
    y = F.max_pool2d(F.conv2d(a, w), 2)
    assert y.shape == (2, 2, 2)
    check(y, reference.max_pool2d(reference.conv2d(x[None], w), (2, 2))[0])
    y.sum().backward()
    assert a.grad.shape == (3, 6, 6)
    assert a.grad.numpy().any()


POOLS = [
    ((4, 6, 8, 8), (2, 2), (2, 2), (0, 0), (1, 1)),
    ((1, 1, 3, 3), (3, 3), (1, 1), (0, 0), (1, 1)),
    ((3, 2, 7, 9), (3, 2), (2, 1), (1, 1), (1, 1)),
    ((17, 1, 9, 8), (2, 3), (1, 2), (1, 0), (3, 2)),
    ((2, 3, 5, 5), (1, 1), (3, 3), (0, 0), (1, 1)),
    ((0, 3, 5, 5), (2, 2), (2, 2), (0, 0), (1, 1)),
]


@pytest.mark.parametrize("equals", [False, True])
@pytest.mark.parametrize(("shape", *"kspd"), POOLS)
def test_max_pool2d(shape, k, s, p, d, equals):
    x = rng.integers(-2, 2, shape).astype(np.float32) if equals else draw(*shape)
    a = Tensor(x, requires_grad=True)
    y = F.max_pool2d(a, k, s, p, d)
    want = reference.max_pool2d(x, k, s, p, d)
    np.testing.assert_array_equal(y.detach().numpy(), want)
    gy = draw(*want.shape)
    y.backward(gy)
    check(a.grad, reference.max_pool2d_backward(gy, x, k, s, p, d))


def test_max_pool2d_is_pytorchs(torch):
    x = draw(3, 2, 9, 10)
    x[0, 0, 0, 0] = np.nan
    for options in [(2,), (3, 2, 1), ((3, 2), (1, 2), (1, 0), (2, 3))]:
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        y, want = F.max_pool2d(a, *options), torch.nn.functional.max_pool2d(b, *options)
        np.testing.assert_array_equal(y.detach().numpy(), want.detach().numpy())
        (y * 1).backward(np.ones(y.shape))
        want.backward(torch.ones_like(want))
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (5,), (3, 33), (2, 3, 4, 5), (0, 3)])
def test_relu(shape):
    x = draw(*shape)
    a = Tensor(x, requires_grad=True)
    y = F.relu(a)
    np.testing.assert_array_equal(y.detach().numpy(), np.maximum(x, 0))
    gy = draw(*shape)
    y.backward(gy)
    np.testing.assert_array_equal(a.grad.numpy(), np.where(x > 0, gy, 0))


def test_relu_of_a_single_number_used_twice():
    x = Tensor(3.0, requires_grad=True)
    y = F.relu(x)
    (y * 2 - (1 - y)).backward()
    assert x.grad.item() == 3


def test_relu_has_no_slope_at_zero_and_keeps_nan(torch):
    x = np.float32([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-40])
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, want = F.relu(a), torch.relu(b)
    np.testing.assert_array_equal(y.detach().numpy(), want.detach().numpy())
    y.sum().backward()
    want.sum().backward()
    finite = ~np.isnan(x)
    np.testing.assert_array_equal(a.grad.numpy()[finite], b.grad.numpy()[finite])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(7,), (4, 7), (1, 7), (2, 3, 7), (0, 7), (2, 0, 3, 7)])
def test_linear(shape, bias):
    x, w, b = draw(*shape), draw(5, 7), draw(5) if bias else None
    tensors = [None if a is None else Tensor(a, requires_grad=True) for a in (x, w, b)]
    y = F.linear(*tensors)
    want = reference.linear(x, w, b)
    check(y, want)
    gy = draw(*want.shape)
    y.backward(gy)
    for tensor, gradient in zip(tensors, reference.linear_backward(gy, x, w), strict=True):
        if tensor is not None:
            check(tensor.grad, gradient)


# ------------------------------------------------------------------- lanes, and what is computed


def test_images_stay_in_lanes_from_op_to_op():
    x, w = draw(5, 3, 8, 8), draw(2, 3, 3, 3)
    y = F.max_pool2d(F.relu(F.conv2d(x, w)), 2)
    assert y._value.in_lanes
    check(y, reference.max_pool2d(np.maximum(reference.conv2d(x, w), 0), (2, 2)))


def test_gradients_meet_in_lanes_and_arrays():
    """A result that is used by ops on lanes and by ops on arrays, in either order."""
    x, w = draw(3, 2, 6, 6), draw(2, 2, 3, 3)
    for order in (1, -1):
        a = Tensor(x, requires_grad=True)
        y = F.conv2d(a, w)
        uses = [lambda y=y: F.relu(y).sum(), lambda y=y: (y * 3).sum(), lambda y=y: F.relu(y).sum()]
        total = sum((use() for use in uses[::order]), as_tensor(0.0))
        total.backward()
        gy = 2.0 * (reference.conv2d(x, w) > 0) + 3.0
        check(a.grad, reference.conv2d_backward(gy, x, w)[0], scale=10)


def test_an_array_op_before_a_convolution():
    x, w = draw(3, 2, 6, 6), draw(2, 2, 3, 3)
    a = Tensor(x, requires_grad=True)
    F.max_pool2d(F.conv2d(a * 2, w) * 1, 4).sum().backward()
    y = reference.conv2d(2.0 * x, w)
    gy = reference.max_pool2d_backward(np.ones((3, 2, 1, 1)), y, (4, 4))
    check(a.grad, 2 * reference.conv2d_backward(gy, x, w)[0], scale=10)


@pytest.mark.parametrize("needed", [(), (0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)])
def test_only_needed_gradients_are_computed(monkeypatch, needed):
    calls = []
    for name in ("input", "weight", "bias"):
        name = f"conv2d_backward_{name}"
        real = getattr(_core, name)
        monkeypatch.setattr(
            _core, name, lambda *a, name=name, real=real: calls.append(name) or real(*a)
        )
    arrays = draw(2, 2, 5, 5), draw(3, 2, 3, 3), draw(3)
    tensors = [Tensor(a, requires_grad=i in needed) for i, a in enumerate(arrays)]
    y = F.conv2d(*tensors)
    assert y.requires_grad == bool(needed)
    if needed:
        y.sum().backward()
    parts = [f"conv2d_backward_{('input', 'weight', 'bias')[i]}" for i in needed]
    assert sorted(calls) == sorted(parts)
    assert [t.grad is not None for t in tensors] == [i in needed for i in range(3)]

    calls.clear()
    for name in ("matmul", "sum_rows"):
        real = getattr(_core, name)
        monkeypatch.setattr(_core, name, lambda *a, n=name, r=real: calls.append(n) or r(*a))
    tensors = [
        Tensor(a, requires_grad=i in needed)
        for i, a in enumerate((draw(2, 4), draw(3, 4), draw(3)))
    ]
    y = F.linear(*tensors)
    calls.clear()
    if needed:
        y.sum().backward()
    assert sorted(calls) == sorted(["matmul", "matmul", "sum_rows"][i] for i in needed)


@pytest.mark.parametrize("op", ["conv2d", "linear", "*"])
def test_only_needed_arrays_are_kept(op):
    """The gradient of one operand needs the other; the operand itself is let go."""
    for needed in (0, 1):
        if op == "conv2d":
            with lanegrad.no_grad():
                operands = [F.relu(F.conv2d(draw(2, 2, 5, 5), draw(2, 2, 1, 1))), draw(3, 2, 3, 3)]
            function = F.conv2d
        else:
            operands = [draw(4, 4), draw(4, 4)]
            function = F.linear if op == "linear" else operator.mul
        operands = [as_tensor(a) if isinstance(a, np.ndarray) else a for a in operands]
        operands[needed].requires_grad = True
        arrays = [t._value for t in operands]
        references = [weakref.ref(a) for a in arrays]
        result = function(*operands)
        del operands, arrays
        assert [r() is not None for r in references] == [needed == 1, needed == 0]
        assert result.requires_grad


def test_nothing_is_recorded_under_no_grad():
    w = Tensor(draw(2, 3, 3, 3), requires_grad=True)
    with lanegrad.no_grad():
        y = F.relu(F.conv2d(draw(2, 3, 6, 6), w))
    assert y.is_leaf
    assert not y.requires_grad


# -------------------------------------------------------------------------------------- arguments


def test_anything_array_like_is_taken():
    x = rng.normal(size=(2, 3, 6, 6))
    w = rng.normal(size=(2, 3, 3, 3))
    want = reference.conv2d(x, w)
    for convert in (np.float64, np.float32, lambda a: a.tolist(), Tensor, np.asfortranarray):
        y = F.conv2d(convert(x), convert(w))
        assert y.dtype == np.float32
        check(y, want)
    check(F.relu(np.float16([-1, 2])), np.float32([0, 2]))
    check(F.relu([-1, 2]), np.float32([0, 2]))


@pytest.mark.parametrize("convert", [as_tensor, np.asarray])
def test_integers_are_refused_and_told_to_convert(convert):
    ones = convert(np.ones((1, 1, 2, 2), np.int64))
    good = np.ones((1, 1, 1, 1))
    for call in [
        lambda: F.gelu(ones),
        lambda: F.conv2d(ones, good),
        lambda: F.conv2d(np.ones((1, 1, 2, 2)), ones),
        lambda: F.max_pool2d(ones, 2),
        lambda: F.linear(ones, np.ones((2, 2))),
        lambda: F.softmax(ones, 1),
        lambda: F.silu(convert(np.array([True]))),
    ]:
        with pytest.raises(TypeError, match="convert it to float32"):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.conv2d(draw(2, 3), draw(1, 3, 1, 1)), r"\(N, C, H, W\).*\(2, 3\)"),
        (lambda: F.max_pool2d(draw(2, 3), 2), r"\(N, C, H, W\).*\(2, 3\)"),
        (lambda: F.conv2d(draw(1, 2, 5, 5), draw(1, 3, 3, 3)), "3 input channels.*2"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(3, 3, 3)), "weight must have 4"),
        (lambda: F.conv2d(draw(1, 3, 2, 2), draw(1, 3, 3, 3)), "does not fit"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(2, 3, 3, 3), draw(3)), r"bias.*\(2,\).*\(3,\)"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(2, 3, 3, 3), stride=0), "stride"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(2, 3, 3, 3), padding=-1), "padding"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(2, 3, 3, 3), padding="full"), "full"),
        (lambda: F.conv2d(draw(1, 3, 5, 5), draw(2, 3, 3, 3), None, 2, "same"), "stride 1"),
        (lambda: F.conv2d(draw(1, 4, 5, 5), draw(3, 2, 3, 3), groups=2), "groups"),
        (lambda: F.max_pool2d(draw(1, 3, 5, 5), 2, padding=2), "half"),
        (lambda: F.max_pool2d(draw(1, 3, 5, 5), 6), "does not fit"),
        (lambda: F.linear(draw(2, 3), draw(4, 5)), "3.*5"),
        (lambda: F.linear(1.0, draw(4, 5)), "at least one axis"),
        (lambda: F.linear(draw(2, 5), draw(4, 5), draw(5)), "bias"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pair():
    assert pair(2, "stride") == (2, 2)
    assert pair(np.int64(2), "stride") == (2, 2)
    assert pair((1, 2), "stride") == (1, 2)
    assert pair([1, 2], "stride") == (1, 2)
    for bad in (1.5, "ab", (1, 2, 3), None, [1, None]):
        with pytest.raises(TypeError, match="stride must be a whole number or a pair"):
            pair(bad, "stride")
    with pytest.raises(TypeError, match="whole number"):
        pair((1.5, 2), "stride")
