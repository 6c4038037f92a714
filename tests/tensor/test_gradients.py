"""Backward passes into some tensors alone, and hooks after gradients have been added up."""

import numpy as np
import pytest

import lanegrad


def leaves(library):
    return [library.tensor([float(i), 2.0], requires_grad=True) for i in range(2)]


def results(library, **options):
    a, b = leaves(library)
    c = a * b
    chosen = {"leaf": [a], "both": [a, b], "node": [c, b], "one": b}[options.pop("which")]
    for _ in range(2):
        (c * c + a).sum().backward(inputs=chosen, retain_graph=True)
    return [None if x.grad is None else x.grad.numpy() for x in (a, b)]


@pytest.mark.parametrize("which", ["leaf", "both", "node", "one"])
def test_inputs_of_backward(torch, which):
    for got, want in zip(results(lanegrad, which=which), results(torch, which=which), strict=True):
        assert (got is None) == (want is None)
        np.testing.assert_allclose([] if got is None else got, [] if want is None else want)


def test_a_node_among_the_inputs_gets_its_gradient():
    x = lanegrad.tensor([3.0], requires_grad=True)
    y = x * 2
    lanegrad.autograd.backward((y * y).sum(), inputs=y)
    assert y.grad.item() == 12.0
    assert x.grad is None


def test_wrong_inputs(torch):
    for library in (lanegrad, torch):
        x = library.ones(1, requires_grad=True)
        with pytest.raises(RuntimeError, match="cannot be empty"):
            (x * 2).sum().backward(inputs=[])
        with pytest.raises(RuntimeError):
            (x * 2).sum().backward(inputs=[library.ones(1)])


def test_old_arguments(torch):
    for library in (lanegrad, torch):
        x = library.ones(2, requires_grad=True)
        with pytest.warns(FutureWarning, match="grad_variables"):
            library.autograd.backward(x * 2, grad_variables=library.ones(2))
        assert x.grad.tolist() == [2.0, 2.0]
        with pytest.warns(FutureWarning, match="only_inputs"):
            library.autograd.grad((x * 3).sum(), x, only_inputs=False)
        with pytest.warns(FutureWarning), pytest.raises(RuntimeError, match="both"):
            library.autograd.backward(x, library.ones(2), grad_variables=library.ones(2))


def test_hooks_after_accumulation(torch):
    seen = {}
    for library in (lanegrad, torch):
        calls = seen.setdefault(library.__name__, [])
        x = library.tensor([1.0, 2.0], requires_grad=True)
        x.register_hook(lambda g: g * 2)
        handle = x.register_post_accumulate_grad_hook(lambda t, c=calls: c.append(t.grad.tolist()))
        (x * x + x).sum().backward()
        x.sum().backward()
        library.autograd.grad(x.sum(), x)
        handle.remove()
        x.sum().backward()
        with pytest.raises(RuntimeError):
            (x * 2).register_post_accumulate_grad_hook(print)
        with pytest.raises(RuntimeError):
            library.ones(1).register_post_accumulate_grad_hook(print)
    assert seen["lanegrad"] == seen["torch"]


def test_a_step_in_the_backward_pass():
    w = lanegrad.nn.Parameter([1.0, 2.0])
    optimizer = lanegrad.optim.SGD([w], lr=0.5)

    def step(parameter):
        optimizer.step()
        parameter.grad = None

    w.register_post_accumulate_grad_hook(step)
    (w * w).sum().backward()
    assert w.tolist() == [0.0, 0.0]
    assert w.grad is None


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x: x.sum(), lambda m, x: x.mean(), lambda m, x: x * 2, lambda m, x: x / 2,
        lambda m, x: x * x, lambda m, x: m.cat([x, x]), lambda m, x: m.nn.functional.pad(x, (1, 1)),
    ],
)  # fmt: skip
def test_what_a_second_pass_finds_freed_is_pytorch_s(torch, call):
    outcomes = []
    for m in torch, lanegrad:
        y = call(m, m.ones(2, requires_grad=True)).sum()
        y.backward()
        try:
            outcomes.append(y.backward())
        except RuntimeError:
            outcomes.append("freed")
    assert outcomes[0] == outcomes[1]
