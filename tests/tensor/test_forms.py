"""Tensors that are given another shape in place, next to PyTorch's; and in-place functions."""

import numpy as np
import pytest

import lanegrad
from lanegrad._tensor import in_place_functions

FORMS = [
    ("t_", ()), ("transpose_", (0, -1)), ("swapaxes_", (0, 1)), ("swapdims_", (1, 0)),
    ("unsqueeze_", (1,)), ("unsqueeze_", (-1,)), ("unsqueeze_", (4,)), ("squeeze_", ()),
    ("squeeze_", (0,)), ("squeeze_", ((0, 1),)), ("transpose_", (0, 2)), ("as_strided_", ((2,), (2,))),
]  # fmt: skip


def made(library, shape):
    return library.arange(float(np.prod(shape))).reshape(shape)


@pytest.mark.parametrize("shape", [(2, 3), (1, 3), (3, 1), (2,), (2, 1, 2)])
@pytest.mark.parametrize(("name", "args"), FORMS)
def test_shapes_and_values(torch, name, args, shape):
    x, y = made(lanegrad, shape), made(torch, shape)
    memory = x.data_ptr()
    try:
        getattr(y, name)(*args)
    except Exception as error:
        with pytest.raises(type(error)):
            getattr(x, name)(*args)
        assert x.shape == shape
        return
    assert getattr(x, name)(*args) is x
    assert x.shape == tuple(y.shape)
    assert x.data_ptr() == memory
    np.testing.assert_array_equal(x.numpy(), y.numpy())


@pytest.mark.parametrize(("name", "args"), [("t_", ()), ("unsqueeze_", (0,)), ("squeeze_", ())])
def test_gradients(torch, name, args):
    found = []
    for library in (lanegrad, torch):
        w = library.arange(3.0).reshape(1, 3).requires_grad_()
        y = w * w
        getattr(y, name)(*args)
        y.mul_(3)
        v = y[0]
        v.add_(w.sum())
        (y * y).sum().backward()
        found.append((tuple(y.shape), w.grad.numpy()))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)


def test_a_view_of_a_base_given_another_shape(torch):
    found = []
    for library in (lanegrad, torch):
        w = library.arange(6.0).requires_grad_()
        base = w.clone().reshape(2, 3)
        part = base[0]
        part.unsqueeze_(1)
        part.mul_(5)
        (base * base).sum().backward()
        found.append((base.detach().numpy(), w.grad.numpy()))
    for got, want in zip(*found, strict=True):
        np.testing.assert_allclose(got, want)


def test_leaves_that_require_a_gradient_are_refused(torch):
    for library in (lanegrad, torch):
        w = library.ones(2, 3, requires_grad=True)
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            w.t_()
        assert tuple(w.shape) == (2, 3)
    with lanegrad.no_grad(), pytest.raises(RuntimeError, match="under no_grad"):
        lanegrad.ones(2, 3, requires_grad=True).t_()


def test_views_made_before_are_not_differentiated():
    x = lanegrad.ones(2, 3)
    row = x[0]
    x.t_()
    assert row.shape == (3,)
    x.mul_(lanegrad.ones(1, requires_grad=True))
    with pytest.raises(RuntimeError, match="make the view again"):
        row.requires_grad  # noqa: B018
    with pytest.raises(RuntimeError, match="make the view again"):
        row.add_(1)


@pytest.mark.parametrize("name", in_place_functions.__all__)
def test_functions_in_place_are_the_methods(torch, name):
    assert getattr(lanegrad, name) is getattr(lanegrad.Tensor, name)
    assert hasattr(torch, name)


def test_functions_in_place(torch):
    for library in (lanegrad, torch):
        x = library.tensor([-1.0, 4.0])
        assert library.relu_(x) is x
        assert library.fill_(library.sqrt_(x)[:1], 3).tolist() == [3.0]
        assert x.tolist() == [3.0, 2.0]


def test_memory_that_as_strided_does_not_show():
    x = lanegrad.arange(6.0).reshape(2, 3)
    for other in (x.t(), x[1]):
        with pytest.raises(RuntimeError, match="clone"):
            other.as_strided((1,), (1,))
    shown = x.as_strided((2, 2), (3, 1))
    shown[0, 0] = 9
    assert x[0, 0] == 9
