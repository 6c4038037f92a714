"""Sums, means, extremes and norms along axes."""

from __future__ import annotations

from math import inf, prod
from typing import Any

import numpy as np

from .._core import axes_of, axis_of
from ._errors import refusal
from ._graph import Graph, Operand
from ._noting import exports
from ._traced import Trace

NAMES = {
    "max": "ReduceMax", "min": "ReduceMin", "prod": "ReduceProd", "logsumexp": "ReduceLogSumExp",
}  # fmt: skip
NORMS = {1: "ReduceL1", 2: "ReduceL2", inf: "ReduceMax", -inf: "ReduceMin"}
INTEGER = np.dtype(np.int64)


def reduced(graph: Graph, op: str, x: Any, name: Operand, dim: Any, keepdim: bool) -> Operand:
    """A reduction along the axes that `dim` means of a tensor."""
    axes = axes_of(dim, x.ndim)
    return graph(op, name, axes, keepdims=int(keepdim)) if axes else name


@exports("sum_along")
def sum_along(trace: Trace, y: Any, x: Any, dim: Any, keepdim: bool, mean: bool) -> Operand:
    name = trace.operand(x)
    if y.dtype != x.dtype:
        name = trace.graph("Cast", name, to=y.dtype)
    return reduced(trace.graph, "ReduceMean" if mean else "ReduceSum", x, name, dim, keepdim)


@exports("reduce_along")
def reduce_along(
    trace: Trace, y: Any, x: Any, dim: Any, keepdim: bool, name: str, number: float = 1
) -> Operand:
    if name in NAMES:
        return reduced(trace.graph, NAMES[name], x, trace.operand(x), dim, keepdim)
    if name not in ("var", "std"):
        raise refusal(f"ONNX has no {name}", "Make it of sums and lanegrad.where")
    graph, operand = trace.graph, trace.operand(x)
    axes = axes_of(dim, x.ndim)
    centred = graph("Sub", operand, graph("ReduceMean", operand, axes, keepdims=1))
    mean = reduced(graph, "ReduceMean", x, graph("Mul", centred, centred), dim, keepdim)
    count = prod(x.shape[axis] for axis in axes)
    found = graph("Mul", mean, graph.number(count / number if number else np.nan))
    return graph("Sqrt", found) if name == "std" else found


@exports("norm_along")
def norm_along(trace: Trace, y: Any, x: Any, dim: Any, keepdim: bool, p: float) -> Operand:
    if p not in NORMS:
        raise refusal(f"ONNX has no norm of p={p}", "Make it of powers and a sum")
    name = trace.operand(x)
    if abs(p) == inf:
        name = trace.graph("Abs", name)
    return reduced(trace.graph, NORMS[p], x, name, dim, keepdim)


@exports("reduce_wholes")
def reduce_wholes(
    trace: Trace,
    y: Any,
    x: Any,
    dim: Any,
    keepdim: bool,
    name: str,
    dtype: Any,
    no_axis: bool = False,
) -> Operand:
    if name not in ("any", "all", "count") or (no_axis and dim == ()):
        raise refusal(f"{name} of whole numbers is not exported", "Convert with .float() first")
    graph = trace.graph
    truths = graph("Cast", graph("Cast", trace.operand(x), to=np.dtype(bool)), to=INTEGER)
    op = {"any": "ReduceMax", "all": "ReduceMin", "count": "ReduceSum"}[name]
    return graph("Cast", reduced(graph, op, x, truths, dim, keepdim), to=y.dtype)


@exports("place_along")
def place_along(
    trace: Trace, y: Any, x: Any, dim: Any, keepdim: bool, name: str, values: bool
) -> Any:
    graph, operand = trace.graph, trace.operand(x)
    op, extreme = ("ArgMax", "ReduceMax") if name == "max" else ("ArgMin", "ReduceMin")
    if dim is None:
        places = graph(op, graph("Reshape", operand, (-1,)), axis=0, keepdims=0)
        return graph("Reshape", places, (1,) * x.ndim) if keepdim else places
    axis = axis_of(dim, x.ndim)
    places = graph(op, operand, axis=axis, keepdims=int(keepdim))
    if not values:
        return places
    return graph(extreme, operand, (axis,), keepdims=int(keepdim)), places


@exports("scan")
def scan(trace: Trace, y: Any, x: Any, axis: int, product: bool, reverse: bool) -> Operand:
    if product:
        raise refusal("ONNX has no product up to each element", "Make it of logarithms and cumsum")
    at = np.asarray(axis, np.int64)
    return trace.graph("CumSum", trace.operand(x), at, reverse=int(reverse))


@exports("softmax")
def softmax(trace: Trace, y: Any, x: Any, axis: int) -> Operand:
    return trace.graph("Softmax", trace.operand(x), axis=axis)


@exports("log_softmax")
def log_softmax(trace: Trace, y: Any, x: Any, axis: int) -> Operand:
    return trace.graph("LogSoftmax", trace.operand(x), axis=axis)
