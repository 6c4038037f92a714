"""What lanegrad's own optimizers share beyond `Optimizer`: checks of options and of state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._core import record
from .._tensor import Tensor
from .._tensor.convert import FLOAT
from .optimizer import Optimizer, ParamsT

_WORDS = {"lr": "learning rate", "eps": "epsilon value"}  # PyTorch's, in its messages


class BuiltIn(Optimizer):
    """An optimizer of lanegrad's own.

    `foreach`, `fused` and `capturable` say how PyTorch is to compute a step. They are taken and kept among
    the options, so that calls and states fit, and have no effect. `differentiable` must be False: steps are
    not recorded. `lr` may be a tensor of one element.
    """

    _not_negative: ClassVar[tuple[str, ...]] = ()

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self._check_options(defaults)
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        lr = options["lr"]
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for name in ("lr", *self._not_negative):
            if not options[name] >= 0:
                word = _WORDS.get(name, f"{name} value")
                raise ValueError(f"Invalid {word}: {options[name]} ({name} must not be negative)")
        betas = options.get("betas", ())
        if "betas" in options and len(betas) != 2:
            raise ValueError(f"betas must be two numbers in [0, 1), found {betas}")
        for index, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(
                    f"Invalid beta parameter at index {index}: betas must be in [0, 1), found {betas}"
                )
        if options.get("differentiable"):
            raise RuntimeError("differentiable=True: lanegrad does not record steps, leave it out")
        if options.get("fused") and options.get("foreach"):
            raise RuntimeError("fused and foreach cannot be True together")

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        """The state of a parameter that has had no step."""
        raise NotImplementedError

    def _check_loaded(self, groups: list[dict[str, Any]], state: Mapping[Any, Any]) -> None:
        for group in groups:
            options = {**self.defaults, **group}
            self._check_options(options)
            for number, p in enumerate(group["params"]):
                if p in state:
                    state[p].update(_checked(state[p], self._fresh(p, options), number))
                    for name in [name for name, value in state[p].items() if value is None]:
                        del state[p][name]  # PyTorch's way of saying that it is not there


def _checked(state: Mapping[str, Any], fresh: Mapping[str, Tensor], number: int) -> dict[str, Any]:
    """What of a loaded state is to be as in a fresh one: numbers as tensors, and the shapes compared."""
    found = {}
    for name in fresh:
        value = state.get(name)
        if value is None:
            continue
        tensor = value if isinstance(value, Tensor) else number_tensor(value)
        shape = fresh[name].shape
        if tensor.shape != shape:
            raise ValueError(
                f"{name} of parameter {number} has shape {tensor.shape} instead of {shape}"
            )
        if name == "step" and not 0 <= tensor.item() < inf:
            raise ValueError(f"the count of steps must not be negative, got {tensor.item()}")
        found[name] = tensor.float()
    return found


def loss_of(closure: Callable[[], Any]) -> Any:
    """What a closure gives, which records its ops wherever the step is made."""
    before = _core.set_grad_enabled(True)
    try:
        return closure()
    finally:
        _core.set_grad_enabled(before)


def number_tensor(value: Any) -> Tensor:
    """A number as a tensor of no axes, in memory of its own."""
    return record(_core.adopt(np.array(value, FLOAT)))
