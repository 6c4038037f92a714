"""Batch normalization: the kernels against float64 on every instruction set, and PyTorch's own samples."""

import copy

import hypothesis
import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
from lanegrad import Tensor, _core, as_tensor, nn

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def forward(x, mean=None, var=None, weight=None, bias=None, eps=1e-5):
    """x (N, C, H, W) in float64; statistics of the batch unless given."""
    x = np.asarray(x, np.float64)
    mean = x.mean((0, 2, 3)) if mean is None else mean
    var = x.var((0, 2, 3)) if var is None else var
    y = (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + eps)
    y = y if weight is None else y * np.asarray(weight, np.float64)[:, None, None]
    return y if bias is None else y + np.asarray(bias, np.float64)[:, None, None]


def backward(gy, x, mean=None, var=None, weight=None, eps=1e-5):
    """The gradients of input, weight and bias."""
    gy, plain = np.asarray(gy, np.float64), forward(x, mean, var, eps=eps)
    var = np.asarray(x, np.float64).var((0, 2, 3)) if mean is None else var
    scale = (1.0 if weight is None else weight) / np.sqrt(var + eps)
    gb, gw = gy.sum((0, 2, 3)), (gy * plain).sum((0, 2, 3))
    g = gy
    if mean is None:
        count = gy.size / gy.shape[1]
        g = gy - (gb[:, None, None] + plain * gw[:, None, None]) / count
    return g * scale[:, None, None], gw, gb


def close(actual, expected, tolerance=1e-6):
    """Equal to within a fraction of the largest element."""
    assert actual.shape == expected.shape
    largest = np.abs(expected).max(initial=1e-30)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)


SHAPES = [(1, 3, 7, 5), (2, 1, 1, 1), (3, 4, 6, 6), (6, 2, 3, 5), (16, 2, 4, 4), (17, 3, 5, 7),
          (33, 2, 2, 9), (19, 5, 1, 1)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_forward_and_backward(isa, shape, affine, training):
    N, C = shape[:2]
    x = 3 * normal(*shape) + 10 * normal(C)[:, None, None]
    weight, bias = (normal(C), normal(C)) if affine else (None, None)
    mean, var = normal(C), np.abs(normal(C)) + 1
    running = mean.copy(), var.copy()
    mean, var = mean.astype(np.float64), var.astype(np.float64)
    lanes = _core.pack_lanes(x)
    lanes[-1, ..., (N - 1) % lanes.shape[-1] + 1 :] = 1e30  # must not matter
    y, statistics = _core.batch_norm(lanes, N, *running, weight, bias, training, 0.3, 1e-3)
    given = (None, None) if training else (mean, var)
    close(_core.unpack_lanes(y, N), forward(x, *given, weight, bias, 1e-3))
    if training:
        wide = np.asarray(x, np.float64)
        np.testing.assert_allclose(statistics[:, 0], wide.mean((0, 2, 3)), rtol=1e-12)
        np.testing.assert_allclose(running[0], 0.7 * mean + 0.3 * wide.mean((0, 2, 3)), rtol=1e-6)
        unbiased = wide.var((0, 2, 3), ddof=1)
        np.testing.assert_allclose(running[1], 0.7 * var + 0.3 * unbiased, rtol=1e-6)
    else:
        assert (running[0] == mean).all()
        assert (running[1] == var).all()
    gy = normal(*shape)
    gradients = _core.batch_norm_backward(
        _core.pack_lanes(gy), _core.pack_lanes(x), N, statistics, weight, None, training
    )
    wants = backward(gy, x, *given, weight, 1e-3)
    terms = backward(gy, x, normal(C), 1 / statistics[:, 1] ** 2, weight, 0)[0]  # which may cancel
    np.testing.assert_allclose(
        _core.unpack_lanes(gradients[0], N), wants[0], rtol=0, atol=2e-6 * np.abs(terms).max()
    )
    scale = np.abs(gy).sum((0, 2, 3)).max()  # sums may cancel
    np.testing.assert_allclose(gradients[1], wants[1], rtol=1e-5, atol=1e-6 * scale)
    np.testing.assert_allclose(gradients[2], wants[2], rtol=1e-5, atol=1e-6 * scale)
    unused = (N - 1) % lanes.shape[-1] + 1
    assert not y[-1, ..., unused:].any()
    assert not gradients[0][-1, ..., unused:].any()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(37, 29), (16, 16), (3, 40), (100, 1)])
def test_rows_are_images_of_one_pixel(isa, shape, training):
    N, C = shape
    x, gy, weight, bias = 3 * normal(*shape) + 10 * normal(C), normal(*shape), normal(C), normal(C)
    running = normal(C), np.abs(normal(C)) + 1
    lanes, lanes_gy = (_core.pack_lanes(a[:, :, None, None]) for a in (x, gy))
    options = weight, bias, training, 0.3, 1e-3
    averages = [a.copy() for a in running], [a.copy() for a in running]
    y, statistics = _core.batch_norm(x, N, *averages[0], *options)
    want, want_statistics = _core.batch_norm(lanes, N, *averages[1], *options)
    close(y, _core.unpack_lanes(want, N)[:, :, 0, 0])
    np.testing.assert_allclose(statistics, want_statistics, rtol=1e-12)
    np.testing.assert_allclose(averages[0], averages[1], rtol=1e-6)
    wants = _core.batch_norm_backward(lanes_gy, lanes, N, statistics, weight, None, training)
    gx, gw, gb = _core.batch_norm_backward(gy, x, N, statistics, weight, None, training)
    close(gx, _core.unpack_lanes(wants[0], N)[:, :, 0, 0], 1e-5)
    close(gw, wants[1], 1e-5)
    close(gb, wants[2], 1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_gradient_by_differences(isa, training):
    x, weight, bias, gy = normal(3, 2, 2, 3), normal(2), normal(2), normal(3, 2, 2, 3)
    given = (None, None) if training else (normal(2), np.abs(normal(2)) + 1)

    def loss(x, weight, bias):
        return (forward(x, *given, weight, bias) * gy).sum()

    tensors = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
    F.batch_norm(tensors[0], *given, *tensors[1:], training).backward(gy)
    wants = [
        reference.numeric_gradient(lambda a: loss(a, weight, bias), x),
        reference.numeric_gradient(lambda a: loss(x, a, bias), weight),
        reference.numeric_gradient(lambda a: loss(x, weight, a), bias),
    ]
    for tensor, want in zip(tensors, wants, strict=True):
        close(tensor.grad.numpy(), want, 1e-5)


@pytest.mark.parametrize("offset", [1e3, 1e6, -3e7])
def test_channels_far_from_zero(isa, offset):
    x = (100 * normal(20, 2, 6, 6) + np.float32(offset)).astype(np.float32)
    lanes = _core.pack_lanes(x)
    y, _ = _core.batch_norm(lanes, 20, None, None, None, None, True, 0.1, 1e-5)
    close(_core.unpack_lanes(y, 20), forward(x))
    same = _core.pack_lanes(np.full((20, 2, 3, 3), offset, np.float32))
    y, statistics = _core.batch_norm(same, 20, None, None, None, normal(2), True, 0.1, 1e-5)
    assert (statistics[:, 0] == np.float32(offset)).all()
    assert np.ptp(y[0, 0]) == 0


@pytest.mark.parametrize("shape", [(17, 3, 5, 7), (4, 2, 3, 3), (1, 2, 9, 9)])
@pytest.mark.parametrize("training", [False, True])
def test_relu_behind_is_the_same_bits(isa, shape, training):
    N, C = shape[:2]
    x, gy = _core.pack_lanes(normal(*shape)), _core.pack_lanes(normal(*shape))
    weight, bias = normal(C), np.zeros(C, np.float32)
    weight[0] = 0  # and so zeros
    options = weight, bias, training
    running = () if training else (normal(C), np.abs(normal(C)) + 1)
    running = running or (None, None)
    y, statistics = _core.batch_norm(x, N, *running, *options, 0.1, 1e-5)
    rectified = _core.relu(y)
    fused, _ = _core.batch_norm(x, N, *running, *options, 0.1, 1e-5, None, True)
    np.testing.assert_array_equal(fused.view(np.int32), rectified.view(np.int32))
    want = _core.batch_norm_backward(_core.relu_backward(gy, rectified), x, N, statistics, *options)
    got = _core.batch_norm_backward(gy, x, N, statistics, *options, True)
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a.view(np.int32), b.view(np.int32))


def test_nan_stays_in_its_channel(isa):
    x = normal(3, 2, 4, 4)
    x[1, 0, 2, 2] = np.nan
    y, _ = _core.batch_norm(_core.pack_lanes(x), 3, None, None, None, None, True, 0.1, 1e-5)
    y = _core.unpack_lanes(y, 3)
    assert np.isnan(y[:, 0]).all()
    close(y[:, 1:], forward(x[:, 1:]))


def test_images_stay_in_lanes():
    x = F.relu(F.conv2d(normal(5, 3, 6, 6), normal(4, 3, 3, 3)))
    y = nn.BatchNorm2d(4)(x)
    assert x._value.in_lanes
    assert y._value.in_lanes


@pytest.mark.parametrize("momentum", [0.1, None])
def test_running_statistics_over_several_batches(torch, momentum):
    ours, theirs = nn.BatchNorm2d(3, momentum=momentum), torch.nn.BatchNorm2d(3, momentum=momentum)
    state = ours.state_dict()
    assert {k: (v.shape, v.dtype.name) for k, v in state.items()} == {
        k: (tuple(v.shape), str(v.dtype)[6:]) for k, v in theirs.state_dict().items()
    }
    for _ in range(4):
        x = 2 * normal(5, 3, 4, 4) + 1
        ours(x), theirs(torch.tensor(x))
    for name, want in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name], want.numpy(), rtol=1e-6)
    ours.eval(), theirs.eval()
    x = normal(2, 3, 4, 4)
    close(ours(x).detach().numpy(), theirs(torch.tensor(x)).detach().numpy())
    assert ours.state_dict()["num_batches_tracked"] == 4  # not counted in evaluation
    twin = nn.BatchNorm2d(3)
    twin.load_state_dict(theirs.state_dict())
    np.testing.assert_array_equal(twin.running_var.numpy(), theirs.running_var.numpy())
    copied = copy.deepcopy(ours)
    ours.reset_running_stats()
    assert ours.num_batches_tracked.item() == 0
    assert ours.running_var.tolist() == [1, 1, 1]
    assert copied.num_batches_tracked.item() == 4


def test_without_running_statistics():
    norm, x = nn.BatchNorm2d(3, track_running_stats=False), normal(5, 3, 4, 4)
    assert list(norm.state_dict()) == ["weight", "bias"]
    norm.eval()
    close(norm(x).detach().numpy(), forward(x))
    norm.reset_running_stats()


# -------------------------------------------------------------------------------------- PyTorch


@pytest.fixture(scope="module")
def torch_testing(torch):
    """PyTorch's generators of test inputs: (of functions, of modules)."""
    from torch.testing._internal import common_methods_invocations, common_modules

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    torch.manual_seed(0)
    return common_methods_invocations, common_modules


def test_pytorchs_samples(torch, torch_testing):
    functions, _ = torch_testing
    op = next(o for o in functions.op_db if o.name == "nn.functional.batch_norm")
    samples = list(op.sample_inputs("cpu", torch.float32, requires_grad=True))
    assert len(samples) > 10
    for s in samples:
        x, tensors = s.input, [s.input, *s.args]
        mine = [
            t if t is None else Tensor(t.detach().numpy().copy(), requires_grad=t.requires_grad)
            for t in tensors
        ]
        theirs = [
            t if t is None else t.detach().double().requires_grad_(t.requires_grad) for t in tensors
        ]
        got = F.batch_norm(*mine, **s.kwargs)
        want = torch.nn.functional.batch_norm(*theirs, **s.kwargs)
        assert got.shape == want.shape
        np.testing.assert_allclose(
            got.detach().numpy(), want.detach().numpy(), rtol=1e-4, atol=1e-5
        )
        gy = normal(*got.shape)
        got.backward(gy)
        want.backward(want.new_tensor(gy))
        for a, b in zip(mine, theirs, strict=True):
            if a is None:
                continue
            if b.requires_grad and x.numel():
                np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-4, atol=2e-5)
            else:  # running statistics
                np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", ["BatchNorm1d", "BatchNorm2d"])
@pytest.mark.parametrize("training", [False, True])
def test_layers_on_pytorchs_samples(torch, torch_testing, name, training):
    _, modules = torch_testing
    make = getattr(modules, f"module_inputs_torch_nn_{name}")
    samples = make(None, "cpu", torch.float32, requires_grad=True, training=training)
    assert len(samples) > 5
    for s in samples:
        args, kwargs = s.constructor_input.args, s.constructor_input.kwargs
        ours = getattr(nn, name)(*args, **kwargs).train(training)
        theirs = getattr(torch.nn, name)(*args, **kwargs).train(training)
        assert repr(ours) == repr(theirs)
        (x,) = s.forward_input.args
        mine = Tensor(x.detach().numpy(), requires_grad=True)
        got, want = ours(mine), theirs(x)
        np.testing.assert_allclose(
            got.detach().numpy(), want.detach().numpy(), rtol=1e-4, atol=1e-5
        )
        gy = normal(*got.shape)
        got.backward(gy)
        want.backward(want.new_tensor(gy))
        np.testing.assert_allclose(mine.grad.numpy(), x.grad.numpy(), rtol=1e-4, atol=1e-5)
        for key, tensor in theirs.state_dict().items():
            np.testing.assert_allclose(ours.state_dict()[key], tensor.numpy(), rtol=1e-5, atol=1e-6)
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["BatchNorm1d", "BatchNorm2d"])
def test_pytorchs_errors_are_errors_here(torch, torch_testing, name):
    _, modules = torch_testing
    make = modules.module_error_inputs_torch_nn_BatchNorm1d_2d_3d
    (info,) = (m for m in modules.module_db if m.module_cls is getattr(torch.nn, name))
    for e in make(info, "cpu", torch.float32, requires_grad=False, training=True):
        s = e.module_error_input
        layer = getattr(nn, name)(*s.constructor_input.args, **s.constructor_input.kwargs)
        with pytest.raises(ValueError, match="eps must be positive"):
            layer(s.forward_input.args[0].numpy())


IMAGES, THREE = np.ones((2, 3, 2, 2), np.float32), np.ones(3, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.batch_norm(THREE, THREE, THREE), ValueError, r"\(N, C\).*\(3,\)"),
        (lambda: F.batch_norm(IMAGES, None, None), ValueError, "needed in evaluation"),
        (lambda: F.batch_norm(IMAGES, THREE, None), ValueError, "together"),
        (lambda: F.batch_norm(IMAGES, THREE, THREE[:2]), ValueError, r"running_var must.*\(3,\)"),
        (lambda: F.batch_norm(IMAGES, THREE, THREE, THREE[:1]), ValueError, r"weight must have"),
        (lambda: F.batch_norm(IMAGES, THREE, THREE, eps=-1.0), ValueError, "eps must not be"),
        (lambda: F.batch_norm(IMAGES, None, None, training=True, eps=0.0), ValueError, "eps must be"),
        (lambda: F.batch_norm(IMAGES, THREE, THREE, training=True, momentum=None), ValueError,
         "num_batches_tracked"),
        (lambda: F.batch_norm(IMAGES[:1, :, :1, :1], None, None, training=True), ValueError,
         "more than one value per channel"),
        (lambda: F.batch_norm(IMAGES, [1.0] * 3, THREE, training=True), TypeError,
         "running_mean is updated in place.*not list"),
        (lambda: F.batch_norm(IMAGES, THREE.astype(float), THREE, training=True), TypeError, "float32"),
        (lambda: nn.BatchNorm2d(3)(np.ones((2, 3))), ValueError, r"\(N, C, H, W\), found shape \(2, 3\)"),
        (lambda: nn.BatchNorm1d(3)(IMAGES), ValueError, r"\(N, C\) or \(N, C, L\), found shape"),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    before = THREE.copy()
    with pytest.raises(error, match=message):
        call()
    np.testing.assert_array_equal(THREE, before)


@pytest.mark.once
def test_a_planned_step_has_the_same_bits():
    """With pooling, padding and joining; the running statistics go on while plans run."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
            self.pool, self.conv2 = nn.MaxPool2d(2), nn.Conv2d(11, 8, 3)
            self.norm2, self.mean = nn.BatchNorm2d(8, momentum=None), nn.AdaptiveAvgPool2d(1)
            self.head = nn.Linear(8, 10)

        def forward(self, x):
            h = self.pool(F.relu(self.norm(self.conv(x))))
            h = F.pad(lanegrad.cat([h, F.avg_pool2d(x, 2)], 1), (1, 1, 1, 1), "reflect")
            return self.head(self.mean(F.relu(self.norm2(self.conv2(h)))).flatten(1))

    def train():
        lanegrad.manual_seed(0)
        net, draw = Net(), np.random.default_rng(1)
        optimizer = lanegrad.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

        def step(x, labels):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), labels)
            loss.backward()
            optimizer.step()
            return loss

        for _ in range(6):
            x, labels = draw.standard_normal((20, 3, 12, 12)), draw.integers(0, 10, 20)
            step(as_tensor(x), as_tensor(labels))
        return net.state_dict()

    before = lanegrad.set_deferred(False)
    try:
        want = train()
    finally:
        lanegrad.set_deferred(before)
    _core.forget_plans()
    lanegrad.set_deferred(True)
    try:
        got = train()
    finally:
        lanegrad.set_deferred(before)
    assert _core.plans_made()
    for name in want:
        np.testing.assert_array_equal(got[name], want[name], err_msg=name)
