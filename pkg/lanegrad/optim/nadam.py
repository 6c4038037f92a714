"""NAdam."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, average, decayed
from .optimizer import ParamsT


class NAdam(FormulaOptimizer):
    """Adam with Nesterov's momentum, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        g = g + weight_decay * p            unless the decay is decoupled,
        p = p - lr * weight_decay * p       when it is
        mu(t) = beta1 * (1 - 0.96**(t * momentum_decay) / 2)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        look = (1 - mu(t)) * g / (1 - mu(1) * ... * mu(t))
        look = look + mu(t + 1) * m / (1 - mu(1) * ... * mu(t + 1))
        p = p - lr * look / (sqrt(v / (1 - beta2**t)) + eps)

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
    momentum_decay : float
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
    .. [1] T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.NAdam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7359, 0.7359], requires_grad=True)
    """

    _numbers: ClassVar = {"step": 0.0, "mu_product": 1.0}
    _arrays = ("exp_avg", "exp_avg_sq")
    _not_negative = ("eps", "weight_decay", "momentum_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        p, g = decayed(p, g, o)
        (beta1, beta2), t = o.betas, float(s.step)
        mu, next_mu = (beta1 * (1 - 0.5 * 0.96 ** (step * o.momentum_decay)) for step in (t, t + 1))
        s.mu_product *= mu
        product = float(s.mu_product)
        average(s.exp_avg, g, beta1)
        average(s.exp_avg_sq, g * g, beta2)
        ahead = (1 - mu) / (1 - product) * g + next_mu / (1 - product * next_mu) * s.exp_avg
        return p - o.lr * ahead / (np.sqrt(s.exp_avg_sq / (1 - beta2**t)) + o.eps)
