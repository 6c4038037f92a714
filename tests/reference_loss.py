"""Oracles of softmax and cross-entropy that are exact to far below an ulp of float32, also where the
loss, a probability or a gradient is tiny, and the error in ulps against them."""

import numpy as np


def ulps(result, exact):
    """How many float32 steps at the exact value the results are away, as an array."""
    result, exact = np.asarray(result, np.float64), np.asarray(exact, np.float64)
    size = np.clip(np.abs(np.nan_to_num(exact, posinf=2.0**127)), 2.0**-126, 2.0**127)
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
