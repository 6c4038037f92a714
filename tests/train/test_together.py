"""Several optimizers as one."""

from copy import deepcopy

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim
from lanegrad.nn import functional as F
from lanegrad.train import Mirrored, Shifted, Together, schedule

X = np.random.default_rng(5).standard_normal((8, 3), dtype=np.float32)


def network():
    lanegrad.manual_seed(2)
    return nn.Linear(3, 4)


def apart(net):
    return optim.Muon([net.weight], lr=0.1), optim.SGD([net.bias], lr=0.2, momentum=0.9)


def train(net, optimizers, steps=3):
    for _ in range(steps):
        net.zero_grad()
        (net(lanegrad.tensor(X)) ** 2).mean().backward()
        for optimizer in optimizers:
            optimizer.step()
    return [p.tolist() for p in net.parameters()]


def test_the_steps_are_those_of_the_optimizers():
    one, other = network(), network()
    assert train(one, apart(one)) == train(other, [Together(*apart(other))])


def test_a_schedule_changes_the_rates_of_all():
    together = Together(*apart(network()))
    rates = schedule(together, "linear", steps=4)
    together.step()
    rates.step()
    assert [group["lr"] for group in together.param_groups] == [0.1 * 0.75, 0.2 * 0.75]


def test_what_goes_on_from_its_state_has_the_same_bits():
    net, copy = network(), network()
    together = Together(*apart(net))
    train(net, [together])
    resumed = Together(*apart(copy))
    resumed.load_state_dict(deepcopy(together.state_dict()))  # else they would share it
    copy.load_state_dict(net.state_dict())
    assert train(net, [together]) == train(copy, [resumed])


def test_a_state_of_others_changes_nothing():
    net = network()
    together = Together(*apart(net))
    train(net, [together])
    state, before = together.state_dict(), {p: dict(s) for p, s in together.state.items()}
    wrong = {"state": {}, "param_groups": []}
    with pytest.raises(ValueError, match="groups of"):
        together.load_state_dict({"optimizers": [apart(network())[0].state_dict(), wrong]})
    with pytest.raises(ValueError, match="1 optimizers, not of 2"):
        together.load_state_dict({"optimizers": state["optimizers"][:1]})
    assert together.state == before


def test_what_is_not_several_optimizers_is_refused():
    net = network()
    with pytest.raises(ValueError, match="needs an optimizer"):
        Together()
    with pytest.raises(ValueError, match="appear in two"):
        Together(apart(net)[0], optim.SGD(net.parameters(), lr=0.1))
    with pytest.raises(TypeError, match="add the group to one"):
        Together(*apart(net)).add_param_group({"params": []})


def test_muon_takes_filters_as_matrices():
    values = np.random.default_rng(6).standard_normal((2, 4, 3, 2, 2), dtype=np.float32)
    filters, matrix = (
        lanegrad.tensor(values[0].reshape(s), requires_grad=True) for s in ((4, 3, 2, 2), (4, 12))
    )
    for p in (filters, matrix):
        p.grad = lanegrad.tensor(values[1]).reshape(p.shape)
        optim.Muon([p], lr=0.1).step()
    assert filters.tolist() == matrix.reshape(4, 3, 2, 2).tolist()


def test_pictures_shown_in_several_ways():
    lanegrad.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(3 * 4 * 3, 5))
    x = lanegrad.randn(4, 2, 6, 5)
    around = F.pad(x, (1, 1, 1, 1), "reflect")
    shown = [x, around[:, :, :6, :5], around[:, :, 2:, 2:]]
    both = [(network(y) + network(y.flip(3))) / 2 for y in shown]
    np.testing.assert_allclose(
        Shifted(Mirrored(network))(x).detach().numpy(),
        (both[0] / 2 + (both[1] + both[2]) / 4).detach().numpy(),
        rtol=1e-6,
        atol=1e-6,
    )


def test_a_closure_records_its_ops_wherever_the_step_is_made():
    one, other = network(), network()
    together = Together(*apart(one))

    def closure():
        one.zero_grad()
        loss = (one(lanegrad.tensor(X)) ** 2).mean()
        loss.backward()
        return loss

    with lanegrad.no_grad():
        loss = together.step(closure)
    assert loss.item() > 0
    assert [p.tolist() for p in one.parameters()] == train(other, apart(other), steps=1)
