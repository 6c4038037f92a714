"""Arithmetic: each function gives an op's value and its gradient rule.

An operand is an array or a Python number, unless a function takes lanes too. `need` says which of the
operands need a gradient: a rule computes, and keeps arrays for, those alone. Sums are taken in float64
and rounded once.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from . import _core
from ._convert import FLOAT, as_array
from .autograd import Rule
from .lanes import Lanes, as_lanes

Array = np.ndarray
Need = tuple[bool, bool]
Result = tuple[Array, Rule]
Images = Array | Lanes


def _shape(operand: Any) -> tuple[int, ...]:
    return getattr(operand, "shape", ())


def _unbroadcast(g: Array, shape: tuple[int, ...]) -> Array:
    """`g` summed over the axes along which an operand of this shape was repeated."""
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    repeated = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] != g.shape[i])
    return np.asarray(g.sum(repeated, np.float64), FLOAT, order="C").reshape(shape)


def add(a: Any, b: Any, need: Need) -> Result:
    shapes = _shape(a), _shape(b)

    def rule(g: Array) -> tuple[Any, ...]:
        return tuple(
            _unbroadcast(g, s) if wanted else None for s, wanted in zip(shapes, need, strict=True)
        )

    return as_array(a + b), rule


def _both(kernel: Any, a: Images, b: Images) -> Images:
    """A kernel of two operands of one shape; lanes if one of them is. A gradient of a single number may
    be NumPy's scalar instead of an array.
    """
    if type(a) is Lanes or type(b) is Lanes:
        images = as_lanes(a)
        return Lanes(kernel(images.data, as_lanes(b).data), images.batch)
    return kernel(np.asarray(a), np.asarray(b))  # type: ignore[no-any-return]


def _in_form(g: Images, lanes: bool) -> Images:
    """A gradient as its receiver holds what it is of: in lanes or not."""
    if lanes:
        return as_lanes(g)
    return g.unpack() if type(g) is Lanes else g


def add_alike(a: Images, b: Images, need: Need) -> tuple[Images, Rule]:
    """The sum of two operands of one shape, float32."""
    forms = type(a) is Lanes, type(b) is Lanes

    def rule(g: Images) -> tuple[Any, ...]:
        ga = _in_form(g, forms[0]) if need[0] else None
        if need[0] and need[1] and forms[0] == forms[1]:
            return ga, ga
        return ga, _in_form(g, forms[1]) if need[1] else None

    return _both(_core.add, a, b), rule


def add_gradients(a: Images, b: Images) -> Images:
    """The sum of two gradients of one result."""
    return _both(_core.add, a, b)


def subtract(a: Any, b: Any, need: Need) -> Result:
    shape_a, shape_b = _shape(a), _shape(b)

    def rule(g: Array) -> tuple[Any, ...]:
        return (
            _unbroadcast(g, shape_a) if need[0] else None,
            _unbroadcast(-g, shape_b) if need[1] else None,
        )

    return as_array(a - b), rule


def multiply(a: Any, b: Any, need: Need) -> Result:
    shape_a, shape_b = _shape(a), _shape(b)
    value = as_array(a * b)
    a, b = (a if need[1] else None), (b if need[0] else None)

    def rule(g: Array) -> tuple[Any, ...]:
        return (
            _unbroadcast(as_array(g * b), shape_a) if need[0] else None,
            _unbroadcast(as_array(g * a), shape_b) if need[1] else None,
        )

    return value, rule


def multiply_alike(a: Images, b: Images, need: Need) -> tuple[Images, Rule]:
    """The product, element by element, of two operands of one shape, float32."""
    forms = type(a) is Lanes, type(b) is Lanes
    kept_a: Any = a if need[1] else None
    kept_b: Any = b if need[0] else None

    def rule(g: Images) -> tuple[Any, ...]:
        return (
            _in_form(_both(_core.mul, g, kept_b), forms[0]) if need[0] else None,
            _in_form(_both(_core.mul, g, kept_a), forms[1]) if need[1] else None,
        )

    return _both(_core.mul, a, b), rule


def scale(a: Images, factor: float) -> tuple[Images, Rule]:
    """The product of float32 with a Python number."""
    lanes = type(a) is Lanes

    def scaled(x: Images) -> Images:
        if type(x) is Lanes:
            return Lanes(_core.mul_scalar(x.data, factor), x.batch)
        return _core.mul_scalar(np.asarray(x), factor)

    return scaled(a), lambda g: (scaled(_in_form(g, lanes)),)


def divide(a: Any, b: Any, need: Need) -> Result:
    shape_a, shape_b = _shape(a), _shape(b)
    value = as_array(a / b)
    quotient = value if need[1] else None

    def rule(g: Array) -> tuple[Any, ...]:
        ga = as_array(g / b)
        return (
            _unbroadcast(ga, shape_a) if need[0] else None,
            _unbroadcast(-ga * quotient, shape_b) if need[1] else None,
        )

    return value, rule


def power(a: Any, b: Any, need: Need) -> Result:
    """In float64, rounded once, unless both operands are integers."""
    whole = all(np.asarray(x).dtype.kind in "iub" for x in (a, b))
    value = as_array(np.power(a, b) if whole else np.power(a, b, dtype=np.float64))

    def rule(g: Array) -> tuple[Any, ...]:
        x, y, wide = np.float64(a), np.float64(b), np.float64(g)
        ga = gb = None
        with np.errstate(divide="ignore", invalid="ignore"):
            if need[0]:  # a constant has no slope, not even at 0
                slope = np.where(y == 0, 0, y * np.power(x, y - 1))
                ga = _unbroadcast(as_array(wide * slope), _shape(a))
            if need[1]:  # 0 ** y is 0 for all y > 0
                slope = np.where((x == 0) & (y >= 0), 0, np.power(x, y) * np.log(x))
                gb = _unbroadcast(as_array(wide * slope), _shape(b))
        return ga, gb

    return value, rule


def sum(a: Array, axis: Any, keepdims: bool) -> Result:
    shape = a.shape
    wide = np.float64 if a.dtype == FLOAT else None
    value = as_array(a.sum(axis, wide, keepdims=keepdims))

    def rule(g: Array) -> tuple[Array]:
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        return (np.array(np.broadcast_to(g, shape), order="C"),)

    return value, rule


def max(a: Array) -> Result:
    value = as_array(a.max())

    def rule(g: Array) -> tuple[Array]:
        largest = (a == value) | (a != a)  # shared by equals, as PyTorch does
        return (largest * as_array(g / np.count_nonzero(largest)),)

    return value, rule


def max_along(a: Array, axis: int, keepdims: bool) -> tuple[Array, Array, Rule]:
    """Values, indices and gradient rule of the first maximum along an axis."""
    shape = a.shape
    at = a.argmax(axis, keepdims=True)
    value = np.take_along_axis(a, at, axis)

    def rule(g: Array) -> tuple[Array]:
        gx = np.zeros(shape, FLOAT)
        np.put_along_axis(gx, at, g.reshape(at.shape), axis)
        return (gx,)

    if keepdims:
        return value, at, rule
    return value.squeeze(axis), at.squeeze(axis), rule


def take(a: Array, index: tuple[Any, ...]) -> Result:
    """The elements at an index, which may share memory with `a`."""
    shape = a.shape

    def rule(g: Array) -> tuple[Array]:
        gx = np.zeros(shape, FLOAT)
        if any(isinstance(part, (list, np.ndarray)) for part in index):
            np.add.at(gx, index, g)  # an element may have been taken several times
        else:
            gx[index] = g
        return (gx,)

    return np.asarray(a[index], order="C"), rule


def matmul(a: Any, b: Any, need: Need) -> Result:
    """As numpy.matmul, through the compiled matrix products."""
    shape, other = _shape(a), _shape(b)
    if not (shape and other):
        raise ValueError("@ takes operands of at least one axis: use * with single numbers")
    if shape[-1] != other[-2:][0]:
        raise ValueError(
            f"cannot multiply {shape} by {other}: {shape[-1]} columns meet {other[-2:][0]} rows"
        )
    if len(other) > 2:
        return _batch_matmul(a, b, need)

    rows = a.reshape(prod(shape[:-1]), shape[-1])
    if len(other) == 1:
        b = b.reshape(1, other[0])
        value = _core.dot(a, b[0]) if len(shape) == 1 else _core.matmul(b, rows, None, False, True)
    else:
        value = _core.matmul(rows, b)

    def rule(g: Any) -> tuple[Any, ...]:
        g, ga, gb = np.asarray(g), None, None
        g = g.reshape(len(rows), 1 if len(other) == 1 else other[1])
        if need[0]:
            ga = _core.matmul(g, b, None, False, len(other) > 1).reshape(shape)
        if need[1] and len(other) == 1:
            gb = _core.matmul(g.reshape(1, len(rows)), rows).reshape(other)
        elif need[1]:
            gb = _core.matmul(rows, g, None, True)
        return ga, gb

    return value.reshape((*shape[:-1], *other[1:])), rule


def _batch_matmul(a: Array, b: Array, need: Need) -> Result:
    x = a.reshape(1, -1) if a.ndim == 1 else a
    value = _core.batch_matmul(x, b)
    products = value.shape

    def rule(g: Array) -> tuple[Any, ...]:
        g, ga, gb = g.reshape(products), None, None
        if need[0]:
            ga = _core.batch_matmul(g, b, False, True, x.shape).reshape(a.shape)
        if need[1]:
            gb = _core.batch_matmul(x, g, True, False, b.shape)
        return ga, gb

    return value.reshape(*products[:-2], *a.shape[-2:-1], products[-1]), rule
