"""Schedules that take the rates up and down, and the momentum the other way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, floor, pi
from typing import Any, Literal

from ..optimizer import Optimizer
from .scheduler import (
    LRScheduler,
    Rates,
    attributes_of,
    checked_optimizer,
    per_group,
    set_attributes,
    set_value,
)

__all__ = ["CyclicLR", "OneCycleLR"]


class _Cycle(LRScheduler):
    """A schedule that sets the momentum as well: the first of betas, where the optimizer has those."""

    cycle_momentum: bool

    def _start_momentum(self, base: Any, highest: Any, last_epoch: int) -> None:
        """Note what the momentum goes between, in the groups, and set it to the highest."""
        if not self.cycle_momentum:
            return
        if not {"momentum", "betas"} & set(self.optimizer.defaults):
            raise ValueError("this optimizer has no momentum: pass cycle_momentum=False")
        self.use_beta1 = "betas" in self.optimizer.defaults
        self.base_momentums = per_group(self.optimizer, "base_momentum", base)
        self.max_momentums = per_group(self.optimizer, "max_momentum", highest)
        if last_epoch != -1:
            return
        pairs = zip(self.base_momentums, self.max_momentums, strict=True)
        for group, (low, high) in zip(self.optimizer.param_groups, pairs, strict=True):
            self._set_momentum(group, high)
            group["base_momentum"], group["max_momentum"] = low, high

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_Cycle):
    """Takes the rates from `base_lr` up to `max_lr` and back, again and again [1]_.

    Parameters
    ----------
    optimizer : Optimizer
    base_lr, max_lr : float or list of float
        The lowest and the highest rate; a list has one per group.
    step_size_up, step_size_down : int
        How many steps the ways up and down take; down as many as up, unless given.
    mode : {"triangular", "triangular2", "exp_range"}
        Whether all cycles are alike, each goes half as far up as the one before, or each step goes
        ``gamma ** step`` of the way. Means nothing if there is a `scale_fn`.
    gamma : float
    scale_fn : callable, optional
        Gives the part of the way that is gone, for the number of the cycle, from 1, or of the step.
    scale_mode : {"cycle", "iterations"}
        Which of both `scale_fn` takes.
    cycle_momentum : bool
        Whether momentum (the first of betas, where the optimizer has those) goes from `max_momentum` to
        `base_momentum` and back.
    base_momentum, max_momentum : float or list of float
    last_epoch : int

    Raises
    ------
    ValueError
        `mode` is none of those and there is no `scale_fn`, a list does not fit the groups, or there is no
        momentum to cycle.

    References
    ----------
    .. [1] L. Smith, "Cyclical learning rates for training neural networks", WACV 2017.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = optim.lr_scheduler.CyclicLR(optimizer, 0.5, 1.0, step_size_up=2)
    >>> rates = []
    >>> for batch in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [0.75, 1.0, 0.75, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                f"mode must be 'triangular', 'triangular2' or 'exp_range', found {mode!r}"
            )
        base_lrs = per_group(optimizer, "base_lr", base_lr)
        self.max_lrs = per_group(optimizer, "max_lr", max_lr)
        if step_size_down is None:
            step_size_down = step_size_up
        self.total_size = float(step_size_up) + float(step_size_down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.scale_mode, self.cycle_momentum = scale_mode, cycle_momentum
        self._start_momentum(base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_value(group, "lr", lr)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The part of the way up that is gone in a cycle, from 1, or at a step: `scale_mode` says which."""
        if self._scale_fn_custom is not None:
            return float(self._scale_fn_custom(x))
        if self.mode == "triangular":
            return 1.0
        return float(1 / 2 ** (x - 1) if self.mode == "triangular2" else self.gamma**x)

    def get_lr(self) -> Rates:
        time = self.last_epoch / self.total_size
        cycle = floor(1 + time)
        x = 1.0 + time - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            pairs = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, pairs, strict=True):
                self._set_momentum(group, high - (high - low) * height * scale)
        pairs = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height * scale for low, high in pairs]

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs: of a function nothing, of another callable its attributes."""
        custom = self._scale_fn_custom
        kept = None if custom is None else attributes_of([custom])[0]
        return {**super().state_dict(), "_scale_fn_custom": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; the function stays."""
        custom = self._scale_fn_custom
        set_attributes([custom], [state_dict["_scale_fn_custom"]])
        super().load_state_dict({**state_dict, "_scale_fn_custom": custom})


class OneCycleLR(_Cycle):
    """Takes the rates up to `max_lr` and then far down, once; and the momentum the other way [1]_.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The highest rate; a list has one per group.
    total_steps : int, optional
        Or `epochs` times `steps_per_epoch`.
    epochs, steps_per_epoch : int, optional
    pct_start : float
        The share of the steps in which the rate goes up.
    anneal_strategy : {"cos", "linear"}
        The shape of the ways up and down.
    cycle_momentum : bool
        Whether momentum (the first of betas, where the optimizer has those) goes from `max_momentum` to
        `base_momentum` and back.
    base_momentum, max_momentum : float or list of float
    div_factor, final_div_factor : float
        The first rate is ``max_lr / div_factor``, the last one that divided by `final_div_factor`.
    three_phase : bool
        Whether the rate first comes down as slowly as it went up.
    last_epoch : int

    Raises
    ------
    ValueError
        An argument is none of those, a list does not fit the groups, or there is no momentum to cycle.

    References
    ----------
    .. [1] L. Smith, N. Topin, "Super-convergence", arXiv:1708.07120, 2017.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=5, pct_start=0.6)
    >>> for batch in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if not isinstance(total_steps, int) or total_steps < 1:
            raise ValueError(
                f"the number of steps must be an int of at least 1, found {total_steps!r}"
            )
        if not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start must be in [0, 1], found {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be 'cos' or 'linear', found {anneal_strategy!r}"
            )
        self.total_steps, self._anneal_func_type = total_steps, anneal_strategy
        self._schedule_phases = _phases(total_steps, pct_start, three_phase)
        self.cycle_momentum = cycle_momentum
        highest = per_group(optimizer, "max_lr", max_lr)
        self._start_momentum(base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, highest, strict=True):
                first = lr / div_factor
                group.update(initial_lr=first, max_lr=lr, min_lr=first / final_div_factor)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        step, start = self.last_epoch, 0.0
        if step > self.total_steps:
            raise ValueError(f"step {step} of a schedule of {self.total_steps} steps")
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if step <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        share = (step - start) / (end - start) if end != start else 1.0
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(start, end, share))
        return rates

    def _between(self, start: float, end: float, share: float) -> float:
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2 * (cos(pi * share) + 1)


def _phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """The ways of one cycle: their last step, and the groups' options that rate and momentum go between."""
    rise = pct_start * total_steps - 1
    up, down = ("max_momentum", "base_momentum"), ("base_momentum", "max_momentum")
    ways: list[tuple[float, str, str, tuple[str, str]]]
    if three_phase:
        ways = [
            (rise, "initial_lr", "max_lr", up),
            (2 * rise, "max_lr", "initial_lr", down),
            (total_steps - 1, "initial_lr", "min_lr", ("max_momentum", "max_momentum")),
        ]
    else:
        ways = [
            (rise, "initial_lr", "max_lr", up),
            (total_steps - 1, "max_lr", "min_lr", down),
        ]
    names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
    return [dict(zip(names, (*way[:3], *way[3]), strict=True)) for way in ways]
