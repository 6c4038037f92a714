"""What lanegrad's own optimizers share beyond `Optimizer`: checks of options and of state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._core import record
from .._tensor import Tensor
from .._tensor.convert import FLOAT
from .optimizer import Optimizer, ParamsT

# Options that schedules, lanegrad's and PyTorch's, leave in groups.
_OF_SCHEDULES = {"initial_lr", "swa_lr", "min_lr", "max_lr", "base_momentum", "max_momentum"}
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
            value = options[name]
            if isinstance(value, str) or value is None:
                raise TypeError(f"{name} must be a number, found {value!r}")
            if not value >= 0:
                word = _WORDS.get(name, f"{name} value")
                raise ValueError(f"Invalid {word}: {value} ({name} must not be negative)")
        betas = options.get("betas", ())
        if "betas" in options and not (isinstance(betas, list | tuple) and len(betas) == 2):
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

    def _check_loaded(self, groups: list[dict[str, Any]], state: dict[Any, Any]) -> None:
        kind = type(self).__name__
        for group, own in zip(groups, self.param_groups, strict=True):
            for name in group.keys() - own.keys() - self.defaults.keys() - _OF_SCHEDULES:
                raise ValueError(f"{name} is no option of {kind}")
            options = {**self.defaults, **group}
            self._check_options(options)
            for number, p in enumerate(group["params"]):
                if p in state:
                    state[p] = _checked(state[p], self._fresh(p, options), number)
        for key in state:
            if not isinstance(key, Tensor):
                raise ValueError(
                    f"the state has a parameter {key!r}, of which the groups say nothing"
                )


def _checked(state: Any, fresh: Mapping[str, Tensor], number: int) -> dict[str, Any]:
    """A loaded state with numbers as tensors; it must have all that a fresh one has, in the same shapes."""
    if not isinstance(state, Mapping):
        raise ValueError(f"the state of parameter {number} must be a dict, found {state!r}")
    # None is PyTorch's way of saying that something is not there.
    found = {name: value for name, value in state.items() if value is not None}
    for name in fresh if found else ():
        value, what = found.get(name), f"{name} of parameter {number}"
        if not isinstance(value, Tensor | Real):
            raise ValueError(f"{what} must be a tensor, found {value!r}")
        tensor = value if isinstance(value, Tensor) else number_tensor(value)
        shape = fresh[name].shape
        if tensor.shape != shape:
            raise ValueError(f"{what} has shape {tensor.shape} instead of {shape}")
        if name == "step" and not (0 <= tensor.item() < inf and tensor.item() % 1 == 0):
            raise ValueError(
                f"the count of steps must be whole and not negative, got {tensor.item()}"
            )
        if np.isnan(tensor.detach().numpy()).any():
            raise ValueError(f"{what} holds NaN: load a state from before it did")
        found[name] = tensor.float()
    return found


def loss_of(closure: Callable[[], Any]) -> Any:
    """What a closure gives, which records its ops wherever the step is made."""
    with _core.GradMode(True):
        return closure()


def number_tensor(value: Any) -> Tensor:
    """A number as a tensor of no axes, in memory of its own."""
    return record(_core.adopt(np.array(value, FLOAT)))
