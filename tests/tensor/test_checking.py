"""Gradients beside differences of values: gradcheck."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import nn
from lanegrad.autograd import GradcheckError, gradcheck

rng = np.random.default_rng(0)


def leaf(*shape):
    return lanegrad.tensor(rng.standard_normal(shape, dtype=np.float32), requires_grad=True)


class Wrong(lanegrad.autograd.Function):
    """Twice the input, with a gradient of three."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 3


@pytest.mark.parametrize(
    ("func", "inputs"),
    [
        (lambda x: x * x, (leaf(3, 2),)),
        (lambda x: (x.sin().sum(), x.exp()), leaf(4)),
        (lambda x, w, b: F.conv2d(x, w, b), (leaf(2, 2, 4, 4), leaf(3, 2, 3, 3), leaf(3))),
        (lambda x, w, b: F.group_norm(x, 2, w, b), (leaf(2, 4, 3), leaf(4), leaf(4))),
        (lambda x, w: F.conv_transpose2d(x, w, stride=2), (leaf(1, 2, 3, 3), leaf(2, 2, 2, 2))),
        (nn.Linear(3, 2), (leaf(2, 3),)),
        (lambda x: (x > 0).float(), (leaf(3),)),
    ],
)
def test_right_gradients(func, inputs):
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    before = [x.detach().numpy().copy() for x in given]
    assert gradcheck(func, inputs, eps=1e-6, atol=1e-4) is True
    for x, values in zip(given, before, strict=True):
        assert (x.detach().numpy() == values).all()
        assert x.grad is None


def test_wrong_gradients():
    x = leaf(3)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(Wrong.apply, (x,))
    assert gradcheck(Wrong.apply, (x,), raise_exception=False) is False
    with pytest.raises(ValueError, match="requires a gradient"):
        gradcheck(lambda x: x, (x.detach(),))
