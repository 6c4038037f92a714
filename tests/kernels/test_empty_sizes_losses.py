"""Softmax and the losses of no rows, one, and few, against the oracles.

support/empty_sizes.py runs them.
"""

import itertools

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference as ref
import reference_loss
from empty_sizes import Families, normal, oracle, poison, rng, run_alone, same
from lanegrad import _core, nn, ops

pytestmark = pytest.mark.once

family = Families()


def arrays_of(shape):
    """Arrays of this shape, with their axes in several orders in memory."""
    yield normal(*shape)
    if len(shape) > 1:
        yield np.asfortranarray(normal(*shape))
    if len(shape) > 2:
        yield np.moveaxis(normal(shape[0], *shape[2:], shape[1]), -1, 1)


SCORES = [
    shape
    for C in (1, 2, 7, 200)
    for shape in [
        (C,),
        *((N, C) for N in (0, 1, 2, 16, 17)),
        *((N, C, d1, d2) for N in (0, 1, 2) for d1 in (0, 1, 16) for d2 in (0, 1, 3, 70)),
    ]
    if np.prod(shape) < 2e4
]


@family
def softmax():
    for shape in [*SCORES, (0,), (3, 0), (0, 0), (2, 0, 4, 5), (2, 0, 16, 16), (0, 0, 16, 1)]:
        for x, axis in itertools.product(arrays_of(shape), range(len(shape))):
            y, logs = _core.softmax(x, axis), _core.log_softmax(x, axis)
            gy = normal(*shape)
            if not x.size:
                assert y.shape == logs.shape == shape
                assert _core.softmax_backward(gy, y, axis).shape == shape
                assert _core.log_softmax_backward(gy, logs, axis).shape == shape
                continue
            same(y, ref.softmax(x, axis))
            same(logs, ref.log_softmax(x, axis))
            same(_core.softmax_backward(gy, y, axis), ref.softmax_backward(gy, y, axis))
            same(
                _core.log_softmax_backward(gy, logs, axis),
                ref.log_softmax_backward(gy, logs, axis),
                1e-3,
            )


def loss_cases():
    """Logits, targets of several kinds, and options."""
    for shape in SCORES:
        poison()
        axis = 1 if len(shape) > 1 else 0
        rest = shape[:axis] + shape[axis + 1 :]
        labels = np.array(rng.integers(0, shape[axis], rest))
        ignored = np.full(rest, -100) if np.ndim(labels) else labels
        weight = rng.random(shape[axis], dtype=np.float32)
        samples = np.array(rng.random(rest, dtype=np.float32))
        for x in arrays_of(shape):
            soft = rng.random(shape, dtype=np.float32)
            for target, options in (
                (labels, {}),
                (labels, {"label_smoothing": 0.1}),
                (labels, {"weight": weight, "sample_weight": samples}),
                (labels, {"softcap": 5.0, "z_loss": 0.1}),
                (ignored, {}),
                (soft, {}),
                (soft, {"weight": weight, "label_smoothing": 0.1, "softcap": 5.0}),
            ):
                yield x, target, options


@family
def cross_entropy():
    for x, target, options in loss_cases():
        soft = np.asarray(target).dtype.kind == "f"
        for reduction in ("none", "mean", "sum"):
            want = None
            if x.size:
                want = oracle(reference_loss.loss, x, target, reduction=reduction, **options)
            loss, grad, *more = ops.cross_entropy_with_grad(
                x, target, reduction=reduction, return_target_grad=soft, return_stats=True,
                out=np.empty_like(x) if reduction == "sum" else None, **options,
            )  # fmt: skip
            if want is not None:
                same(np.asarray(loss), want.loss)
                same(grad, want.gradient)
                same(more[-1].logsumexp, want.logsumexp)
                if soft:
                    same(more[0], want.target_gradient)
            elif reduction == "none":
                assert loss.shape == more[-1].logsumexp.shape == more[-1].argmax.shape
                assert loss.size == 0
            else:
                assert np.isnan(loss) if reduction == "mean" else loss == 0
            assert grad.shape == x.shape
            plain = ops.cross_entropy(x, target, reduction=reduction, **options)
            same(np.asarray(plain), np.asarray(loss), 0)


@family
def cross_entropy_of_tensors():
    """The module, as in a program; on several threads, since what they share out follows their number."""
    for threads, inner in itertools.product(
        (1, 2, 5), ((0, 0), (1, 1), (4, 4), (16, 1), (1, 16), (20, 100))
    ):
        _core.set_num_threads(threads)
        for N, C in itertools.product((0, 1), (1, 3, 130)):
            x = lanegrad.tensor(normal(N, C, *inner), requires_grad=True)
            for target in (np.zeros((N, *inner), np.int64), np.ones((N, C, *inner), np.float32)):
                for reduction in ("mean", "sum", "none"):
                    loss = nn.CrossEntropyLoss(reduction=reduction)(x, target)
                    loss.sum().backward()
                    assert loss.shape == ((N, *inner) if reduction == "none" else ())
                    assert x.grad.shape == x.shape
                    if x.shape[0] * inner[0]:
                        assert np.isfinite(loss.detach().numpy()).all()


@family
def nll_loss():
    for x, target, options in loss_cases():
        if np.asarray(target).dtype.kind == "f" or set(options) - {"weight", "sample_weight"}:
            continue
        axis = 1 if x.ndim > 1 else 0
        weight = options.get("weight", np.ones(x.shape[axis]))[np.where(target < 0, 0, target)]
        weight = weight * options.get("sample_weight", 1.0) * (target >= 0)
        at = np.expand_dims(np.where(target < 0, 0, target), axis)
        chosen = -np.take_along_axis(x.astype(np.float64), at, axis).squeeze(axis) * weight
        same(np.asarray(ops.nll_loss(x, target, reduction="none", **options)), chosen)
        same(np.asarray(ops.nll_loss(x, target, reduction="sum", **options)), chosen.sum())
        with np.errstate(invalid="ignore"):
            same(np.asarray(ops.nll_loss(x, target, **options)), chosen.sum() / np.sum(weight))
            grad = np.zeros(x.shape)
            np.put_along_axis(grad, at, np.expand_dims(-np.asarray(weight, np.float64), axis), axis)
            same(ops.nll_loss_backward(np.float32(1), x, target, reduction="sum", **options), grad)
            ones = np.ones(np.shape(target), np.float32)
            same(ops.nll_loss_backward(ones, x, target, reduction="none", **options), grad)
            mean = ops.nll_loss_backward(np.float32(1), x, target, **options)
            counted = np.broadcast_to(np.expand_dims(np.asarray(target) >= 0, axis), x.shape)
            same(mean, np.where(counted, grad / np.sum(weight), 0))


@family
def linear_cross_entropy():
    for N, D, C in itertools.product((0, 1, 3, 17), (0, 1, 5), (1, 2, 130)):
        x, w, b = (
            lanegrad.tensor(a, requires_grad=True) for a in (normal(N, D), normal(C, D), normal(C))
        )
        for target in (rng.integers(0, C, N), rng.random((N, C), dtype=np.float32)):
            for reduction in ("mean", "sum", "none"):
                loss = F.linear_cross_entropy(x, w, target, b, reduction=reduction)
                logits = x.detach().numpy() @ w.detach().numpy().T + b.detach().numpy()
                if N:
                    same(
                        loss.detach().numpy(),
                        reference_loss.loss(logits, target, reduction=reduction).loss,
                    )
                elif reduction != "none":
                    assert np.isnan(loss.item()) if reduction == "mean" else loss.item() == 0
                for tensor in (x, w, b):
                    tensor.grad = None
                loss.sum().backward()
                for tensor in (x, w, b):
                    assert tensor.grad.shape == tensor.shape


@pytest.mark.parametrize("function", family, ids=lambda function: function.__name__)
def test_family(function):
    run_alone(function)
