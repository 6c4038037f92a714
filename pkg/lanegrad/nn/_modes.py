"""Networks that are in evaluation mode for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .module import Module

__all__ = ["evaluating"]


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Within it, a network is in evaluation mode; afterwards each of its modules is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        yield
    finally:
        for module, training in modes:
            module.training = training
