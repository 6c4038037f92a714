"""LRScheduler, which sets the rates of an optimizer's groups; schedules are subclasses."""

from __future__ import annotations

import warnings
from types import FunctionType
from typing import Any

from ... import _core
from ..._tensor import Tensor, overwrite
from ..optimizer import Optimizer

__all__ = ["LRScheduler"]

Rates = list[Any]  # floats, or tensors where the optimizer's rates are


class LRScheduler:
    """What all schedules share; subclasses define `get_lr`.

    Parameters
    ----------
    optimizer : Optimizer
        Its groups' option "lr" is what is changed; they keep the first one as "initial_lr".
    last_epoch : int
        How many steps were made before; -1 to start.

    Attributes
    ----------
    base_lrs : list of float
        The first rates, by group.
    last_epoch : int
        How many steps have been made.

    Raises
    ------
    TypeError
        There is no optimizer.
    KeyError
        `last_epoch` is not -1, but the groups have no "initial_lr": load the optimizer's state first.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> class WarmUp(optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base_lr * min(self.last_epoch / 4, 1) for base_lr in self.base_lrs]
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0)
    >>> scheduler = WarmUp(optimizer)
    >>> for step in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked_optimizer(optimizer)
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copy_of(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"group {number} has no initial_lr: to go on from last_epoch={last_epoch}, load the "
                    "state of the optimizer first"
                )
        self.base_lrs: Rates = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> Rates:
        """The rates of step `last_epoch`, by group."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr()")

    def get_last_lr(self) -> Rates:
        """The rates that the last step has set, by group."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next rates, or to those of a given step.

        Parameters
        ----------
        epoch : int, optional
            The number of the step; the rates come from the first ones then, where there is a formula
            for it.
        """
        if self._step_count == 1 and not self.optimizer._has_stepped:
            warnings.warn(
                "lr_scheduler.step() was called before optimizer.step(): the first rate of the schedule "
                "is skipped",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        before = self.last_epoch
        self.last_epoch = before + 1 if epoch is None else epoch
        self._get_lr_called_within_step = True
        try:
            closed = getattr(self, "_get_closed_form_lr", None)  # of schedules that have a formula
            rates = self.get_lr() if epoch is None or closed is None else closed()
        except Exception:
            self.last_epoch = before
            raise
        finally:
            self._get_lr_called_within_step = False
        self._set_rates(rates)

    def _set_rates(self, rates: Rates) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_value(group, "lr", rate)
        self._last_lr = values_of(self.optimizer, "lr")

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs, but for functions."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; the optimizer has its own."""
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """The name that `LRScheduler` had before."""


class Multiplied(LRScheduler):
    """A schedule that multiplies the rates at each step."""

    def _factor(self) -> float:
        """What the rates of the step before are multiplied by to give those of step `last_epoch`."""
        raise NotImplementedError

    def get_lr(self) -> Rates:
        factor = self._factor()
        return [group["lr"] * factor for group in self.optimizer.param_groups]


def checked_optimizer(optimizer: Any) -> Optimizer:
    """`optimizer`, if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(optimizer).__name__} is not an Optimizer: a schedule takes an optimizer"
        )
    return optimizer


def copy_of(value: Any) -> Any:
    """An option's value that does not change with it."""
    return value.clone() if isinstance(value, Tensor) else value


def values_of(optimizer: Optimizer, name: str) -> Rates:
    """An option of all groups, as it is now."""
    return [copy_of(group[name]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option; one that is a tensor stays that tensor."""
    held = group[name]
    if isinstance(held, Tensor):
        overwrite(held, _core.full(held.shape, float(value)))
    else:
        group[name] = value


def per_group(optimizer: Optimizer, name: str, value: Any) -> list[Any]:
    """An argument that is one value for all groups, or a list of one for each."""
    groups = len(optimizer.param_groups)
    values = list(value) if isinstance(value, list | tuple) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"{name} has {len(values)} values for {groups} groups")
    return [copy_of(value) for value in values]


def attributes_of(functions: list[Any]) -> list[dict[str, Any] | None]:
    """What a state keeps of functions: the attributes of objects that can be called, else nothing."""
    return [None if isinstance(f, FunctionType) else dict(vars(f)) for f in functions]


def set_attributes(functions: list[Any], attributes: list[dict[str, Any] | None]) -> None:
    """The reverse of `attributes_of`."""
    for function, values in zip(functions, attributes, strict=True):
        if values is not None:
            vars(function).update(values)
