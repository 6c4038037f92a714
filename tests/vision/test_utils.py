"""Grids of pictures, and pictures as files."""

import io

import numpy as np
import pytest

import lanegrad
from lanegrad.vision.utils import make_grid, save_image
from reference_vision import torchvision

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.once

RNG = np.random.default_rng(5)
FLOATS = RNG.standard_normal((5, 3, 6, 4)).astype(np.float32)
SHAPES = [(5, 3, 6, 4), (5, 1, 6, 4), (1, 3, 6, 4), (3, 6, 4), (1, 6, 4), (6, 4), (9, 2, 3, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "named",
    [
        {},
        {"nrow": 2, "padding": 0},
        {"nrow": 3, "padding": 1, "pad_value": 0.5},
        {"normalize": True},
        {"normalize": True, "scale_each": True},
        {"normalize": True, "value_range": (-1, 1)},
    ],
)
def test_make_grid_next_to_torchvision(shape, named):
    reference = torchvision()
    if reference is None:
        pytest.skip("torchvision does not load here")
    x = RNG.standard_normal(shape).astype(np.float32)
    for several in (False, True):
        if several and len(shape) != 4:
            continue
        theirs, mine = torch.from_numpy(x), lanegrad.tensor(x)
        if several:
            theirs, mine = list(theirs), list(mine)
        expected = reference.utils.make_grid(theirs, **named).numpy()
        found = make_grid(mine, **named).numpy()
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_make_grid_of_bytes_and_of_gradients():
    grid = make_grid(lanegrad.tensor(np.full((2, 1, 2, 2), 9, np.uint8)), padding=1)
    assert (grid.numpy().dtype, grid.numpy().max(), tuple(grid.shape)) == (np.uint8, 9, (3, 4, 7))
    x = lanegrad.tensor(FLOATS).requires_grad_()
    assert not make_grid(x).requires_grad


@pytest.mark.parametrize("x", [np.zeros((3, 4, 4)), [np.zeros((3, 4, 4))], "picture", None])
def test_make_grid_of_something_else(x):
    with pytest.raises(TypeError, match="tensor or list of tensors expected"):
        make_grid(x)


def test_save_image(tmp_path):
    image = pytest.importorskip("PIL.Image")
    x = RNG.random((4, 3, 6, 4), np.float32) * 1.4 - 0.2
    save_image(lanegrad.tensor(x), tmp_path / "grid.png", nrow=2, padding=1)
    grid = make_grid(lanegrad.tensor(x), nrow=2, padding=1).numpy()
    expected = (grid * 255 + 0.5).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
    np.testing.assert_array_equal(np.asarray(image.open(tmp_path / "grid.png")), expected)
    file = io.BytesIO()
    save_image([lanegrad.tensor(x[0])], file, format="bmp")
    assert image.open(file).size == (4, 6)
