"""Recipes: each file of options trains, and has a row in docs/recipes.md."""

import struct
from pathlib import Path

import numpy as np
import pytest

from lanegrad import cli

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "recipes").glob("*.toml"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of pictures as CIFAR-10 and MNIST lie there: forty for training and ten for testing."""
    folder = tmp_path_factory.mktemp("data")
    draws = np.random.default_rng(1)
    records = draws.integers(0, 256, (50, 3073)).astype(np.uint8)
    records[:, 0] = np.arange(50) % 10
    for n in range(5):
        (folder / f"data_batch_{n + 1}.bin").write_bytes(records[8 * n : 8 * n + 8].tobytes())
    (folder / "test_batch.bin").write_bytes(records[40:].tobytes())
    for name in ("MNIST", "FashionMNIST"):
        raw = folder / name / "raw"
        raw.mkdir(parents=True)
        for part, count in (("train", 40), ("t10k", 10)):
            images, labels = (
                struct.pack(">4i", 2051, count, 28, 28),
                struct.pack(">2i", 2049, count),
            )
            pixels = draws.integers(0, 256, 784 * count).astype(np.uint8)
            (raw / f"{part}-images-idx3-ubyte").write_bytes(images + pixels.tobytes())
            classes = (np.arange(count) % 10).astype(np.uint8)
            (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels + classes.tobytes())
    return folder


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_trains(recipe, data, tmp_path, capsys):
    arguments = ["train", "--config", str(recipe), "--out", str(tmp_path), "--quiet"]
    if recipe.stem != "digits":
        arguments += ["--root", str(data)]
    assert cli.main([*arguments, "--batch-size", "16", "--steps", "4", "--warm-up", "1"]) == 0
    assert "test accuracy" in capsys.readouterr().out


def test_each_recipe_has_its_result():
    page = (ROOT / "docs" / "recipes.md").read_text()
    assert RECIPES
    for recipe in RECIPES:
        assert f"](../recipes/{recipe.name})" in page
        assert f"lanegrad train --config recipes/{recipe.name}" in recipe.read_text()
