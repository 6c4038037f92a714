"""Every kernel with each of its sizes 0 and 1, alone and together, against NumPy.

support/empty_sizes.py runs them.
"""

import itertools

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference as ref
import reference_pool
from activations import ACTIVATIONS
from empty_sizes import (
    ONE,
    Families,
    images_of,
    lanes_of,
    normal,
    oracle,
    poison,
    rng,
    run_alone,
    same,
)  # fmt: skip
from lanegrad import _core, optim
from lanegrad.vision import _changes

pytestmark = pytest.mark.once

family = Families()


# ------------------------------------------------------------------------------- of one element


@family
def elementwise():
    shapes = [(), (0,), (1,), (17,), (0, 3), (3, 0), (1, 1), (2, 0, 0, 4), (0, 0, 0, 0), (1, 0, 1)]
    for shape in shapes:
        x, y = np.array(normal(*shape)), np.array(normal(*shape))
        sigmoid, tanh = np.array(1 / (1 + np.exp(-x)), np.float32), np.array(np.tanh(x))
        same(_core.add(x, y), x + y)
        same(_core.add(x, y, x.copy()), x + y)
        same(_core.mul_scalar(x, 3.0), 3 * x)
        same(_core.exp(x), np.exp(x))
        same(_core.log(np.array(np.abs(x))), np.log(np.abs(x)))
        same(_core.relu(x), np.maximum(x, 0))
        same(_core.relu_backward(x, y), np.where(y > 0, x, 0))
        same(_core.sigmoid(x), sigmoid)
        same(_core.sigmoid_backward(y, sigmoid), y * sigmoid * (1 - sigmoid))
        same(_core.tanh(x), tanh)
        same(_core.tanh_backward(y, tanh), y * (1 - tanh * tanh))
        same(_core.leaky_relu(x, 0.1), np.where(x > 0, x, 0.1 * x))
        same(_core.leaky_relu_backward(y, x, 0.1), np.where(x > 0, y, 0.1 * y))
        same(_core.scaled(x, np.array([2], np.float32)), 2 * x)
        for name in ACTIVATIONS:
            assert getattr(_core, name)(x).shape == shape
            assert np.isfinite(getattr(_core, f"{name}_backward")(y, x)).all()
        copy = np.empty_like(x)
        _core.copy_loop(x, copy)
        same(copy, x)
    for name in _core.simd_names():
        assert _core.simd(name, np.zeros(0, np.float32)).shape == (0,)


@family
def dropout():
    state = np.zeros(2, np.uint64)
    for shape in itertools.product((0, 1, 3), (0, 1, 5), (0, 1, 3), (0, 1, 3)):
        for lanes, channels in itertools.product((None, 1, 16), (False, True)):
            x = normal(*shape) if lanes is None else normal(*shape, lanes)
            for p in (0.0, 0.5, 1.0):
                y, used = _core.dropout(x, p, state, channels)
                kept = y != 0
                same(y, np.where(kept, x / (1 - p), 0) if p < 1 else 0 * x)
                assert kept.all() or p > 0
                same(_core.dropout_backward(x, p, used, channels), y, 0)
    for shape in ((), (0,), (1,), (0, 4), (3, 0), (1, 0, 3)):
        x = np.array(normal(*shape))
        same(_core.dropout(x, 0.0, state)[0], x, 0)
        same(_core.dropout(x, 1.0, state)[0], 0 * x, 0)


# ------------------------------------------------------------------------------ moved, not computed


@family
def moved():
    for shape in itertools.product((0, 1, 2, 16, 17), (0, 1, 3), (0, 1, 5), (0, 1, 5)):
        x = normal(*shape)
        lanes = _core.pack_lanes(x)
        n = lanes.shape[-1]
        same(images_of(lanes)[: shape[0]], x, 0)
        assert not images_of(lanes)[shape[0] :].any()
        assert lanes.shape == (-(-shape[0] // n), *shape[1:], n)
        same(_core.unpack_lanes(lanes, shape[0]), x, 0)
    for N, C, H, W in itertools.product((0, 1, 3), (0, 1, 2), (0, 1, 9), (0, 1, 9)):
        images = rng.integers(0, 256, (4, C, H, W)).astype(np.uint8)
        index, table = rng.integers(0, 4, N), normal(C, 256)
        channel = np.arange(C)[:, None, None]
        at = np.zeros((N, 4), np.int64)
        found = _changes.window(images, index, at, (H, W), table=table)
        same(found, table[channel, images[index]], 0)
    for shape in itertools.product((0, 1, 3), repeat=3):
        x = normal(*shape)
        for left, right in (((0, 0, 0), (0, 0, 0)), ((1, 0, 0), (0, 0, 2)), ((1, 2, 1), (0, 1, 1))):
            width = list(zip(left, right, strict=True))
            same(_core.pad(x, left, right, "constant", 2.0), np.pad(x, width, constant_values=2), 0)
            y = np.pad(x, width)
            same(_core.pad_backward(y, shape, left, right, "constant"), x, 0)
            for mode, name in (("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")):
                needs = [max(w) + (mode == "reflect") if mode != "replicate" else 1 for w in width]
                if any(max(w) and size < n for w, size, n in zip(width, shape, needs, strict=True)):
                    with pytest.raises(ValueError, match="cannot be padded"):
                        _core.pad(x, left, right, mode)
                    continue
                same(_core.pad(x, left, right, mode), np.pad(x, width, mode=name), 0)
                gx = _core.pad_backward(np.ones_like(y), shape, left, right, mode)
                assert gx.shape == shape
                assert gx.sum() == y.size
        for cut in itertools.product((0, 1), repeat=3):
            if all(c <= size for c, size in zip(cut, shape, strict=True)):
                got = _core.pad(x, [-c for c in cut], (0, 0, 0), "constant")
                same(got, x[cut[0] :, cut[1] :, cut[2] :], 0)
        for axis, sizes in itertools.product(range(3), ((0,), (1, 0), (0, 2, 1), (0, 0))):
            parts = [normal(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]
            whole = _core.cat(parts, axis)
            same(whole, np.concatenate(parts, axis), 0)
            for got, want in zip(_core.split(whole, sizes, axis), parts, strict=True):
                same(got, want, 0)


# ----------------------------------------------------------------------------------------- matrices


@family
def matrices():
    for M, N, K in itertools.product((0, 1, 7, 70), (0, 1, 17, 150), (0, 1, 5, 200)):
        a, b, bias = normal(M, K), normal(K, N), normal(N)
        for turn_a, turn_b in itertools.product((False, True), repeat=2):
            x = np.ascontiguousarray(a.T) if turn_a else a
            y = np.ascontiguousarray(b.T) if turn_b else b
            same(_core.matmul(x, y, bias, turn_a, turn_b), a @ b + bias)
            same(_core.matmul(x, y, None, turn_a, turn_b, None, True), np.maximum(a @ b, 0))
            total = np.ones((M, N), np.float32)
            same(_core.matmul(x, y, None, turn_a, turn_b, total), a @ b + 1)
        same(_core.sum_rows(b), b.sum(0))
        # A step that is recorded packs the second matrix.
        layer = lanegrad.compile(lambda x, w: F.linear(x, w))
        w = np.ascontiguousarray(b.T)
        for _ in range(4):
            poison()
            same(layer(lanegrad.tensor(a), lanegrad.tensor(w)).numpy(), a @ b)
    for size in (0, 1, 16, 33):
        x, y = normal(size), normal(size)
        same(_core.dot(x, y), x @ y)
    sizes = (0, 1, 3)
    for M, N, K, lead in itertools.product(
        sizes, sizes, sizes, ((), (0,), (1,), (2, 0), (2, 1), (0, 1))
    ):
        a, b = normal(*lead, M, K), normal(K, N)
        same(_core.batch_matmul(a, b), a @ b)
        same(_core.batch_matmul(a, np.ascontiguousarray(b.T), False, True), a @ b)
        same(
            _core.batch_matmul(np.ascontiguousarray(np.swapaxes(a, -1, -2)), b, True, False), a @ b
        )
        same(_core.batch_matmul(a, b, shape=(M, N)), (a @ b).sum(tuple(range(len(lead)))))


# --------------------------------------------------------------------------------------- convolution


def convolve(B, C, M, H, W, kernel, n, stride, padding, dilation, groups):
    options = stride, padding, dilation, groups
    x, weight, bias = (
        normal(B, groups * C, H, W, n),
        normal(groups * M, C, *kernel),
        normal(groups * M),
    )
    images = images_of(x)
    want = oracle(ref.conv2d, images, weight, bias, *options)
    gy = normal(*want.shape)
    gx, gw, gb = oracle(ref.conv2d_backward, gy, images, weight, *options)
    lanes = lanes_of(gy, n) if n else normal(B, groups * M, *want.shape[2:], 0)
    poison()
    same(images_of(_core.conv2d(x, weight, bias, *options)), want)
    rectified = np.maximum(want - bias[:, None, None], 0)
    same(images_of(_core.conv2d(x, weight, None, *options, True)), rectified)
    same(_core.conv2d_backward_weight(lanes, x, kernel, *options), gw, 1e-3)
    same(_core.conv2d_backward_bias(lanes), gb, 1e-3)
    if H and W:
        same(images_of(_core.conv2d_backward_input(lanes, weight, (H, W), *options)), gx)


@family
def convolution():
    geometries = [
        ((1, 1), ONE, (0, 0), ONE, 1),
        ((3, 3), ONE, ONE, ONE, 1),
        ((5, 5), ONE, (2, 2), ONE, 2),
        ((3, 1), (2, 3), (1, 0), (1, 2), 1),
    ]
    sizes = itertools.product(
        (0, 1, 2), (0, 1, 9), (0, 1, 9), (1, 8), (1, 8), (0, 1, 4, 16), geometries
    )
    for B, C, M, H, W, n, (kernel, *options) in sizes:
        if B < 2 or C * M == 0:
            convolve(B, C, M, H, W, kernel, n, *options)
    # Nothing but padding where there is no pixel.
    sizes = itertools.product((0, 1), (0, 2), (0, 2), (0, 3), (0, 3), (0, 1, 4, 16))
    for B, C, M, H, W, n in sizes:
        convolve(B, C, M, H, W, ONE, n, ONE, ONE, ONE, 1)
    for allowed in (False, True):
        _core.set_winograd(allowed)
        for C, M, B in ((0, 8, 1), (8, 0, 1), (8, 8, 0), (16, 16, 1), (1, 16, 1)):
            convolve(B, C, M, 8, 8, (3, 3), 16, ONE, ONE, ONE, 1)


@family
def convolution_of_tensors():
    for N, C, M, H in itertools.product((0, 1, 2, 17), (0, 1, 3), (0, 1, 4), (1, 6)):
        x = lanegrad.tensor(normal(N, C, H, H), requires_grad=True)
        weight, bias = (
            lanegrad.tensor(a, requires_grad=True) for a in (normal(M, C, 3, 3), normal(M))
        )
        y = F.conv2d(x, weight, bias, padding=1)
        images, kernels = x.detach().numpy(), weight.detach().numpy()
        same(
            y.detach().numpy(),
            oracle(ref.conv2d, images, kernels, bias.detach().numpy(), padding=ONE),
        )
        y.sum().backward()
        wanted = oracle(ref.conv2d_backward, np.ones(y.shape), images, kernels, padding=ONE)
        for tensor, want in zip((x, weight, bias), wanted, strict=True):
            same(tensor.grad.numpy(), want, 1e-3)


# ------------------------------------------------------------------------------------------- pooling


def average_backward(gy, shape, options):
    def average(images):
        return reference_pool.avg_pool2d(images, *options)

    return reference_pool.linear_gradient(average, gy, shape)


@family
def pooling():
    windows = [
        ((1, 1), ONE, (0, 0)),
        ((2, 2), (2, 2), (0, 0)),
        ((3, 3), ONE, ONE),
        ((2, 3), (2, 1), ONE),
    ]
    sizes = itertools.product((0, 1, 2), (1, 3), (1, 2, 5), (1, 2, 5), (0, 1, 2, 16), windows)
    for B, C, H, W, n, (kernel, stride, padding) in sizes:
        if H + 2 * padding[0] < kernel[0] or W + 2 * padding[1] < kernel[1]:
            continue
        x = normal(B, C, H, W, n)
        images = images_of(x)
        options = kernel, stride, padding
        y = _core.max_pool2d(x, *options, ONE)
        if not images.size:
            assert not y.size
            gy = np.zeros_like(y)
            same(_core.max_pool2d_backward(gy, x, y, *options, ONE), x)
            if n:
                assert _core.max_pool2d_indices(x, B * n, *options, ONE).size == 0
            same(_core.avg_pool2d(x, *options), y)
            same(_core.avg_pool2d_backward(gy, x.shape, *options), x)
            continue
        want, indices = oracle(reference_pool.max_pool2d, images, *options)
        same(images_of(y), want)
        same(_core.max_pool2d_indices(x, B * n, *options, ONE), indices)
        gy = normal(*y.shape)
        wanted = oracle(reference_pool.max_pool2d_backward, images_of(gy), images, *options)
        same(images_of(_core.max_pool2d_backward(gy, x, y, *options, ONE)), wanted)
        same(
            images_of(_core.avg_pool2d(x, *options)),
            oracle(reference_pool.avg_pool2d, images, *options),
        )
        mean = _core.avg_pool2d_backward(gy, x.shape, *options)
        same(images_of(mean), oracle(average_backward, images_of(gy), images.shape, options))
    sizes = itertools.product(
        (0, 1, 2), (0, 1, 3), (1, 4), (1, 4), (0, 1, 2, 16), (0, 1, 3), (0, 1, 3)
    )
    for B, C, H, W, n, OH, OW in sizes:
        x = normal(B, C, H, W, n)
        y = _core.adaptive_avg_pool2d(x, (OH, OW))
        same(images_of(y), oracle(reference_pool.adaptive_avg_pool2d, images_of(x), (OH, OW)))
        gx = _core.adaptive_avg_pool2d_backward(np.ones_like(y), x.shape, (OH, OW))
        assert gx.shape == x.shape
        np.testing.assert_allclose(gx.sum(), y.size, rtol=1e-5)


# ------------------------------------------------------------------------------- batch normalization


@family
def batch_norm():
    for N, C, H, W in itertools.product((0, 1, 3, 16, 17), (0, 1, 3), (0, 1, 4), (0, 1, 4)):
        x, weight, bias = normal(N, C, H, W), normal(C), normal(C)
        lanes = _core.pack_lanes(x)
        for training, momentum in itertools.product((False, True), (0.1, None)):
            mean, var, tracked = normal(C), np.abs(normal(C)), np.array(3, np.int64)
            running = mean.copy(), var.copy()
            call = (lanes, N, *running, weight, bias, training, momentum, 1e-5, tracked)
            if training and N * H * W == 1:
                with pytest.raises(ValueError, match="more than one value"):
                    _core.batch_norm(*call)
                continue
            y, statistics = _core.batch_norm(*call)
            count = N * H * W
            if training and count:
                mean_used, var_used = x.mean((0, 2, 3)), x.var((0, 2, 3))
            elif training:  # of no pixels: those of zeros
                mean_used, var_used = np.zeros(C), np.zeros(C)
            else:
                mean_used, var_used = mean, var
            by = (slice(None), None, None)
            scale = weight / np.sqrt(var_used + 1e-5)
            same(images_of(y)[:N], (x - mean_used[by]) * scale[by] + bias[by], 1e-3)
            assert not images_of(y)[N:].any()
            if not training or not count:
                same(running[0], mean)
                same(running[1], var)
            gy = np.ascontiguousarray(lanes)
            gx, gw, gb = _core.batch_norm_backward(gy, lanes, N, statistics, weight, bias, training)
            assert gx.shape == lanes.shape
            assert np.isfinite(gx).all()
            same(gb, x.sum((0, 2, 3)), 1e-3)
            normed = (x - mean_used[by]) / np.sqrt(var_used + 1e-5)[by]
            same(gw, (x * normed).sum((0, 2, 3)), 1e-2)


# ----------------------------------------------------------------------------------------- optimizers


@family
def optimizers():
    for sizes in ([], [0], [1], [0, 0], [0, 1, 0, 17, 0], [17, 0, 5000, 0, 1]):
        start, grads = [normal(size) for size in sizes], [normal(size) for size in sizes]
        made = [
            lambda p: optim.SGD(p, lr=0.5),
            lambda p: optim.SGD(p, lr=0.5, momentum=0.9, weight_decay=0.1),
            lambda p: optim.Adam(p, lr=0.5),
            lambda p: optim.RMSprop(p, lr=0.5, momentum=0.5, centered=True),
        ]
        for number, make in enumerate(made if sizes else []):
            params = [lanegrad.tensor(a.copy(), requires_grad=True) for a in start]
            optimizer = make(params)
            for p, g in zip(params, grads, strict=True):
                p.grad = lanegrad.tensor(g)
            optimizer.step()
            for p, a, g in zip(params, start, grads, strict=True):
                decayed = g + 0.1 * a if number == 1 else g
                if number < 2:
                    same(p.detach().numpy(), a - 0.5 * decayed)
                assert np.isfinite(p.detach().numpy()).all()
        whole = np.concatenate([np.zeros(0), *grads]).astype(np.float64)
        for kind in (1.0, 2.0, 3.5, np.inf):
            copies = [_core.adopt(g.copy()) for g in grads]
            norm = _core.clip_grad_norm(copies, 0.5, kind, True).item()
            want = np.linalg.norm(whole, kind) if whole.size else 0.0
            np.testing.assert_allclose(norm, want, rtol=1e-5)
            for got, g in zip(copies, grads, strict=True):
                same(got.array(), g * min(1, 0.5 / (want + 1e-6)))
        copies = [_core.adopt(g.copy()) for g in grads]
        _core.clip_grad_value(copies, 0.25)
        for got, g in zip(copies, grads, strict=True):
            same(got.array(), np.clip(g, -0.25, 0.25))


# ----------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("function", family, ids=lambda function: function.__name__)
def test_family(function):
    run_alone(function)
