"""What optimizers share: groups, state, checks. Their formulas are in test_formulas.py."""

import copy

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, nn, optim

rng = np.random.default_rng(0)


def test_parameters_change_in_place():
    p = Tensor([1.0, 2.0], requires_grad=True)
    array = p.detach().numpy()
    p.grad = Tensor([1.0, 1.0])
    optim.SGD([p], lr=0.5).step()
    assert array.tolist() == [0.5, 1.5]


def test_parameters_without_a_gradient_are_left():
    p, q = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p, q], lr=1.0, momentum=0.9, weight_decay=0.1)
    p.grad = Tensor([1.0])
    optimizer.step()
    assert p.item() != 1
    assert q.item() == 1
    q.grad = Tensor([1.0])
    p.grad = None
    optimizer.step()  # the first step of q: no momentum of p's
    assert q.item() == pytest.approx(1 - 1.1)


def test_zero_grad():
    p = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    p.grad = Tensor([2.0])
    held = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is held
    assert held.item() == 0
    optimizer.zero_grad()
    assert p.grad is None
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is None


def test_groups_have_their_own_options():
    a, b = (Tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1)
    for p in (a, b):
        p.grad = Tensor([1.0])
    optimizer.step()
    assert (a.item(), b.item()) == (pytest.approx(0.9), 0.0)
    optimizer.param_groups[0]["lr"] = 0.4  # as schedules do
    optimizer.step()
    assert a.item() == pytest.approx(0.5)
    c = Tensor([1.0], requires_grad=True)
    optimizer.add_param_group({"params": [c], "momentum": 0.9})
    assert optimizer.param_groups[2]["momentum"] == 0.9
    assert optimizer.param_groups[2]["lr"] == 0.1


def test_closure():
    p = Tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 4
    assert p.item() == 1
    assert optimizer.step() is None


def test_repr_is_pytorchs(torch):
    p, q = Tensor([1.0], requires_grad=True), torch.ones(1, requires_grad=True)
    groups = [{"params": [p]}, {"params": [], "lr": 2, "mine": "x"}]
    mine = repr(optim.SGD(groups, lr=0.1, momentum=0.9))
    groups = [{"params": [q]}, {"params": [], "lr": 2, "mine": "x"}]
    assert mine == repr(torch.optim.SGD(groups, lr=0.1, momentum=0.9))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": -0.1}, "learning rate: -0.1"),
        ({"lr": float("nan")}, "learning rate: nan"),
        ({"momentum": -1}, "momentum.*-1"),
        ({"weight_decay": -1e-4}, "weight_decay.*-0.0001"),
        ({"nesterov": True}, "nesterov"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "nesterov"),
    ],
)
def test_options_out_of_range(options, message):
    p = Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match=message):
        optim.SGD([p], **options)
    with pytest.raises(ValueError, match=message):
        optim.SGD([{"params": [p], **options}])


def test_wrong_parameters():
    p = Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="optimizer got an empty parameter list"):
        optim.SGD(nn.ReLU().parameters())
    with pytest.raises(TypeError, match="iterable"):
        optim.SGD(p)
    with pytest.raises(TypeError, match="ndarray"):
        optim.SGD([np.ones(2)])
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([p * 2])
    with pytest.raises(ValueError, match="twice"):
        optim.SGD([p, p])
    with pytest.raises(ValueError, match="twice"):
        optim.SGD([{"params": [p]}, {"params": [p]}])


def test_a_gradient_of_the_wrong_shape():
    p = Tensor([1.0, 2.0], requires_grad=True)
    p.grad = Tensor([1.0, 1.0])
    p._edge.grad = Tensor([1.0])  # behind the back of the setter
    with pytest.raises(ValueError, match="shape"):
        optim.SGD([p], lr=1.0).step()


def steps(optimizer, parameters, gradients):
    for gs in gradients:
        for p, g in zip(parameters, gs, strict=True):
            p.grad = Tensor(g)
        optimizer.step()


def test_state_goes_on_where_it_was():
    gradients = rng.normal(size=(6, 2, 3)).astype(np.float32)
    options = {"lr": 0.1, "momentum": 0.9, "dampening": 0.1}
    whole = [Tensor(np.zeros(3), requires_grad=True) for _ in range(2)]
    steps(optim.SGD(whole, **options), whole, gradients)

    first = [Tensor(np.zeros(3), requires_grad=True) for _ in range(2)]
    optimizer = optim.SGD(first, **options)
    steps(optimizer, first, gradients[:3])
    state = copy.deepcopy(optimizer.state_dict())
    assert state["param_groups"][0]["params"] == [0, 1]
    second = [Tensor(p.detach().numpy().copy(), requires_grad=True) for p in first]
    steps(optimizer, first, gradients[3:])
    for _ in range(2):
        again = [Tensor(p.detach().numpy().copy(), requires_grad=True) for p in second]
        resumed = optim.SGD(again, lr=55.0)
        resumed.load_state_dict(copy.deepcopy(state))
        steps(resumed, again, gradients[3:])
    for p, q, r in zip(whole, first, again, strict=True):
        assert p.tolist() == q.tolist() == r.tolist()


def test_state_of_other_parameters_is_refused():
    p = Tensor(np.zeros(3), requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    steps(optimizer, [p], np.ones((1, 1, 3)))
    state = optimizer.state_dict()
    two = optim.SGD([Tensor([1.0], requires_grad=True) for _ in range(2)], momentum=0.9)
    with pytest.raises(ValueError, match=r"\[1\].*\[2\]"):
        two.load_state_dict(state)
    other = optim.SGD([Tensor(np.zeros(4), requires_grad=True)], lr=7.0)
    with pytest.raises(ValueError, match=r"momentum_buffer.*\(3,\).*\(4,\)"):
        other.load_state_dict(state)
    state["param_groups"][0]["lr"] = -1
    with pytest.raises(ValueError, match="lr"):
        optimizer.load_state_dict(state)
    assert other.param_groups[0]["lr"] == 7.0
    assert not other.state
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_training_a_line():
    lanegrad.manual_seed(0)
    x = rng.normal(size=(64, 2))
    y = x @ [[2.0], [-3.0]] + 1
    net = nn.Linear(2, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    np.testing.assert_allclose(net.weight.tolist(), [[2, -3]], atol=1e-3)
    np.testing.assert_allclose(net.bias.tolist(), [1], atol=1e-3)


def trained(name):
    """An optimizer of two parameters after two steps."""
    parameters = [nn.Parameter(lanegrad.ones(*shape)) for shape in ((3, 2), (2, 4))]
    optimizer = getattr(optim, name)(parameters, lr=0.1)
    for _ in range(2):
        for p in parameters:
            p.grad = lanegrad.ones_like(p)
        optimizer.step()
    return optimizer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state, group: state.update(step=1.5), "whole and not negative, got 1.5"),
        (lambda state, group: state.update(step=-1), "whole and not negative, got -1"),
        (lambda state, group: state.update(step=float("inf")), "whole and not negative, got inf"),
        (lambda state, group: state.update(step="x"), "step of parameter 1 must be a tensor"),
        (
            lambda state, group: state.pop("step"),
            "step of parameter 1 must be a tensor, found None",
        ),
        (
            lambda state, group: state.update(exp_avg=None),
            "exp_avg of parameter 1 must be a tensor",
        ),
        (lambda state, group: state.pop("exp_avg"), "exp_avg of parameter 1 must be a tensor"),
        (lambda state, group: state["exp_avg"].fill_(np.nan), "exp_avg of parameter 1 holds NaN"),
        (lambda state, group: group.update(momentum=0.9), "momentum is no option of"),
        (lambda state, group: group.update(lr="x"), "lr must be a number, found 'x'"),
        (lambda state, group: group.update(betas=None), "betas must be two numbers"),
    ],
)
@pytest.mark.parametrize("name", ["Adam", "NAdam"])  # whose step is a kernel, and is a formula
def test_a_state_that_cannot_be_is_refused(name, change, message):
    optimizer = trained(name)
    good = copy.deepcopy(optimizer.state_dict())
    bad = copy.deepcopy(good)
    bad["param_groups"][0]["lr"] = 7.0
    change(bad["state"][1], bad["param_groups"][0])
    with pytest.raises((TypeError, ValueError), match=message):
        optimizer.load_state_dict(bad)
    assert str(optimizer.state_dict()) == str(good)
    optimizer.load_state_dict(good)


def test_what_is_no_state_is_refused():
    optimizer = trained("SGD")
    good = optimizer.state_dict()
    for name in good:
        for bad in ({k: v for k, v in good.items() if k != name}, {**good, name: 1}):
            with pytest.raises(ValueError, match=f"it has no {name}"):
                optimizer.load_state_dict(bad)
    with pytest.raises(ValueError, match="a parameter 9, of which the groups say nothing"):
        optimizer.load_state_dict({**good, "state": {9: {}}})
    with pytest.raises(ValueError, match="state of parameter 1 must be a dict"):
        optimizer.load_state_dict({**good, "state": {1: [1]}})
