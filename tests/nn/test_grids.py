"""Pictures read at the places of a grid, next to PyTorch's: values, gradients and errors."""

from itertools import product

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from parity import assert_parity

rng = np.random.default_rng(7)
GRID = (rng.normal(size=(2, 3, 4, 2)) * 1.2).astype(np.float32)
FAR = (rng.normal(size=(2, 3, 4, 2)) * 4).astype(np.float32)
THETA = rng.normal(size=(2, 2, 3)).astype(np.float32)
MODES = list(product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")))


def images(*shape):
    return rng.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("mode", "padding"), MODES)
def test_grid_sample(torch, mode, padding, align_corners):
    name = "nn.functional.grid_sample"
    for grid in (GRID, FAR, np.zeros_like(GRID), np.sign(GRID)):
        for shape in ((2, 3, 5, 4), (2, 1, 1, 6)):
            args = images(*shape), grid, mode, padding, align_corners
            assert_parity(torch, name, *args, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 1, 3), (2, 1, 3, 1)])
def test_affine_grid(torch, size, align_corners):
    name = "nn.functional.affine_grid"
    assert_parity(torch, name, THETA, size, align_corners, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "args"), [
    ("grid_sample", (images(2, 3, 5, 4), GRID, "area")),
    ("grid_sample", (images(2, 3, 5, 4), GRID, "nearest", "circular")),
    ("grid_sample", (images(1, 3, 5, 4), GRID)),
    ("grid_sample", (images(2, 3, 5), GRID)),
    ("grid_sample", (images(2, 3, 5, 4), GRID[..., :1])),
    ("grid_sample", (images(2, 3, 0, 4), GRID)),
    ("grid_sample", (images(2, 0, 5, 4), GRID)),
    ("affine_grid", (THETA, (2, 3, 4))),
    ("affine_grid", (THETA, (1, 3, 4, 5))),
    ("affine_grid", (THETA[0], (2, 3, 4, 5))),
    ("affine_grid", (THETA, (2, 3, 0, 5))),
    ("affine_grid", (THETA.astype(np.int64), (2, 3, 4, 5))),
])  # fmt: skip
def test_errors(torch, name, args):
    assert_parity(torch, f"nn.functional.{name}", *args)


def test_places_that_are_no_numbers_read_zero():
    grid = np.full((1, 1, 3, 2), np.nan, np.float32)
    grid[0, 0, 1:] = np.inf, -np.inf
    for mode in ("bilinear", "nearest"):
        read = F.grid_sample(lanegrad.ones(1, 1, 2, 2), grid, mode, align_corners=False)
        assert read.tolist() == [[[[0.0, 0.0, 0.0]]]]


def test_what_is_left_out_and_what_warns():
    with pytest.raises(NotImplementedError, match="volumes"):
        F.grid_sample(lanegrad.ones(1, 1, 2, 2, 2), lanegrad.zeros(1, 1, 1, 1, 3))
    with pytest.raises(NotImplementedError, match="volumes"):
        F.affine_grid(lanegrad.ones(1, 3, 4), (1, 1, 2, 2, 2))
    with pytest.warns(UserWarning, match="align_corners"):
        F.grid_sample(lanegrad.ones(1, 1, 2, 2), lanegrad.zeros(1, 1, 1, 2))
    with pytest.warns(UserWarning, match="align_corners"):
        F.affine_grid(lanegrad.ones(1, 2, 3), (1, 1, 2, 2))
