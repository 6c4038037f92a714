"""Where NaN or infinity came into a step of training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .._tensor import Tensor
from ..autograd import no_grad
from ..nn import Module

__all__ = ["NotFiniteError", "all_finite", "first_not_finite"]


class NotFiniteError(FloatingPointError):
    """The loss became NaN or infinite.

    Attributes
    ----------
    values : dict
        What is needed to look at it: the batch, the network's and the optimizer's state before the step.
    """

    def __init__(self, message: str, values: dict[str, Any]) -> None:
        super().__init__(message)
        self.values = values


def all_finite(values: Any) -> bool:
    """Whether a tensor, or what gives one as its output, has no NaN or infinity."""
    array = values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def first_not_finite(named: Iterable[tuple[str, Tensor]]) -> str | None:
    """The name of the first of these tensors that has NaN or infinity in it, if there is one."""
    return next((name for name, values in named if not all_finite(values)), None)


def found_in(model: Module, inputs: Any) -> tuple[str, str]:
    """The first place with NaN or infinity, and what to do about it."""
    if not all_finite(inputs):
        return "the inputs have it", "look for NaN or infinity in the inputs"
    smaller = "try a smaller learning rate"
    name = first_not_finite(model.named_parameters())
    if name is not None:
        return f"{name} has it", f"{smaller}, or clip gradients"
    name = first_not_finite(model.named_buffers())
    if name is not None:
        return f"{name} has it", f"{smaller}, or look at the inputs' range"
    found: list[str] = []
    leaves = {m: name for name, m in model.named_modules() if name and not [*m.children()]}

    def look(module: Module, given: Any, output: Any) -> None:
        if not found and isinstance(output, Tensor) and not all_finite(output):
            found.append(leaves[module])

    handles = [module.register_forward_hook(look) for module in leaves]
    try:
        with no_grad():
            output = model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    if found:
        return f"the output of {found[0]} is the first with it", smaller
    if not all_finite(output):
        return "the network's output is the first with it", smaller
    return "the network's output is finite", f"{smaller}, or look at the labels and the loss"
