"""Networks next to torchvision's: names of parameters, their shapes and order, and logits."""

import numpy as np
import pytest

import lanegrad
from lanegrad.vision import models
from lanegrad.vision.models import resnet, vgg
from reference_vision import torchvision

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def reference():
    found = torchvision()
    if found is None:
        pytest.skip("torchvision does not load here")
    return found.models


def shapes(net):
    return [(name, tuple(value.shape)) for name, value in net.state_dict().items()]


def same_logits(mine, theirs, side=40):
    assert shapes(mine) == shapes(theirs)
    # Each of its own draws, so that variances are not all one.
    draws = np.random.default_rng(0)
    state = {}
    for name, value in theirs.state_dict().items():
        noise = draws.random(tuple(value.shape), np.float32) * 0.1
        state[name] = value + torch.from_numpy(noise) if value.is_floating_point() else value
    theirs.load_state_dict(state)
    mine.load_state_dict({name: value.numpy() for name, value in state.items()})
    x = draws.random((2, 3, side, side), np.float32)
    with torch.no_grad(), lanegrad.no_grad():
        expected = theirs.eval()(torch.from_numpy(x)).numpy()
        found = mine.eval()(lanegrad.tensor(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2"])
def test_logits(reference, name):
    mine = getattr(models, name)(weights=None, num_classes=10)
    same_logits(mine, getattr(reference, name)(weights=None, num_classes=10))


@pytest.mark.parametrize("block", ["BasicBlock", "Bottleneck"])
def test_options_of_residual_networks(reference, block):
    options = {"layers": [1, 2, 1, 1], "num_classes": 3, "zero_init_residual": True}
    if block == "Bottleneck":
        options |= {"groups": 2, "width_per_group": 8}
        options["replace_stride_with_dilation"] = [False, False, True]
    mine = resnet.ResNet(getattr(resnet, block), **options)
    last = mine.layer1[0].bn2 if block == "BasicBlock" else mine.layer1[0].bn3
    assert not last.weight.detach().numpy().any()
    same_logits(mine, reference.ResNet(getattr(reference.resnet, block), **options))


def test_depths(reference):
    for name in ("resnet34", "resnext50_32x4d"):
        with torch.device("meta"):
            expected = getattr(reference, name)()
        assert shapes(getattr(models, name)(progress=False)) == shapes(expected)


@pytest.mark.parametrize("cfg", ["A", "B", "D", "E"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_features_of_vgg(reference, cfg, batch_norm):
    assert vgg.cfgs[cfg] == reference.vgg.cfgs[cfg]
    with torch.device("meta"):
        expected = reference.vgg.make_layers(reference.vgg.cfgs[cfg], batch_norm)
    assert shapes(vgg.make_layers(vgg.cfgs[cfg], batch_norm)) == shapes(expected)


class Small(lanegrad.nn.Linear):
    """A linear layer that says what it is told, and holds little."""

    def __init__(self, inputs, outputs):
        super().__init__(1, 1)
        self.sizes = outputs, inputs


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "vgg13_bn", "vgg16", "vgg19_bn"])
def test_large_classifiers(reference, name, monkeypatch):
    monkeypatch.setattr(lanegrad.nn, "Linear", Small)
    mine = getattr(models, name)(num_classes=7)
    with torch.device("meta"):
        theirs = getattr(reference, name)(num_classes=7)
    assert [name for name, _ in shapes(mine)] == [name for name, _ in shapes(theirs)]
    sizes = [layer.sizes for layer in mine.classifier if isinstance(layer, Small)]
    linear = [layer for layer in theirs.classifier if isinstance(layer, torch.nn.Linear)]
    assert sizes == [tuple(layer.weight.shape) for layer in linear]


@pytest.mark.parametrize("options", [{"pretrained": True}, {"weights": "DEFAULT"}])
@pytest.mark.parametrize("name", ["resnet18", "vgg11", "alexnet", "mobilenet_v2", "squeezenet1_0"])
def test_there_are_no_trained_weights(name, options):
    with pytest.raises(NotImplementedError, match="no trained weights: pass weights=None"):
        getattr(models, name)(**options)
    with pytest.raises(TypeError):
        getattr(models, name)(numclasses=3)


def test_first_weights_are_spread_as_torchvisions(reference):
    lanegrad.manual_seed(0)
    torch.manual_seed(0)
    for name in ("resnet18", "squeezenet1_1", "mobilenet_v2"):
        mine, theirs = (
            getattr(models, name)(num_classes=10),
            getattr(reference, name)(num_classes=10),
        )
        for (label, found), (_, expected) in zip(
            mine.state_dict().items(), theirs.state_dict().items(), strict=True
        ):
            if np.prod(found.shape) > 2000:
                ratio = np.asarray(found).std() / expected.numpy().std()
                assert 0.85 < ratio < 1.15, (name, label)
