"""The optimizers' oracles: their formulas in float64 NumPy."""

import numpy as np


def sgd_step(
    param, grad, buffer, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False,
    maximize=False,
):  # fmt: skip
    """The parameter and the momentum buffer after a step; buffer None: the first step."""
    g = -np.asarray(grad, np.float64) if maximize else np.asarray(grad, np.float64)
    g = g + weight_decay * param
    if momentum:
        buffer = g if buffer is None else momentum * buffer + (1 - dampening) * g
        g = g + momentum * buffer if nesterov else buffer
    return param - lr * g, buffer


def adam_step(
    param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False,
    maximize=False, decoupled_weight_decay=False,
):  # fmt: skip
    """The parameter after a step; `state` is a dict, empty at first, that is updated."""
    g = -np.asarray(grad, np.float64) if maximize else np.asarray(grad, np.float64)
    if decoupled_weight_decay:
        param = param - lr * weight_decay * param
    else:
        g = g + weight_decay * param
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0.0) + (1 - betas[0]) * g
    v = state["v"] = betas[1] * state.get("v", 0.0) + (1 - betas[1]) * g**2
    if amsgrad:
        v = state["largest"] = np.maximum(state.get("largest", 0.0), v)
    return param - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)


def rmsprop_step(
    param, grad, state, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0,
    centered=False, maximize=False,
):  # fmt: skip
    """As adam_step."""
    g = -np.asarray(grad, np.float64) if maximize else np.asarray(grad, np.float64)
    g = g + weight_decay * param
    square = state["square"] = alpha * state.get("square", 0.0) + (1 - alpha) * g**2
    mean = state["mean"] = alpha * state.get("mean", 0.0) + (1 - alpha) * g
    g = g / (np.sqrt(square - mean**2 if centered else square) + eps)
    buffer = state["buffer"] = momentum * state.get("buffer", 0.0) + g
    return param - lr * buffer
