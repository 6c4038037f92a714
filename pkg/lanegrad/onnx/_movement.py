"""Shapes, views, joins, padding, and elements at an index."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._core import record
from .._tensor import array_of
from .._tensor.conversion import converted
from ._errors import refusal
from ._graph import Graph, Operand
from ._noting import direct, exports, real
from ._traced import Trace, TracedArray

END = 2**63 - 1  # of a slice that goes on to the end
PADDING = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}


def sliced(graph: Graph, x: Operand, axis: int, start: int, stop: int, step: int = 1) -> Operand:
    """A part of an axis."""
    return graph("Slice", x, (start,), (stop,), (axis,), (step,))


@exports("reshape")
def reshape(trace: Trace, y: Any, x: Any, shape: Any) -> Operand:
    name = trace.operand(x)
    return name if y.shape == x.shape else trace.graph("Reshape", name, tuple(y.shape))


@exports("with_axes")
def with_axes(trace: Trace, y: Any, x: Any, axes: tuple[int, ...]) -> Operand:
    return trace.graph("Transpose", trace.operand(x), perm=list(axes))


@exports("expanded")
def expanded(trace: Trace, y: Any, x: Any, shape: Any) -> Operand:
    kept = (*(1,) * (y.ndim - x.ndim), *x.shape)  # 1 leaves an axis as it is
    target = tuple(1 if n == old else n for n, old in zip(y.shape, kept, strict=True))
    return trace.graph("Expand", trace.operand(x), target)


@exports("part_of")
def part_of(trace: Trace, y: Any, x: Any, parts: tuple[Any, ...]) -> Operand:
    graph, found = trace.graph, trace.operand(x)
    given = sum(part is not None and part is not Ellipsis for part in parts)
    axis, place, gone, new = 0, 0, [], []
    for part in parts:
        if part is None:
            new.append(place)
            place += 1
        elif part is Ellipsis:
            axis += x.ndim - given
            place += x.ndim - given
        elif isinstance(part, slice):
            start, stop, step = part.indices(x.shape[axis])
            if (start, stop, step) != (0, x.shape[axis], 1):
                to_end = part.stop is None or stop == x.shape[axis]
                found = sliced(
                    graph, found, axis, start, END if to_end and step > 0 else stop, step
                )
            axis += 1
            place += 1
        else:
            index = int(part)
            found = sliced(graph, found, axis, index, END if index == -1 else index + 1)
            gone.append(axis)
            axis += 1
    if gone:
        found = graph("Squeeze", found, tuple(gone))
    return graph("Unsqueeze", found, tuple(new)) if new else found


@exports("backwards")
def backwards(trace: Trace, y: Any, x: Any, axes: tuple[int, ...]) -> Operand:
    found = trace.operand(x)
    for axis in axes:
        found = sliced(trace.graph, found, axis, -1, -END, -1)
    return found


@exports("cat")
def cat(trace: Trace, y: Any, arrays: Any, axis: int) -> Operand:
    return trace.graph("Concat", *map(trace.operand, arrays), axis=axis)


@exports("pad")
def pad(
    trace: Trace, y: Any, x: Any, left: Any, right: Any, mode: str, value: float = 0.0
) -> Operand:
    graph, found = trace.graph, trace.operand(x)
    before, behind = tuple(map(int, left)), tuple(map(int, right))
    if mode == "circular":
        for axis, (first, last) in enumerate(zip(before, behind, strict=True)):
            if first or last:
                found = _circular(graph, found, axis, x.shape[axis], first, last)
        return found
    fill = [graph.number(value)] if mode == "constant" else []
    return graph("Pad", found, (*before, *behind), *fill, mode=PADDING[mode])


def _circular(graph: Graph, x: Operand, axis: int, size: int, before: int, behind: int) -> Operand:
    if before < 0 or behind < 0:
        raise refusal(
            "circular padding by less than 0 is not exported", "Cut it with a slice instead"
        )
    parts = [x]
    if before:
        parts.insert(0, sliced(graph, x, axis, size - before, END))
    if behind:
        parts.append(sliced(graph, x, axis, 0, behind))
    return graph("Concat", *parts, axis=axis)


@exports("triangle")
def triangle(trace: Trace, y: Any, x: Any, diagonal: int, upper: bool) -> Operand:
    return trace.graph("Trilu", trace.operand(x), np.asarray(diagonal, np.int64), upper=int(upper))


# --- by an index --------------------------------------------------------------------------------------------


@direct("check_index")
def check_index(function: Any, index: Any, size: int) -> tuple[bool, bool]:
    """As if no index were negative, which ONNX reads as Python does."""
    if function(real(index), size)[1]:
        return False, True
    return False, False


@exports("take")
def take(trace: Trace, y: Any, x: Any, index: Any, axis: int, axes: int = 1) -> Operand:
    if axes != 1:
        raise refusal(
            "it takes elements by several indices at once", "Use one index, or lanegrad.gather"
        )
    return trace.graph("Gather", trace.operand(x), trace.operand(index), axis=axis)


@exports("gather")
def gather(trace: Trace, y: Any, x: Any, index: Any, axis: int) -> Operand:
    return trace.graph("GatherElements", trace.operand(x), trace.operand(index), axis=axis)


# --- types --------------------------------------------------------------------------------------------------


@direct("cast_array")
def cast_array(function: Any, x: TracedArray, dtype: Any) -> TracedArray:
    value = array_of(converted(record(x.real), dtype))
    return TracedArray(x.trace, value, x.trace.graph("Cast", x.name, to=dtype))
