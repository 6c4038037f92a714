"""Group, instance, layer and RMS norm against float64 on every instruction set, in lanes or not."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from everywhere import outcomes
from lanegrad import _core, nn

rng = np.random.default_rng(0)
FAR = 1e30


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def rows_of(x, norm):
    """The shape (rows, elements) of what is normalised together, and that of the weights, to broadcast."""
    if norm.groups:
        return (x.shape[0] * norm.groups, -1), (x.shape[1], *(1 for _ in x.shape[2:]))
    shape = x.shape[x.ndim - norm.axes :]
    return (-1, int(np.prod(shape))), shape


def oracle(x, gy, weight, bias, norm):
    """Result, and the gradients of input, weight and bias, in float64."""
    rows, broadcast = rows_of(x, norm)
    x, gy, w, b = (np.asarray(a, np.float64) for a in (x, gy, weight, bias))
    flat = x.reshape(rows)
    mean = 0.0 if norm.rms else flat.mean(1, keepdims=True)
    inverse = 1 / np.sqrt(((flat - mean) ** 2).mean(1, keepdims=True) + norm.eps)
    plain = ((flat - mean) * inverse).reshape(x.shape)
    up = (gy * w.reshape(broadcast)).reshape(rows)
    away = 0.0 if norm.rms else up.mean(1, keepdims=True)
    slope = (up * plain.reshape(rows)).mean(1, keepdims=True)
    gx = inverse * (up - away - plain.reshape(rows) * slope)
    axes = tuple(i for i, n in enumerate((1,) * (x.ndim - len(broadcast)) + broadcast) if n == 1)
    axes = (0, *range(2, x.ndim)) if norm.groups else tuple(range(x.ndim - norm.axes))
    gw, gb = ((gy * plain).sum(axes), gy.sum(axes))
    return plain * w.reshape(broadcast) + b.reshape(broadcast), gx.reshape(x.shape), gw, gb


def close(actual, expected, tolerance=1e-6):
    assert actual.shape == expected.shape
    largest = np.abs(expected).max(initial=1e-30)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)


SHAPES = [(1, 6, 5, 7), (3, 6, 1, 9), (8, 6, 4, 4), (17, 6, 3, 3), (33, 6, 1, 1)]
NORMS = [(1, 0), (3, 0), (6, 0), (0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("groups", "axes"), NORMS)
@pytest.mark.parametrize("lanes", [False, True])
def test_forward_and_backward(isa, shape, groups, axes, lanes):
    for rms in (False, True) if axes else (False,):
        norm = _core.RowNorm(groups, axes, 1e-3, rms)
        x, gy = 3 * normal(*shape) + 10 * normal(), normal(*shape)
        weights = (6,) if groups else shape[4 - axes :]
        weight, bias = normal(*weights), normal(*weights)
        wants = oracle(x, gy, weight, bias, norm)
        N, given, up = -1, x, gy
        if lanes:
            N, given, up = shape[0], _core.pack_lanes(x), _core.pack_lanes(gy)
            unused = (N - 1) % given.shape[-1] + 1
            given[-1, ..., unused:] = FAR  # must not matter
        y, statistics = _core.row_norm(given, N, norm, weight, bias)
        gx = _core.row_norm_backward(up, given, N, norm, statistics, weight)
        gw, gb = _core.row_norm_backward_weight(up, given, N, norm, statistics)
        if lanes:
            assert np.isfinite(y).all()
            assert not gx[-1, ..., unused:].any()
            y, gx = _core.unpack_lanes(y, N), _core.unpack_lanes(gx, N)
        close(y, wants[0])
        if shape[2:] != (1, 1):  # there the gradient cancels
            close(gx, wants[1], 1e-5)
        close(gw, wants[2].ravel(), 2e-6)
        close(gb, wants[3].ravel(), 2e-6)


@pytest.mark.parametrize("shape", [(100, 70), (40, 3, 50), (70,), (3, 0, 5), (0, 5)])
def test_arrays(isa, shape):
    x, gy, weight, bias = normal(*shape), normal(*shape), normal(shape[-1]), normal(shape[-1])
    wants = oracle(x, gy, weight, bias, _core.RowNorm(0, 1, 1e-5))
    tensors = [lanegrad.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    y = F.layer_norm(tensors[0], shape[-1:], *tensors[1:])
    y.backward(lanegrad.tensor(gy))
    close(y.detach().numpy(), wants[0])
    for tensor, want in zip(tensors, wants[1:], strict=True):
        close(tensor.grad.numpy(), want, 1e-5)


@pytest.mark.parametrize("offset", [1e3, 1e6, -3e7])
def test_rows_far_from_zero(isa, offset):
    x = (100 * normal(9, 4, 5, 5) + np.float32(offset)).astype(np.float32)
    norm = _core.RowNorm(2, 0, 1e-5)
    want = oracle(x, x, np.ones(4), np.zeros(4), norm)[0]
    y, _ = _core.row_norm(_core.pack_lanes(x), 9, norm, None, None)
    close(_core.unpack_lanes(y, 9), want)


def test_nan_stays_in_its_row(isa):
    x = normal(20, 4, 3, 3)
    x[3, 1, 2, 2] = np.nan
    y, _ = _core.row_norm(_core.pack_lanes(x), 20, _core.RowNorm(2, 0, 1e-5), None, None)
    bad = np.isnan(_core.unpack_lanes(y, 20))
    assert bad[3, :2].all()
    assert bad.sum() == 18


@pytest.mark.parametrize("images", [3, 20])
def test_running_statistics(images):
    torch = pytest.importorskip("torch")
    x = normal(images, 4, 3, 5)
    given = normal(4), np.abs(normal(4))
    theirs = [torch.tensor(a.copy()) for a in given]
    ours = [lanegrad.tensor(a) for a in given]
    torch.nn.functional.instance_norm(torch.tensor(x), *theirs)
    images_in_lanes = F.conv2d(x, np.eye(4, dtype=np.float32).reshape(4, 4, 1, 1))
    F.instance_norm(images_in_lanes, *ours)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize("lanes", [False, True])
def test_bits(isa_and_threads_restored, lanes):
    """The same on every instruction set and for any number of threads."""
    x, gy, w = normal(40, 32, 16, 16), normal(40, 32, 16, 16), normal(32 * 256)
    if lanes:
        x, gy = _core.pack_lanes(x), _core.pack_lanes(gy)
    N = 40 if lanes else -1

    def bits():
        found = []
        for norm, weight in (
            (_core.RowNorm(4, 0, 1e-5), w[:32]),
            (_core.RowNorm(0, 3, 1e-5), w),
        ):
            y, statistics = _core.row_norm(x, N, norm, weight, weight)
            gx = _core.row_norm_backward(gy, x, N, norm, statistics, weight)
            both = _core.row_norm_backward_weight(gy, x, N, norm, statistics)
            found += [a.tobytes() for a in (y, statistics, gx, *both)]
        return tuple(found)

    assert len(outcomes(bits)) == 1


def test_a_network_in_lanes():
    """Between convolutions images stay in lanes, a ReLU joins in, and plans give the same bits."""
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(),
        nn.Conv2d(8, 4, 3), nn.InstanceNorm2d(4, affine=True), nn.ReLU(),
        nn.Conv2d(4, 2, 3), nn.LayerNorm((2, 6, 6)), nn.Flatten(), nn.Linear(72, 5),
    )  # fmt: skip
    x, labels = lanegrad.tensor(normal(40, 3, 12, 12)), lanegrad.tensor(np.arange(40) % 5)
    assert net[:3](x)._value.in_lanes
    assert net[:8](x)._value.in_lanes
    found = set()
    for deferred in (False, True, True, True):
        before = lanegrad.set_deferred(deferred)
        try:
            net.zero_grad()
            loss = F.cross_entropy(net(x), labels)
            loss.backward()
            grads = [p.grad.numpy().tobytes() for p in net.parameters()]
        finally:
            lanegrad.set_deferred(before)
        found.add((loss.item(), *grads))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: _core.row_norm(x, -1, _core.RowNorm(4, 0, 1e-5), None, None), "divide"),
        (lambda x: _core.row_norm(x, -1, _core.RowNorm(0, 5, 1e-5), None, None), "last"),
        (lambda x: _core.row_norm(x, -1, _core.RowNorm(3, 0, 1e-5), x, None), "elements"),
        (
            lambda x: _core.row_norm_backward(
                x, x, -1, _core.RowNorm(3, 0, 1e-5), np.zeros((2, 2)), None
            ),
            "statistics",
        ),
    ],
)
def test_errors(call, match):
    with pytest.raises(_core.ShapeError, match=match):
        call(normal(2, 6, 3, 3))


@pytest.mark.parametrize("images", [2, 9, 17])
def test_looking_at_images_changes_no_bits(images):
    """A look brings them out of lanes; in lanes or not, sums go the same way."""
    x, w = normal(images, 3, 4, 5), normal(3, 3, 1, 1)

    def gradient(norm, looked_at):
        given = lanegrad.tensor(x, requires_grad=True)
        y = F.conv2d(given, w)
        if looked_at:
            y.numpy(force=True)
        (norm(y) * lanegrad.tensor(x)).sum().backward()
        return given.grad.numpy().tobytes()

    for norm in (
        lambda y: F.group_norm(y, 1), F.instance_norm, lambda y: F.layer_norm(y, (5,)),
        lambda y: F.layer_norm(y, (3, 4, 5)), lambda y: F.rms_norm(y, (4, 5)),
    ):  # fmt: skip
        assert gradient(norm, True) == gradient(norm, False)


def test_a_row_of_one_element_has_no_gradient():
    x, w = lanegrad.tensor(normal(50, 1), requires_grad=True), normal(1)
    (F.layer_norm(x, (1,), w) * lanegrad.tensor(normal(50, 1))).sum().backward()
    assert not x.grad.numpy().any()
