"""Images read at the places of a grid: PyTorch on every instruction set, and the same bits on all of them."""

import numpy as np
import pytest

import lanegrad
from everywhere import outcomes
from lanegrad import _core

rng = np.random.default_rng(0)
MODES = ["nearest", "bilinear", "bicubic"]
PADDINGS = ["zeros", "border", "reflection"]


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7, 4, 9), (1, 1, 1, 1, 3, 3), (3, 2, 4, 1, 1, 17)])
def test_parity(isa, mode, padding, corners, shape):
    torch = pytest.importorskip("torch")
    images, grids = shape[:4], (shape[0], *shape[4:], 2)
    x, grid, g = normal(*images), 1.3 * normal(*grids), normal(*images[:2], *shape[4:])
    theirs = [torch.tensor(a, requires_grad=True) for a in (x, grid)]
    z = torch.nn.functional.grid_sample(*theirs, mode, padding, corners)
    z.backward(torch.tensor(g))
    y = _core.grid_sample(x, grid, mode, padding, corners)
    np.testing.assert_allclose(y, z.detach().numpy(), rtol=0, atol=2e-5)
    gx, g_grid = _core.grid_sample_backward(g, x, grid, mode, padding, corners, True, True)
    np.testing.assert_allclose(gx, theirs[0].grad.numpy(), rtol=0, atol=5e-5)
    if mode != "nearest":  # where only the grid's own gradient is zero
        np.testing.assert_allclose(g_grid, theirs[1].grad.numpy(), rtol=2e-4, atol=2e-4)
    alone = _core.grid_sample_backward(g, x, grid, mode, padding, corners, False, True)
    assert alone[0] is None
    assert (alone[1] == g_grid).all()


def test_what_is_outside_does_not_matter(isa):
    x = np.full((1, 1, 2, 2), np.nan, np.float32)
    grid = np.array([[[[5, 5], [np.nan, 0], [np.inf, -np.inf]]]], np.float32)
    for mode in MODES:
        y = _core.grid_sample(x, grid, mode, "zeros", False)
        assert (y == 0).all()


@pytest.mark.once
def test_bits(isa_and_threads_restored):
    """The same on every instruction set and for any number of threads."""
    x, grid, g = normal(40, 3, 9, 9), normal(40, 7, 6, 2), normal(40, 3, 7, 6)

    def bits():
        found = []
        for mode in MODES:
            for padding in PADDINGS:
                options = mode, padding, False
                found.append(_core.grid_sample(x, grid, *options).tobytes())
                both = _core.grid_sample_backward(g, x, grid, *options, True, True)
                found += [a.tobytes() for a in both]
        return tuple(found)

    assert len(outcomes(bits)) == 1


def test_errors():
    for grid in (normal(1, 3, 3, 2), normal(2, 3, 3, 3)):
        with pytest.raises(_core.ShapeError, match="no grid"):
            _core.grid_sample(normal(2, 1, 4, 4), grid, "nearest", "zeros", False)
    with pytest.raises(lanegrad.ShapeError, match="gradient"):
        _core.grid_sample_backward(
            normal(1, 1, 2, 2),
            normal(1, 1, 4, 4),
            normal(1, 3, 3, 2),
            *("nearest", "zeros", 0, 1, 1),
        )
