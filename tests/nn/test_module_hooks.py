"""Hooks of modules beside PyTorch's: when they are called, with what, and what they change."""

import copy
import gc

import numpy as np
import pytest

import lanegrad
from lanegrad import nn


def lists(things):
    return [None if t is None else t.tolist() for t in things]


def trace(nn, tensor):
    """What hooks of all kinds are called with, in a network of two inputs and two results."""
    log = []

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, a, b, scale=1.0):
            return self.fc(a) * b * scale, b + a

    net = Two()
    net.fc.load_state_dict({"weight": tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": tensor([0.5, 1.0])})

    def full(module, grad_input, grad_output):
        log.append(("full", lists(grad_input), lists(grad_output)))

    net.register_full_backward_hook(full)
    net.register_full_backward_hook(lambda m, gi, go: tuple(g * 2 for g in gi))
    net.register_full_backward_pre_hook(lambda m, go: log.append(("pre", lists(go))))
    net.register_full_backward_pre_hook(lambda m, go: (go[0] * 3, go[1]), prepend=True)
    net.fc.register_full_backward_hook(lambda m, gi, go: log.append(("fc", lists(gi), lists(go))))
    net.register_forward_hook(lambda m, args, out: log.append(("forward", len(args), lists(out))))
    net.register_forward_hook(lambda m, args, out: (out[0] + 1, out[1]), prepend=True)
    net.register_forward_hook(
        lambda m, args, kwargs, out: log.append(("kwargs", kwargs)), with_kwargs=True
    )
    net.register_forward_pre_hook(lambda m, args: (args[0] + 1, args[1]))
    net.register_forward_pre_hook(
        lambda m, args, kwargs: (args, {"scale": kwargs["scale"] + 1}), with_kwargs=True
    )
    a, b = tensor([[1.0, 2.0]]).requires_grad_(), tensor([[3.0, 5.0]]).requires_grad_()
    x, y = net(a, b, scale=2.0)
    (x * 2 + y).sum().backward()
    log.append(("leaves", lists([a.grad, b.grad, net.fc.weight.grad, net.fc.bias.grad])))
    return log


def test_hooks_are_pytorchs(torch):
    assert trace(nn, lanegrad.tensor) == trace(torch.nn, torch.tensor)


def test_a_single_result_is_replaced_and_a_handle_takes_the_hook_away():
    net = nn.ReLU()
    calls = []
    first = net.register_forward_pre_hook(lambda m, args: calls.append("pre"))
    second = net.register_forward_hook(lambda m, args, out: out * 10)
    assert net([1.0, -1.0]).tolist() == [10.0, 0.0]
    first.remove()
    first.remove()
    assert net([1.0]).tolist() == [10.0]
    second.remove()
    assert net._hooks is None
    assert net([1.0]).tolist() == [1.0]
    assert calls == ["pre"]
    with net.register_forward_hook(lambda m, args, out: None):
        assert net([2.0]).tolist() == [2.0]
    assert net._hooks is None


def test_inputs_without_a_gradient_call_the_backward_hook_all_the_same():
    log = []
    net = nn.Linear(2, 1)
    net.register_full_backward_hook(lambda m, gi, go: log.append((gi, lists(go))))
    net([[1.0, 2.0]]).sum().backward()
    assert log == [((None,), [[[1.0]]])]
    with lanegrad.no_grad():
        net([[1.0, 2.0]])
    assert len(log) == 1


def test_backward_hooks_see_images_in_lanes():
    grads = {}
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    plain = copy.deepcopy(net)
    for name, module in net.named_children():
        module.register_full_backward_hook(lambda m, gi, go, name=name: grads.update({name: gi}))
    x = lanegrad.randn(20, 3, 8, 8).requires_grad_()
    y = lanegrad.tensor(x.detach()).requires_grad_()
    net(x).sum().backward()
    plain(y).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.grad.numpy())
    np.testing.assert_array_equal(grads["0"][0].numpy(), x.grad.numpy())
    assert list(grads) == ["3", "2", "1", "0"]


def test_always_called_hooks_are_called_after_an_error(torch):
    def calls(nn):
        log = []

        class Broken(nn.Module):
            def forward(self, x):
                raise KeyError("broken")

        net = Broken()
        net.register_forward_hook(lambda m, args, out: log.append("never"))
        net.register_forward_hook(lambda m, args, out: log.append(out), always_call=True)
        with pytest.raises(KeyError, match="broken"):
            net(1)
        return log

    assert calls(nn) == calls(torch.nn) == [None]


def test_a_hook_that_gives_too_few_gradients_is_an_error():
    net = nn.Linear(2, 1)
    net.register_full_backward_hook(lambda m, gi, go: ())
    x = lanegrad.ones(1, 2).requires_grad_()
    with pytest.raises(RuntimeError, match="0 gradients instead of 1"):
        net(x).sum().backward()
    with pytest.raises(RuntimeError, match="use register_full_backward_hook"):
        net.register_backward_hook(print)


def test_copies_have_the_hooks_and_handles_hold_nothing():
    net = nn.ReLU()
    handle = net.register_forward_hook(lambda m, args, out: out + 1)
    twin = copy.deepcopy(net)
    handle.remove()
    assert net([1.0]).tolist() == [1.0]
    assert twin([1.0]).tolist() == [2.0]
    gc.collect()
    gc.disable()
    try:
        kept = twin.register_forward_hook(print)
        reference = kept._module
        del twin
        assert reference() is None  # no cycle keeps a module
        kept.remove()
    finally:
        gc.enable()
