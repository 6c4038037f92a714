"""Oracles of softmax and cross-entropy that are exact to far below an ulp of float32, also where the
loss, a probability or a gradient is tiny, and the error in ulps against them."""

from typing import NamedTuple

import numpy as np


def ulps(result, exact, at=None):
    """How many float32 steps the results are away from the exact values, as an array. The steps
    are those at the exact values, or those `at` other ones."""
    result, exact = np.asarray(result, np.float64), np.asarray(exact, np.float64)
    size = np.abs(np.nan_to_num(exact if at is None else at, posinf=2.0**127))
    size = np.clip(size, 2.0**-126, 2.0**127)
    overflow = (
        (np.abs(exact) >= 2.0**128 * (1 - 2.0**-25)) & np.isinf(result) & (result * exact > 0)
    )
    with np.errstate(invalid="ignore"):
        error = np.abs(result - exact) / 2.0 ** (np.floor(np.log2(size)) - 23)
    return np.where(overflow | (result == exact) | (np.isnan(result) & np.isnan(exact)), 0, error)


def _terms(x):
    """d = x - max, exp(d), and the sum of exp(d) without one of the maxima, per row."""
    x = np.asarray(x, np.float64)
    with np.errstate(invalid="ignore"):
        d = x - x.max(axis=1, keepdims=True)
    terms = np.exp(d)
    others = terms.copy()
    others[np.arange(len(x)), np.argmax(d, axis=1)] = 0
    return d, terms, others.sum(axis=1)


def softmax(x):
    _, terms, rest = _terms(x)
    return terms / (1 + rest)[:, None]


def log_softmax(x):
    d, _, rest = _terms(x)
    return d - np.log1p(rest)[:, None]


def cross_entropy(x, target, weight=None):
    """Loss (N,) of each row, times the weight of its class, and gradient (N, C) of it."""
    rows = np.arange(len(x))
    d, terms, rest = _terms(x)
    loss = -d[rows, target] + np.log1p(rest)
    gradient = terms / (1 + rest)[:, None]
    without = terms.copy()
    without[rows, target] = 0
    gradient[rows, target] = -without.sum(axis=1) / (1 + rest)
    if weight is None:
        return loss, gradient
    weight = np.asarray(weight, np.float64)[target]
    return weight * loss, weight[:, None] * gradient


class Loss(NamedTuple):
    """What `loss` returns: float64, gradients in the shape of logits and target."""

    loss: np.ndarray
    gradient: np.ndarray
    target_gradient: np.ndarray | None
    logsumexp: np.ndarray


def loss(x, target, *, reduction="mean", **options):
    """Cross-entropy of logits `x`, classes along `axis`, against class indices or probabilities."""
    row = _Rows(x, target, **options)
    per_cost, per_square = {"mean": row.divisors(), "sum": (1, 1), "none": (1, 1)}[reduction]
    with np.errstate(invalid="ignore", divide="ignore"):
        gradient = row.slope * (row.gradient / per_cost + row.square_gradient / per_square)
        target_gradient = None if row.target_slope is None else row.target_slope / per_cost
        losses = row.losses / per_cost + row.square / per_square
        total = losses if reduction == "none" else losses.sum()
        if reduction == "mean" and not row.counted.any():
            total = np.float64(np.nan)
    gradient[~row.counted] = 0
    return Loss(
        row.shaped(total) if reduction == "none" else total,
        row.with_classes(gradient),
        None if target_gradient is None else row.with_classes(target_gradient),
        row.shaped(row.logsumexp),
    )


def subtracted(x, target, **options):
    """The larger of the two numbers whose difference a row's own gradient is, element by element;
    the gradient itself where only one of them is not zero, and for class indices alone."""
    row = _Rows(x, target, **options)
    plain = np.asarray(target).dtype.kind in "iu" and not options.get("label_smoothing")
    total = row.q.sum(axis=1, keepdims=True)
    pull = row.share * (total + 2 * np.abs(row.z * row.logsumexp)[:, None])
    size = row.slope * np.maximum(pull, row.q)
    exact = np.abs(row.slope * (row.gradient + row.square_gradient))
    alone = (plain | (row.q == 0)) & (row.z == 0)[:, None]
    return row.with_classes(np.where(alone, exact, size))


class _Rows:
    """The parts of the loss for logits as rows (N, C), each row before a mean divides it."""

    def __init__(
        self, x, target, *, axis=None, weight=None, sample_weight=None, ignore_index=-100,
        label_smoothing=0.0, z_loss=0.0, softcap=None,
    ):  # fmt: skip
        x, target = np.asarray(x, np.float64), np.asarray(target)
        self.axis = min(1, x.ndim - 1) if axis is None else axis
        x = np.moveaxis(x, self.axis, -1)
        self.shape, classes = x.shape[:-1], x.shape[-1]
        x = x.reshape(-1, classes)
        rows = np.arange(len(x))

        w = np.ones(classes) if weight is None else np.asarray(weight, np.float64)
        s = np.ones(len(x)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        s = s.reshape(-1, 1)
        smooth = label_smoothing / classes
        if target.dtype.kind == "f":
            t = np.moveaxis(target.astype(np.float64), self.axis, -1).reshape(x.shape)
            self.counted = np.ones(len(x), bool)
            enters = np.ones(x.shape, bool)
            each = np.ones(len(x))
        else:
            labels = target.reshape(-1)
            self.counted = labels != ignore_index
            labels = np.where(self.counted, labels, 0).astype(np.int64)
            t = np.zeros(x.shape)
            t[rows, labels] = 1
            enters = (t > 0) | (smooth > 0)
            each = w[labels]
        s = np.where(self.counted[:, None], s, 0)
        self.weights, self.samples = s[:, 0] * each, s[:, 0]
        self.q = s * w * ((1 - label_smoothing) * t + smooth)
        self.z = s[:, 0] * z_loss

        y, self.slope = (x, np.ones(x.shape)) if softcap is None else _capped(x, softcap)
        y = np.where(np.isfinite(y.max(axis=1, keepdims=True)), y, np.nan)
        d, terms, rest = _terms(y)
        total = 1 + rest[:, None]
        self.share = terms / total
        self.logsumexp = y.max(axis=1) + np.log1p(rest)
        cost = np.log1p(rest)[:, None] - d  # -log(share)
        with np.errstate(invalid="ignore"):
            self.losses = np.where(enters, self.q * cost, 0).sum(axis=1)
            self.square = self.z * self.logsumexp**2
            self.gradient = self.share * _others(self.q) - self.q * (_others(terms) / total)
            self.square_gradient = self.share * (2 * self.z * self.logsumexp)[:, None]
            slope = s * w * (1 - label_smoothing) * cost
        self.losses[~self.counted] = self.square[~self.counted] = 0
        self.target_slope = slope if target.dtype.kind == "f" else None

    def divisors(self):
        """What "mean" divides the rows' losses and their squares of logsumexp by."""
        return self.weights.sum(), self.samples.sum()

    def shaped(self, rows):
        return rows.reshape(self.shape)

    def with_classes(self, rows):
        return np.moveaxis(rows.reshape(*self.shape, rows.shape[1]), -1, self.axis)


def _capped(x, cap):
    """cap * tanh(x / cap) and its derivative."""
    small = np.exp(-2 * np.abs(x / cap))
    return cap * np.tanh(x / cap), 4 * small / (1 + small) ** 2


def _others(v):
    """For each element of a row of numbers >= 0, the sum of the others, nothing cancelled."""
    rows, first = np.arange(len(v)), np.argmax(v, axis=1)
    rest = v.copy()
    rest[rows, first] = 0
    rest = rest.sum(axis=1)
    others = (rest + v[rows, first])[:, None] - v
    others[rows, first] = rest
    return others
