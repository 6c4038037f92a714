"""Memory that others see: arrays given and handed out, changed while calls are pending or later."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, as_tensor, nn
from networks import RNG, assert_same, both_ways, deferral, left, sgd, small

pytestmark = pytest.mark.once


def read_only(a):
    a.flags.writeable = False
    return a


def misaligned(a):
    memory = np.zeros(a.nbytes + 1, np.uint8)
    odd = memory[1:].view(a.dtype).reshape(a.shape)
    odd[...] = a
    return odd


# Of an array (4, 6) of float32: another with the same values, and whether a tensor of it is of its memory.
FORMS = {
    "plain": (lambda a: a, True),
    "reversed": (lambda a: a[::-1, ::-1].copy()[::-1, ::-1], False),
    "strided": (lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3], False),
    "fortran order": (np.asfortranarray, False),
    "broadcast": (lambda a: np.broadcast_to(a[:1], a.shape), False),
    "read-only": (lambda a: read_only(a), True),
    "misaligned": (misaligned, False),
    "big-endian": (lambda a: a.astype(">f4"), False),
    "float64": (lambda a: a.astype(np.float64), False),
    "float16": (lambda a: a.astype(np.float16), False),
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_of_all_forms(form):
    make, shared = FORMS[form]
    a = make(np.arange(24, dtype=np.float32).reshape(4, 6) / 8)
    values = np.array(a, np.float32)
    t = as_tensor(a)
    assert_same(t, values)
    assert np.shares_memory(t.numpy(), a) == shared
    assert t.numpy().flags.writeable == (form != "read-only")
    assert not np.shares_memory(lanegrad.tensor(a).numpy(), a)
    weight = RNG.standard_normal((5, 6)).astype(np.float32)

    def program():
        found = []
        for _ in range(3):
            found += [
                F.linear(a, weight),
                F.relu(a) * 2.0,
                F.softmax(a, 1),
                as_tensor(a) + a,
                weight @ as_tensor(a).T,
            ]
            found += [F.cross_entropy(a, [0, 1, 2, 3]), lanegrad.cat([a, as_tensor(a)])]
            _core.run()
        return found

    both_ways(program)
    np.testing.assert_allclose(F.linear(a, weight).numpy(), values @ weight.T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["int32", ">i8", "uint8", "strided", "reversed"])
def test_labels_of_all_forms(kind):
    labels = np.array([2, 0, 1, 1])
    if kind == "strided":
        given = np.repeat(labels, 2)[::2]
    elif kind == "reversed":
        given = labels[::-1].copy()[::-1]
    else:
        given = labels.astype(kind)
    x = RNG.standard_normal((4, 3)).astype(np.float32)
    want = F.cross_entropy(x, labels).item()

    def program():
        losses = [F.cross_entropy(x, given), F.cross_entropy(x, as_tensor(given))]
        losses.append(F.nll_loss(F.log_softmax(x, 1), given))
        return losses

    both_ways(program)
    assert program()[0].item() == want


OPS = {
    "relu": F.relu,
    "linear": lambda a: F.linear(a, np.ones((5, 6), np.float32)),
    "linear, as weight": lambda a: F.linear(np.ones((3, 6), np.float32), a),
    "product": lambda a: as_tensor(a) * as_tensor(a),
    "scaled": lambda a: as_tensor(a) * 2.0,
    "softmax": lambda a: F.softmax(a, 1),
    "convolution": lambda a: F.conv2d(
        as_tensor(a).reshape(2, 2, 2, 3), np.ones((1, 2, 2, 2), np.float32)
    ),
    "convolution, as kernel": lambda a: F.conv2d(
        np.ones((2, 2, 4, 4), np.float32), as_tensor(a).reshape(2, 2, 2, 3)
    ),
    "one image": lambda a: F.max_pool2d(as_tensor(a).reshape(1, 1, 4, 6), 2),
    "matrix product": lambda a: as_tensor(a) @ as_tensor(a).T,
    "cross-entropy": lambda a: F.cross_entropy(a, [0, 1, 2, 3]),
    "probabilities": lambda a: F.cross_entropy(np.ones((4, 6), np.float32), a, reduction="none"),
    "class weights": lambda a: F.cross_entropy(np.eye(4, 6, dtype=np.float32), [0, 1, 2, 3], a[0]),
    "batch norm": lambda a: F.batch_norm(a, None, None, a[0], a[1], training=True),
    "statistics": lambda a: F.batch_norm(np.ones((4, 6), np.float32), a[0], a[1] + 1),
    "cat": lambda a: lanegrad.cat([a, as_tensor(a)], 1),
    "slice": lambda a: as_tensor(a)[1:, ::2] * 3.0,
    "turned": lambda a: F.relu(as_tensor(a).T),
    "clone": lambda a: as_tensor(a).clone(),
    "tensor": lambda a: lanegrad.tensor(a) * 1.0,
    "dropout": lambda a: F.dropout(a, 0.5),
    "padding": lambda a: F.pad(as_tensor(a).reshape(2, 2, 2, 3), (1, 1)),
}


@pytest.mark.parametrize("name", OPS)
def test_a_given_array_is_read_when_the_op_is_called(name):
    op = OPS[name]

    def program():
        found = []
        for number in range(4):
            a = np.arange(1, 25, dtype=np.float32).reshape(4, 6) / 24 + number
            y = op(a)
            a[...] = -7.0  # while the call is pending
            found.append(y)
            z = op(a + 8)
            held = z.numpy()
            held[...] *= 2  # what has been handed out is the user's
            found.append(z * 1.0)
        return found

    both_ways(program)


@pytest.mark.parametrize("hand_out", [Tensor.numpy, np.asarray, lambda t: memoryview(t.numpy())])
@pytest.mark.parametrize("name", OPS)
def test_an_array_handed_out_is_the_tensors_memory(name, hand_out):
    """Written to while calls that read the tensor are pending, and when they have been made."""
    op = OPS[name]

    def program():
        found = []
        for _ in range(4):
            t = lanegrad.tensor(np.arange(1, 25, dtype=np.float32).reshape(4, 6) / 24)
            before = op(t)
            shown = np.asarray(hand_out(t))
            after = op(t)
            shown[...] = 0.5
            last = op(t)
            found += [before, after, last]
            del shown
            t *= 2.0
            found.append(op(t))
        return found

    both_ways(program)


@pytest.mark.parametrize(
    "make", [as_tensor, lanegrad.tensor, lambda a: as_tensor(a)[:], lambda a: as_tensor(a).T.T]
)
def test_user_arrays_changed_between_forward_and_backward(make):
    def program():
        found = []
        for k in range(4):
            a = np.arange(1, 25, dtype=np.float32).reshape(4, 6)
            w = Tensor(np.full((3, 6), 0.5, np.float32), requires_grad=True)
            y = F.linear(F.relu(make(a) * 2.0), w)
            a[...] = k
            y.sum().backward()
            a[...] = -1
            found += [y, w.grad]
        return found

    both_ways(program)


def test_batches_in_one_array_that_is_filled_again_and_again():
    def program():
        net = small()
        optimizer = sgd(net.parameters())
        draw = np.random.default_rng(0)
        images, labels = np.empty((4, 12), np.float32), np.empty(4, np.int64)
        x, y = as_tensor(images), as_tensor(labels)
        losses = []
        for _ in range(10):
            images[...], labels[...] = draw.standard_normal((4, 12)), draw.integers(0, 10, 4)
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            images[...], labels[...] = 99, 99
            loss.backward()
            optimizer.step()
            losses.append(loss)
        return losses + left(net, optimizer)

    # Images are read again in the backward pass, as they are then.
    both_ways(program)


def test_arguments_of_a_parameters_memory():
    def program():
        net = small()
        optimizer = sgd(net.parameters())
        weight, found = net[1].weight, []
        for number in range(8):
            shown = weight.detach().numpy() if number % 3 == 0 else None
            optimizer.zero_grad()
            y = net(weight.detach()) + net(weight.data[:, ::-1] if number % 2 else weight.detach())
            y.sum().backward()
            early = weight.detach() * 1.0
            view = weight.detach()[2:5]
            optimizer.step()
            found += [y, early, view * 1.0, view]
            if shown is not None:
                found.append(shown.copy())
                shown[0] = 1.0
        return found + left(net, optimizer)

    both_ways(program)


def test_views_and_changes_in_place():
    def program():
        found = []
        for _ in range(4):
            x = lanegrad.tensor(np.arange(24, dtype=np.float32).reshape(4, 6))
            y = x * 2.0
            row, turned, flat = x[1], x.T, x.reshape(-1)
            row += 1.0
            turned[0] = 5.0
            flat[::5] = x[2, 1:6]
            x[::-1, 0] = x[:, 1]
            x[[0, 2]] = 3
            found += [x, y, row, turned, flat, (x * row), row.clone(), x[1:3, ::2].contiguous()]
        return found

    both_ways(program)
    with deferral(True):
        x = lanegrad.zeros(2, 3)
        for view in (
            x.reshape(6),
            x.view(3, 2),
            x.flatten(),
            x.T,
            x[0],
            x[:, 1:],
            x.detach(),
            x.data,
        ):
            assert np.shares_memory(view.numpy(), x.numpy())
        for copied in (x.clone(), x.T.reshape(6), x[[0]], x.T.contiguous()):
            assert not np.shares_memory(copied.numpy(), x.numpy())


def test_running_statistics_that_others_see():
    images = RNG.standard_normal((18, 3, 5, 5)).astype(np.float32)

    def program():
        norm, mean = nn.BatchNorm2d(3), np.zeros(3, np.float32)
        var, shown, found = np.ones(3, np.float32), norm.running_mean.numpy(), []
        for number in range(6):
            y = norm(images)
            z = F.batch_norm(images, mean, var, training=True)
            found += [shown.copy(), mean.copy(), var.copy(), y, z]
            shown[...] = number
        return found + left(norm)

    both_ways(program)


def test_statistics_that_would_be_converted_are_refused():
    """They are changed in place: in a copy nobody would see that."""
    images = np.ones((2, 3, 2, 2), np.float32)
    for wrong in (np.zeros(3), np.zeros(3, ">f4"), np.zeros(6, np.float32)[::2]):
        with pytest.raises((TypeError, ValueError), match="running_mean"):
            F.batch_norm(images, wrong, np.ones(3, np.float32), training=True)


def test_read_only_memory_is_not_written_to():
    a = read_only(np.ones(3, np.float32))
    t = as_tensor(a)
    with pytest.raises(ValueError, match="read-only"):
        t += 1.0
    with pytest.raises(ValueError, match="read-only"):
        t[0] = 1.0
    assert a.tolist() == [1, 1, 1]
    p = Tensor(a, requires_grad=True)
    p.grad = lanegrad.ones(3)
    with pytest.raises(ValueError, match="read-only"):
        sgd([p]).step()
    assert a.tolist() == [1, 1, 1]


def test_parameters_and_buffers_are_copies_of_arrays():
    a = np.ones(3, np.float32)
    module = nn.Module()
    module.weight = nn.Parameter(a)
    module.register_buffer("mean", a)
    a[:] = 5
    assert module.weight.tolist() == [1, 1, 1]
    assert module.mean.tolist() == [1, 1, 1]
    t = lanegrad.ones(3)
    assert np.shares_memory(nn.Parameter(t).detach().numpy(), t.numpy())
