"""RAdam."""

from __future__ import annotations

from math import sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, average, decayed
from .optimizer import ParamsT


class RAdam(FormulaOptimizer):
    """Rectified Adam, which does not trust the first steps' variance, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        g = g + weight_decay * p            unless the decay is decoupled,
        p = p - lr * weight_decay * p       when it is
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mean = m / (1 - beta1**t)
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        r = sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
        p = p - lr * mean                                               if rho <= 5
        p = p - lr * r * mean * sqrt(1 - beta2**t) / (sqrt(v) + eps)    else

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    betas : (float, float)
        How much the averages of the gradient and of its square keep at each step; below 1.
    eps : float
        Keeps the quotient finite.
    weight_decay : float
    decoupled_weight_decay : bool
        Whether the decay bypasses the averages, as in `AdamW`.
    foreach, capturable, differentiable
        As for `SGD`.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

    References
    ----------
    .. [1] L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.RAdam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    _arrays = ("exp_avg", "exp_avg_sq")
    _not_negative = ("eps", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        p, g = decayed(p, g, o)
        (beta1, beta2), t = o.betas, float(s.step)
        average(s.exp_avg, g, beta1)
        average(s.exp_avg_sq, g * g, beta2)
        step = o.lr * s.exp_avg / (1 - beta1**t)
        left = 1 - beta2**t
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / left
        if rho <= 5:
            return p - step
        r = sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
        return p - step * (r * sqrt(left) / (np.sqrt(s.exp_avg_sq) + o.eps))
