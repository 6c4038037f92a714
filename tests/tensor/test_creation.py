"""The functions of the top level that make tensors, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, as_tensor
from parity import assert_parity


def parity(torch, name, *args, **kwargs):
    assert_parity(torch, name, *args, **kwargs, grad=False)


def test_tensor_copies_and_from_numpy_shares():
    a = np.zeros(3, np.float32)
    assert not np.shares_memory(lanegrad.tensor(a).numpy(), a)
    assert np.shares_memory(lanegrad.from_numpy(a).numpy(), a)
    assert np.shares_memory(lanegrad.as_tensor(a).numpy(), a)
    assert np.shares_memory(lanegrad.asarray(a).numpy(), a)
    assert not np.shares_memory(lanegrad.asarray(a, copy=True).numpy(), a)
    t = Tensor(a, requires_grad=True)
    assert not np.shares_memory(lanegrad.tensor(t).numpy(), a)
    assert lanegrad.tensor([1.0], requires_grad=True).requires_grad
    assert lanegrad.as_tensor(t) is t
    assert not lanegrad.asarray(t).requires_grad
    assert np.shares_memory(lanegrad.asarray(t).numpy(), a)
    with pytest.raises(ValueError, match="copy=False"):
        lanegrad.asarray([1.0], copy=False)
    with pytest.raises(TypeError, match="expected np\\.ndarray"):
        lanegrad.from_numpy([1.0])


@pytest.mark.parametrize("data", [
    1, 1.5, True, [1, 2], [1, 2.5], [True, False], [True, 2], [], [[]], [[1, 2], [3, 4]], ((1.0,), [2]),
    [[[1]], [[2]]], np.arange(3, dtype=np.int32), np.zeros((2, 0), np.float32), [np.float32(1)],
    [[1], [1, 2]], [[1], 2], [1, [2]], [[[1]], [2]], "a", None, [None], ["a"], [1, 2**70], {}, object(),
])  # fmt: skip
def test_data(torch, data):
    for name in ("tensor", "as_tensor", "asarray"):
        try:
            want = getattr(torch, name)(data)
        except Exception:
            with pytest.raises((ValueError, TypeError, RuntimeError)):
                getattr(lanegrad, name)(data)
        else:
            got = getattr(lanegrad, name)(data)
            assert (got.shape, str(got.dtype)) == (tuple(want.shape), str(want.dtype)[6:])
            assert got.tolist() == want.tolist()


def test_data_of_tensors(torch):
    assert lanegrad.tensor([Tensor(1.0, requires_grad=True), 2]).tolist() == [1, 2]
    assert lanegrad.tensor(as_tensor([0, 2]), dtype=bool).tolist() == [False, True]
    for module in (torch, lanegrad):
        losses = [module.tensor(1.0), module.tensor([2.0])]
        assert module.tensor(losses).tolist() == [1, 2]
        with pytest.raises(ValueError, match="only one element tensors can be converted"):
            module.tensor([module.ones(2), module.ones(2)])
        with pytest.raises(ValueError, match=r"expected sequence of length 2 at dim 1 \(got 1\)"):
            module.tensor([[1, 2], [3]])


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int8, np.uint8, np.bool_])
def test_dtypes(torch, dtype):
    x = np.array([[0, 1, 2]], np.int16)
    for name in ("tensor", "as_tensor", "asarray"):
        parity(torch, name, [0, 1, 2], dtype=dtype)
    for name in ("zeros", "ones"):
        parity(torch, name, (2, 3), dtype=dtype)
        parity(torch, f"{name}_like", x, dtype=dtype)
    parity(torch, "full", (2,), 1, dtype=dtype)
    parity(torch, "full_like", x, 1, dtype=dtype)
    parity(torch, "eye", 2, dtype=dtype)
    if dtype != np.bool_:
        parity(torch, "arange", 5, dtype=dtype)
        parity(torch, "linspace", 0, 4, 5, dtype=dtype)


def test_pythons_types_are_dtypes():
    assert lanegrad.zeros(1, dtype=float).dtype == np.float32
    assert lanegrad.zeros(1, dtype=int).dtype == np.int64
    assert lanegrad.zeros(1, dtype=bool).dtype == np.bool_


@pytest.mark.parametrize(("options", "error", "match"), [
    ({"dtype": np.float64}, TypeError, "float32"),
    ({"dtype": np.float16}, TypeError, "float32"),
    ({"dtype": "float32"}, TypeError, "dtype"),
    ({"dtype": complex}, TypeError, "complex"),
    ({"device": "cuda"}, RuntimeError, "CPU"),
    ({"devise": "cpu"}, TypeError, "unexpected keyword argument 'devise'"),
])  # fmt: skip
def test_options_are_checked(options, error, match):
    for make in (
        lambda **o: lanegrad.zeros(2, **o),
        lambda **o: lanegrad.tensor([1], **o),
        lambda **o: lanegrad.randn(2, **o),
        lambda **o: lanegrad.arange(2, **o),
        lambda **o: lanegrad.ones_like(lanegrad.ones(1), **o),
    ):
        with pytest.raises(error, match=match):
            make(**options)


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "randn", "rand"])
def test_shapes(name):
    make = getattr(lanegrad, name)
    for arguments, shape in [
        ((2, 3), (2, 3)),
        (((2, 3),), (2, 3)),
        (([4],), (4,)),
        ((), ()),
        ((5,), (5,)),
        (((),), ()),
        ((lanegrad.ones(2, 3).shape,), (2, 3)),
        ((0, 2), (0, 2)),
    ]:
        t = make(*arguments, requires_grad=True, device="cpu", pin_memory=False, layout=None)
        assert t.shape == shape
        assert t.dtype == np.float32
        assert t.requires_grad
        assert t.is_leaf
        assert not make(*arguments).requires_grad
    assert make(size=(2, 3)).shape == (2, 3)
    with pytest.raises(RuntimeError, match="negative dimension"):
        make(2, -1)


def test_numbers_beyond_a_dtype(torch):
    for data in ([300], [-1], [-300], [255], [1.9, -1.9], [300.5], np.array([300])):
        for dtype in (np.uint8, np.int8):
            parity(torch, "tensor", data, dtype=dtype)
            if isinstance(data, list):
                parity(torch, "full", (2,), data[0], dtype=dtype)
    for args in (((2.5,),), ((2,), (3,))):
        parity(torch, "zeros", *args)


def test_frombuffer_and_scalars(torch):
    buffer = bytearray(b"abcdefgh")
    for options in (
        {"dtype": np.uint8},
        {"dtype": np.int16, "count": 1, "offset": 2},
        {"dtype": np.float32},
    ):
        parity(torch, "frombuffer", buffer, **options)
    assert lanegrad.scalar_tensor(3).dtype == np.float32
    parity(torch, "scalar_tensor", 2)
    parity(torch, "scalar_tensor", 2, dtype=np.int64)


def test_values(torch):
    assert lanegrad.zeros(2).tolist() == [0, 0]
    assert lanegrad.ones(2).tolist() == [1, 1]
    for value in (3, 2.5, True):
        parity(torch, "full", (2, 1), value)
        parity(torch, "full_like", np.array([1, 2]), value)
    assert lanegrad.full((2,), lanegrad.tensor(3)).tolist() == [3, 3]
    for args in ((3,), (2, 4), (0,), (2, 0), (-1,)):
        parity(torch, "eye", *args)


@pytest.mark.parametrize("args", [
    (5,), (2, 5), (2, 9, 3), (5, 2, -1), (0,), (1.0,), (0, 1, 0.1), (1, 2, 0.25), (0.5, 3), (5, 0),
    (1, 5, 0), (3, 3), (0, 1, 0.3), (2, 2.5), (True,), (10, 0, -3),
])  # fmt: skip
def test_arange(torch, args):
    parity(torch, "arange", *args)


def test_ranges(torch):
    parity(torch, "arange", start=1, end=7, step=2)
    parity(torch, "arange", end=3)
    for name in ("linspace", "logspace"):
        for args in ((0, 1, 5), (3, -3, 7), (1.5, 2, 1), (0, 1, 0), (0, 1, -1)):
            parity(torch, name, *args)
    parity(torch, "logspace", 0, 4, 5, 2)
    assert lanegrad.arange(lanegrad.tensor(3)).tolist() == [0, 1, 2]


def test_grids(torch):
    a, b, c = np.arange(3), np.arange(2), np.array(5)
    for indexing in ("ij", "xy", "yx"):
        parity(torch, "meshgrid", a, b, indexing=indexing)
        parity(torch, "meshgrid", a, b, c, indexing=indexing)
        parity(torch, "meshgrid", [a, b], indexing=indexing)
    parity(torch, "meshgrid", a, np.ones((2, 2), np.int64), indexing="ij")
    assert_parity(torch, "meshgrid", np.float32([1, 2]), np.float32([3]), indexing="ij")
    for tensors in ((a, b), (a,), (a, b, a)):
        parity(torch, "cartesian_prod", *tensors)
    for args in ((), (3,), (2, True), (0,), (1,), (7,)):
        parity(torch, "combinations", a, *args)


def test_new(torch):
    x = np.array([1, 2], np.int32)
    assert as_tensor(x).new_empty(2).dtype == lanegrad.empty_like(as_tensor(x)).dtype == np.int32
    for args in ((2, 3), ((2, 3),), ((),)):
        for name in ("new_zeros", "new_ones"):
            parity(torch, f"Tensor.{name}", x, *args)
    parity(torch, "Tensor.new_full", x, (2, 2), 7)
    parity(torch, "Tensor.new_full", np.float32([1]), (2, 2), 7)
    parity(torch, "Tensor.new_tensor", np.float32([1]), [1, 2])
    parity(torch, "Tensor.new_zeros", x, 2, dtype=np.float32)


def test_functions_of_tensors_and_arrays():
    x = np.float32([[1, 5, 2], [7, 0, 3]])
    for data in (x, as_tensor(x), x.tolist()):
        assert lanegrad.flatten(data).tolist() == x.reshape(-1).tolist()
        assert lanegrad.flatten(np.zeros((2, 3, 4)), 1).shape == (2, 12)
        assert lanegrad.max(data).item() == 7
        assert lanegrad.max(data, 1, keepdim=True).values.tolist() == [[5], [7]]
        assert lanegrad.argmax(data, 0).tolist() == [1, 0, 1]


def test_lists_hold_tensors_of_one_element():
    loss = lanegrad.ones(1, requires_grad=True).sum()
    for make in (lanegrad.Tensor, lanegrad.tensor, lanegrad.FloatTensor, lanegrad.as_tensor):
        made = make([loss, loss * 2])
        assert made.tolist() == [1, 2]
        assert not made.requires_grad
        with pytest.raises(ValueError, match="only one element tensors"):
            make([lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])])


@pytest.mark.parametrize("size", [2**60, 2**62, 2**63 - 1, 2**64])
def test_sizes_that_no_memory_has(size):
    for make in (
        lanegrad.arange, lanegrad.randperm, lanegrad.eye, lanegrad.ones,
        lambda n: lanegrad.linspace(0, 1, n),
        lambda n: lanegrad.tril_indices(n, 2),
        lambda n: lanegrad.bincount(lanegrad.tensor([n - 1]) if n < 2**63 else [1], minlength=n),
    ):  # fmt: skip
        with pytest.raises((MemoryError, OverflowError, ValueError)):
            make(size)
    with pytest.raises(RuntimeError, match="beyond the numbers of int64"):
        lanegrad.arange(2**63 - 1, 2**63 + 2)
    with pytest.raises(RuntimeError, match="must be non-negative"):
        lanegrad.tril_indices(-1, 2)


@pytest.mark.filterwarnings("error")
def test_floats_beyond_float32_are_infinite_without_a_warning():
    beyond, inf = np.array([1e300, 1]), [float("inf"), 1]
    ones, first = lanegrad.ones(2), lanegrad.tensor([True, False])
    for made in (
        lanegrad.tensor(beyond), Tensor(beyond), as_tensor(beyond), lanegrad.tensor([1e300, 1]),
        lanegrad.tensor(beyond, dtype=lanegrad.float32), ones.new_tensor(beyond),
        ones.masked_fill(first, 1e300), lanegrad.where(first, 1e300, ones),
        ones.index_fill(0, lanegrad.tensor([0]), 1e300), ones * beyond,
    ):  # fmt: skip
        assert made.tolist() == inf
    assert lanegrad.nn.init.constant_(lanegrad.ones(1), 1e300).tolist() == inf[:1]
    assert lanegrad.linspace(0, 1e300, 2).tolist() == [0, *inf[:1]]
    assert lanegrad.linalg.det(lanegrad.eye(2) * 1e30).item() == inf[0]
