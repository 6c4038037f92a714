"""Padding and joining: against NumPy on every instruction set, and PyTorch's own samples."""

import hypothesis
import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
from lanegrad import Tensor, _core, as_tensor

rng = np.random.default_rng(0)
NUMPY = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def in_lanes(x):
    """A tensor of images that are in lanes, and the leaf that it comes from."""
    leaf = Tensor(x, requires_grad=True)
    images = F.conv2d(leaf, np.eye(x.shape[1], dtype=np.float32)[:, :, None, None])
    assert images._value.in_lanes
    return images, leaf


def padded(x, amounts, mode, value=0.0):
    around = [(0, 0)] * (x.ndim - len(amounts) // 2)
    around += list(zip(amounts[-2::-2], amounts[:0:-2], strict=True))
    options = {"constant_values": value} if mode == "constant" else {}
    x = np.asarray(x, np.float64)
    cut = tuple(
        slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(around, x.shape, strict=True)
    )
    return np.pad(x[cut], [(max(a, 0), max(b, 0)) for a, b in around], NUMPY[mode], **options)


@pytest.mark.parametrize("mode", NUMPY)
@pytest.mark.parametrize(
    ("shape", "amounts"),
    [
        ((7,), (2, 3)),
        ((7,), (0, 0)),
        ((5, 3), (1, 2)),
        ((5, 3), (0, 0, 2, 4)),
        ((2, 3, 5, 4), (1, 2, 4, 0)),
        ((17, 3, 5, 4), (3, 3, 3, 3)),
        ((2, 3, 5, 4), (1, 0, 0, 0, 2, 1)),
        ((4, 3, 5, 4), (1, 0, 2, 0, 0, 1, 3, 1)),
        ((2, 1, 3, 4, 2, 3), (1, 1, 0, 0, 2, 1, 1, 2)),
    ],
)
def test_pad(isa, mode, shape, amounts):
    x = normal(*shape)
    want = padded(x, amounts, mode, 1.5)
    options = (mode, 1.5) if mode == "constant" else (mode,)
    leaves = [(Tensor(x, requires_grad=True),) * 2]
    if len(shape) == 4:
        leaves.append(in_lanes(x))
    gy = normal(*want.shape)
    for tensor, leaf in leaves:
        y = F.pad(tensor, amounts, *options)
        np.testing.assert_array_equal(y.detach().numpy(), want.astype(np.float32))
        y.backward(gy)
        gradient = reference.numeric_gradient(
            lambda a: (padded(a, amounts, mode) * gy).sum(), np.zeros(shape), 1.0
        )
        np.testing.assert_allclose(leaf.grad.numpy(), gradient, atol=1e-5)


@pytest.mark.parametrize("images", [1, 3, 8, 17])
def test_images_stay_in_lanes(isa, images):
    a, leaf_a = in_lanes(normal(images, 2, 3, 4))
    b, leaf_b = in_lanes(normal(images, 5, 3, 4))
    y = F.pad(lanegrad.cat([a, b], 1), (1, 2, 0, 1), value=7.0)
    assert y._value.in_lanes
    joined = np.concatenate([a.detach().numpy(), b.detach().numpy()], 1)
    np.testing.assert_array_equal(
        y.detach().numpy(), padded(joined, (1, 2, 0, 1), "constant", 7.0).astype(np.float32)
    )
    gy = normal(*y.shape)
    y.backward(gy)
    inner = gy[:, :, :3, 1:5]
    np.testing.assert_array_equal(leaf_a.grad.numpy(), inner[:, :2])
    np.testing.assert_array_equal(leaf_b.grad.numpy(), inner[:, 2:])


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -4])
@pytest.mark.parametrize("lanes", [(False, False), (True, False), (True, True)])
def test_cat(isa, axis, lanes):
    shapes = [[5, 3, 4, 2], [5, 3, 4, 2]]
    shapes[1][axis] = 7
    leaves, tensors = [], []
    for shape, laned in zip(shapes, lanes, strict=True):
        leaf = Tensor(normal(*shape), requires_grad=True)
        tensors.append(leaf)
        if laned:
            tensors[-1], leaf = in_lanes(leaf.detach().numpy())
        leaves.append(leaf)
    y = lanegrad.cat(tensors, dim=axis)
    arrays = [leaf.detach().numpy() for leaf in leaves]
    np.testing.assert_array_equal(y.detach().numpy(), np.concatenate(arrays, axis))
    gy = normal(*y.shape)
    y.backward(gy)
    parts = np.split(gy, [shapes[0][axis]], axis)
    for leaf, part in zip(leaves, parts, strict=True):
        np.testing.assert_array_equal(leaf.grad.numpy(), part)


def test_cat_of_other_types_and_of_what_needs_no_gradient():
    labels = lanegrad.cat([np.arange(3), as_tensor(np.arange(2))])
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 2, 0, 1]
    mixed = lanegrad.cat([np.arange(2), [0.5]])
    assert mixed.dtype == np.float32
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = lanegrad.concatenate([x, [3.0], x])
    y.backward([1.0, 2.0, 3.0, 4.0, 5.0])
    assert x.grad.tolist() == [5, 7]
    assert lanegrad.concat is lanegrad.cat
    assert not lanegrad.cat([[1.0], [2.0]]).requires_grad


# -------------------------------------------------------------------------------------- PyTorch


@pytest.fixture(scope="module")
def torch_testing(torch):
    """PyTorch's generators of test inputs of functions."""
    from torch.testing._internal import common_methods_invocations

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    torch.manual_seed(0)
    return common_methods_invocations


def compare(ours, theirs, inputs):
    """Results and gradients of both functions of a list of tensors."""
    mine = [Tensor(t.detach().numpy(), requires_grad=True) for t in inputs]
    inputs = [t.detach().clone().requires_grad_() for t in inputs]
    got, want = ours(mine), theirs(inputs)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got.detach().numpy(), want.detach().numpy())
    gy = normal(*got.shape)
    got.backward(gy)
    want.backward(want.new_tensor(gy))
    for a, b in zip(mine, inputs, strict=True):
        if a.numel():
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_whole_numbers_and_masks():
    x = np.arange(24).reshape(2, 3, 4)
    for mode, name in (("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")):
        for given in (x, x % 3 == 0):
            got = F.pad(lanegrad.tensor(given), (1, 2, 0, 2), mode)
            want = np.pad(given, ((0, 0), (0, 2), (1, 2)), name)
            np.testing.assert_array_equal(got.numpy(), want, strict=True)
    with pytest.raises(ValueError, match=r"axis 2 of 4 cannot be padded by \(4, 0\)"):
        F.pad(lanegrad.tensor(x), (4, 0), "reflect")


@pytest.mark.parametrize(
    "mode", ["constant", "reflect", "replicate", "replicate_negative", "circular"]
)
def test_pad_on_pytorchs_samples(torch, torch_testing, mode):
    ops = torch_testing.op_db
    (op,) = (o for o in ops if o.name == "nn.functional.pad" and o.variant_test_name == mode)
    samples = list(op.sample_inputs("cpu", torch.float32, requires_grad=True))
    assert len(samples) > 5
    for s in samples:
        compare(
            lambda x, s=s: F.pad(*x, *s.args, **s.kwargs),
            lambda x, s=s: torch.nn.functional.pad(*x, *s.args, **s.kwargs),
            [s.input],
        )


def test_cat_on_pytorchs_samples(torch, torch_testing):
    (op,) = (o for o in torch_testing.op_db if o.name == "cat")
    for s in op.sample_inputs("cpu", torch.float32, requires_grad=True):
        compare(
            lambda x, s=s: lanegrad.cat(x, *s.args, **s.kwargs),
            lambda x, s=s: torch.cat(x, *s.args, **s.kwargs),
            s.input,
        )


def test_pytorchs_errors_of_cat_are_errors_here(torch, torch_testing):
    (op,) = (o for o in torch_testing.op_db if o.name == "cat")
    errors = [e.sample_input for e in op.error_inputs("cpu")]
    errors = [s for s in errors if "out" not in s.kwargs]
    assert len(errors) > 4
    for s in errors:
        with pytest.raises((TypeError, ValueError)):
            lanegrad.cat([t if t is None else t.numpy() for t in s.input], *s.args, **s.kwargs)


X = np.ones((1, 1, 3, 4), np.float32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.pad(X, (1, 2, 3)), ValueError, "two numbers for each axis"),
        (lambda: F.pad(X, (1,) * 10), ValueError, "at most 4 axes"),
        (lambda: F.pad(X, (-3, -2)), ValueError, r"axis 3 of 4 cannot.*\(-3, -2\): nothing"),
        (lambda: F.pad(X, (4, 0), "reflect"), ValueError, "less than the size"),
        (lambda: F.pad(X, (-2**63, -2**63)), ValueError, r"at most 2\*\*31 fit"),
        (lambda: F.pad(X, (2**63 - 1, 2**63 - 1), "replicate"), ValueError, r"at most 2\*\*31 fit"),
        (lambda: F.pad(X, (2**62, -2**62)), ValueError, r"at most 2\*\*31 fit"),
        (lambda: F.pad(X, (5, 0), "circular"), ValueError, "more than once"),
        (lambda: F.pad(X, (-1, 4), "circular"), ValueError, "more than once"),
        (lambda: F.pad(X[..., :0], (1, 0), "replicate"), ValueError, "nothing to replicate"),
        (lambda: F.pad(X, (1, 1), "mirror"), ValueError, "mode must be one of constant, reflect"),
        (lambda: F.pad(X, (1, 1), "reflect", 2.0), ValueError, "no use for a value"),
        (lambda: F.pad(X, (1.5, 1)), TypeError, "integer"),
        (lambda: F.pad(X.astype(int), (1, 1)), TypeError, "convert it to float32"),
        (lambda: lanegrad.cat([]), ValueError, "at least one"),
        (lambda: lanegrad.cat([1.0, [2.0]]), ValueError, "without an axis"),
        (lambda: lanegrad.cat([X, X[..., :2]]), ValueError, r"along axis 0: tensor 0 has \(1, 1, 3, 4\)"),
        (lambda: lanegrad.cat([X], 4), IndexError, "range"),
        (lambda: _core.split(X, [1, 1], 3), ValueError, r"sizes \[1, 1\] do not make up axis 3"),
        (lambda: _core.pad_backward(X, (1, 1, 3, 4), (0, 0, 0, 1), (0,) * 4, "constant"), ValueError,
         r"gradient must have shape \(1, 1, 3, 5\)"),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
