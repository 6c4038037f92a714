"""JAX, compiled by ``jax.jit``, on arrays that it holds already. Networks are functions of a pytree of
parameters, whose buffers a training step gives away.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

from .. import net_nhwc
from ..problems import channels_last, images_and_labels, initial_weights, logits_and_target

State = dict[str, jax.Array]


def set_threads(count: int) -> None:
    """Nothing to set: XLA has as many threads as the process may use cores."""


def describe() -> str:
    return f"{jax.__version__}, {jax.default_backend()}, one thread per core"


def forward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = map(jnp.asarray, logits_and_target(rows, classes))
    compiled = jax.jit(cross_entropy)
    return lambda: jax.block_until_ready(compiled(logits, target))


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = map(jnp.asarray, logits_and_target(rows, classes))
    compiled = jax.jit(jax.value_and_grad(cross_entropy))
    return lambda: jax.block_until_ready(compiled(logits, target))


def cross_entropy(logits: jax.Array, target: jax.Array) -> jax.Array:
    log_probabilities = jax.nn.log_softmax(logits, axis=1)
    return -jnp.take_along_axis(log_probabilities, target[:, None], axis=1).mean()


def train(network: str, batch: int) -> Callable[[], float]:
    images, labels = _images_and_labels(batch)
    params = _parameters(network)
    momentum = jax.tree.map(jnp.zeros_like, params)
    norms = {name: p for name, p in params.items() if name.endswith(".weight") and p.ndim == 1}
    running = {f"{name}.mean": jnp.zeros_like(param) for name, param in norms.items()}
    running |= {f"{name}.var": jnp.ones_like(param) for name, param in norms.items()}

    def loss_of(params: State, running: State) -> tuple[jax.Array, State]:
        ops = _Ops(params, dict(running))
        return cross_entropy(net_nhwc.forward(network, ops, images), labels), ops.running

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def step(params: State, momentum: State, running: State) -> tuple[State, State, State, Any]:
        (loss, running), grads = jax.value_and_grad(loss_of, has_aux=True)(params, running)
        momentum = jax.tree.map(lambda m, g: 0.9 * m + g, momentum, grads)
        params = jax.tree.map(lambda p, m: p - 0.001 * m, params, momentum)
        return params, momentum, running, loss

    def call() -> float:
        nonlocal params, momentum, running
        params, momentum, running, loss = step(params, momentum, running)
        return float(loss)

    return call


def infer(network: str, batch: int) -> Callable[[], object]:
    images, _ = _images_and_labels(batch)
    params = _parameters(network)
    compiled = jax.jit(lambda params, x: net_nhwc.forward(network, _Ops(params, {}), x))
    return lambda: np.asarray(compiled(params, images))


class _Ops:
    def __init__(self, params: State, running: State) -> None:
        self.params, self.running = params, running

    def conv(self, name: str, x: Any, stride: int = 1, padding: int = 0) -> Any:
        y = jax.lax.conv_general_dilated(
            x,
            self.params[f"{name}.weight"],
            (stride, stride),
            [(padding, padding)] * 2,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        bias = self.params.get(f"{name}.bias")
        return y if bias is None else y + bias

    def linear(self, name: str, x: Any) -> Any:
        return x @ self.params[f"{name}.weight"] + self.params[f"{name}.bias"]

    def norm(self, name: str, x: Any) -> Any:
        mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
        count = x.size // x.shape[-1]
        for kind, now in (("mean", mean), ("var", var * (count / (count - 1)))):
            before = self.running[f"{name}.weight.{kind}"]
            self.running[f"{name}.weight.{kind}"] = 0.9 * before + 0.1 * now
        scale = self.params[f"{name}.weight"] * jax.lax.rsqrt(var + 1e-5)
        return (x - mean) * scale + self.params[f"{name}.bias"]

    def relu(self, x: Any) -> Any:
        return jax.nn.relu(x)

    def max_pool(self, x: Any) -> Any:
        window = (1, 2, 2, 1)
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")

    def mean(self, x: Any) -> Any:
        return x.mean((1, 2))

    def flatten(self, x: Any) -> Any:
        return x.reshape(len(x), -1)


def _parameters(network: str) -> State:
    return jax.tree.map(jnp.array, channels_last(initial_weights(network)))


def _images_and_labels(batch: int) -> tuple[jax.Array, jax.Array]:
    images, labels = images_and_labels(batch)
    return jnp.asarray(images.transpose(0, 2, 3, 1)), jnp.asarray(labels)
