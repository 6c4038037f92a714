"""TensorFlow, in a ``tf.function``: its fused loss, networks from its own ops on images (N, H, W, C)
and variables.
"""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from .. import net_nhwc
from ..problems import channels_last, images_and_labels, initial_weights, logits_and_target


def set_threads(count: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(count)


def describe() -> str:
    return f"{tf.__version__}, {tf.config.threading.get_intra_op_parallelism_threads()} threads"


def forward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = map(tf.constant, logits_and_target(rows, classes))
    compiled = tf.function(cross_entropy)
    return lambda: compiled(logits, target)


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = map(tf.constant, logits_and_target(rows, classes))

    @tf.function
    def loss_and_gradient(logits: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = cross_entropy(logits, target)
        return loss, tape.gradient(loss, logits)

    return lambda: loss_and_gradient(logits, target)


def cross_entropy(logits: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logits)
    return tf.reduce_mean(losses)


def train(network: str, batch: int) -> Callable[[], float]:
    images, labels = _images_and_labels(batch)
    ops = _Ops(network)
    params = list(ops.params.values())
    momentum = [tf.Variable(tf.zeros_like(param)) for param in params]

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = cross_entropy(net_nhwc.forward(network, ops, images), labels)
        grads = tape.gradient(loss, params)
        for param, velocity, grad in zip(params, momentum, grads, strict=True):
            # One kernel each: velocity = 0.9 velocity + grad, param -= 0.001 velocity.
            tf.raw_ops.ResourceApplyMomentum(
                var=param.handle, accum=velocity.handle, lr=0.001, grad=grad, momentum=0.9
            )
        return loss

    return lambda: float(step(images, labels))


def infer(network: str, batch: int) -> Callable[[], object]:
    images, _ = _images_and_labels(batch)
    ops = _Ops(network)
    compiled = tf.function(lambda x: net_nhwc.forward(network, ops, x))
    return lambda: compiled(images).numpy()


class _Ops:
    def __init__(self, network: str) -> None:
        weights = channels_last(initial_weights(network))
        self.params = {name: tf.Variable(array) for name, array in weights.items()}
        self.running = {
            name: (tf.Variable(tf.zeros_like(param)), tf.Variable(tf.ones_like(param)))
            for name, param in self.params.items()
            if name.endswith(".weight") and len(param.shape) == 1
        }

    def conv(self, name: str, x: Any, stride: int = 1, padding: int = 0) -> Any:
        # "SAME" puts what is odd behind, where PyTorch puts it nowhere.
        pads = [[0, 0], [padding] * 2, [padding] * 2, [0, 0]]
        where = "VALID" if not padding else "SAME" if stride == 1 else pads
        y = tf.nn.conv2d(x, self.params[f"{name}.weight"], stride, where)
        bias = self.params.get(f"{name}.bias")
        return y if bias is None else tf.nn.bias_add(y, bias)

    def linear(self, name: str, x: Any) -> Any:
        y = tf.matmul(x, self.params[f"{name}.weight"])
        return tf.nn.bias_add(y, self.params[f"{name}.bias"])

    def norm(self, name: str, x: Any) -> Any:
        weight, bias = self.params[f"{name}.weight"], self.params[f"{name}.bias"]
        y, mean, var, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=weight, offset=bias, mean=[], variance=[], epsilon=1e-5, is_training=True
        )
        for running, now in zip(self.running[f"{name}.weight"], (mean, var), strict=True):
            running.assign_sub(0.1 * (running - now))
        return y

    def relu(self, x: Any) -> Any:
        return tf.nn.relu(x)

    def max_pool(self, x: Any) -> Any:
        return tf.nn.max_pool2d(x, 2, 2, "VALID")

    def mean(self, x: Any) -> Any:
        return tf.reduce_mean(x, (1, 2))

    def flatten(self, x: Any) -> Any:
        return tf.reshape(x, (len(x), -1))


def _images_and_labels(batch: int) -> tuple[tf.Tensor, tf.Tensor]:
    images, labels = images_and_labels(batch)
    return tf.constant(images.transpose(0, 2, 3, 1)), tf.constant(labels)
