"""Schedules that go their way once: by steps, by a power, by a user's function."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import (
    LRScheduler,
    Multiplied,
    Rates,
    attributes_of,
    checked_optimizer,
    per_group,
    set_attributes,
)

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]


class _Decay(Multiplied):
    """A schedule whose rates are also the first ones times a function of the number of the step."""

    def _share(self) -> float:
        """What the first rates are multiplied by to give those of step `last_epoch`."""
        raise NotImplementedError

    def _get_closed_form_lr(self) -> Rates:
        share = self._share()
        return [base * share for base in self.base_lrs]


class StepLR(_Decay):
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

    def _factor(self) -> float:
        return 1 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma

    def _share(self) -> float:
        return self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(_Decay):
    """Multiplies the rates by `gamma` at each of the steps `milestones`."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones: dict[int, int] = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        times = self.milestones.get(self.last_epoch, 0)  # a plain dict, where it was loaded as one
        return self.gamma**times if times else 1

    def _share(self) -> float:
        return self.gamma ** bisect_right(
            sorted(Counter(self.milestones).elements()), self.last_epoch
        )


class ConstantLR(_Decay):
    """Multiplies the rates by `factor` for the first `total_iters` steps."""

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"factor must be in [0, 1], found {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        if self.last_epoch == 0:
            return self.factor
        return 1.0 / self.factor if self.last_epoch == self.total_iters else 1

    def _share(self) -> float:
        return self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)


class LinearLR(_Decay):
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

    def _factor(self) -> float:
        start, way = self.start_factor, self.end_factor - self.start_factor
        if self.last_epoch == 0:
            return start
        if self._is_initial or self.last_epoch > self.total_iters:
            return 1
        return 1 + way / (self.total_iters * start + (self.last_epoch - 1) * way)

    def _share(self) -> float:
        way = self.end_factor - self.start_factor
        return self.start_factor + way * min(self.total_iters, self.last_epoch) / self.total_iters


class ExponentialLR(_Decay):
    """Multiplies the rates by `gamma` at each step."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return 1 if self._is_initial else self.gamma

    def _share(self) -> float:
        return float(self.gamma**self.last_epoch)


class PolynomialLR(_Decay):
    """Takes the rates to 0 in `total_iters` steps, as a power of what is left of these."""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _left(self, step: int) -> float:
        return 1 - step / self.total_iters

    def _factor(self) -> float:
        step = self.last_epoch
        if self._is_initial or step > self.total_iters:
            return 1
        return float((self._left(step) / self._left(step - 1)) ** self.power)

    def _share(self) -> float:
        return float(self._left(min(self.total_iters, self.last_epoch)) ** self.power)


class _ByFunction(LRScheduler):
    """A schedule by a function of the number of the step, or one function for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = per_group(checked_optimizer(optimizer), "lr_lambda", lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda should be a function, but got {type(function).__name__}"
                )
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All that `load_state_dict` needs: of functions nothing, of other callables their attributes."""
        return {**super().state_dict(), "lr_lambdas": attributes_of(self.lr_lambdas)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave; the functions stay."""
        set_attributes(self.lr_lambdas, state_dict["lr_lambdas"])
        super().load_state_dict({**state_dict, "lr_lambdas": self.lr_lambdas})


class LambdaLR(_ByFunction):
    """Sets the rates to the first ones times ``lr_lambda(last_epoch)``: one function, or one per group."""

    def get_lr(self) -> Rates:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]


class MultiplicativeLR(_ByFunction):
    """Multiplies the rates by ``lr_lambda(last_epoch)`` at each step: one function, or one per group."""

    def get_lr(self) -> Rates:
        pairs = zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)
        if self._is_initial:
            return [group["lr"] for group, _ in pairs]
        return [group["lr"] * function(self.last_epoch) for group, function in pairs]
