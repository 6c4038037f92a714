"""Adamax."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, average, decayed
from .optimizer import ParamsT


class Adamax(FormulaOptimizer):
    """Adamax, Adam by the largest gradient, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        g = g + weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        u = max(beta2 * u, abs(g) + eps)
        p = p - lr / (1 - beta1**t) * m / u

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    betas : (float, float)
        How much the average of the gradient and the largest one keep at each step; below 1.
    eps : float
        Keeps the quotient finite.
    weight_decay : float
    foreach, differentiable, capturable
        As for `SGD`.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.Adamax([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7500, 0.7500], requires_grad=True)
    """

    _arrays = ("exp_avg", "exp_inf")
    _not_negative = ("eps", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        p, g = decayed(p, g, o)
        beta1, beta2 = o.betas
        average(s.exp_avg, g, beta1)
        s.exp_inf[...] = np.maximum(beta2 * s.exp_inf, np.abs(g) + o.eps)
        return p - o.lr / (1 - beta1 ** float(s.step)) * s.exp_avg / s.exp_inf
