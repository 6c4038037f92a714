"""Initial values: of layers, and the functions that set them."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn as nn
from lanegrad import Tensor
from lanegrad.nn import init
from networks import Layers


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda: nn.Conv2d(8, 64, (5, 3)), 120),
        (lambda: nn.Conv2d(8, 64, 5, groups=4), 50),
        (lambda: nn.Linear(100, 600), 100),
    ],
)
def test_default_bounds_are_pytorchs(make, fan_in):
    lanegrad.manual_seed(0)
    layer = make()
    bound = 1 / np.sqrt(fan_in)
    for p in layer.parameters():
        values = p.detach().numpy()
        assert values.dtype == np.float32
        assert np.abs(values).max() <= np.float32(bound)
        edge = 0.1 if values.size < 100 else 0.02
        assert values.max() > (1 - edge) * bound
        assert values.min() < -(1 - edge) * bound
        assert abs(values.std() * np.sqrt(3) / bound - 1) < 4 / np.sqrt(values.size)
        assert values.ctypes.data % 64 == 0


def test_equal_seeds_give_equal_networks():
    states = []
    for seed in (3, 3, 4):
        lanegrad.manual_seed(seed)
        states.append(Layers().state_dict()["fc.weight"].tolist())
    assert states[0] == states[1] != states[2]


def test_init_functions_fill_in_place():
    t = Tensor(np.zeros((50, 20)), requires_grad=True)
    array = t.detach().numpy()
    assert init.uniform_(t, 2, 3) is t
    assert array.min() >= 2
    assert array.max() <= 3
    assert array.std() > 0.2
    assert init.constant_(t, 0.5) is t
    assert (array == 0.5).all()
    assert init.kaiming_uniform_(t) is t
    assert 0.9 * np.sqrt(6 / 20) < array.max() <= np.sqrt(6 / 20)
    assert t.requires_grad
    assert t.grad is None
    with pytest.raises(ValueError, match="two axes"):
        init.kaiming_uniform_(Tensor([1.0]))
