"""Layers are the functions of their names, with parameters of their own."""

import numpy as np
import pytest

import lanegrad.nn as nn
import lanegrad.nn.functional as F
from lanegrad import Tensor

rng = np.random.default_rng(0)


def test_layers_call_their_functions():
    x = Tensor(rng.normal(size=(2, 4, 8, 9)))
    conv = nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2)
    assert conv.weight.shape == (6, 2, 3, 2)
    assert conv.bias.shape == (6,)
    want = F.conv2d(x, conv.weight, conv.bias, (2, 1), (1, 0), (1, 2), 2)
    assert conv(x).tolist() == want.tolist()
    same = nn.Conv2d(4, 4, 4, padding="same", bias=False)
    assert same.bias is None
    assert same(x).shape == x.shape
    pool = nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2))
    assert pool(x).tolist() == F.max_pool2d(x, (3, 2), (2, 1), (1, 0), (1, 2)).tolist()
    assert nn.MaxPool2d(2)(x).shape == (2, 4, 4, 4)
    assert nn.ReLU()(x).tolist() == F.relu(x).tolist()
    assert nn.Flatten()(x).shape == (2, 4 * 8 * 9)
    assert nn.Flatten(2, 3)(x).shape == (2, 4, 72)
    assert nn.Flatten()(np.zeros((2, 3, 4))).shape == (2, 12)
    linear = nn.Linear(9, 5, bias=False)
    assert linear.bias is None
    assert linear(x).shape == (2, 4, 8, 5)


@pytest.mark.parametrize("groups", [0, 2, 3, 4])
def test_conv2d_groups_must_divide_the_channels(groups):
    with pytest.raises(ValueError, match=f"groups must divide.*found {groups}"):
        nn.Conv2d(4, 9, 3, groups=groups)


def test_layers_of_no_size():
    assert nn.Linear(0, 3)(np.zeros((2, 0))).shape == (2, 3)
    assert nn.Linear(3, 0)(np.zeros((2, 3))).shape == (2, 0)
