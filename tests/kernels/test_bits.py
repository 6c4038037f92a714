"""Every kernel gives the same bits on every instruction set and for any number of threads."""

import numpy as np
import pytest

from activations import ACTIVATIONS
from lanegrad import Tensor, _core, ops, optim

pytestmark = pytest.mark.once

rng = np.random.default_rng(0)
ONE = (1, 1)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def conv2d(images, channels, size, outputs, kernel, stride, padding, dilation, groups):
    x, weight = (
        normal(images, channels, size, size),
        normal(outputs, channels // groups, kernel, kernel),
    )
    bias = normal(outputs)
    options = stride, padding, dilation, groups

    def run():
        lanes = _core.pack_lanes(x)
        y = _core.conv2d(lanes, weight, bias, *options)
        yield y
        yield _core.conv2d_backward_input(y, weight, (size, size), *options)
        yield _core.conv2d_backward_weight(y, lanes, (kernel, kernel), *options)
        yield _core.conv2d_backward_bias(y)
        yield _core.conv2d(lanes, weight, bias, *options, relu=True)

    return run


def max_pool2d(images, kernel, stride, padding):
    x, options = normal(images, 20, 15, 15), (kernel, stride, padding, ONE)

    def run():
        lanes = _core.pack_lanes(x)
        y = _core.max_pool2d(lanes, *options)
        yield y
        yield _core.max_pool2d_backward(y, lanes, y, *options)
        yield _core.unpack_lanes(lanes, images)

    return run


def avg_pool2d(images, *options):
    x = normal(images, 20, 15, 15)

    def run():
        lanes = _core.pack_lanes(x)
        y = _core.avg_pool2d(lanes, *options)
        yield y
        yield _core.avg_pool2d_backward(y, lanes.shape, *options)
        y = _core.adaptive_avg_pool2d(lanes, (4, 7))
        yield y
        yield _core.adaptive_avg_pool2d_backward(y, lanes.shape, (4, 7))

    return run


def batch_norm(images, channels, size, training):
    x, gy = normal(images, channels, size, size), normal(images, channels, size, size)
    weight, bias, mean, var = (normal(channels) for _ in range(4))

    def run():
        lanes, running = _core.pack_lanes(x), (mean.copy(), np.abs(var))
        for relu in (False, True):
            y, statistics = _core.batch_norm(
                lanes, images, *running, weight, bias, training, 0.1, 1e-5, None, relu
            )
            yield y
            yield statistics.astype(np.float32)
            yield from _core.batch_norm_backward(
                _core.pack_lanes(gy), lanes, images, statistics, weight, bias, training, relu
            )
        yield from running

    return run


def pad(mode):
    x = normal(5, 7, 40, 41)

    def run():
        around = (0, 0, 3, 1), (0, 0, 2, 4)
        y = _core.pad(x, *around, mode, 1.5)
        yield y
        yield _core.pad_backward(y, x.shape, *around, mode)
        yield _core.cat([x, x[:, :3].copy()], 1)

    return run


def matmul(m, n, k):
    a, b, bias = normal(m, k), normal(n, k), normal(n)

    def run():
        yield _core.matmul(a, b, bias, False, True)
        yield _core.matmul(a, np.ascontiguousarray(b.T))
        yield _core.matmul(np.ascontiguousarray(a.T), b, None, True, True)
        yield _core.sum_rows(a)

    return run


def elementwise(size):
    x = normal(size) * 30
    x[:6] = [np.inf, -np.inf, 0.0, -0.0, 1e-44, 3e38]

    def run():
        for name in ACTIVATIONS:
            y = getattr(_core, name)(x / 10)
            yield y
            yield getattr(_core, f"{name}_backward")(x, y)
        yield _core.leaky_relu(x, 0.1)
        yield _core.leaky_relu_backward(x, x, 0.1)
        yield _core.add(x, x[::-1].copy())
        yield _core.mul_scalar(x, 0.3)
        yield _core.exp(x)
        yield _core.log(np.abs(x))

    return run


def losses(rows, classes):
    x, gy, weight = normal(rows, classes) * 9, normal(rows, classes), np.abs(normal(classes))
    target = rng.integers(0, classes, rows)
    target[::7] = -100

    def run():
        soft, log_soft = ops.softmax(x), ops.log_softmax(x)
        yield soft
        yield log_soft
        yield ops.softmax_backward(gy, soft)
        yield ops.log_softmax_backward(gy, log_soft)
        for reduction in ("none", "mean", "sum"):
            for weights in (None, weight):
                options = {"weight": weights, "reduction": reduction}
                yield from ops.cross_entropy_with_grad(x, target, **options)
                yield ops.cross_entropy(x, target, **options)
                yield ops.nll_loss(log_soft, target, **options)

    return run


def optimizer(name, **options):
    """Three steps of parameters that share pieces, begin in the middle of one, or fill several."""
    shapes = [(6, 3, 5, 5), (6,), (16,), (200_003,), (1,), (0,), (9000,)]
    values, grads = [normal(*s) for s in shapes], [normal(*s) for s in shapes]

    def run():
        params = [Tensor(v.copy(), requires_grad=True) for v in values]
        updates = getattr(optim, name)(params, lr=0.1, **options)
        for _ in range(3):
            for p, g in zip(params, grads, strict=True):
                p.grad = Tensor(g)
            updates.step()
        for p in params:
            yield p.detach().numpy()
            yield from updates.state[p].values()

    return run


def clip_grad():
    grads = [normal(*s) for s in [(450,), (6,), (100_003,), (0,), (7, 11)]]

    def run():
        for norm_type in (1.0, 2.0, np.inf, 3.0, 0.5):
            copies = [_core.adopt(g.copy()) for g in grads]
            yield _core.clip_grad_norm(copies, 2.5, norm_type, False).array()
            yield from (copy.array() for copy in copies)
        _core.clip_grad_value(copies, 1e-3)
        yield from (copy.array() for copy in copies)

    return run


def dropout(shape, channels):
    x = normal(*shape)

    def run():
        state = np.array([5, 3], np.uint64)
        for form in (x, _core.pack_lanes(x)):
            y, used = _core.dropout(form, 0.3, state, channels)
            yield y
            yield _core.dropout_backward(form, 0.3, used, channels)

    return run


CASES = {
    "dropout": dropout((37, 16, 29, 31), False),
    "dropout of channels": dropout((37, 16, 29, 31), True),
    "conv2d of the tutorial": conv2d(37, 3, 32, 6, 5, ONE, (0, 0), ONE, 1),
    "conv2d of four images": conv2d(4, 6, 14, 16, 5, ONE, (0, 0), ONE, 1),
    "conv2d with all options": conv2d(33, 8, 17, 6, 3, (2, 3), (2, 1), (2, 1), 2),
    "conv2d of one image": conv2d(1, 16, 20, 33, 3, ONE, ONE, ONE, 1),
    "conv2d in tiles": conv2d(37, 24, 13, 17, 3, ONE, ONE, ONE, 1),
    "conv2d in tiles of four images": conv2d(4, 8, 31, 33, 3, ONE, (2, 0), ONE, 1),
    "conv2d in tiles of rows": conv2d(19, 6, 21, 32, 3, ONE, ONE, ONE, 1),
    "conv2d in tiles of rows of seven images": conv2d(7, 12, 30, 14, 5, ONE, (2, 1), ONE, 2),
    "conv2d depthwise": conv2d(9, 12, 9, 24, 3, (2, 1), ONE, ONE, 12),
    "conv2d of single pixels": conv2d(18, 24, 11, 13, 1, ONE, (0, 0), ONE, 1),
    "max_pool2d side by side": max_pool2d(37, (2, 2), (2, 2), (0, 0)),
    "max_pool2d overlapping": max_pool2d(5, (3, 3), (2, 2), ONE),
    "max_pool2d of four images": max_pool2d(4, (2, 2), (2, 2), (0, 0)),
    "avg_pool2d side by side": avg_pool2d(37, (2, 2), (2, 2), (0, 0)),
    "avg_pool2d overlapping": avg_pool2d(6, (3, 3), (2, 2), ONE, True, False),
    "batch_norm in training": batch_norm(37, 12, 13, True),
    "batch_norm of five images": batch_norm(5, 7, 13, True),
    "batch_norm in evaluation": batch_norm(17, 12, 13, False),
    "pad with a constant": pad("constant"),
    "pad with what is there": pad("circular"),
    "matmul small": matmul(4, 120, 400),
    "matmul large": matmul(131, 157, 203),
    "matmul of few rows": matmul(3, 150, 1024),
    "elementwise": elementwise(300_007),
    "losses, few classes": losses(5003, 10),
    "losses, one class": losses(40, 1),
    "losses, many classes": losses(67, 1003),
    "sgd": optimizer("SGD", momentum=0.9, dampening=0.1, weight_decay=1e-3),
    "adam": optimizer("Adam", weight_decay=1e-3, amsgrad=True),
    "adamw": optimizer("AdamW", betas=(0.4, 0.99), maximize=True),
    "rmsprop": optimizer("RMSprop", momentum=0.9, centered=True),
    "clip_grad": clip_grad(),
}


@pytest.mark.parametrize("name", CASES)
def test_same_bits_everywhere(isa_and_threads_restored, name):
    run = CASES[name]
    _core.set_isa(_core.isas()[0])
    _core.set_num_threads(1)
    expected = [np.asarray(result).copy() for result in run()]
    assert not all(np.isnan(e).all() for e in expected)
    for isa in _core.isas():
        for threads in (1, 2, 5):
            _core.set_isa(isa)
            _core.set_num_threads(threads)
            for number, (result, first) in enumerate(zip(run(), expected, strict=True)):
                result = np.asarray(result)
                same = result.view(np.int32) == first.view(np.int32)
                same |= np.isnan(result) & np.isnan(first)  # what a NaN carries may differ
                assert same.all(), f"result {number} on {isa} with {threads} threads"
