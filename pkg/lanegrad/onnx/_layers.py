"""Convolutions, products, normalizations, pooling and resampling."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import _core
from ._errors import refusal
from ._graph import Graph, Operand
from ._movement import sliced
from ._noting import exports
from ._traced import Trace

ONE_BY_ONE = (1, 1)


def images(trace: Trace, x: Any) -> Operand:
    """Images (N, C, H, W), also of one (C, H, W)."""
    name = trace.operand(x)
    return name if x.ndim == 4 else trace.graph("Unsqueeze", name, (0,))


def like(trace: Trace, x: Any, name: Operand) -> Operand:
    """A result with as many axes as the input."""
    return name if x.ndim == 4 else trace.graph("Squeeze", name, (0,))


def pair(value: Any) -> list[int]:
    return [int(n) for n in _core.pair_option(value, "option")]


# --- products -----------------------------------------------------------------------------------------------


@exports("convolution")
def convolution(trace: Trace, y: Any, x: Any, weight: Any, bias: Any, options: Any) -> Operand:
    stride, padding, dilation, groups = options
    around = (
        list(padding) if isinstance(padding, tuple) and len(padding) == 4 else pair(padding) * 2
    )
    name = trace.graph(
        "Conv", images(trace, x), trace.operand(weight), trace.operand(bias),
        strides=pair(stride), pads=around, dilations=pair(dilation), group=int(groups),
    )  # fmt: skip
    return like(trace, x, name)


@exports("transposed_convolution")
def transposed_convolution(
    trace: Trace, y: Any, x: Any, weight: Any, bias: Any, size: Any, options: Any
) -> Operand:
    stride, padding, dilation, groups = options
    steps, around, taps = pair(stride), pair(padding), pair(dilation)
    least = [
        (n - 1) * s - 2 * p + d * (k - 1) + 1
        for n, s, p, d, k in zip(x.shape[2:], steps, around, taps, weight.shape[2:], strict=True)
    ]
    return trace.graph(
        "ConvTranspose", trace.operand(x), trace.operand(weight), trace.operand(bias),
        strides=steps, pads=around * 2, dilations=taps, group=int(groups),
        output_padding=[n - m for n, m in zip(size, least, strict=True)],
    )  # fmt: skip


@exports("affine")
def affine(trace: Trace, y: Any, x: Any, weight: Any, bias: Any) -> Operand:
    graph, name, matrix = trace.graph, trace.operand(x), trace.operand(weight)
    if x.ndim == 2:
        return graph("Gemm", name, matrix, trace.operand(bias), transB=1)
    product = graph("MatMul", name, graph("Transpose", matrix, perm=[1, 0]))
    return product if bias is None else graph("Add", product, trace.operand(bias))


@exports("matmul", "batch_matmul", "dot")
def matmul(trace: Trace, y: Any, a: Any, b: Any, *options: Any) -> Operand:
    flags = [flag for flag in options if isinstance(flag, bool)]
    names = []
    for x, turned in zip((a, b), (*flags, False, False), strict=False):
        order = [*range(x.ndim - 2), x.ndim - 1, x.ndim - 2]
        name = trace.operand(x)
        names.append(trace.graph("Transpose", name, perm=order) if turned else name)
    return trace.graph("MatMul", *names)


# --- normalizations -----------------------------------------------------------------------------------------


def no_training() -> Any:
    return refusal(
        "it uses the statistics of the batch, or random numbers, as in training",
        "Pass training=self.training, and keep running statistics, so that model.eval() changes it",
    )


@exports("dropout")
def dropout(trace: Trace, y: Any, *args: Any) -> Operand:
    raise no_training()


@exports("batch_normalization")
def batch_normalization(
    trace: Trace, y: Any, x: Any, mean: Any, var: Any, weight: Any, bias: Any, training: bool,
    momentum: Any, eps: float, tracked: Any,
) -> Operand:  # fmt: skip
    if training:
        raise no_training()
    channels = x.shape[1]
    scale = np.ones(channels, np.float32) if weight is None else trace.operand(weight)
    shift = np.zeros(channels, np.float32) if bias is None else trace.operand(bias)
    statistics = trace.operand(mean), trace.operand(var)
    return trace.graph(
        "BatchNormalization", trace.operand(x), scale, shift, *statistics, epsilon=float(eps)
    )


@exports("row_normalization")
def row_normalization(
    trace: Trace, y: Any, x: Any, norm: Any, weight: Any, bias: Any, running: Any = None
) -> Operand:
    if running is not None:
        raise no_training()
    graph, name = trace.graph, trace.operand(x)
    scale, shift = trace.operand(weight), trace.operand(bias)
    if norm.groups:
        found = _group_norm(graph, x, name, norm.groups, norm.eps)
        each = (-1, *(1,) * (x.ndim - 2))
        scale, shift = (v if v is None else graph("Reshape", v, each) for v in (scale, shift))
    elif norm.rms:
        axes = tuple(range(x.ndim - norm.axes, x.ndim))
        square = graph("ReduceMean", graph("Mul", name, name), axes, keepdims=1)
        root = graph("Sqrt", graph("Add", square, graph.number(norm.eps)))
        found = graph("Div", name, root)
    else:
        ones = np.ones(x.shape[x.ndim - norm.axes :], np.float32)
        return graph(
            "LayerNormalization", name, ones if scale is None else scale, shift,
            axis=-norm.axes, epsilon=float(norm.eps),
        )  # fmt: skip
    found = found if scale is None else graph("Mul", found, scale)
    return found if shift is None else graph("Add", found, shift)


def _group_norm(graph: Graph, x: Any, name: Operand, groups: int, eps: float) -> Operand:
    """Groups as channels that are normalized each, of one long axis."""
    rows = graph("Reshape", name, (x.shape[0], groups, prod(x.shape[1:]) // groups))
    ones, zeros = np.ones(groups, np.float32), np.zeros(groups, np.float32)
    normal = graph("InstanceNormalization", rows, ones, zeros, epsilon=float(eps))
    return graph("Reshape", normal, tuple(x.shape))


@exports("response_normalization")
def response_normalization(trace: Trace, y: Any, x: Any, options: Any) -> Operand:
    size, alpha, beta, k = options
    if size % 2 == 0 or x.ndim != 4:
        raise refusal("ONNX has it of images and for an odd size alone", "Choose such a size")
    return trace.graph(
        "LRN", trace.operand(x), size=int(size), alpha=float(alpha), beta=float(beta), bias=float(k)
    )


# --- pooling ------------------------------------------------------------------------------------------------


def _padded(
    graph: Graph, x: Any, y: Any, name: Operand, windows: Any, fill: float
) -> tuple[Operand, list[int]]:
    """Images with what is around them, as far as windows hang over the edges."""
    kernel, stride, padding, dilation = windows
    behind = [
        max((out - 1) * s + d * (k - 1) + 1 - n - p, 0)
        for out, n, k, s, p, d in zip(
            y.shape[-2:], x.shape[-2:], kernel, stride, padding, dilation, strict=True
        )
    ]
    if not any((*padding, *behind)):
        return name, [0, 0, 0, 0]
    pads = (0, 0, *padding, 0, 0, *behind)
    return graph("Pad", name, pads, graph.number(fill), mode="constant"), [*padding, *behind]


def values_alone(return_indices: bool) -> None:
    """An error if the places of maxima are wanted, too."""
    if return_indices:
        raise refusal("places of maxima are not exported", "Use return_indices=False")


@exports("max_pooling")
def max_pooling(
    trace: Trace, y: Any, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool, return_indices: bool,
) -> Any:  # fmt: skip
    values_alone(return_indices)
    kernel, taps = pair(kernel_size), pair(dilation)
    steps = list(_core.stride_option(stride, (kernel[0], kernel[1])))
    windows = kernel, steps, pair(padding), taps
    name, _ = _padded(trace.graph, x, y, images(trace, x), windows, -np.inf)
    found = trace.graph("MaxPool", name, kernel_shape=kernel, strides=steps, dilations=taps)
    return like(trace, x, found)


@exports("average_pooling")
def average_pooling(
    trace: Trace, y: Any, x: Any, forward: Any, backward: Any, options: tuple[Any, ...]
) -> Operand:
    graph, name = trace.graph, images(trace, x)
    if forward.__name__.startswith("adaptive"):
        return like(trace, x, _adaptive_mean(graph, x, y, name))
    kernel, stride, padding = (list(option) for option in options[:3])
    name, pads = _padded(graph, x, y, name, (kernel, stride, padding, ONE_BY_ONE), 0.0)
    name = graph("AveragePool", name, kernel_shape=kernel, strides=stride)
    # Each mean is over a whole window by now, and may have to be over what is inside.
    ones = np.ones((1, 1, *x.shape[-2:]), np.float32)
    wanted = _core.unpack_lanes(forward(_core.pack_lanes(ones), *options), 1)
    around = np.pad(ones[0, 0], [(pads[0], pads[2]), (pads[1], pads[3])])
    windows = np.lib.stride_tricks.sliding_window_view(around, kernel)
    shares = windows[:: stride[0], :: stride[1]].mean((2, 3), dtype=np.float64)
    factors = (wanted / shares).astype(np.float32)
    if not np.allclose(factors, 1, rtol=1e-6, atol=0):
        name = graph("Mul", name, factors)
    return like(trace, x, name)


def _even(x: Any, y: Any) -> list[int] | None:
    """The windows of adaptive pooling, if all are alike."""
    each = [n // out for n, out in zip(x.shape[-2:], y.shape[-2:], strict=True)]
    fits = all(n % out == 0 for n, out in zip(x.shape[-2:], y.shape[-2:], strict=True))
    return each if fits else None


def _bounds(size: int, wanted: int) -> list[tuple[int, int]]:
    return [(i * size // wanted, -(-(i + 1) * size // wanted)) for i in range(wanted)]


def _adaptive_mean(graph: Graph, x: Any, y: Any, name: Operand) -> Operand:
    if tuple(y.shape[-2:]) == ONE_BY_ONE:
        return graph("GlobalAveragePool", name)
    if (kernel := _even(x, y)) is not None:
        return graph("AveragePool", name, kernel_shape=kernel, strides=kernel)
    rows, columns = (
        np.array(
            [[(a <= i < b) / (b - a) for i in range(n)] for a, b in _bounds(n, out)], np.float32
        )
        for n, out in zip(x.shape[-2:], y.shape[-2:], strict=True)
    )
    return graph("MatMul", graph("MatMul", rows, name), np.ascontiguousarray(columns.T))


@exports("adaptive_max_pooling")
def adaptive_max_pooling(trace: Trace, y: Any, x: Any, size: Any, return_indices: bool) -> Operand:
    values_alone(return_indices)
    graph, name = trace.graph, images(trace, x)
    if (kernel := _even(x, y)) is not None:
        return like(trace, x, graph("MaxPool", name, kernel_shape=kernel, strides=kernel))
    for axis in (2, 3):
        n, out = x.shape[axis - 4], y.shape[axis - 4]
        parts = [sliced(graph, name, axis, a, b) for a, b in _bounds(n, out)]
        maxima = [graph("ReduceMax", part, (axis,), keepdims=1) for part in parts]
        name = graph("Concat", *maxima, axis=axis)
    return like(trace, x, name)


# --- resampling ---------------------------------------------------------------------------------------------


@exports("resampling")
def resampling(trace: Trace, y: Any, x: Any, axes: tuple[Any, ...]) -> Operand:
    name = trace.operand(x)
    for axis, wanted, mode, step, centred in axes:
        name = _resampled(trace.graph, x, name, axis, wanted, mode, step, centred)
    return name


def _resampled(
    graph: Graph,
    x: Any,
    name: Operand,
    axis: int,
    wanted: int,
    mode: str,
    step: float,
    centred: bool,
) -> Operand:
    """Of an axis of `x`. Where `Resize` means another thing, as the product with a matrix."""
    size = x.shape[axis]
    if mode == "nearest" and (centred or wanted % size):
        return graph("Gather", name, _nearest(size, wanted, step, centred), axis=axis)
    single = np.float32
    ratio, corners = single(size) / single(wanted), single(size - 1) / single(max(wanted - 1, 1))
    if (mode == "nearest" or centred) and step == float(ratio):
        places = "half_pixel" if centred else "asymmetric"
    elif mode != "nearest" and not centred and (wanted == 1 or step == float(corners)):
        places = "align_corners"
    else:
        matrix = _core.resample(np.eye(size, dtype=np.float32), 0, wanted, mode, step, centred)
        if axis == x.ndim - 1:
            return graph("MatMul", name, np.ascontiguousarray(matrix.T))
        if axis == x.ndim - 2:
            return graph("MatMul", matrix, name)
        raise refusal("its scale_factor is not the ratio of the sizes", "Give interpolate a size")
    return graph(
        "Resize", name, None, None, (wanted,), axes=[axis], mode=mode, cubic_coeff_a=-0.75,
        coordinate_transformation_mode=places, nearest_mode="floor",
    )  # fmt: skip


def _nearest(size: int, wanted: int, step: float, centred: bool) -> Operand:
    """The pixels that are read."""
    places = np.arange(size, dtype=np.float32)
    return _core.resample(places, 0, wanted, "nearest", step, centred).astype(np.int64)
