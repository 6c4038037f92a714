"""Sequential: its modules in order, by number and by name."""

from collections import OrderedDict

import numpy as np
import pytest

import lanegrad.nn as nn
import reference

rng = np.random.default_rng(0)


def test_sequential():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    assert net.append(nn.Linear(4, 2)) is net
    x = rng.normal(size=(5, 3))
    first, last = net[0], net[-1]
    hidden = np.maximum(reference.linear(x, first.weight.tolist(), first.bias.tolist()), 0)
    want = reference.linear(hidden, last.weight.tolist(), last.bias.tolist())
    np.testing.assert_allclose(net(x).detach().numpy(), want, rtol=1e-5, atol=1e-6)
    assert len(net) == 3
    assert [type(m) for m in net] == [nn.Linear, nn.ReLU, nn.Linear]
    head = net[:2]
    assert isinstance(head, nn.Sequential)
    assert list(head) == [net[0], net[1]]
    with pytest.raises(IndexError):
        net[3]
    with pytest.raises(TypeError, match="'0'"):
        nn.Sequential(3)


def test_named_sequential():
    net = nn.Sequential(OrderedDict([("fc", nn.Linear(3, 4)), ("act", nn.ReLU())]))
    assert list(net.state_dict()) == ["fc.weight", "fc.bias"]
    assert net.act is net[1]
    net.append(nn.Linear(4, 1))
    assert list(net.state_dict())[-1] == "2.bias"
