"""Activations without a kernel, in place or not, and functions along an axis, beside PyTorch's."""

import warnings

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, nn

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)

FUNCTIONS = [
    *F.gating.__all__,
    *F.shrinking.__all__,
    *(name for name in F.rectifying.__all__ if not name.endswith("_")),
    *F.normalizing.__all__,
]
RANDOM = {"rrelu", "gumbel_softmax"}
TAILS = np.float32([-1e30, -100, -20, -3, -1, -0.5, -1e-3, -1e-6, -1e-20, -0.0])
TAILS = np.concatenate([TAILS, -TAILS, np.float32([0.1, 0.02, 19.9, 20.1, 6, np.nan])])


def both(x):
    """A leaf of ours and one of PyTorch's."""
    x = np.asarray(x, np.float32)
    return Tensor(x.copy(), requires_grad=True), torch.tensor(x, requires_grad=True)


def compare(y, z, leaves, rtol=5e-6, atol=1e-6):
    """Values, and gradients of (ours, PyTorch's) pairs of leaves."""
    assert y.shape == tuple(z.shape)
    close = {"rtol": rtol, "atol": atol}
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), **close)
    g = rng.normal(size=y.shape).astype(np.float32)
    y.backward(g)
    z.backward(torch.tensor(g))
    for p, q in leaves:
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), **close)


def converted(value):
    """An argument of PyTorch's as one of ours, and the pair of leaves if it is one."""
    if not isinstance(value, torch.Tensor):
        return value, []
    array = value.detach().numpy().copy()
    ours = Tensor(array, requires_grad=value.requires_grad)
    return ours, [(ours, value)] if value.requires_grad else []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in RANDOM])
def test_pytorchs_own_samples(name):
    from torch.testing._internal.common_methods_invocations import op_db

    found = [op for op in op_db if op.name in (name, f"nn.functional.{name}")]
    count = 0
    for info in found:
        for sample in info.sample_inputs("cpu", torch.float32, requires_grad=True):
            if torch.float64 in (sample.kwargs.get("dtype"), *sample.args):
                continue
            arguments, leaves = zip(*map(converted, (sample.input, *sample.args)), strict=True)
            options = {k: converted(v)[0] for k, v in sample.kwargs.items() if k != "dtype"}
            z = info.op(sample.input, *sample.args, **sample.kwargs)
            for _, leaf in (pair for pairs in leaves for pair in pairs):
                leaf.grad = None
            y = getattr(F, name)(*arguments, **options)
            compare(y, z, [pair for pairs in leaves for pair in pairs], 1e-5, 2e-6)
            count += 1
    assert count or name in {"softmin"}


# Where PyTorch's float32 loses digits that the exact value has.
INEXACT = {"tanhshrink": 1e-6}
ARGUMENTS = {
    "threshold": [(0.1, 20), (-1, 0.5)],
    "hardtanh": [(), (-0.5, 20.0)],
    "elu": [(), (0.5,), (-1.5,)],
    "celu": [(), (0.3,), (-2.0,)],
    "softplus": [(), (2.0,), (0.5, 5.0)],
    "hardshrink": [(), (0.0,), (20,), (-1.0,)],
    "softshrink": [(), (0.0,), (20,)],
    "rrelu": [(), (0.5, 0.5)],
}
CASES = [
    (name, arguments)
    for name in [*F.gating.__all__, *F.shrinking.__all__, *F.rectifying.__all__]
    if name not in ("glu", "prelu") and not name.endswith("_")
    for arguments in ARGUMENTS.get(name, [()])
]


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_tails_and_kinks(name, arguments):
    p, q = both(TAILS)
    y, z = getattr(F, name)(p, *arguments), getattr(torch.nn.functional, name)(q, *arguments)
    compare(y, z, [(p, q)], rtol=5e-6, atol=INEXACT.get(name, 1e-12))


@pytest.mark.parametrize(("name", "arguments"), CASES)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 1, 5)])
def test_shapes(name, arguments, shape):
    p, q = both(rng.normal(size=shape) * 3)
    y, z = getattr(F, name)(p, *arguments), getattr(torch.nn.functional, name)(q, *arguments)
    compare(y, z, [(p, q)])


def test_tanhshrink_is_exact_near_zero():
    x = np.float32([1e-3, 0.0199, 0.0201, -1e-10])
    mpmath = pytest.importorskip("mpmath")
    mpmath.mp.dps = 50
    want = [float(mpmath.mpf(float(v)) - mpmath.tanh(mpmath.mpf(float(v)))) for v in x]
    np.testing.assert_allclose(F.tanhshrink(x).numpy(), want, rtol=1e-7)


IN_PLACE = ["celu", "elu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "mish", "relu"]
IN_PLACE += ["relu6", "rrelu", "selu", "silu", "threshold"]
NEEDED = {"threshold": (0.1, 20)}


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("view", [False, True])
def test_in_place(name, view):
    """The tensor is written to, as whoever shares its memory sees, and gradients are right."""
    p, q = both(rng.normal(size=(2, 3, 4)) * 3)
    x, w = p * 2, q * 2
    base, other = (x, w) if not view else (x.detach().clone(), w.detach().clone())
    if view:  # no gradient goes through it
        x, w = base[0], other[0]
    arguments = NEEDED.get(name, ())
    y = getattr(F, name)(x, *arguments, inplace=True)
    z = getattr(torch.nn.functional, name)(w, *arguments, inplace=True)
    assert y is x
    np.testing.assert_allclose(base.detach().numpy(), other.detach().numpy(), rtol=2e-6, atol=1e-7)
    if not view:
        compare(x, z, [(p, q)])


@pytest.mark.parametrize("name", [n for n in dir(F) if n.endswith("_") and n[0] != "_"])
def test_names_with_an_underscore(name):
    arguments = NEEDED.get(name[:-1], ())
    x = Tensor(TAILS.copy())
    assert getattr(F, name)(x, *arguments) is x
    np.testing.assert_array_equal(x.numpy(), getattr(F, name[:-1])(TAILS, *arguments).numpy())
    with pytest.raises(RuntimeError):
        getattr(F, name)(lanegrad.ones(2, requires_grad=True), *arguments)
    assert hasattr(torch.nn.functional, name)


def test_in_place_layers_write():
    x = lanegrad.randn(3, 4)
    for layer in (
        nn.ReLU(True),
        nn.LeakyReLU(0.1, True),
        nn.ReLU6(True),
        nn.SiLU(True),
        nn.ELU(2, True),
    ):
        y = x * 1
        assert layer(y) is y
        layer.inplace = False
        assert y.tolist() == layer(x).tolist() != x.tolist()


def test_rrelu_draws_slopes():
    x = Tensor(np.where(rng.random(4000) < 0.5, -2.0, 3.0), requires_grad=True)
    y = F.rrelu(x, 0.2, 0.6, training=True)
    y.sum().backward()
    slopes = x.grad.numpy()
    np.testing.assert_allclose(y.detach().numpy(), slopes * x.detach().numpy(), rtol=1e-6)
    below = slopes[x.detach().numpy() < 0]
    assert (slopes[x.detach().numpy() > 0] == 1).all()
    assert 0.2 <= below.min() < 0.21 < 0.39 < below.mean() < 0.41 < 0.59 < below.max() <= 0.6


@pytest.mark.parametrize(("shape", "weights"), [((2, 3), 3), ((2, 3, 4, 5), 3), ((4,), 1), ((), 1)])
def test_prelu(shape, weights):
    (p, q), (v, w) = both(rng.normal(size=shape)), both(rng.normal(size=weights))
    compare(F.prelu(p, v), torch.nn.functional.prelu(q, w), [(p, q), (v, w)])
    layer = nn.PReLU(weights, 0.3)
    assert [*layer.state_dict()] == [*torch.nn.PReLU(weights).state_dict()]
    assert layer.weight.tolist() == pytest.approx([0.3] * weights)


def test_gumbel_softmax():
    logits = np.tile(np.log(np.float32([0.1, 0.2, 0.7])), (4000, 1))
    x = Tensor(logits, requires_grad=True)
    hard = F.gumbel_softmax(x, 0.5, hard=True)
    assert {*hard.detach().numpy().ravel()} == {0, 1}
    np.testing.assert_allclose(hard.detach().numpy().mean(0), [0.1, 0.2, 0.7], atol=0.03)
    (hard * [1.0, 2, 3]).sum().backward()
    assert (x.grad.numpy() != 0).all()
    soft = F.gumbel_softmax(logits.T, 2.0, dim=0)
    np.testing.assert_allclose(soft.numpy().sum(0), 1, rtol=1e-6)
    assert F.gumbel_softmax(1.0).item() == pytest.approx(1)
    assert F.gumbel_softmax(1.0, hard=True).item() == 1
    with pytest.warns(UserWarning, match="eps"):
        F.gumbel_softmax([1.0], eps=1e-3)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (0, 3)])
def test_axes_that_are_not_said(name, shape):
    p, q = both(rng.normal(size=shape))
    layer = {"softmax": nn.Softmax, "log_softmax": nn.LogSoftmax, "softmin": nn.Softmin}[name]()
    for function in (layer, getattr(F, name)):
        with pytest.warns(UserWarning, match=f"{name} along axis") as found:
            y = function(p)
        assert [warning.filename for warning in found] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z = getattr(torch.nn.functional, name)(q)
    compare(y, z, [(p, q)])
    for dim in (0, -1):
        (p, q), options = both(rng.normal(size=shape)), {"dim": dim}
        compare(
            getattr(F, name)(p, **options),
            getattr(torch.nn.functional, name)(q, **options),
            [(p, q)],
        )


def test_dtype_of_softmax():
    assert F.softmax([[0, 0]], 1, dtype=np.float32).tolist() == [[0.5, 0.5]]
    with pytest.raises(TypeError, match="float64"):
        F.softmax([[0.0, 0.0]], 1, dtype=np.float64)


@pytest.mark.parametrize("p", [0.5, 1, 2, 3, float("inf"), -1])
@pytest.mark.parametrize(
    ("shape", "dim"), [((3, 4), 1), ((3, 4), 0), ((2, 3, 4), (0, -1)), ((5,), -1), ((), 0)]
)
def test_normalize(p, shape, dim):
    x = rng.normal(size=shape)
    if x.ndim and p > 0:
        x[0] = 0
    (a, b), g = both(x), {"p": p, "dim": dim, "eps": 1e-3}
    y, z = F.normalize(a, **g), torch.nn.functional.normalize(b, **g)
    if p < 1 and x.ndim:  # no slope at 0
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-5)
    else:
        compare(y, z, [(a, b)], 1e-5, 1e-6 if x.ndim else 1e-4)


WRONG = [
    ("hardtanh", (1.0, -1.0)),
    ("softshrink", (-1.0,)),
    ("rrelu", (2.0, 1.0)),
    ("celu", (0.0,)),
    ("glu", (7,)),
    ("glu", (1,)),
    ("prelu", (np.ones(2),)),
    ("prelu", (np.ones((3, 1)),)),
    ("softmax", (5,)),
    ("log_softmax", (-3,)),
    ("softmin", (2,)),
    ("normalize", (2.0, 4)),
]


@pytest.mark.parametrize(("name", "arguments"), WRONG)
def test_errors_are_pytorchs(name, arguments):
    x = np.ones((2, 3), np.float32)
    theirs = [torch.tensor(v, dtype=torch.float32) if np.ndim(v) else v for v in arguments]
    with pytest.raises(Exception) as error:  # noqa: PT011
        getattr(torch.nn.functional, name)(torch.tensor(x), *theirs)
    with pytest.raises(error.type):
        getattr(F, name)(Tensor(x), *arguments)


def test_softmax_of_the_channels():
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    for images in (x, x[0]):
        want = torch.nn.Softmax2d()(torch.tensor(images)).numpy()
        np.testing.assert_allclose(nn.Softmax2d()(images).numpy(), want, rtol=2e-6)
    with pytest.raises(ValueError, match="found 2 axes"):
        nn.Softmax2d()(x[0, 0])


def test_wrong_bounds_of_hardtanh():
    with pytest.warns(FutureWarning, match="min_val"):
        assert nn.Hardtanh(min_value=-2.0)([-3.0]).tolist() == [-2]
    with pytest.raises(AssertionError, match="max_val"):
        nn.Hardtanh(1.0, 1.0)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softsign", "tanhshrink"])
def test_whole_numbers(name):
    whole = np.array([-2, 0, 3])
    want = getattr(torch.nn.functional, name)(torch.tensor(whole)).numpy()
    got = getattr(F, name)(Tensor(whole)).numpy()
    assert got.dtype == want.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_arrays_that_are_filled_again_between_forward_and_backward():
    """A loss has read its target when it is called."""
    x, target = Tensor(np.ones(3), requires_grad=True), np.zeros(3, np.float32)
    for loss in (
        F.mse_loss(x, target, reduction="sum"),
        F.mse_loss(x, Tensor(target), reduction="sum"),
    ):
        x.grad = None
        target[...] = 7
        loss.backward()
        target[...] = 0
        assert x.grad.tolist() == [2, 2, 2]
