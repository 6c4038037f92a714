"""A graph as a model of the package onnx, and what a runtime makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._errors import ExportError
from ._graph import Graph, Multiple, Operand, Sizes

__all__ = ["Value", "onnx_package", "proto", "runtime"]

BATCH = "batch"
Value = tuple[str, Any, Sizes]  # name, dtype and shape of an input or a result


def onnx_package() -> Any:
    """The package onnx, or an error that says how to install it."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "lanegrad.onnx.export needs the package onnx: pip install 'lanegrad[onnx]'"
        ) from error
    return onnx


def proto(graph: Graph, inputs: Sequence[Value], outputs: Sequence[Value], opset: int) -> Any:
    """The model, checked by onnx."""
    onnx = onnx_package()
    nodes = _Nodes(onnx, inputs)
    for node in graph.nodes:
        operands = [nodes.operand(operand) for operand in node.inputs]
        while operands and not operands[-1]:
            operands.pop()
        nodes.add(node.op, operands, node.outputs, node.attributes)
    values = [onnx.numpy_helper.from_array(array, name) for name, array in graph.parameters.items()]
    made = onnx.helper.make_graph(
        nodes.nodes,
        "lanegrad",
        [_value_info(onnx, *value) for value in inputs],
        [_value_info(onnx, *value) for value in outputs],
        values + nodes.constants,
    )
    opsets = [onnx.helper.make_opsetid("", opset)]
    model = onnx.helper.make_model(
        made,
        opset_imports=opsets,
        producer_name="lanegrad",
        ir_version=onnx.helper.find_min_ir_version_for(opsets),
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _value_info(onnx: Any, name: str, dtype: Any, sizes: Sizes) -> Any:
    shape = [
        (BATCH if n.times == 1 else f"{n.times}*{BATCH}") if isinstance(n, Multiple) else n
        for n in sizes
    ]
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return onnx.helper.make_tensor_value_info(name, kind, shape)


class _Nodes:
    """The nodes of a model and its constants, none of which is there twice."""

    def __init__(self, onnx: Any, inputs: Sequence[Value]) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.known: dict[Any, str] = {}
        self.batch = next(
            (name for name, _, sizes in inputs if sizes and isinstance(sizes[0], Multiple)), ""
        )

    def add(self, op: str, inputs: list[str], outputs: list[str], attributes: Any) -> None:
        given = {
            key: self.onnx.helper.np_dtype_to_tensor_dtype(value)
            if isinstance(value, np.dtype)
            else value
            for key, value in attributes.items()
        }
        self.nodes.append(self.onnx.helper.make_node(op, inputs, outputs, outputs[0], **given))

    def operand(self, operand: Operand) -> str:
        """The name of an operand, with the nodes or the constant that make it."""
        if operand is None or isinstance(operand, str):
            return operand or ""
        if isinstance(operand, np.ndarray):
            key = operand.dtype.str, operand.shape, operand.tobytes()
            if key not in self.known:
                self.known[key] = f"constant_{len(self.constants)}"
                tensor = self.onnx.numpy_helper.from_array(operand, self.known[key])
                self.constants.append(tensor)
            return self.known[key]
        if not any(isinstance(size, Multiple) for size in operand):
            return self.operand(np.array(operand, np.int64))
        return self.result("Concat", [self.size(size) for size in operand], axis=0)

    def size(self, size: int | Multiple | None) -> str:
        if not isinstance(size, Multiple):
            return self.operand((size,))
        one = self.result("Shape", [self.batch], start=0, end=1)
        return one if size.times == 1 else self.result("Mul", [one, self.operand((size.times,))])

    def result(self, op: str, inputs: list[str], **attributes: Any) -> str:
        """The name of what an operation gives of these inputs, which need not be computed twice."""
        key = op, tuple(inputs)
        if key not in self.known:
            self.known[key] = f"sizes_{len(self.known)}"
            self.add(op, inputs, [self.known[key]], attributes)
        return self.known[key]


def runtime(model: Any) -> Any:
    """The function that runs a model: onnxruntime's if it is installed, else that of onnx's own evaluator."""
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(model).run
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ExportError(
            f"onnxruntime {onnxruntime.__version__} does not run the exported model: {error}"
        ) from error
    return session.run
