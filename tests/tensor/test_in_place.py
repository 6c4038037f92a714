"""Changes in place, beside PyTorch: what they write, what views and bases see of them, gradients, errors."""

import numpy as np
import pytest

import lanegrad
from lanegrad import nn

torch = pytest.importorskip("torch")

X = np.arange(1, 13, dtype=np.float32).reshape(3, 4) / 8


def _column(m, y):
    y[:, 1] *= 3


def _row_of_transposed(m, y):
    y.T[2] += 1


def _view_of_view(m, y):
    y.view(2, 6)[1].view(3, 2)[:, 0].mul_(2)


def _base_then_view(m, y):
    v = y[1]
    y.mul_(2)
    v.add_(1)
    return v * v


def _view_then_base(m, y):
    v = y[0]
    v.mul_(3)
    y.add_(v.clone())
    return (y * v).sum()


def _two_views(m, y):
    a, b = y[0], y.view(-1)
    a += 1
    b *= 2
    return a * 5


def _copy(m, y):
    y[1:].copy_(y[:1] * 2)


def _fill(m, y):
    y[0].fill_(2)
    y[1, 2].zero_()


def _mask(m, y):
    y[y > 1] = 0.25


def _mask_tensor(m, y):
    y[y > 1] *= 2


def _rows(m, y):
    y[[2, 0]] = y[[0, 1]] * 3


def _item(m, y):
    y[1, 1] = y[0, 0] + y[2, 2] * 2


def _diagonal(m, y):
    y.diagonal().mul_(5)


def _expanded_value(m, y):
    y[:, :2] = y[:, 3:].expand(3, 2) * 2


def _chain(m, y):
    y += 1
    y *= 2
    y -= y.mean(1, keepdim=True)
    y /= 4


def _relu(m, y):
    m.nn.functional.relu(y - 0.5, inplace=True)
    z = y - 0.5
    m.relu_(z)
    return z * z


def _after_leaky_relu(m, y):
    z = m.nn.functional.leaky_relu(y - 0.5, 0.1)
    z += y
    w = m.nn.functional.max_pool2d(z.view(1, 1, 3, 4), 2)
    w *= 3
    m.nn.functional.silu(w, inplace=True)
    return w + z.sum()


def _from_nothing(m, y):
    out = m.zeros(3, 4)
    out[:, 0] = y[:, 1]
    out[0] += y[1]
    return out * out


def _unsqueezed(m, y):
    y.unsqueeze(1)[:, 0].mul_(0.5)
    return y.squeeze() * y


def _chunks(m, y):
    a, b = y.split(2, 1)
    return a * b


CHANGES = [value for name, value in list(globals().items()) if name[0] == "_" and name[1] != "_"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("deferred", [True, False])
def test_values_and_gradients(change, deferred):
    before = lanegrad.set_deferred(deferred)
    try:
        got, want = _run(lanegrad, change), _run(torch, change)
    finally:
        lanegrad.set_deferred(before)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)


def _run(m, change):
    x = m.tensor(X, requires_grad=True)
    y = x * 1.5
    z = change(m, y)
    loss = (y * y).sum() + (0 if z is None else (z * 0.5).sum())
    loss.backward()
    return y.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize(
    "change",
    [
        lambda m, w: w.add_(1),
        lambda m, w: w[0].add_(1),
        lambda m, w: w.view(-1).mul_(2),
        lambda m, w: w.__setitem__(0, 1.0),
        lambda m, w: w.T.zero_(),
        lambda m, w: w.__iadd__(1),
        lambda m, w: w.expand(2, 3, 4).add_(1),
    ],
)
def test_leaves_change_under_no_grad_alone(change):
    for m in (torch, lanegrad):
        w = m.tensor(X, requires_grad=True)
        with pytest.raises(RuntimeError, match=r"leaf Variable|more than one element"):
            change(m, w)
        np.testing.assert_array_equal(w.detach().numpy(), X)


def test_leaves_under_no_grad_and_their_data():
    for m in (torch, lanegrad):
        w = m.tensor(X, requires_grad=True)
        with m.no_grad():
            w.mul_(2)
            w[0] -= 1
            w.T[0] = 5
        w.data.view(-1)[3] += 1
        w.data *= 2
        w.detach()[1, 1] = 7
        assert w.requires_grad
        assert w.is_leaf
        expected = X * 2
        expected[0] -= 1
        expected[:, 0] = 5
        expected[0, 3] += 1
        expected *= 2
        expected[1, 1] = 7
        np.testing.assert_array_equal(w.detach().numpy(), expected)


@pytest.mark.parametrize(
    "program",
    [
        lambda m, y: (y.sigmoid(), lambda z: z.mul_(2)),
        lambda m, y: (y.exp(), lambda z: z.add_(1)),
        lambda m, y: (y * y, lambda z: y.add_(1)),
        lambda m, y: (y * y, lambda z: y[0].zero_()),
        lambda m, y: (y * y, lambda z: y.detach().zero_()),
        lambda m, y: (m.relu(y), lambda z: z.view(-1).add_(1)),
    ],
)
def test_what_the_tape_needs_must_not_change(program):
    for m in (torch, lanegrad):
        x = m.tensor(X, requires_grad=True)
        z, change = program(m, x * 1.0)
        change(z)
        with pytest.raises(RuntimeError, match=r"in place|inplace"):
            z.sum().backward()


MISFITS = [
    lambda m, y, counts, flags: y.add_(m.zeros(2, 3, 4)),
    lambda m, y, counts, flags: y.__setitem__(0, m.zeros(5)),
    lambda m, y, counts, flags: y.copy_(m.zeros(4, 3)),
    lambda m, y, counts, flags: counts.add_(0.5),
    lambda m, y, counts, flags: flags.add_(1),
    lambda m, y, counts, flags: m.zeros(1, 3).expand(2, 3).add_(1),
    lambda m, y, counts, flags: y.view(5, 2),
    lambda m, y, counts, flags: y.t().view(12),
]


@pytest.mark.parametrize("change", MISFITS)
def test_results_that_do_not_fit_change_nothing(change):
    for m in (torch, lanegrad):
        y, counts, flags = m.tensor(X), m.tensor([1, 2]), m.tensor([True, False])
        with pytest.raises(RuntimeError):
            change(m, y, counts, flags)
        np.testing.assert_array_equal(y.numpy(), X)
        assert counts.tolist() == [1, 2]
        assert flags.tolist() == [True, False]


def test_a_view_made_under_no_grad():
    for m in (torch, lanegrad):
        y = m.tensor(X, requires_grad=True) * 2
        with m.no_grad():
            v = y[0]
        with pytest.raises(RuntimeError, match="no_grad"):
            v.add_(1)


def test_activations_in_place_change_what_they_are_given():
    for m in (torch, lanegrad):
        x = m.tensor(X) - 0.5
        assert m.nn.ReLU(inplace=True)(x) is x
        np.testing.assert_array_equal(x.numpy(), np.maximum(X - np.float32(0.5), 0))


def test_images_in_lanes():
    """A network that reads what a layer has changed in place: as PyTorch computes it."""
    x = np.random.default_rng(0).standard_normal((18, 3, 6, 6)).astype(np.float32)
    w = np.random.default_rng(1).standard_normal((4, 3, 3, 3)).astype(np.float32)
    results = []
    for m in (torch, lanegrad):
        F, weight = m.nn.functional, m.tensor(w, requires_grad=True)
        y = F.conv2d(m.tensor(x), weight, padding=1)
        z = F.relu(y, inplace=True)
        z = F.max_pool2d(z, 2)
        z += y[:, :, ::2, ::2]
        z = F.relu(F.max_pool2d(z - 0.5, 3), inplace=True)
        (z.sum() + (y * 0.5).sum()).backward()
        results.append((y.detach().numpy(), z.detach().numpy(), weight.grad.numpy()))
    for got, want in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-4)


def test_hooks_and_kept_gradients():
    for m in (torch, lanegrad):
        x = m.tensor(X, requires_grad=True)
        y = x * 2
        y.retain_grad()
        seen = []
        handle = y.register_hook(lambda g: g * 10)
        x.register_hook(lambda g, seen=seen: seen.append(g.sum().item()))
        (y.sum() + (x * 3).sum()).backward(retain_graph=True)
        assert y.grad[0, 0] == 10
        assert seen == [12 * 23]
        handle.remove()
        (y.sum()).backward()
        assert seen == [12 * 23, 12 * 2]
        assert x.grad[0, 0] == 25


def test_weights_can_be_tied_to_views():
    layer = nn.Linear(4, 3, bias=False)
    average = dict(layer.state_dict())
    with lanegrad.no_grad():
        layer.weight.add_(1)
    np.testing.assert_array_equal(average["weight"].numpy(), layer.weight.detach().numpy())
