"""What a model does, as nodes of ONNX, without the package onnx: see `_writing` for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ._errors import ExportError, asked

__all__ = ["Graph", "Multiple", "Node", "Operand", "merged", "merged_sizes"]


class Multiple(NamedTuple):
    """A size that is so many times the batch."""

    times: int


Sizes = tuple[
    int | Multiple | None, ...
]  # None for one of a result that depends on the batch otherwise

# The name of another node's result, of an input or of a parameter; whole numbers, such as a shape, among
# which may be multiples of the batch; values that are part of the model; or what is left out.
Operand = str | Sizes | np.ndarray | None


@dataclass
class Node:
    """One operation of ONNX. Attributes that are NumPy dtypes stand for ONNX's numbers of them."""

    op: str
    inputs: list[Operand]
    outputs: list[str]
    attributes: dict[str, Any]
    asked: tuple[str, str]


@dataclass
class Graph:
    """Nodes in their order, and the parameters that they use by name."""

    nodes: list[Node] = field(default_factory=list)
    parameters: dict[str, np.ndarray] = field(default_factory=dict)

    def __call__(self, op: str, *inputs: Operand, **attributes: Any) -> str:
        """The name of the result of a new node."""
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(Node(op, list(inputs), [name], attributes, asked()))
        return name

    def number(self, value: Any, dtype: Any = np.float32) -> np.ndarray:
        """A constant without axes."""
        return np.asarray(value, dtype)


# --- one graph for all batches ------------------------------------------------------------------------------


def merged(graphs: Sequence[Graph], batches: Sequence[int]) -> Graph:
    """The graph that several are, of one model with batches of these sizes.

    Raises
    ------
    ExportError
        They differ in more than sizes that are multiples of the batch.
    """
    nodes: list[Node] = []
    for same in zip(*(graph.nodes for graph in graphs), strict=False):
        nodes += _merged_nodes(same, batches)
    if len({len(graph.nodes) for graph in graphs}) > 1:
        shortest = min(graphs, key=lambda graph: len(graph.nodes))
        _differs(shortest.nodes[-1], batches)
    parameters = graphs[0].parameters
    for graph in graphs[1:]:
        for name, values in parameters.items():
            if not np.array_equal(values, graph.parameters[name], equal_nan=True):
                raise ExportError(
                    f"{name} changes from call to call in evaluation mode: exported, it would be constant"
                )
    return Graph(nodes, parameters)


def _merged_nodes(same: Sequence[Node], batches: Sequence[int]) -> Iterator[Node]:
    """The node that several are, behind what makes an operand of it."""
    first = same[0]
    alike = [(node.op, node.attributes, list(map(_fixed, node.inputs))) for node in same]
    if any(each != alike[0] for each in alike):
        _differs(first, batches)
    inputs: list[Operand] = []
    for k, operands in enumerate(zip(*(node.inputs for node in same), strict=True)):
        operand = operands[0]
        if isinstance(operand, tuple):
            operand = merged_sizes(operands, batches)
            if None in operand:
                _differs(first, batches)
            several = sum(isinstance(size, Multiple) for size in operand)
            if first.op == "Reshape" and several == 1 and -1 not in operand:  # what is left
                operand = tuple(-1 if isinstance(size, Multiple) else size for size in operand)
        elif isinstance(operand, np.ndarray):
            values = _merged_values(operands, batches)
            if values is None:
                _differs(first, batches)
            if values.shape != operand.shape:
                operand = f"{first.outputs[0]}_rows_{k}"
                target: Sizes = (Multiple(1), *(1,) * (values.ndim - 1))
                yield Node("Expand", [values, target], [operand], {}, first.asked)
        inputs.append(operand)
    yield replace(first, inputs=inputs)


def _fixed(operand: Operand) -> Any:
    """What an operand has to have in common for all batches; sizes and values are looked at apart."""
    if isinstance(operand, np.ndarray):
        return np.ndarray
    return len(operand) if isinstance(operand, tuple) else operand


def merged_sizes(given: Sequence[Any], batches: Sequence[int]) -> Sizes:
    """Sizes of which some may be multiples of the batch; None for those that are something else."""
    found: list[int | Multiple | None] = []
    for sizes in zip(*given, strict=True):
        if len(set(sizes)) == 1:
            found.append(sizes[0])
        elif len({size / batch for size, batch in zip(sizes, batches, strict=True)}) == 1 and (
            sizes[0] % batches[0] == 0
        ):
            found.append(Multiple(sizes[0] // batches[0]))
        else:
            found.append(None)
    return tuple(found)


def _merged_values(given: Sequence[Any], batches: Sequence[int]) -> np.ndarray | None:
    """Values that are all the same; or one row, where there is that row for each of the batch."""
    first: np.ndarray = given[0]
    if all(np.array_equal(first, values, equal_nan=first.dtype.kind == "f") for values in given):
        return first
    if not first.ndim:
        return None
    row = first[:1]
    for values, batch in zip(given, batches, strict=True):
        if values.ndim != row.ndim or values.shape[1:] != row.shape[1:] or len(values) != batch:
            return None
        if not np.array_equal(values, np.repeat(row, batch, 0), equal_nan=row.dtype.kind == "f"):
            return None
    return row


def _differs(node: Node, batches: Sequence[int]) -> NoReturn:
    sizes = ", ".join(map(str, batches))
    raise ExportError(
        f"the model is not the same for every batch, tried of {sizes}: the first difference is at or after "
        f"{' '.join(node.asked)}. Python that depends on the batch or on chance cannot be exported: use "
        "x.flatten(1), -1 and x.shape[0] in shapes, or export for one batch with dynamic_axes={}"
    )
