"""Optimizers that users write, in the styles of public scripts; groups, names, states and hooks."""

import copy
import importlib
import pickle
from collections import defaultdict

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, nn, optim
from lanegrad.optim.optimizer import Optimizer, required


def classes(module, optimizer_class):
    """The same optimizers, written for a library that is PyTorch or like it."""

    class Momentum(optimizer_class):
        def __init__(self, params, lr=required, momentum=0.9):
            if lr is not required and lr < 0:
                raise ValueError(f"Invalid learning rate: {lr}")
            super().__init__(params, {"lr": lr, "momentum": momentum})

        def __setstate__(self, state):
            super().__setstate__(state)
            for group in self.param_groups:
                group.setdefault("nesterov", False)

        def step(self, closure=None):
            loss = None if closure is None else closure()
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    grad = p.grad.data
                    state = self.state[p]
                    if len(state) == 0:
                        state["step"] = 0
                        state["exp_avg"] = grad * 0
                    state["step"] += 1
                    state["exp_avg"] = state["exp_avg"] * group["momentum"] + grad
                    p.data -= group["lr"] / state["step"] ** 0.5 * state["exp_avg"]
            return loss

    class Wrapper(optimizer_class):  # which does not call the __init__ of the class above
        def __init__(self, optimizer, k=2):
            self.optimizer, self.k = optimizer, k
            self.param_groups, self.defaults = optimizer.param_groups, optimizer.defaults
            self.state = defaultdict(dict)
            for group in self.param_groups:
                group["counter"] = 0

        def zero_grad(self):
            self.optimizer.zero_grad()

        def step(self, closure=None):
            loss = self.optimizer.step(closure)
            for group in self.param_groups:
                group["counter"] += 1
                if group["counter"] % self.k == 0:
                    for p in group["params"]:
                        slow = self.state[p].get("slow", p.data * 0)
                        p.data -= 0.5 * (p.data - slow)
                        self.state[p]["slow"] = p.data * 1
            return loss

    class TwoSteps(optimizer_class):
        def __init__(self, params, base_optimizer, rho=0.05, **kwargs):
            super().__init__(params, {"rho": rho, **kwargs})
            self.base_optimizer = base_optimizer(self.param_groups, **kwargs)
            self.param_groups = self.base_optimizer.param_groups
            self.defaults.update(self.base_optimizer.defaults)

        def step(self, closure=None):
            closure()
            for group in self.param_groups:
                for p in group["params"]:
                    self.state[p]["old"] = p.data * 1
                    p.data += group["rho"] * p.grad
            loss = closure()
            for group in self.param_groups:
                for p in group["params"]:
                    p.data -= p.data - self.state[p]["old"]
            self.base_optimizer.step()
            return loss

    return Momentum, Wrapper, TwoSteps


def train(module, optimizer_class, make, pick):
    momentum, wrapper, two_steps = classes(module, optimizer_class)
    p = make(np.array([1.0, -2.0, 3.0], np.float32), requires_grad=True)
    if pick == "momentum":
        optimizer = momentum([{"params": p}], lr=0.1)
    elif pick == "wrapper":
        optimizer = wrapper(module.SGD([p], lr=0.1))
    else:
        optimizer = two_steps([p], module.SGD, rho=0.5, lr=0.1, momentum=0.9)

    def closure():
        optimizer.zero_grad()
        loss = (p * p * p * p * 0.01).sum()
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(6)]
    return losses, p, optimizer


@pytest.mark.parametrize("pick", ["momentum", "wrapper", "two steps"])
def test_users_optimizers_are_as_with_pytorch(torch, pick):
    losses, p, optimizer = train(optim, Optimizer, Tensor, pick)
    their_losses, q, theirs = train(torch.optim, torch.optim.Optimizer, torch.tensor, pick)
    np.testing.assert_allclose(losses, their_losses, rtol=1e-5)
    np.testing.assert_allclose(p.tolist(), q.tolist(), rtol=1e-5)
    assert set(optimizer.state[p]) == set(theirs.state[q])
    assert isinstance(optimizer, Optimizer)
    optim.lr_scheduler.StepLR(optimizer, 1).step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_a_state_of_numbers_and_tensors_goes_on():
    momentum = classes(optim, Optimizer)[0]
    _, p, first = train(optim, Optimizer, Tensor, "momentum")
    state = first.state_dict()
    assert state["state"][0]["step"] == 6
    assert state["state"][0]["exp_avg"] is first.state[p]["exp_avg"]  # shared, as in PyTorch
    q = Tensor(p.tolist(), requires_grad=True)
    second = momentum([q], lr=1.0)
    second.load_state_dict(copy.deepcopy(state))
    assert second.param_groups[0]["lr"] == 0.1
    assert second.param_groups[0]["nesterov"] is False
    for x, optimizer in ((p, first), (q, second)):
        x.grad = Tensor([1.0, 2.0, 3.0])
        optimizer.step()
    assert p.tolist() == q.tolist()
    assert second.state[q]["step"] == 7


def test_required_options_and_a_class_without_step(torch):
    momentum = classes(optim, Optimizer)[0]
    p, q = (Tensor([1.0], requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="lr"):
        momentum([p])
    assert momentum([{"params": [p], "lr": 0.5}]).param_groups[0]["lr"] == 0.5
    assert repr(required) == repr(importlib.import_module("torch.optim.optimizer").required)
    with pytest.raises(NotImplementedError, match="step"):
        Optimizer([q], {}).step()


def test_groups_are_the_dicts_that_were_given(torch):
    for make, module in ((Tensor, optim), (torch.tensor, torch.optim)):
        group = {"params": make([1.0], requires_grad=True), "lr": 0.5, "name": "first"}
        optimizer = module.SGD([group], momentum=0.9)
        assert optimizer.param_groups[0] is group
        assert group["momentum"] == 0.9
        assert optimizer.state_dict()["param_groups"][0]["name"] == "first"
        with pytest.raises(TypeError, match="dict"):
            optimizer.add_param_group([make([1.0], requires_grad=True)])
        with pytest.raises(TypeError, match="order"):
            optimizer.add_param_group({"params": {make([1.0], requires_grad=True)}})


def test_named_parameters(torch):
    states = []
    for library in (lanegrad, torch):
        net = library.nn.Sequential(library.nn.Linear(3, 2), library.nn.Linear(2, 1, bias=False))
        optimizer = library.optim.Adam(net.named_parameters())
        assert optimizer.param_groups[0]["params"] == list(net.parameters())
        states.append(optimizer.state_dict()["param_groups"])
        extra = library.nn.Linear(1, 1)
        with pytest.raises(ValueError, match="names"):
            optimizer.add_param_group({"params": extra.parameters()})
        with pytest.raises(ValueError, match="names"):
            library.optim.SGD([("weight", extra.weight), extra.bias])
        optimizer.add_param_group({"params": extra.named_parameters()})
        assert optimizer.param_groups[1]["param_names"] == ["weight", "bias"]
        saved = library.optim.Adam(p for _, p in [*net.named_parameters()]).state_dict()
        assert "param_names" not in saved["param_groups"][0]
        fresh = library.optim.Adam(net.named_parameters())
        fresh.load_state_dict(saved)
        assert fresh.param_groups[0]["param_names"] == ["0.weight", "0.bias", "1.weight"]
    assert states[0] == states[1]


def test_state_dict_shares_memory():
    p = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    p.grad = Tensor([1.0, 1.0])
    optimizer.step()
    held = optimizer.state_dict()["state"][0]["momentum_buffer"]
    before = held.tolist()
    optimizer.step()
    assert held.tolist() != before
    assert held is optimizer.state[p]["momentum_buffer"]


@pytest.mark.parametrize("made", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(made):
    net = nn.Linear(2, 1)
    optimizer = optim.Adam(net.parameters(), lr=0.1)
    optimizer.register_step_post_hook(lambda *args: pytest.fail("a copy has no hooks"))
    other, again = made((net, optimizer))
    other.weight.grad = Tensor([[1.0, 2.0]])
    again.step()
    assert again.param_groups[0]["params"][0] is other.weight
    assert other.weight.tolist() != net.weight.tolist()


def test_hooks(torch):
    found = []
    for make, module in ((Tensor, optim), (torch.tensor, torch.optim)):
        p, calls = make([1.0], requires_grad=True), []
        optimizer = module.SGD([p], lr=0.1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs, c=calls: c.append("pre"))
        optimizer.register_step_post_hook(lambda o, args, kwargs, c=calls: c.append("post"))
        handle = importlib.import_module(
            f"{module.__name__}.optimizer"
        ).register_optimizer_step_pre_hook(lambda o, args, kwargs, c=calls: c.append("all"))
        optimizer.register_state_dict_pre_hook(lambda o, c=calls: c.append("state"))
        optimizer.register_state_dict_post_hook(lambda o, s, c=calls: c.append("second"))
        optimizer.register_state_dict_post_hook(lambda o, s: {**s, "mine": 1}, prepend=True)
        optimizer.register_load_state_dict_pre_hook(lambda o, s, c=calls: c.append(len(s)))
        optimizer.register_load_state_dict_post_hook(lambda o, c=calls: c.append("loaded"))
        p.grad = make([1.0])
        optimizer.step()
        state = optimizer.state_dict()
        optimizer.load_state_dict(state)
        handle.remove()
        handle.remove()
        optimizer.step()
        found.append((calls, state["mine"]))
    assert found[0] == found[1]
    assert found[0][0][:3] == ["all", "pre", "post"]


def test_hooks_may_change_what_a_step_takes():
    p = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1)
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: ((lambda: 5,), {}))
    assert optimizer.step() == 5
    handle.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="found 3"):
        optimizer.step()


def test_a_step_that_calls_the_step_above_calls_hooks_once():
    class Mine(optim.SGD):
        def step(self, closure=None):
            return super().step(closure)

    p, calls = Tensor([1.0], requires_grad=True), []
    optimizer = Mine([p], lr=0.1)
    optimizer.register_step_post_hook(lambda *args: calls.append(1))
    optimizer.step()
    optimizer.step()
    assert calls == [1, 1]


def test_a_closure_is_recorded_wherever_the_step_is_made():
    p = Tensor([2.0], requires_grad=True)
    optimizer = optim.Adadelta([p])

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with lanegrad.no_grad():
        assert optimizer.step(closure).item() == 4
        assert not lanegrad.is_grad_enabled()


def test_an_empty_list_is_an_error_as_in_pytorch():
    for empty in ([], iter(()), nn.ReLU().parameters()):
        with pytest.raises(ValueError, match="optimizer got an empty parameter list"):
            optim.Adam(empty)
