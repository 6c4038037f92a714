"""The networks of lanegrad.models: their shapes and names, and that they learn."""

import math

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import models, nn, optim
from lanegrad.train import fit
from lanegrad.utils.data import DataLoader, TensorDataset

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("name", "channels", "size"),
    [
        ("lenet", 3, 32),
        ("lenet", 1, 28),
        ("lenet", 2, 16),
        ("digits", 1, 8),
        ("digits", 3, 5),
        ("vgg", 3, 32),
        ("vgg", 1, 7),
        ("vgg", 2, 4),
        ("resnet20", 3, 32),
        ("resnet20", 1, 8),
        ("resnet20", 2, 1),
        ("mlp", 2, 3),
        ("resnet32", 2, 1),
        ("resnet18", 1, 1),
        ("wideresnet", 1, 1),
        ("mobilenet", 1, 1),
        ("densenet-bc", 2, 4),
        ("airbench", 1, 9),
        ("convmixer", 2, 2),
    ],
)
def test_models_fit_their_images(name, channels, size):
    model = models.build(name, channels, size, 7)
    images = RNG.random((3, channels, size, size), dtype=np.float32)
    logits = model(lanegrad.tensor(images))
    assert logits.shape == (3, 7)
    F.cross_entropy(logits, np.array([0, 1, 6])).backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    assert all(math.isfinite(float(abs(p.grad.numpy()).sum())) for p in trained)


@pytest.mark.parametrize("name", models.MODELS)
def test_models_that_do_not_fit(name):
    smallest = {
        "lenet": 16,
        "digits": 2,
        "vgg": 4,
        "densenet-bc": 4,
        "airbench": 9,
        "convmixer": 2,
    }.get(name, 1)
    found = smallest - 1
    with pytest.raises(
        ValueError, match=f"{name} needs images of {smallest} x .* or more; found {found}"
    ):
        models.build(name, 3, found, 10)
    with pytest.raises(ValueError, match=f"{name} needs one of its channels at least; found 0"):
        models.build(name, 0, 32, 10)
    with pytest.raises(ValueError, match=f"{name} needs one of its classes at least; found -1"):
        models.build(name, 3, 32, -1)


def test_models_that_are_not_there():
    with pytest.raises(ValueError, match="no model named 'resnet'; there are lenet, digits, mlp"):
        models.build("resnet", 3, 32, 10)
    with pytest.raises(ValueError, match=r"wideresnet has 10, 16, 22, 28, ... layers .*; found 20"):
        models.WideResNet(depth=20)
    with pytest.raises(ValueError, match=r"densenet-bc has 10, 16, .*; found 4"):
        models.DenseNetBC(depth=4)


@pytest.mark.once
def test_whitened_images_have_uncorrelated_results():
    images = RNG.random((20, 2, 12, 12), dtype=np.float32)
    images[:, 1] = 0.5 * images[:, 1] + images[:, 0]
    model = models.Airbench(in_channels=2, image_size=12)
    model.init_whiten(images, eps=0)
    with lanegrad.no_grad():
        model.whiten.bias.zero_()
        results = model.whiten(lanegrad.tensor(images)).numpy()
    rows = results.transpose(1, 0, 2, 3).reshape(16, -1).astype(np.float64)
    half = np.eye(8)
    expected = np.block([[half, -half], [-half, half]])
    np.testing.assert_allclose(rows @ rows.T / rows.shape[1], expected, atol=1e-4)
    with lanegrad.no_grad():  # and each group begins as the identity of its first channels
        x = lanegrad.tensor(RNG.random((1, 16, 6, 6), dtype=np.float32))
        assert (model.layers[1].conv1(x)[:, :16] == x).all()


def test_lenet_has_the_tutorials_names_and_shapes():
    shapes = {name: value.shape for name, value in models.LeNet().state_dict().items()}
    assert shapes == {
        "conv1.weight": (6, 3, 5, 5),
        "conv1.bias": (6,),
        "conv2.weight": (16, 6, 5, 5),
        "conv2.bias": (16,),
        "fc1.weight": (120, 400),
        "fc1.bias": (120,),
        "fc2.weight": (84, 120),
        "fc2.bias": (84,),
        "fc3.weight": (10, 84),
        "fc3.bias": (10,),
    }


def test_resnet20_has_torchvisions_names_and_he_et_al_s_shapes():
    model = models.ResNet20()
    kernels = {k: v.shape for k, v in model.state_dict().items() if v.ndim > 1}
    assert len(kernels) == 1 + 18 + 2 + 1
    assert kernels["conv1.weight"] == (16, 3, 3, 3)
    assert kernels["layer2.0.conv1.weight"] == (32, 16, 3, 3)
    assert kernels["layer2.0.downsample.0.weight"] == (32, 16, 1, 1)
    assert kernels["layer3.2.conv2.weight"] == (64, 64, 3, 3)
    assert kernels["fc.weight"] == (10, 64)


@pytest.mark.once
def test_resnet20_learns_and_answers_alone_in_evaluation_mode():
    lanegrad.manual_seed(0)
    model = models.ResNet20(1, 8, 2)
    images = RNG.random((24, 1, 8, 8), dtype=np.float32)
    labels = (images.mean((1, 2, 3)) > np.median(images.mean((1, 2, 3)))).astype(np.int64)
    history = fit(
        model,
        DataLoader(TensorDataset(images, labels), batch_size=12),
        optimizer=optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        criterion=nn.CrossEntropyLoss(),
        epochs=8,
    )
    assert history[-1].loss < 0.7 * history[0].loss
    model.eval()
    together = model(lanegrad.tensor(images[:3])).detach().numpy()
    alone = [model(lanegrad.tensor(images[i : i + 1])).detach().numpy()[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)
