"""Plans: calls that are made together with another, and give the bits that they give alone."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, nn
from networks import RNG, batch, both_ways, flat, names

pytestmark = pytest.mark.usefixtures("isa_and_threads_restored")


def test_a_relu_is_fused_only_where_nothing_else_reads_its_input():
    weight = Tensor(RNG.standard_normal((4, 3, 3, 3), dtype=np.float32))
    image, _ = batch(5, (3, 8, 8))

    def alone():
        return [F.relu(F.conv2d(image, weight)) for _ in range(4) if _core.run() is None]

    def both_wanted():
        found = []
        for _ in range(4):
            y = F.conv2d(image, weight)
            found += [F.relu(y).numpy(), y.numpy()]
        return found

    assert "relu" not in names(both_ways(alone))
    assert "relu" in names(both_ways(both_wanted))


def awkward(*shape):
    """Numbers with many equal ones, zeros of both signs and NaN among them."""
    return Tensor(RNG.choice(np.array([-2, -1, -0.0, 0, 1, 1, 2, np.nan], np.float32), shape))


IDENTITY = lanegrad.ones(3, 1, 1, 1)


def in_lanes(x):
    """The same three channels, from a kernel that gives images in lanes."""
    return F.conv2d(x, IDENTITY, groups=3)


def gradients(step, parameters):
    """All gradients of a step, again and again. Gives the kernels of the plan."""

    def program():
        found = []
        for _ in range(4):
            for p in parameters:
                p.grad = None
            step()
            _core.run()
            found += [p.grad.numpy().view(np.int32).copy() for p in parameters]
        return found

    return names(both_ways(program))


@pytest.mark.parametrize("size", [1, 3, 17, 40])
@pytest.mark.parametrize("window", [(2, 2), (3, 2), (2, 3), (3, 3)])
@pytest.mark.parametrize("image", [(8, 8), (7, 9)])
def test_a_relu_behind_which_is_pooled_is_differentiated_with_the_pooling(isa, size, window, image):
    x = awkward(size, 3, *image)
    g = awkward(*F.max_pool2d(x, *window).shape)
    x.requires_grad = True
    found = gradients(lambda: F.max_pool2d(F.relu(in_lanes(x)), *window).backward(g), [x])
    assert "max_pool2d_backward" in found
    assert "relu_backward" not in found


@pytest.mark.parametrize("size", [1, 3, 17, 40])
def test_gradients_that_meet_at_a_relu(isa, size):
    x, g = awkward(size, 3, 5, 7), awkward(size, 3, 5, 7)
    x.requires_grad = True

    def step():
        y = F.relu(in_lanes(x))
        (F.max_pool2d(y, 1) + y * 2.0).backward(g)

    found = gradients(step, [x])
    assert "max_pool2d_backward" in found
    assert "relu_backward" not in found


@pytest.mark.parametrize("size", [1, 3, 17, 40])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_residuals_are_added_by_the_batch_norm(isa, size, training, swapped):
    x, g = (Tensor(RNG.standard_normal((size, 3, 5, 7), dtype=np.float32)) for _ in range(2))
    one, two = (nn.BatchNorm2d(3).train(training) for _ in range(2))
    x.requires_grad = True

    def step():
        h = in_lanes(x)
        y, z = one(h), two(h)
        F.relu(z + y if swapped else y + z).backward(g)

    found = gradients(step, [x, *one.parameters(), *two.parameters()])
    assert found.count("batch_norm") == 2
    assert found.count("add") == 1  # of two gradients
    assert "relu" not in found


def test_a_sum_that_something_else_reads_is_not_fused():
    norm = nn.BatchNorm2d(3).eval()
    x = Tensor(RNG.standard_normal((20, 3, 5, 7), dtype=np.float32))

    @lanegrad.no_grad()
    def program():
        found = []
        for _ in range(4):
            y = norm(x)
            z = y + x
            results = F.relu(z), z * y
            _core.run()
            found += results
            del y, z
        return found

    plan = both_ways(program)[0]
    assert [n for n in flat(plan) if "lanes" not in n and "statistics" not in n] == [
        "batch_norm", "add", "relu", "map",
    ]  # fmt: skip
