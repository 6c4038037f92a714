"""Optimizer: the parameters, their options by group, and what an optimizer remembers of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .. import _core
from .._core import OptimizerStep, record
from .._tensor import Tensor, overwrite, plain_array
from .._tensor.convert import FLOAT

# How PyTorch is to compute a step: a state_dict of its has these options, and here they mean nothing.
_TORCH_ONLY = ("foreach", "fused", "capturable", "differentiable")

_State = dict[str, Tensor]


class Optimizer:
    """What all optimizers share. A subclass names its kernel, the arrays that this needs, and checks options.

    A step makes one kernel call per group.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    defaults : dict
        Options of groups that do not set them.

    Attributes
    ----------
    param_groups : list of dict
        The groups with all their options, which may be changed between steps.
    state : dict
        By parameter: dicts of tensors that are carried from step to step.
    """

    _kernel: str

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor | Mapping):
            raise TypeError(
                "params must be an iterable of tensors or dicts, such as net.parameters()"
            )
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, _State] = {}
        self._steps: list[OptimizerStep] = []  # one per group
        groups = list(params)
        if not groups:
            raise ValueError("there are no parameters to optimize")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own.

        Raises
        ------
        TypeError, ValueError
            Something in it is not a leaf tensor or is there already, or an option is out of range.
        """
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {p for g in self.param_groups for p in g["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"an optimizer takes tensors, found {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("cannot optimize a computed tensor: only leaves have a gradient")
            if p in known:
                raise ValueError("a parameter occurs twice")
            known.add(p)
            plain_array(p)  # a step takes no lanes
        unknown = [name for name in group if name != "params" and name not in self.defaults]
        if unknown:
            raise ValueError(f"unknown options of a parameter group: {', '.join(unknown)}")
        options = {**self.defaults, **group, "params": params}
        self._check_options(options)
        self.param_groups.append(options)
        self._steps.append(OptimizerStep())

    def _check_options(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if an option is out of range."""
        raise NotImplementedError

    def _state_names(self, group: Mapping[str, Any]) -> tuple[str | None, ...]:
        """The names in a parameter's state: of its count of steps, then of up to three arrays, in the
        order of the kernel. None where there is no such thing.
        """
        raise NotImplementedError

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Change all parameters that have a gradient; none of them if something is wrong.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first; what it gives is given back.
        """
        loss = None if closure is None else closure()
        new: dict[Tensor, _State] = {}
        names = [self._state_names(group) for group in self.param_groups]
        for group, step, own in zip(self.param_groups, self._steps, names, strict=True):
            for p in step.lacking(group["params"], self.state, own):
                new[p] = {**self._new_state(p, own), **self.state.get(p, {})}
        states = {**self.state, **new} if new else self.state
        for group, step, own in zip(self.param_groups, self._steps, names, strict=True):
            step.check(group["params"], states, own, group)
        self.state.update(new)
        for step in self._steps:
            step.step(self._kernel, new)
        _core.run()
        return loss

    @staticmethod
    def _new_state(p: Tensor, names: tuple[str | None, ...]) -> _State:
        state = {name: record(_core.full(p.shape, 0.0)) for name in names[1:] if name}
        return {names[0]: record(_core.full((), 0.0)), **state} if names[0] else state

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set those that are there to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    overwrite(p.grad, _core.full(p.shape, 0.0))

    def state_dict(self) -> dict[str, Any]:
        """Copies of the state, by the parameters' numbers, and the options of the groups."""
        numbers = self._numbered()
        return {
            "state": {
                number: {name: tensor.clone() for name, tensor in self.state[p].items()}
                for number, p in enumerate(numbers)
                if p in self.state
            },
            "param_groups": [
                {**group, "params": [numbers[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` of an optimizer of the same parameters gave.

        Raises
        ------
        ValueError
            It is of other parameters: their number or a shape differs. Nothing has been changed.
        """
        groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        found = [len(group["params"]) for group in groups]
        if sizes != found:
            raise ValueError(f"state_dict has groups of {found} parameters, not of {sizes}")
        parameters = list(self._numbered())
        state: dict[Tensor, _State] = {}
        for number, arrays in state_dict["state"].items():
            p = parameters[int(number)]
            state[p] = {
                name: record(_core.adopt(np.array(np.asarray(array), FLOAT, order="C")))
                for name, array in arrays.items()
                if array is not None
            }
            for name, array in state[p].items():
                shape = () if name == "step" else p.shape
                if array.shape != shape:
                    raise ValueError(
                        f"{name} of parameter {number} has shape {array.shape} instead of {shape}"
                    )
                if name == "step" and not 0 <= array.item() < math.inf:
                    raise ValueError(f"the count of steps must not be negative, got {array.item()}")
        for group in groups:
            self._check_options(group)
        for group, new in zip(self.param_groups, groups, strict=True):
            group.update({name: new[name] for name in new if name not in ("params", *_TORCH_ONLY)})
        self.state = state

    def _numbered(self) -> dict[Tensor, int]:
        parameters = [p for group in self.param_groups for p in group["params"]]
        return {p: number for number, p in enumerate(parameters)}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {k}: {v}" for k, v in sorted(group.items()) if k != "params"]
        return "\n".join([*lines, ")"])


def check_not_negative(options: Mapping[str, Any], *names: str) -> None:
    """Raise ValueError where an option is negative or NaN."""
    for name in names:
        if not options[name] >= 0:
            raise ValueError(f"{name} must not be negative, found {options[name]}")
