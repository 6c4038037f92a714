"""TensorFlow: its fused loss, in a ``tf.function``."""

import os
from collections.abc import Callable

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from ..problems import logits_and_target


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
