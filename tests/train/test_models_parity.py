"""The networks of lanegrad.models next to the same definitions run with PyTorch's layers: names, shapes,
logits, gradients and running statistics from the same weights, at sizes that nobody chooses.
"""

import re

import numpy as np
import pytest

import lanegrad
from lanegrad import models, nn
from reference_vision import torchvision
from twins import twin

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.once
CHANNELS, CLASSES = 2, 7


@pytest.fixture(autouse=True)
def one_thread():
    """PyTorch's threads wait for each other by spinning, which takes seconds where cores are shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def both(name, size):
    """The network and its twin in doubles, with the same weights, of which no norm's are all alike."""
    lanegrad.manual_seed(0)
    mine = models.build(name, CHANNELS, size, CLASSES)
    kind, draws = type(mine), np.random.default_rng(0)
    theirs = getattr(twin(kind.__module__), kind.__name__)(CHANNELS, size, CLASSES).double()
    with lanegrad.no_grad():
        for value in mine.parameters():
            if value.ndim == 1:
                value += lanegrad.tensor(draws.random(value.shape, np.float32) / 5)
    state = {name: np.asarray(value) for name, value in mine.state_dict().items()}
    expected = [(name, tuple(value.shape)) for name, value in theirs.state_dict().items()]
    assert [(name, value.shape) for name, value in state.items()] == expected
    theirs.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    for dropout in (m for net in (mine, theirs) for m in net.modules() if hasattr(m, "p")):
        dropout.p = 0.0
    return mine, theirs


def assert_near(found, expected, share):
    """The largest difference is at most that share of the largest value."""
    found, expected = (np.asarray(x.detach().numpy(), np.float64) for x in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=share * np.abs(expected).max())


@pytest.mark.parametrize(
    "name", sorted(models.MODELS.keys() - {"resnet32", "resnet44", "resnet56"})
)
def test_training_and_evaluation(name):
    size = 17 if name in ("lenet", "airbench") else 9
    mine, theirs = both(name, size)
    draws = np.random.default_rng(0)
    images = draws.standard_normal((4, CHANNELS, size, size), np.float32)
    labels = draws.integers(0, CLASSES, 4)
    batch, same = lanegrad.tensor(images), torch.tensor(images).double()

    logits, expected = mine(batch), theirs(same)
    assert_near(logits, expected, 2e-5)
    nn.CrossEntropyLoss()(logits, lanegrad.tensor(labels)).backward()
    torch.nn.CrossEntropyLoss()(expected, torch.tensor(labels)).backward()
    pairs = list(zip(mine.parameters(), theirs.parameters(), strict=True))
    assert [p.requires_grad for p, _ in pairs] == [q.requires_grad for _, q in pairs]
    # Of all together. Rounding may put a ReLU's input on the other side of 0, which does so in one of the
    # many that DenseNet has; in PyTorch's floats too, with other images.
    gradients, wanted = (
        np.concatenate(
            [np.ravel(pair[side].grad.numpy()) for pair in pairs if pair[0].requires_grad]
        )
        for side in (0, 1)
    )
    share = 1e-2 if name == "densenet-bc" else 2e-5
    assert np.linalg.norm(gradients - wanted) < share * np.linalg.norm(wanted)
    for found, wanted in zip(mine.buffers(), theirs.buffers(), strict=True):
        assert_near(found, wanted, 2e-5)

    with torch.no_grad(), lanegrad.no_grad():
        assert_near(mine.eval()(batch), theirs.eval()(same), 2e-5)


def test_names_are_torchvisions():
    """And shapes, but for what is another for small images: the first convolution, and the norm behind it."""
    found = torchvision()
    if found is None:
        pytest.skip("torchvision does not load here")
    with torch.device("meta"):
        theirs = {
            "resnet18": found.models.resnet18(num_classes=10),
            "mobilenet": found.models.mobilenet_v2(num_classes=10),
            "densenet-bc": found.models.DenseNet(12, (16, 16, 16), 24, num_classes=10),
        }
    for name, reference in theirs.items():
        mine = models.build(name, 3, 32, 10).state_dict()
        expected = {key: tuple(value.shape) for key, value in reference.state_dict().items()}
        others = {key for key in expected if key not in mine or mine[key].shape != expected[key]}
        stem = {
            "resnet18": r"conv1\.",
            "mobilenet": "nothing",
            "densenet-bc": r"features\.(conv0|norm0)\.",
        }
        assert all(re.match(stem[name], key) for key in others), name
        assert mine.keys() <= expected.keys()
