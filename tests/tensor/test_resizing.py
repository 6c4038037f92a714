"""Tensors that are given another shape, or another number of elements, in place."""

import numpy as np
import pytest

import lanegrad

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("size", [(6,), (3, 2), ((2, 3),), (1, 2), (0,), ((),), (2, 1, 2), (5, 2)])
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_elements_are_pytorchs(size, dtype):
    ours, theirs = (
        library.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(library, dtype))
        for library in (lanegrad, torch)
    )
    assert ours.resize_(*size) is ours
    theirs.resize_(*size)
    assert ours.shape == tuple(theirs.shape)
    assert str(ours.dtype) == dtype
    count = min(ours.numel(), 6)
    np.testing.assert_array_equal(ours.numpy().ravel()[:count], theirs.numpy().ravel()[:count])


def test_fewer_elements_are_in_the_same_memory():
    x = lanegrad.arange(6.0)
    row = x[2:]
    row.resize_(2, 2)[1] = 0
    assert x.tolist() == [0, 1, 2, 3, 0, 0]
    x.resize_(2).fill_(9)
    assert row.tolist() == [[2, 3], [0, 0]]


def test_pictures_of_a_loader_become_rows():
    data = lanegrad.utils.data.TensorDataset(lanegrad.ones(32, 1, 4, 4))
    (images,) = next(iter(lanegrad.utils.data.DataLoader(data, batch_size=16)))
    assert images.resize_(images.shape[0], 16).shape == (16, 16)
    layer = lanegrad.nn.Linear(16, 2)
    layer(images).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.numpy(), np.full((2, 16), 16, np.float32))


def test_the_shape_of_another():
    image = lanegrad.ones(3, 2)
    assert image.new_empty(0).resize_as_(image).zero_().tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(
    ("make", "size", "words"),
    [
        (lambda: lanegrad.ones(2, requires_grad=True), (1,), "cannot resize variables that"),
        (lambda: lanegrad.ones(2, requires_grad=True) * 2, (1,), "cannot resize variables that"),
        (lambda: lanegrad.ones(2, 3).T, (6,), "use .contiguous()"),
        (lambda: lanegrad.ones(4)[:2], (3,), "call .clone() first"),
        (lambda: lanegrad.ones(4), (2, -1), "sizes of 0 and more"),
    ],
)
def test_errors(make, size, words):
    x = make()
    shape = x.shape
    with pytest.raises(RuntimeError) as error:
        x.resize_(*size)
    assert words in str(error.value)
    assert x.shape == shape
