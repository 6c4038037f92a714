"""The dropout family beside PyTorch's: what is dropped together, shapes, warnings, in place, statistics."""

import warnings

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, nn

FUNCTIONS = F.dropping.__all__
SHAPES = [(), (7,), (7, 5), (7, 5, 3), (7, 5, 3, 2), (7, 5, 3, 2, 2), (7, 5, 3, 2, 1, 2)]


@pytest.fixture(autouse=True)
def seeded():
    lanegrad.manual_seed(0)


def outcome(call):
    """The result, or the type of what was raised; and whether it warned."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            return call(), bool(found)
        except Exception as raised:
            return type(raised), bool(found)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_dropped_together(name, shape):
    """The elements that always go together, and errors and warnings, are PyTorch's."""
    torch = pytest.importorskip("torch")
    ours = [outcome(lambda: getattr(F, name)(lanegrad.ones(*shape), 0.5, True)) for _ in range(40)]
    theirs = [
        outcome(lambda: getattr(torch.nn.functional, name)(torch.ones(shape), 0.5, True))
        for _ in range(40)
    ]
    assert ours[0][1] == theirs[0][1]
    if isinstance(theirs[0][0], type):
        assert issubclass(ours[0][0], theirs[0][0])
        return
    groups = []
    for results in (ours, theirs):
        drawn = np.stack([result.numpy().ravel() for result, _ in results])
        dropped = drawn == drawn.min()
        assert 0.2 < dropped.mean() < 0.8
        columns = [column.tobytes() for column in dropped.T]
        groups.append([columns.index(column) for column in columns])
    assert groups[0] == groups[1]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name):
    torch = pytest.importorskip("torch")
    shape = {"dropout1d": (40, 30, 2), "dropout3d": (40, 30, 1, 2, 1)}.get(name, (40, 30, 1, 2))
    for p in (0.3, 0.8):
        x = Tensor(np.full(shape, 2.0), requires_grad=True)
        y = getattr(F, name)(x, p, True)
        y.backward(np.ones(shape))
        want = getattr(torch.nn.functional, name)(torch.full(shape, 2.0), p, True).numpy()
        got = y.detach().numpy()
        np.testing.assert_allclose(np.unique(got), np.unique(want), rtol=1e-5)
        assert abs((got == got.min()).mean() - p) < 0.06
        slopes = x.grad.numpy()
        assert (slopes[got == got.min()] == 0).all()
        assert (slopes[got == got.max()] == slopes.max()).all()
        assert slopes.max() > 0


@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
def test_mean_and_variance_stay(name):
    x = lanegrad.randn(100, 100, 3)
    y = getattr(F, name)(x, 0.3, True).numpy()
    assert abs(y.mean()) < 0.05
    assert abs(y.std() - 1) < 0.05


@pytest.mark.parametrize("name", FUNCTIONS)
def test_edges_of_p_and_in_place(name):
    shape = {"dropout1d": (2, 3, 4), "dropout3d": (2, 3, 4, 2, 2)}.get(name, (2, 3, 4, 5))
    function = getattr(F, name)
    x = lanegrad.ones(*shape)
    assert function(x, 0.5, False) is x
    assert function(x, 0.0, True) is x
    assert function(x, 0.5, False, True) is x
    whole = x.long()
    assert function(whole, 0.5, False) is whole
    assert function(x[:0], 0.5, True).shape[0] == 0
    if "alpha" in name:
        assert function(x[0, 0, 0, 0], 0.5, False).item() == 1
    assert (function(x, 1.0, True).numpy() == 0).all()
    base = lanegrad.ones(2, *shape)
    part = base[0]
    assert function(part, 1.0, True, True) is part
    assert (base[0].numpy() == 0).all()
    assert (base[1].numpy() == 1).all()
    y = Tensor(np.ones(shape), requires_grad=True)
    z = y * 2
    function(z, 0.5, True, inplace=True).sum().backward()
    assert (y.grad.numpy() == 0).any()
    with pytest.raises(RuntimeError):
        function(y, 0.5, True, inplace=True)
    for p in (-0.1, 1.5):
        with pytest.raises(ValueError, match="between 0 and 1"):
            function(x, p)


@pytest.mark.parametrize("name", nn.dropping.__all__)
def test_layers(name):
    torch = pytest.importorskip("torch")
    for arguments in ({}, {"p": 0.3}, {"p": 0.25, "inplace": True}):
        assert repr(getattr(nn, name)(**arguments)) == repr(getattr(torch.nn, name)(**arguments))
    shape = {"Dropout1d": (2, 3, 4), "Dropout3d": (2, 3, 4, 2, 2)}.get(name, (2, 3, 4, 5))
    layer, x = getattr(nn, name)(0.5, True), lanegrad.ones(*shape)
    assert layer.eval()(x).tolist() == np.ones(shape).tolist()
    assert layer.train()(x) is x
    assert (x.numpy() != 1).any()
    with pytest.raises(ValueError, match="between 0 and 1"):
        getattr(nn, name)(1.5)
