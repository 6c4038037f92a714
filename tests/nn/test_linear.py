"""The fully connected layer and `@`, on PyTorch's own sample inputs and in float64."""

import operator

import numpy as np
import pytest

import lanegrad.nn as nn
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, as_tensor

rng = np.random.default_rng(0)
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def samples(torch):
    """Gives the tensors of each of PyTorch's sample inputs of a function."""
    methods = pytest.importorskip("torch.testing._internal.common_methods_invocations")
    torch.manual_seed(0)

    def of(name):
        (op,) = (o for o in methods.op_db if o.name == name and not o.variant_test_name)
        for sample in op.sample_inputs("cpu", torch.float32, requires_grad=True):
            assert not sample.kwargs
            yield [sample.input, *sample.args]

    return of


def compare(torch, ours, theirs, tensors):
    """Ours in float32, theirs of the same numbers in float64: the result and all gradients."""
    mine = [Tensor(t.detach().numpy(), requires_grad=True) for t in tensors]
    wide = [t.detach().double().requires_grad_() for t in tensors]
    got, want = ours(*mine), theirs(*wide)
    assert got.shape == want.shape
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), **CLOSE)
    upstream = rng.standard_normal(got.shape).astype(np.float32)
    got.backward(upstream)
    want.backward(torch.from_numpy(np.asarray(upstream, np.float64)))
    for a, b in zip(mine, wide, strict=True):
        assert a.grad.shape == b.shape
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), **CLOSE)


def test_linear_on_pytorchs_samples(torch, samples):
    cases = list(samples("nn.functional.linear"))
    assert len(cases) > 10
    for tensors in cases:
        compare(torch, F.linear, torch.nn.functional.linear, tensors)


@pytest.mark.parametrize("name", ["matmul", "mv", "mm", "bmm", "dot"])
def test_products_on_pytorchs_samples(torch, samples, name):
    for tensors in samples(name):
        compare(torch, operator.matmul, torch.matmul, tensors)


@pytest.mark.parametrize(
    ("left", "right"),
    [((5, 1, 3, 2, 4), (2, 1, 4, 3)), ((2, 1, 5, 1, 3), (1, 4, 1, 3, 2)), ((3, 2), (4, 3, 2, 5)),
     ((2, 3, 4, 5, 6), (3, 1, 6, 2)), ((2, 0, 3, 4), (4, 5)), ((2, 0, 3, 4), (2, 1, 4, 5)),
     ((4, 3, 0), (4, 0, 2)), ((3, 1, 2, 2), (1, 3, 2, 2)), ((7, 30, 40), (7, 40, 20))],
)  # fmt: skip
def test_stacks_of_matrices_are_broadcast(torch, left, right):
    compare(torch, operator.matmul, torch.matmul, [torch.randn(left), torch.randn(right)])


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_a_weight_of_one_axis(torch, shape, with_bias):
    tensors = [torch.randn(shape), torch.randn(4)]
    if not with_bias:
        compare(torch, F.linear, torch.nn.functional.linear, tensors)
    else:  # what PyTorch's documentation allows, but its matrices of one row do not
        compare(
            torch, F.linear, lambda x, w, b: torch.matmul(x, w) + b, [*tensors, torch.randn(())]
        )


def test_modules_on_pytorchs_samples(torch):
    modules = pytest.importorskip("torch.testing._internal.common_modules")
    inputs = modules.module_inputs_torch_nn_Linear(None, "cpu", torch.float32, True, True)
    for sample in inputs:
        options, x = sample.constructor_input, sample.forward_input
        (x,) = x.args or x.kwargs.values()
        layer = nn.Linear(*options.args, **options.kwargs)
        theirs = torch.nn.Linear(*options.args, **options.kwargs)
        parameters = list(theirs.parameters())
        names = [name for name, _ in layer.named_parameters()]
        assert names == [name for name, _ in theirs.named_parameters()]
        for name, parameter in zip(names, parameters, strict=True):
            getattr(layer, name).detach().numpy()[...] = parameter.detach().numpy()
        np.testing.assert_allclose(
            layer(x.detach().numpy()).detach().numpy(), theirs(x).detach().numpy(), **CLOSE
        )


@pytest.mark.parametrize(
    ("x", "weight", "bias"),
    [((2, 3), (5, 4), None), ((2, 3), (5, 3), (4,)), ((2, 3), (5, 3), (5, 1)), ((2, 3), (4,), None),
     ((2, 3), (1, 5, 3), None), ((), (5, 3), None), ((), (1,), None), ((2, 3), (3,), (3,))],
)  # fmt: skip
def test_what_does_not_fit_is_refused(x, weight, bias):
    arrays = [np.zeros(s, np.float32) for s in (x, weight, bias) if s is not None]
    with pytest.raises(ValueError, match=r"shape|multiply|axis|dimensions"):
        F.linear(*arrays)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [((3,), (4,), "got 3 and 4 elements"),
     ((2, 3), (4, 5), r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)"),
     ((2, 2, 3), (3, 3, 5), "cannot be broadcast"), ((2, 3), (5, 4, 3), r"\(2x3 and 5x4x3\)")],
)  # fmt: skip
def test_products_that_do_not_exist(left, right, message):
    with pytest.raises(ValueError, match=message):
        as_tensor(np.zeros(left)) @ as_tensor(np.zeros(right))


def test_a_sum_of_products_has_the_shape_that_it_is_asked_for():
    a, b = rng.random((2, 3, 4, 5), np.float32), rng.random((3, 5, 6), np.float32)
    exact = a.astype(np.float64) @ b
    for shape in [(4, 6), (1, 4, 6), (3, 4, 6), (2, 1, 4, 6), (1, 1, 4, 6), (2, 3, 4, 6)]:
        lost = 4 - len(shape)
        axes = tuple(i for i in range(2) if i < lost or shape[i - lost] == 1)
        got = _core.batch_matmul(a, b, False, False, shape)
        np.testing.assert_allclose(got, exact.sum(axes).reshape(shape), rtol=1e-5)
    for shape in [(4, 5), (6,), (2, 4, 6), (1, 2, 3, 4, 6)]:
        with pytest.raises(ValueError, match="do not add up"):
            _core.batch_matmul(a, b, False, False, shape)
    with pytest.raises(ValueError, match="2 to 32 axes"):
        _core.batch_matmul(a, b[0, 0])


def test_same_bits_in_a_stack_and_alone(isa):
    a, b = rng.random((6, 50, 70), np.float32), rng.random((6, 70, 40), np.float32)
    for threads in (1, 2, 5):
        _core.set_num_threads(threads)  # `isa` sets it back
        stack = _core.batch_matmul(a, b)
        for i in range(6):
            np.testing.assert_array_equal(stack[i], _core.matmul(a[i], b[i]))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 33, 1000])
def test_dot(isa, size):
    a, b = (rng.standard_normal(size, dtype=np.float32) for _ in range(2))
    exact = np.float32(a.astype(np.float64) @ b)
    assert _core.dot(a, b) == pytest.approx(exact, rel=1e-6, abs=1e-12)
