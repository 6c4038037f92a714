"""Optimizers: they change parameters by the gradients that backward has left in them."""

from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Optimizer"]
