"""Reductions, and products of matrices: each function gives an op's value, its gradient function and what
that takes, as `_core.record` wants them.

An operand is an array or a Python number. These ops compute with NumPy, so that what has been noted of their
operands is done first. Sums are taken in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .. import _core
from .._core import Array, adopt

Need = tuple[bool, ...]
Gradients = tuple[Array | None, ...]
Op = tuple[Array, Callable[..., Any], tuple[Any, ...]]


def as_numpy(operand: Any) -> Any:
    return operand.array() if isinstance(operand, Array) else operand


def sum(a: Array, axis: Any, keepdims: bool) -> Op:
    wide = np.float64 if a.dtype == np.float32 else None
    value = a.array().sum(axis, wide, keepdims=keepdims)
    return adopt(value), _sum_gradient, (a.shape, axis, keepdims)


def _sum_gradient(g: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    up = g.array()
    if axis is not None and not keepdims:
        up = np.expand_dims(up, axis)
    return adopt(np.array(np.broadcast_to(up, shape), order="C"))


def max(a: Array) -> Op:
    value = adopt(a.array().max())
    return value, _max_gradient, (a, value)


def _max_gradient(g: Array, a: Array, value: Array) -> Array:
    x = a.array()
    largest = (x == value.array()) | (x != x)  # shared by equals, as PyTorch does
    return adopt(largest * np.float32(g.array() / np.count_nonzero(largest)))


def max_along(a: Array, axis: int, keepdims: bool) -> tuple[Array, Array, tuple[Any, ...]]:
    """Values, indices and what `max_along_gradient` takes, of the first maximum along an axis."""
    x = a.array()
    at = x.argmax(axis, keepdims=True)
    value = np.take_along_axis(x, at, axis)
    places = adopt(at)
    shown = at if keepdims else at.squeeze(axis)
    return (
        adopt(value if keepdims else value.squeeze(axis)),
        adopt(np.array(shown)),
        (a.shape, places, axis),
    )


def max_along_gradient(g: Array, shape: tuple[int, ...], places: Array, axis: int) -> Array:
    at = places.array()
    gx = np.zeros(shape, np.float32)
    np.put_along_axis(gx, at, g.array().reshape(at.shape), axis)
    return adopt(gx)


def matmul(a: Any, b: Any) -> Op:
    """As numpy.matmul, through the compiled matrix products."""
    if not (isinstance(a, Array) and isinstance(b, Array)):
        raise ValueError("@ takes operands of at least one axis: use * with single numbers")
    a, b = _core.plain_of(a), _core.plain_of(b)
    shape, other = a.shape, b.shape
    if not (shape and other):
        raise ValueError("@ takes operands of at least one axis: use * with single numbers")
    if shape[-1] != other[-2:][0]:
        raise ValueError(
            f"cannot multiply {shape} by {other}: {shape[-1]} columns meet {other[-2:][0]} rows"
        )
    if len(other) > 2:
        x = a.reshape((1, shape[0])) if len(shape) == 1 else a
        value = _core.batch_matmul(x, b)
        result = value.reshape((*value.shape[:-2], *shape[-2:-1], value.shape[-1]))
        return result, _batch_matmul_gradient, (x, b, value.shape, shape)
    rows = a.reshape((prod(shape[:-1]), shape[-1]))
    if len(other) == 2:
        value = _core.matmul(rows, b)
    elif len(shape) == 1:
        value = _core.dot(a, b)
    else:
        value = _core.matmul(b.reshape((1, other[0])), rows, None, False, True)
    return value.reshape((*shape[:-1], *other[1:])), _matmul_gradient, (rows, b, shape)


def _matmul_gradient(
    g: Array, need: Need, rows: Array, b: Array, shape: tuple[int, ...]
) -> Gradients:
    ga = gb = None
    other = b.shape
    g = _core.plain_of(g).reshape((rows.shape[0], 1 if len(other) == 1 else other[1]))
    if need[0]:
        matrix = b.reshape((1, other[0])) if len(other) == 1 else b
        ga = _core.matmul(g, matrix, None, False, len(other) > 1).reshape(shape)
    if need[1] and len(other) == 1:
        gb = _core.matmul(g.reshape((1, rows.shape[0])), rows).reshape(other)
    elif need[1]:
        gb = _core.matmul(rows, g, None, True)
    return ga, gb


def _batch_matmul_gradient(
    g: Array, need: Need, x: Array, b: Array, products: tuple[int, ...], shape: tuple[int, ...]
) -> Gradients:
    ga = gb = None
    g = _core.plain_of(g).reshape(products)
    if need[0]:
        ga = _core.batch_matmul(g, b, False, True, x.shape).reshape(shape)
    if need[1]:
        gb = _core.batch_matmul(x, g, True, False, b.shape)
    return ga, gb
