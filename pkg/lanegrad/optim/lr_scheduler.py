"""Learning-rate schedules: call `step` after each epoch, or each batch, of the optimizer's steps.

The formulas are PyTorch's, which go from one rate to the next, so that schedules of one optimizer multiply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import cos, pi
from typing import Any

from .optimizer import Optimizer

_Rates = list[float]


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
    KeyError
        `last_epoch` is not -1, but the groups have no "initial_lr": load the optimizer's state first.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule takes an optimizer, found {type(optimizer).__name__}")
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"group {number} has no initial_lr: to go on from last_epoch={last_epoch}, load the "
                    "state of the optimizer first"
                )
        self.base_lrs: _Rates = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._is_initial = True
        self.step()
        self._is_initial = False

    @property
    def _lrs(self) -> _Rates:
        return [group["lr"] for group in self.optimizer.param_groups]

    def get_lr(self) -> _Rates:
        """The rates of step `last_epoch`, by group."""
        raise NotImplementedError

    def get_last_lr(self) -> _Rates:
        """The rates that the last step has set, by group."""
        return self._last_lr

    def step(self) -> None:
        """Go on to the next rates."""
        self.last_epoch += 1
        try:
            rates = self.get_lr()
        except Exception:
            self.last_epoch -= 1
            raise
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs; functions are left out."""
        return {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "lr_lambdas")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; the optimizer has its own."""
        self.__dict__.update(state_dict)


class StepLR(LRScheduler):
    """Multiplies the rates by `gamma` every `step_size` steps.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(5):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        if step_size < 1:
            raise ValueError(f"step_size must be at least 1, found {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self._lrs
        return [lr * self.gamma for lr in self._lrs]


class MultiStepLR(LRScheduler):
    """Multiplies the rates by `gamma` at each of the steps `milestones`."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        times = self.milestones[self.last_epoch]
        return [lr * self.gamma**times for lr in self._lrs] if times else self._lrs


class ExponentialLR(LRScheduler):
    """Multiplies the rates by `gamma` at each step."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        return self._lrs if self._is_initial else [lr * self.gamma for lr in self._lrs]


class LinearLR(LRScheduler):
    """Takes the factor of the rates from `start_factor` to `end_factor` in `total_iters` even steps."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(f"start_factor must be in (0, 1], found {start_factor}")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"end_factor must be in [0, 1], found {end_factor}")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        start, way = self.start_factor, self.end_factor - self.start_factor
        if self.last_epoch == 0:
            return [lr * start for lr in self._lrs]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._lrs
        change = 1 + way / (self.total_iters * start + (self.last_epoch - 1) * way)
        return [lr * change for lr in self._lrs]


class CosineAnnealingLR(LRScheduler):
    """Takes the rates down to `eta_min` in `T_max` steps, along half a period of a cosine [1]_.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_max < 1:
            raise ValueError(f"T_max must be at least 1, found {T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        step, low = self.last_epoch, self.eta_min
        if self._is_initial:
            return self._lrs
        if (step - 1 - self.T_max) % (
            2 * self.T_max
        ) == 0:  # from the bottom, where all rates are equal
            up = (1 - cos(pi / self.T_max)) / 2
            return [
                lr + (base - low) * up for lr, base in zip(self._lrs, self.base_lrs, strict=True)
            ]
        factor = (1 + cos(pi * step / self.T_max)) / (1 + cos(pi * (step - 1) / self.T_max))
        return [factor * (lr - low) + low for lr in self._lrs]


class LambdaLR(LRScheduler):
    """Sets the rates to the first ones times ``lr_lambda(last_epoch)``: one function, or one per group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"{len(self.lr_lambdas)} functions do not fit {groups} groups")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]


class OneCycleLR(LRScheduler):
    """Takes the rates up to `max_lr` and then far down, once; and the momentum the other way [1]_.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The highest rate; a list has one per group.
    total_steps : int, optional
        Or `epochs` times `steps_per_epoch`.
    pct_start : float
        The share of the steps in which the rate goes up.
    anneal_strategy : {"cos", "linear"}
        The shape of the ways up and down.
    cycle_momentum : bool
        Whether momentum (the first of betas, where the optimizer has those) goes from `max_momentum` to
        `base_momentum` and back.
    div_factor, final_div_factor : float
        The first rate is ``max_lr / div_factor``, the last one that divided by `final_div_factor`.
    three_phase : bool
        Whether the rate first comes down as slowly as it went up.

    References
    ----------
    .. [1] L. Smith, N. Topin, "Super-convergence", arXiv:1708.07120, 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if total_steps < 1:
            raise ValueError(f"the number of steps must be at least 1, found {total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"pct_start must be in [0, 1], found {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be 'cos' or 'linear', found {anneal_strategy!r}"
            )
        groups = optimizer.param_groups
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError("this optimizer has no momentum: pass cycle_momentum=False")
        self.total_steps, self.three_phase = total_steps, three_phase
        self.pct_start, self.anneal_strategy = pct_start, anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.max_lrs = _per_group(max_lr, len(groups), "max_lr")
        self.first_lrs = [lr / div_factor for lr in self.max_lrs]
        self.min_lrs = [lr / final_div_factor for lr in self.first_lrs]
        self.base_momentums = _per_group(base_momentum, len(groups), "base_momentum")
        self.max_momentums = _per_group(max_momentum, len(groups), "max_momentum")
        if last_epoch == -1:
            for group, lr in zip(groups, self.first_lrs, strict=True):
                group["initial_lr"] = lr
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> _Rates:
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"step {step} of a schedule of {self.total_steps} steps")
        rise = self.pct_start * self.total_steps - 1
        # Each phase by its last step and by what the rate and the momentum go to.
        phases = [(rise, self.max_lrs, self.base_momentums)]
        if self.three_phase:
            phases.append((2 * rise, self.first_lrs, self.max_momentums))
        phases.append((self.total_steps - 1.0, self.min_lrs, self.max_momentums))
        start, rates, momentums = 0.0, self.first_lrs, self.max_momentums
        for number, (end, next_rates, next_momentums) in enumerate(phases, 1):
            if step <= end or number == len(phases):
                break
            start, rates, momentums = end, next_rates, next_momentums
        share = (step - start) / (end - start) if end != start else 1.0
        if self.cycle_momentum:
            values = self._between(momentums, next_momentums, share)
            for group, momentum in zip(self.optimizer.param_groups, values, strict=True):
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return self._between(rates, next_rates, share)

    def _between(self, starts: _Rates, ends: _Rates, share: float) -> _Rates:
        if self.anneal_strategy == "linear":
            return [(e - s) * share + s for s, e in zip(starts, ends, strict=True)]
        way = cos(pi * share) + 1
        return [e + (s - e) / 2 * way for s, e in zip(starts, ends, strict=True)]


def _per_group(value: float | Sequence[float], groups: int, name: str) -> _Rates:
    values = list(value) if isinstance(value, Sequence) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"{name} has {len(values)} values for {groups} groups")
    return values
