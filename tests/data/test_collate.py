"""Batches of samples of all kinds, next to PyTorch's."""

from collections import OrderedDict, UserDict, UserList, namedtuple

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor
from lanegrad._core import ShapeError
from lanegrad.utils.data import default_collate, default_convert

Point = namedtuple("Point", ["x", "label"])


def plain(x):
    """What a batch is made of: types, dtypes and values. PyTorch's float64 counts as float32."""
    if hasattr(x, "dtype") and not isinstance(x, np.ndarray | np.generic):
        dtype = str(x.dtype).removeprefix("torch.").replace("float64", "float32")
        return "tensor", dtype, tuple(x.shape), x.tolist()
    if isinstance(x, dict | UserDict):
        return type(x), {key: plain(value) for key, value in x.items()}
    if isinstance(x, list | tuple | UserList):
        return type(x), list(map(plain, x))
    if isinstance(x, np.ndarray):
        return np.ndarray, x.tolist()
    return type(x), x


SAMPLES = [
    [1, 2],
    [1],
    [1.5, 2.5],
    [1, 2.5],
    [2.5, 1],
    [True, False],
    [True, 2],
    ["a", "b"],
    ("a", "b"),
    [b"x", b"y"],
    [np.float32(3), np.float32(4)],
    [np.float64(3), np.float64(4)],
    [np.int16(3), np.int16(4)],
    [np.uint8(3)],
    [np.bool_(True), np.bool_(False)],
    [np.str_("a"), np.str_("b")],
    [np.arange(2), np.arange(2)],
    [np.arange(6, dtype=np.float64).reshape(2, 3)] * 3,
    [np.arange(6, dtype=np.int32).reshape(2, 3)[:, ::2]],
    [np.zeros((2, 2), bool)],
    [np.zeros((0, 3), np.float32)] * 2,
    [np.array(5), np.array(6)],
    [(1, 2.0, "s"), (3, 4.0, "t")],
    [[1, 2], [3, 4]],
    [(np.zeros(2, np.float32), 1), (np.ones(2, np.float32), 0)],
    [{"a": 1, "b": [1, 2]}, {"a": 3, "b": [4, 5]}],
    [OrderedDict(b=1, a=2.0), OrderedDict(b=3, a=4.0)],
    [UserDict(a=1), UserDict(a=2)],
    [UserList([1, 2]), UserList([3, 4])],
    [Point(1.0, "a"), Point(2.0, "b")],
    [Point(np.zeros(1), (1, {"k": 2}))] * 2,
    [range(3), range(3)],
    [()],
    [[], []],
    [{}, {}],
    ((1, 2), (3, 4)),
    [None],
    [{1}],
    [1, "a"],
    [...],
    [np.array("a")],
    [np.array([None])],
    [[1], [1, 2]],
    [(1,), (1, 2)],
    [{"a": 1}, {"b": 2}],
    [(None,)],
    [],
]


def outcome(call, *arguments):
    try:
        return plain(call(*arguments))
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("batch", SAMPLES, ids=repr)
def test_as_in_pytorch(torch, batch):
    from torch.utils import data

    assert outcome(default_collate, batch) == outcome(data.default_collate, batch)


@pytest.mark.parametrize("sample", [x for batch in SAMPLES for x in (batch, *batch)], ids=repr)
def test_convert_as_in_pytorch(torch, sample):
    from torch.utils import data

    assert outcome(default_convert, sample) == outcome(data.default_convert, sample)


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8", "int32", "bool"])
@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 1, 3)])
def test_tensors(torch, dtype, shape):
    from torch.utils import data

    arrays = [np.full(shape, value).astype(dtype) for value in (0, 1, 7)]
    found = default_collate([lanegrad.tensor(a) for a in arrays])
    expected = data.default_collate([torch.tensor(a) for a in arrays])
    assert plain(found) == plain(expected)


def test_tensors_of_different_dtypes(torch):
    from torch.utils import data

    for a, b in (("int64", "float32"), ("float32", "int64"), ("uint8", "int8"), ("bool", "uint8")):
        arrays = [np.ones(2, a), np.ones(2, b)]
        found = default_collate([lanegrad.tensor(x) for x in arrays])
        assert plain(found) == plain(data.default_collate([torch.tensor(x) for x in arrays]))


def test_a_gradient_goes_through():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    batch = default_collate([x, y, x])
    assert batch.tolist() == [[1, 2], [3, 4], [1, 2]]
    (batch * batch).sum().backward()
    assert x.grad.tolist() == [4, 8]


def test_shapes_that_differ():
    samples = [(np.zeros(2), 1), (np.zeros(3), 1)]
    with pytest.raises(ShapeError, match=r"\(2,\) at place 0, \(3,\) at place 1") as found:
        default_collate(samples)
    assert isinstance(found.value, RuntimeError)


def test_a_picture_says_what_to_do():
    image = pytest.importorskip("PIL.Image").new("L", (2, 2))
    with pytest.raises(TypeError, match=r"found Image: .* collate_fn, or convert"):
        default_collate([image])
    assert default_convert(image) is image


def test_a_batch_has_memory_of_its_own():
    array, tensor = np.zeros(3, np.float32), lanegrad.zeros(3)
    for sample in (array, tensor):
        default_collate([sample]).numpy()[...] = 5
    default_collate(array).numpy()[...] = 5
    assert not array.any()
    assert not tensor.numpy().any()


def test_dicts_and_lists_keep_what_else_they_hold():
    class Tagged(dict):
        tag = None

    first = Tagged(a=1)
    first.tag = "kept"
    batch = default_collate([first, Tagged(a=2)])
    assert (type(batch), batch.tag, first) == (Tagged, "kept", {"a": 1})


def test_what_tensors_cannot_hold():
    for batch in ([1j], [np.complex64(1)], [np.zeros(1, complex)], [1, None]):
        with pytest.raises(TypeError):
            default_collate(batch)


def test_arrays_that_run_backwards():
    assert default_collate([np.arange(3)[::-1]]).tolist() == [[2, 1, 0]]
    assert default_convert(np.arange(3)[::-1]).tolist() == [2, 1, 0]
