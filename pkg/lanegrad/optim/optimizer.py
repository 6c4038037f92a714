"""Optimizer: the parameters, their options by group, and what an optimizer remembers of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, TypeAlias

import numpy as np

from .. import _core
from .._tensor import Tensor, overwrite, plain_array
from ._hooks import (
    Hooked,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

__all__ = [
    "Optimizer",
    "ParamsT",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
    "required",
]

ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
"""What an optimizer takes: parameters, groups of them, or parameters with their names."""

_State = defaultdict[Any, dict[Any, Any]]


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required: Any = _Required()
"""A default that says that each group must set the option."""


class Optimizer(Hooked):
    """What all optimizers share. A subclass defines `step`.

    Parameters
    ----------
    params : iterable of Tensor, of (str, Tensor), or of dict
        Parameters, with or without names, or groups of them: dicts with the key "params" and options
        of their own.
    defaults : dict
        Options of groups that do not set them.

    Attributes
    ----------
    param_groups : list of dict
        The groups with all their options, which may be changed between steps.
    state : defaultdict of dict
        By parameter: what is carried from step to step, tensors and anything else.

    Raises
    ------
    TypeError, ValueError
        There are no parameters, something among them is not a leaf tensor or occurs twice, or an option is
        out of range or lacking.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> class Descent(optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, dict(lr=lr))
    ...     def step(self, closure=None):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 if p.grad is not None:
    ...                     p.data -= group["lr"] * p.grad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = Descent([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor | Mapping):
            raise TypeError(
                "params must be an iterable of tensors or dicts, such as net.parameters()"
            )
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: _State = defaultdict(dict)
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list: an iterator such as net.parameters() can be "
                "used once"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("defaults", "state", "param_groups")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own.

        Raises
        ------
        TypeError, ValueError
            Something in it is not a leaf tensor or is there already, or an option is out of range or
            lacking. Nothing has been changed then.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, found {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("parameters come in an order, which sets do not have: pass a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        group = dict(param_group)
        if names:
            if len(names) != len(params):
                raise ValueError("either all parameters have names or none of them")
            params, group["param_names"] = [p for _, p in params], names
        group["params"] = params
        self._check_params(params)
        for others in self.param_groups:
            if ("param_names" in others) != ("param_names" in group):
                raise ValueError("either the parameters of all groups have names or none of them")
        for name, default in self.defaults.items():
            if group.setdefault(name, default) is required:
                raise ValueError(f"a group of parameters does not set {name}, which has no default")
        self._check_options(group)
        param_group.update(group)  # PyTorch's groups are the dicts that were given, too
        self.param_groups.append(param_group)

    def _check_params(self, params: list[Any]) -> None:
        known = {p for group in self.param_groups for p in group["params"]}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}"
                )
            if not p.is_leaf:
                raise ValueError(
                    "can't optimize a non-leaf Tensor: only leaves, which nothing computed, have a "
                    "gradient"
                )
            if p in known:
                raise ValueError("some parameters appear twice, in one group or in several")
            known.add(p)
            plain_array(p)  # a step takes no lanes

    def _check_options(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if an option is out of range."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first; what it gives is given back.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define step()")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set those that are there to zero."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    overwrite(p.grad, _core.full(p.shape, 0.0))

    def state_dict(self) -> dict[str, Any]:
        """The state by the parameters' numbers, and the options of the groups.

        Tensors are those of the optimizer, not copies: ``copy.deepcopy`` keeps them as they are now.
        """
        self._call("state_dict_pre")
        parameters = [p for group in self.param_groups for p in group["params"]]
        numbers = {p: number for number, p in enumerate(parameters)}
        return self._call(  # type: ignore[no-any-return]
            "state_dict_post",
            {
                "state": {
                    numbers[key] if isinstance(key, Tensor) else key: value
                    for key, value in self.state.items()
                },
                "param_groups": [
                    {**group, "params": [numbers[p] for p in group["params"]]}
                    for group in self.param_groups
                ],
            },
        )

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` of an optimizer of the same parameters gave, lanegrad's or PyTorch's.

        Tensors of lanegrad's are taken as they are, and shared from then on, as PyTorch does it.

        Raises
        ------
        ValueError
            It is of other parameters: their number or a shape differs; or numbers or options in it are none
            of this optimizer's. Nothing has been changed.
        """
        state_dict = self._call("load_state_dict_pre", dict(state_dict))
        for name, kind in (("param_groups", list | tuple), ("state", Mapping)):
            if not isinstance(state_dict.get(name), kind):
                raise ValueError(f"this is no state of an optimizer: it has no {name}")
        groups = deepcopy(state_dict["param_groups"])
        sizes = [len(group["params"]) for group in self.param_groups]
        found = [len(group["params"]) for group in groups]
        if sizes != found:
            raise ValueError(f"state_dict has groups of {found} parameters, not of {sizes}")
        parameters: dict[Any, Tensor] = {}
        for group, own in zip(groups, self.param_groups, strict=True):
            for number, p in zip(group["params"], own["params"], strict=True):
                parameters[number] = parameters[str(number)] = p  # JSON has no numbers as keys
            group["params"] = own["params"]
            if "param_names" in own:
                group.setdefault("param_names", own["param_names"])
        state: _State = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in parameters:
                state[parameters[key]] = _carried(value)
            else:
                state[key] = value
        self._check_loaded(groups, state)
        self.__setstate__({"state": state, "param_groups": groups})
        self._call("load_state_dict_post")

    def _check_loaded(self, groups: list[dict[str, Any]], state: _State) -> None:
        """Raise ValueError if groups or state, which are about to be loaded, do not fit."""

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            text += "".join(f"    {k}: {v}\n" for k, v in sorted(group.items()) if k != "params")
        return text + ")"


def _carried(value: Any, name: Any = None) -> Any:
    """A value of a state that is loaded: arrays become tensors, of float32 but for the count of steps."""
    if isinstance(value, Tensor):
        return value if name == "step" else value.float()
    if isinstance(value, Mapping):
        return {key: _carried(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_carried(item) for item in value)
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        return _carried(Tensor(np.array(np.asarray(value), order="C")), name)
    return value
