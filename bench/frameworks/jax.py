"""JAX: the usual formula, compiled by ``jax.jit``, on arrays that it holds already."""

import os
from collections.abc import Callable

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp

from ..problems import logits_and_target


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
