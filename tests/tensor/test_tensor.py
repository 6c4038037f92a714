"""Tensor: what it holds, how it shows, how gradients arrive. Its arithmetic: test_arithmetic.py."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, as_tensor, tensor

rng = np.random.default_rng(0)


def leaf(*shape):
    return Tensor(rng.normal(size=shape), requires_grad=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_floats_become_float32(dtype):
    t = as_tensor(np.array([1.5, -2.0], dtype))
    assert t.dtype == np.float32
    assert t.dtype.isnative
    assert t.tolist() == [1.5, -2.0]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.bool_])
def test_integers_and_booleans_are_kept(dtype):
    t = as_tensor(np.array([1, 0], dtype))
    assert t.dtype == dtype
    with pytest.raises(RuntimeError, match="floating point"):
        t.requires_grad = True


def test_big_endian_integers_become_native():
    t = as_tensor(np.array([1, 2], ">i4"))
    assert t.dtype.isnative
    assert t.tolist() == [1, 2]


@pytest.mark.parametrize("data", [1j, "a", None, object(), [b"a"], np.datetime64("2024-01-01")])
def test_other_dtypes_are_refused(data):
    with pytest.raises(
        (TypeError, RuntimeError), match=r"floats, integers or booleans|infer dtype"
    ):
        as_tensor(data)


def test_memory_is_shared_where_it_can_be():
    a = np.zeros((2, 3), np.float32)
    t = as_tensor(a)
    a[0, 0] = 7
    assert t.numpy()[0, 0] == 7
    assert np.shares_memory(t.numpy(), a)
    assert np.shares_memory(as_tensor(t).numpy(), a)
    turned = as_tensor(a.T)
    assert not np.shares_memory(turned.numpy(), a)
    assert turned.numpy().flags.c_contiguous


def test_attributes():
    t = leaf(2, 3, 4)
    assert t.shape == (2, 3, 4)
    assert t.size() == (2, 3, 4)
    assert (t.size(1), t.size(-1)) == (3, 4)
    assert (t.ndim, t.dim(), t.numel(), len(t)) == (3, 3, 24, 2)
    assert t.is_leaf
    assert t.requires_grad
    assert t.grad is None
    assert not t.detach().requires_grad
    assert not t.data.requires_grad
    with pytest.raises(TypeError, match="0-d"):
        len(as_tensor(1.0))


def test_conversions_to_python():
    assert as_tensor([2.5]).item() == 2.5
    assert isinstance(as_tensor(2.5).item(), float)
    assert isinstance(as_tensor(2).item(), int)
    assert float(as_tensor(2.5)) == 2.5
    assert int(as_tensor(2.5)) == 2
    assert bool(as_tensor(0.0)) is False
    assert [10, 20][as_tensor(1)] == 20
    with pytest.raises(TypeError, match="index"):
        [10, 20][as_tensor(1.0)]
    for convert in (Tensor.item, float, bool):
        with pytest.raises(RuntimeError, match=r"cannot be converted|is ambiguous"):
            convert(as_tensor([1.0, 2.0]))
    assert [t.item() for t in as_tensor([1, 2])] == [1, 2]
    with pytest.raises(TypeError, match="0-d"):
        list(as_tensor(1.0))


def test_arrays_of_tensors():
    t = as_tensor([1.0, 2.0])
    assert np.asarray(t) is not None
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert np.asarray(t, np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(t), t.numpy())
    assert np.exp(t).dtype == np.float32


def test_arrays_of_tensors_with_a_gradient_are_refused():
    for convert in (Tensor.numpy, np.asarray, np.exp):
        with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\)"):
            convert(leaf(2))


REPRS = [
    1.0,
    1.5,
    3,
    True,
    [1.0, 2.0],
    [0.1, 0.25],
    [1.5, float("nan"), -float("inf")],
    [[1.5, 2.0], [3.0, -4.0]],
    [[1, 2], [3, 4]],
    [True, False],
    [1e-6, 1.0],
    [1e10, 1.0],
    [1234567.0, 1.0],
    [1000.0, -1.0],
    [12345.678, 0.1],
]


@pytest.mark.parametrize("data", REPRS)
@pytest.mark.parametrize("requires_grad", [False, True])
def test_repr_is_pytorchs(torch, data, requires_grad):
    want = torch.tensor(data)
    requires_grad = requires_grad and want.dtype == torch.float32
    want.requires_grad_(requires_grad)
    assert repr(tensor(data, requires_grad=requires_grad)) == repr(want)


def test_repr_of_other_dtypes(torch):
    assert repr(as_tensor(np.array([1, 2], np.int32))) == "tensor([1, 2], dtype=int32)"
    assert repr(as_tensor(np.zeros((0, 3), np.float32))).startswith("tensor([], ")
    assert "..." in repr(lanegrad.zeros(2000))


def test_repr_of_images_in_lanes():
    y = F.relu(F.conv2d(lanegrad.ones(1, 1, 2, 2), lanegrad.ones(1, 1, 1, 1)))
    assert y._value.in_lanes
    assert repr(y) == "tensor([[[[1., 1.],\n          [1., 1.]]]])"


# ------------------------------------------------------------------------------------ gradients


def test_gradients_add_up_until_zero_grad():
    x = leaf(3)
    for _ in range(2):
        (x * 2).sum().backward()
    assert x.grad.tolist() == [4, 4, 4]
    x.zero_grad()
    assert x.grad is None


def test_a_held_gradient_grows_as_in_pytorch():
    x = leaf(3)
    x.sum().backward()
    held = x.grad
    assert x.grad is held
    x.sum().backward()
    assert held.tolist() == [2, 2, 2]


@pytest.mark.parametrize("shape", [(2, 3), (), (0, 4)])
def test_gradients_never_alias(shape):
    a, b = leaf(*shape), leaf(*shape)
    g = np.ones(shape, np.float32)
    (a + b).backward(g)
    arrays = [a.grad.numpy(), b.grad.numpy(), g]
    for i, first in enumerate(arrays):
        assert not any(np.shares_memory(first, other) for other in arrays[i + 1 :])
    a.backward(g)
    b.grad = None
    b.backward(g)
    assert not np.shares_memory(b.grad.numpy(), g)
    np.testing.assert_array_equal(a.grad.numpy(), 2 * g)


def test_gradients_through_views_never_alias():
    a, b, c = leaf(6), leaf(2, 3), leaf(3, 2)
    g = np.ones((2, 3), np.float32)
    (a.view(2, 3) + b + c.T).backward(g)
    arrays = [a.grad.numpy(), b.grad.numpy(), c.grad.numpy(), g]
    for i, first in enumerate(arrays):
        assert not any(np.shares_memory(first, other) for other in arrays[i + 1 :])


def test_retained_graph_gives_the_same_again():
    x = leaf(2, 3)
    loss = F.cross_entropy(x, [0, 2])
    loss.backward(retain_graph=True)
    once = x.grad.numpy().copy()
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 * once, rtol=1e-6)


def test_backward_twice_says_so():
    x = leaf(3)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="freed"):
        loss.backward()


@pytest.mark.parametrize("op", [lambda x: x + 2, lambda x: -x, lambda x: x.floor()])
def test_backward_twice_where_nothing_is_kept(op):
    """As in PyTorch."""
    loss = op(leaf(3)).sum()
    loss.backward()
    loss.backward()


def test_a_root_keeps_its_base():
    x = leaf(3)
    y = (x.abs() + 0.5) ** 0.5
    y.abs_()
    y.sum().backward()
    assert x.grad.shape == (3,)


def test_backward_needs_a_single_number_or_a_gradient():
    x = leaf(2)
    with pytest.raises(RuntimeError, match=r"shape \(2,\)"):
        (x * 1).backward()
    with pytest.raises(ValueError, match=r"\(3,\)"):
        (x * 1).backward([1.0, 2.0, 3.0])
    (x * 3).backward(np.array([1, 2]))  # integers and float64 are converted
    assert x.grad.tolist() == [3, 6]
    (x * 3).sum().reshape(1, 1).backward()
    assert x.grad.tolist() == [6, 9]


def test_backward_without_a_graph_says_so():
    with pytest.raises(RuntimeError, match="does not require grad"):
        as_tensor(1.0).backward()
    with lanegrad.no_grad():
        y = leaf(2).sum()
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()


def test_a_leaf_can_be_the_root():
    x = leaf()
    x.backward()
    assert x.grad.item() == 1


def test_requires_grad_of_leaves_and_results():
    x = as_tensor([1.0])
    assert not (x * 2).requires_grad
    x.requires_grad = True
    y = x * 2
    assert y.requires_grad
    assert not y.is_leaf
    assert y.grad is None
    assert y.requires_grad_() is y  # it does
    for wanted in (True, False):
        with pytest.raises(RuntimeError, match="detach"):
            y.requires_grad = wanted
    with pytest.raises(RuntimeError, match="leaf"):
        y.grad = as_tensor([1.0])
    y.grad = None
    y.backward()
    x.requires_grad_(True)
    assert x.grad.item() == 2  # kept
    x.requires_grad_(False)
    assert x.grad.item() == 2


def test_setting_a_gradient_checks_its_shape():
    x = leaf(2)
    x.grad = as_tensor([1.0, 2.0])
    x.sum().backward()
    assert x.grad.tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        x.grad = as_tensor([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="int64"):
        x.grad = as_tensor([1, 2])


def test_no_grad_results_are_leaves():
    with lanegrad.no_grad():
        y = leaf(2) * 2
    assert y.is_leaf
    assert not y.requires_grad


def test_results_die_without_the_garbage_collector():
    gc.disable()
    try:
        x = leaf(3)
        y = (x * 2).exp()
        z = y.sum()
        ref = weakref.ref(y)
        del y
        assert ref() is None  # the tape does not hold results
        z.backward()
    finally:
        gc.enable()


def test_lanes_leaf_gets_a_plain_gradient():
    with lanegrad.no_grad():
        x = F.conv2d(lanegrad.ones(1, 1, 3, 3), lanegrad.ones(1, 1, 1, 1))
    x.requires_grad = True
    assert x._value.in_lanes
    F.relu(x).sum().backward()
    assert x.grad.tolist() == np.ones((1, 1, 3, 3)).tolist()


def test_numpy_of_lanes_shares_memory_from_then_on():
    y = F.conv2d(lanegrad.ones(2, 1, 3, 3), lanegrad.ones(1, 1, 1, 1))
    a = y.numpy()
    assert a.flags.c_contiguous
    a[...] = 5
    assert F.relu(y).numpy().max() == 5
    d = F.conv2d(lanegrad.ones(2, 1, 3, 3), lanegrad.ones(1, 1, 1, 1)).detach()
    assert np.shares_memory(d.numpy(), d.detach().numpy())


def test_leaves_are_copied_with_their_gradient():
    x = leaf(3)
    x.sum().backward()
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin.requires_grad
        assert twin.tolist() == x.tolist()
        twin.sum().backward()
        assert twin.grad.tolist() == [2, 2, 2]
        assert x.grad.tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="detach"):
        copy.deepcopy(x * 2)


# ---------------------------------------------------------------------------------------- shape


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("view", lambda t: t.view(-1, 4)),
        ("view of a tuple", lambda t: t.view((4, 6))),
        ("reshape", lambda t: t.reshape(2, 12)),
        ("flatten", lambda t: t.flatten()),
        ("flatten from 1", lambda t: t.flatten(1)),
        ("flatten to -2", lambda t: t.flatten(0, -2)),
        ("T", lambda t: t.flatten(1).T),
        ("row", lambda t: t[1]),
        ("slices", lambda t: t[:, 1:, ::2]),
        ("negative step", lambda t: t[..., [3, 2, 1, 0]]),
        ("new axis", lambda t: t[:, None, 0]),
        ("repeated rows", lambda t: t[[0, 1, 1, 1]]),
        ("pairs", lambda t: t[[0, 1, 0], [2, 2, 2]]),
        ("one element", lambda t: t[1, 2, 3]),
    ],
)
def test_shapes_and_their_gradients(torch, name, function):
    a = rng.normal(size=(2, 3, 4)).astype(np.float32)
    x, want_x = Tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    y, want = function(x), function(want_x)
    np.testing.assert_array_equal(y.detach().numpy(), want.detach().numpy())
    # Views as PyTorch gives them: of the same memory, and so with the same strides.
    strides = [view.detach().numpy().strides for view in (y, want)]
    assert [
        [step for step, size in zip(steps, y.shape, strict=True) if size > 1] for steps in strides
    ] == [[step for step, size in zip(strides[1], y.shape, strict=True) if size > 1]] * 2
    shared = want.untyped_storage().data_ptr() == want_x.untyped_storage().data_ptr()
    assert np.shares_memory(y.detach().numpy(), x.detach().numpy()) == shared
    assert y.contiguous().detach().numpy().flags.c_contiguous
    g = rng.normal(size=want.shape).astype(np.float32)
    y.backward(g)
    want.backward(torch.tensor(g))
    np.testing.assert_allclose(x.grad.numpy(), want_x.grad.numpy(), rtol=1e-6)


def test_indexing_by_tensors():
    x = leaf(3, 2)
    rows = x[as_tensor([2, 2])]
    assert rows.tolist() == [x.tolist()[2]] * 2
    rows.sum().backward()
    assert x.grad.tolist() == [[0, 0], [0, 0], [2, 2]]
    x.grad = None
    mask = x.detach() > 0
    x[mask].sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), mask.numpy().astype(np.float32))
    with pytest.raises(IndexError):
        x[3]


def test_flatten_of_a_single_number():
    assert as_tensor(3.0).flatten().tolist() == [3.0]


def test_float():
    x = leaf(2)
    assert x.float() is x
    counts = as_tensor([True, False, True])
    assert counts.float().mean().item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (2, 3, 4, 5), (0, 2, 3)])
def test_flatten_is_pytorchs(torch, shape):
    x = np.zeros(shape, np.float32)
    axes = range(-max(len(shape), 1), max(len(shape), 1))
    for start in axes:
        for end in axes:
            try:
                expected = tuple(torch.flatten(torch.tensor(x), start, end).shape)
            except RuntimeError:  # the first axis comes after the last
                with pytest.raises(ValueError, match="cannot come after"):
                    as_tensor(x).flatten(start, end)
            else:
                assert as_tensor(x).flatten(start, end).shape == expected
    with pytest.raises(IndexError, match="Dimension out of range"):
        as_tensor(x).flatten(0, 7)
