"""models.summary: shapes and counts next to those counted by hand, and that it leaves no trace."""

import numpy as np
import pytest

import lanegrad
from lanegrad import models, nn

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("layer", "size", "shape", "multiply_adds"),
    [
        (nn.Conv2d(4, 6, (3, 2), stride=2, groups=2), (2, 4, 9, 8), (2, 6, 4, 4), 2 * 96 * 2 * 6),
        (nn.Conv1d(3, 5, 3, padding=1), (1, 3, 7), (1, 5, 7), 35 * 9),
        (nn.ConvTranspose2d(4, 6, 3, stride=2), (1, 4, 5, 5), (1, 6, 11, 11), 100 * 6 * 9),
        (nn.Linear(5, 7), (3, 2, 5), (3, 2, 7), 42 * 5),
        (nn.BatchNorm2d(3), (2, 3, 4, 5), (2, 3, 4, 5), 120),
        (nn.BatchNorm1d(3, track_running_stats=False), (2, 3), (2, 3), 18),
        (nn.InstanceNorm2d(3), (2, 3, 4, 5), (2, 3, 4, 5), 360),
        (nn.GroupNorm(1, 3), (2, 3, 4, 5), (2, 3, 4, 5), 360),
        (nn.LayerNorm(5), (2, 5), (2, 5), 30),
        (nn.RMSNorm(5), (2, 5), (2, 5), 20),
        (nn.MaxPool2d(2), (1, 3, 8, 8), (1, 3, 4, 4), 0),
        (nn.AvgPool2d(2), (1, 3, 9, 8), (1, 3, 4, 4), 48 * 4),
        (nn.AvgPool2d(3, 2, 1), (1, 1, 5, 5), (1, 1, 3, 3), 7 * 7),  # windows of 2, 3 and 2
        (nn.AvgPool1d(3, ceil_mode=True), (1, 2, 7), (1, 2, 3), 14),
        (nn.AdaptiveAvgPool2d((2, 3)), (1, 2, 5, 7), (1, 2, 2, 3), 2 * 6 * 9),  # of 3, 3; 3, 3, 3
        (nn.AdaptiveAvgPool1d(1), (1, 2, 7), (1, 2, 1), 14),
        (nn.Flatten(), (2, 3, 4), (2, 12), 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_layers(layer, size, shape, multiply_adds):
    (row,) = models.summary(layer, size).layers
    assert (row.shape, row.multiply_adds) == (shape, multiply_adds)
    assert row.parameters == sum(p.numel() for p in layer.parameters())
    assert row.bytes == (0 if isinstance(layer, nn.Flatten) else 4 * np.prod(shape))


def test_known_networks():
    """He et al. say 41 million multiply-adds of ResNet-20; torchvision's MobileNetV2 has 0.30 giga."""
    found = models.summary(models.ResNet20(), (1, 3, 32, 32))
    products = sum(x.multiply_adds for x in found.layers if x.kind in ("Conv2d", "Linear"))
    assert (found.parameters, products) == (272474, 40_813_184)
    network = lanegrad.vision.models.mobilenet_v2()
    found = models.summary(network, (1, 3, 224, 224))
    products = sum(x.multiply_adds for x in found.layers if x.kind in ("Conv2d", "Linear"))
    assert (found.parameters, products) == (3_504_872, 300_774_272)


def test_it_leaves_the_network_as_it_was():
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5), nn.ReLU(inplace=True)
    )
    network[0].eval()
    network[0].weight.requires_grad_(False)
    before, random = network.state_dict(), lanegrad.get_rng_state()
    found = models.summary(network, lanegrad.ones(2, 1, 5, 5))
    assert [m.training for m in network.modules()] == [True, False, True, True, True]
    assert all((network.state_dict()[name] == value).all() for name, value in before.items())
    assert (lanegrad.get_rng_state() == random).all()
    assert (found.parameters, found.trained, found.parameter_bytes) == (24, 6, 96)
    assert found.activation_bytes == 3 * 144
    assert "24 parameters (0.00 MB), 6 of them trained" in str(found)
    with pytest.raises(lanegrad.ShapeError):
        models.summary(network, (2, 3, 5, 5))
    assert network.training
    assert len(models.summary(network, (2, 1, 5, 5)).layers) == 4  # no hook is left


def test_a_layer_that_is_called_twice_has_its_parameters_once():
    layer = nn.Linear(3, 3)
    found = models.summary(nn.Sequential(layer, nn.ReLU(), layer), (1, 3))
    assert [row.parameters for row in found.layers] == [12, 0, 0]
    assert found.parameters == 12
