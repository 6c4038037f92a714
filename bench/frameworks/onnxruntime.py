"""onnxruntime: a model of one SoftmaxCrossEntropyLoss node."""

from collections.abc import Callable

import onnxruntime
from onnx import TensorProto, helper

from ..problems import logits_and_target

OPSET, IR_VERSION = 13, 8  # the newest of which any onnxruntime of these years can read

settings = onnxruntime.SessionOptions()


def set_threads(count: int) -> None:
    settings.intra_op_num_threads = count


def describe() -> str:
    return f"{onnxruntime.__version__}, {settings.intra_op_num_threads} threads, forward only"


def forward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    graph = helper.make_graph(
        [helper.make_node("SoftmaxCrossEntropyLoss", ["logits", "target"], ["loss"])],
        "loss",
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [rows, classes]),
            helper.make_tensor_value_info("target", TensorProto.INT64, [rows]),
        ],
        [helper.make_tensor_value_info("loss", TensorProto.FLOAT, [])],
    )
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
    inputs = {"logits": logits, "target": target}
    return lambda: session.run(None, inputs)


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    raise NotImplementedError("its inference package computes no gradients")
