"""Schedules along a cosine."""

from __future__ import annotations

from math import cos, floor, log, pi

from ..optimizer import Optimizer
from .scheduler import LRScheduler, Rates

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


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

    def get_lr(self) -> Rates:
        step, low = self.last_epoch, self.eta_min
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if self._is_initial:
            return rates
        if (step - 1 - self.T_max) % (2 * self.T_max) == 0:  # from where all rates are equal
            up = (1 - cos(pi / self.T_max)) / 2
            return [lr + (base - low) * up for lr, base in zip(rates, self.base_lrs, strict=True)]
        factor = (1 + cos(pi * step / self.T_max)) / (1 + cos(pi * (step - 1) / self.T_max))
        return [factor * (lr - low) + low for lr in rates]

    def _get_closed_form_lr(self) -> Rates:
        return between(self.base_lrs, self.eta_min, self.last_epoch / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Takes the rates down to `eta_min` along half a period of a cosine, again and again [1]_.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        How many steps the first way down takes.
    T_mult : int
        How many times as many the next takes each time.
    eta_min : float
        The lowest rate.
    last_epoch : int

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> scheduler.step(1.5)  # in the middle of an epoch
    >>> round(scheduler.get_last_lr()[0], 4)
    0.1464
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, found {value!r}")
        if not isinstance(eta_min, int | float):
            raise ValueError(f"eta_min must be a number, found {type(eta_min).__name__}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        return between(self.base_lrs, self.eta_min, self.T_cur / self.T_i)

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next rates, or to those of a given time.

        Parameters
        ----------
        epoch : float, optional
            The time in steps, which may be between two of them.
        """
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = epoch or 0
            if epoch < 0:
                raise ValueError(f"epoch must not be negative, found {epoch}")
            self._go_to(epoch)
        self.last_epoch = floor(epoch)
        self._get_lr_called_within_step = True
        try:
            self._set_rates(self.get_lr())
        finally:
            self._get_lr_called_within_step = False

    def _go_to(self, epoch: float) -> None:
        """Set how long the way down at a time is, and how far on it that is."""
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            ratio = self.T_mult
            number = int(log(epoch / self.T_0 * (ratio - 1) + 1, ratio))
            self.T_cur = epoch - self.T_0 * (ratio**number - 1) / (ratio - 1)
            self.T_i = self.T_0 * ratio**number


def between(highs: Rates, low: float, share: float) -> Rates:
    """Where a share of the way from each of `highs` down to `low` ends."""
    return [low + (high - low) * (1 + cos(pi * share)) / 2 for high in highs]
