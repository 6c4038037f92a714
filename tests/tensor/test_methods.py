"""Methods of tensors called in the less usual ways that PyTorch's take, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(8)
M = rng.normal(size=(2, 3)).astype(np.float32)
ONES = np.ones((1, 3, 1), np.float32)
TWO, NUMBER = np.array(2), np.array(1.5, np.float32)

CALLS = [
    ("Tensor.squeeze", (ONES, 0, 1)),
    ("Tensor.squeeze", (ONES, (0, 2))),
    ("Tensor.squeeze", (ONES, TWO)),
    ("Tensor.broadcast_to", (M, 2, 3)),
    ("Tensor.count_nonzero", (M, 0, 1)),
    ("Tensor.split", (M, np.array(1))),
    ("Tensor.chunk", (M, TWO)),
    ("Tensor.tensor_split", (M, TWO)),
    ("Tensor.roll", (M, TWO)),
    ("Tensor.norm", (M, TWO)),
    ("Tensor.unbind", (NUMBER,)),
    ("Tensor.hsplit", (M, 0)),
    ("Tensor.vsplit", (M, -1)),
    ("Tensor.logit", (M, 1.0)),
    ("Tensor.__contains__", (M, [0])),
]  # fmt: skip


@pytest.mark.parametrize("i", range(len(CALLS)))
def test_calls(torch, i):
    name, args = CALLS[i]
    if name == "Tensor.__contains__":
        for library in (lanegrad, torch):
            with pytest.raises(RuntimeError):
                library.tensor(args[0]).__contains__(args[1])
        return
    assert_parity(torch, name, *args, grad=False)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
def test_floats_beyond_the_integers(torch, dtype):
    values = [3e9, -5.7, 300.5, -300.5, np.nan, np.inf, -np.inf, 1e20, 7e4, -1e10]
    want = torch.tensor(values).to(getattr(torch, dtype)).tolist()
    assert lanegrad.tensor(values).to(getattr(lanegrad, dtype)).tolist() == want


@pytest.mark.parametrize("convert", [int, float, complex, lambda x: x.item()])
def test_several_elements_are_no_number(torch, convert):
    for library in (lanegrad, torch):
        with pytest.raises((ValueError, RuntimeError)):
            convert(library.ones(2))
    with pytest.raises(ValueError, match="2 elements"):
        convert(lanegrad.ones(2))
    with pytest.raises(RuntimeError, match="2 elements"):
        convert(lanegrad.ones(2))


@pytest.mark.parametrize("other", [None, "a", [1, 1], (1, 1), ...], ids=str)
def test_what_is_no_tensor_equals_none(torch, other):
    for library in (lanegrad, torch):
        assert (library.ones(2) == other) is False
        assert (library.ones(2) != other) is True


@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (2, 3, 4)])
@pytest.mark.parametrize("name", ["H", "mT", "mH"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_turned(torch, name, shape):
    x, y = lanegrad.ones(shape), torch.ones(shape)
    try:
        want = getattr(y, name).shape
    except RuntimeError:
        with pytest.raises(RuntimeError, match="only supported"):
            getattr(x, name)
        return
    assert getattr(x, name).shape == tuple(want)
