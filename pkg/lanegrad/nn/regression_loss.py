"""Losses between numbers and the numbers that they should be, as modules."""

from __future__ import annotations

from . import functional as F
from ._options import LossModule

__all__ = ["GaussianNLLLoss", "HuberLoss", "L1Loss", "MSELoss", "PoissonNLLLoss", "SmoothL1Loss"]


class MSELoss(LossModule):
    """The squares of differences: `nn.functional.mse_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MSELoss()([1.0, 2.0], [1.0, 4.0])
    tensor(2.)
    """

    _function = F.mse_loss

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)


class L1Loss(LossModule):
    """Absolute differences: `nn.functional.l1_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.L1Loss()([1.0, 2.0], [1.0, 4.0])
    tensor(1.)
    """

    _function = F.l1_loss

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)


class SmoothL1Loss(LossModule):
    """Absolute differences, smooth near 0: `nn.functional.smooth_l1_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.SmoothL1Loss()([1.0, 2.0], [1.5, 4.0])
    tensor(0.8125)
    """

    _function = F.smooth_l1_loss

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(reduction, size_average, reduce, beta=beta)


class HuberLoss(LossModule):
    """Half squares near 0, and straight beyond: `nn.functional.huber_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.HuberLoss()([1.0, 2.0], [1.5, 4.0])
    tensor(0.8125)
    """

    _function = F.huber_loss

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction, delta=delta)


class PoissonNLLLoss(LossModule):
    """Negative log-likelihood of counts: `nn.functional.poisson_nll_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.PoissonNLLLoss()([0.0, 1.0], [1.0, 2.0])
    tensor(0.8591)
    """

    _function = F.poisson_nll_loss

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, log_input=log_input, full=full, eps=eps)


class GaussianNLLLoss(LossModule):
    """Negative log-likelihood of normal draws: `nn.functional.gaussian_nll_loss`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.GaussianNLLLoss()([0.0, 1.0], [1.0, 3.0], [1.0, 1.0])
    tensor(1.2500)
    """

    _function = F.gaussian_nll_loss

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction, full=full, eps=eps)
