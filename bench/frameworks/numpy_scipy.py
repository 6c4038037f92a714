"""NumPy and SciPy: log-softmax, then the gradient from the softmax. They compute on one thread."""

from collections.abc import Callable

import numpy as np
import scipy
from scipy.special import log_softmax

from ..problems import logits_and_target


def set_threads(count: int) -> None:
    """Nothing to set."""


def describe() -> str:
    return f"{np.__version__} + {scipy.__version__}, 1 thread"


def forward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    index = np.arange(rows)
    return lambda: -log_softmax(logits, axis=1)[index, target].mean()


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    index = np.arange(rows)

    def loss_and_gradient() -> object:
        log_probabilities = log_softmax(logits, axis=1)
        loss = -log_probabilities[index, target].mean()
        gradient = np.exp(log_probabilities, out=log_probabilities)
        gradient[index, target] -= 1
        gradient /= rows
        return loss, gradient

    return loss_and_gradient
