"""Training scripts in the style of public ones, on PyTorch and, with their imports changed, here."""

from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import lanegrad
import lanegrad.vision
from script_data import write_cifar10, write_mnist
from script_runner import Run, torchvision, with_imports_changed

torch = pytest.importorskip("torch")
SCRIPTS = sorted(path for path in Path(__file__).parent.glob("*.py") if "test_" not in path.name)


@pytest.fixture
def folders(tmp_path):
    """One for each library, with the data under data/."""
    for name in ("torch", "lanegrad"):
        folder = tmp_path / name / "data"
        folder.mkdir(parents=True)
        write_mnist(folder)
        write_mnist(folder, "FashionMNIST")
        write_cifar10(folder)
    return tmp_path


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_losses_are_pytorchs(path, folders):
    vision = torchvision()
    with mock.patch.object(vision.datasets.cifar, "check_integrity", return_value=True):
        theirs = Run(torch, vision, folders / "torch").script(path)
    ours = Run(lanegrad, lanegrad.vision, folders / "lanegrad", theirs.weights).script(path)
    assert len(ours.losses) == len(theirs.losses) > 3
    np.testing.assert_allclose(ours.losses[0], theirs.losses[0], rtol=5e-6)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=2e-3, atol=1e-4)


def test_there_are_at_least_fifteen():
    assert len(SCRIPTS) >= 15


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("import torch", "import lanegrad as torch"),
        ("import torch.nn as nn", "import lanegrad.nn as nn"),
        ("import torch.utils.data", "import lanegrad as torch; import lanegrad.utils.data"),
        ("from torch.utils.data import Subset", "from lanegrad.utils.data import Subset"),
        ("    from torchvision import models", "    from lanegrad.vision import models"),
        ("import torchvision", "import lanegrad.vision as torchvision"),
        ("from torchinfo import summary", "from torchinfo import summary"),
    ],
)
def test_imports_are_what_changes(line, changed):
    assert with_imports_changed(line) == changed
