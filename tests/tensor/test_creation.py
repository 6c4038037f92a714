"""The functions of the top level that make tensors."""

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor


def test_tensor_copies_and_from_numpy_shares():
    a = np.zeros(3, np.float32)
    assert not np.shares_memory(lanegrad.tensor(a).numpy(), a)
    assert np.shares_memory(lanegrad.from_numpy(a).numpy(), a)
    t = Tensor(a, requires_grad=True)
    assert not np.shares_memory(lanegrad.tensor(t).numpy(), a)
    assert lanegrad.tensor([1.0], requires_grad=True).requires_grad
    assert lanegrad.tensor([1, 2]).dtype == np.int64


@pytest.mark.parametrize("name", ["zeros", "ones", "randn"])
def test_shapes(name):
    make = getattr(lanegrad, name)
    for arguments, shape in [
        ((2, 3), (2, 3)),
        (((2, 3),), (2, 3)),
        (([4],), (4,)),
        ((), ()),
        ((5,), (5,)),
    ]:
        t = make(*arguments, requires_grad=True)
        assert t.shape == shape
        assert t.dtype == np.float32
        assert t.requires_grad
        assert not make(*arguments).requires_grad


def test_values():
    assert lanegrad.zeros(2).tolist() == [0, 0]
    assert lanegrad.ones(2).tolist() == [1, 1]
    lanegrad.manual_seed(0)
    draws = lanegrad.randn(10_000).numpy()
    assert abs(draws.mean()) < 0.05
    assert abs(draws.std() - 1) < 0.05


def test_functions_of_tensors_and_arrays():
    x = np.float32([[1, 5, 2], [7, 0, 3]])
    for data in (x, Tensor(x), x.tolist()):
        assert lanegrad.flatten(data).tolist() == x.reshape(-1).tolist()
        assert lanegrad.flatten(np.zeros((2, 3, 4)), 1).shape == (2, 12)
        assert lanegrad.max(data).item() == 7
        assert lanegrad.max(data, 1, keepdim=True).values.tolist() == [[5], [7]]
        assert lanegrad.argmax(data, 0).tolist() == [1, 0, 1]
