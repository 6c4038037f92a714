"""How much Python runs on the way to kernels: none in the backward pass, and little before."""

import functools
import gc
import sys

import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import _core, models, nn
from networks import EveryLayer

pytestmark = pytest.mark.once


def frames(function):
    """How many Python functions are called on the way."""
    names = []

    def note(frame, event, _):
        if event == "call":
            names.append(frame.f_code.co_name)

    gc.disable()  # which others may have asked to be told of
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return names


@pytest.mark.parametrize(
    ("make", "image"),
    [
        (models.LeNet, (3, 32, 32)),
        (models.VGG, (3, 32, 32)),
        (models.ResNet20, (3, 32, 32)),
        (EveryLayer, (3, 12, 12)),
    ],
)
def test_no_python_runs_in_the_backward_pass(make, image):
    net = make()
    x = lanegrad.randn(4, *image)
    one = _core.one()
    for _ in range(3):
        loss = F.cross_entropy(net(x), [0, 1, 2, 3])
        backward_pass = functools.partial(_core.backward, loss, one)
        assert frames(backward_pass) == []
        called = frames(F.cross_entropy(net(x), [0, 1, 2, 3]).backward)
        assert called in (["backward"], ["backward", "numel"])  # the method itself
    assert all(p.grad is not None for p in net.parameters())


def test_the_count_of_frames_sees_python():
    x = lanegrad.ones(2, requires_grad=True)
    y = _core.record(x._value.copy(), lambda g: g, (), x)
    assert "<lambda>" in frames(lambda: _core.backward(y, y._value))[1:]


def test_few_python_frames_to_a_kernel():
    x = lanegrad.randn(4, 3, 8, 8, requires_grad=True)
    conv = nn.Conv2d(3, 6, 3)
    for run, most in [
        (lambda: F.relu(x), 2),
        (lambda: conv(x), 6),
        (lambda: x * 2, 1),
        (lambda: x + x, 3),
        (lambda: x * x, 4),
    ]:
        called = frames(run)[1:]  # without `run` itself
        assert len(called) <= most, called
