"""Adadelta."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, average, decayed
from .optimizer import ParamsT


class Adadelta(FormulaOptimizer):
    """Adadelta, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize)::

        g = g + weight_decay * p
        v = rho * v + (1 - rho) * g**2
        d = sqrt(u + eps) / sqrt(v + eps) * g
        u = rho * u + (1 - rho) * d**2
        p = p - lr * d

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    rho : float
        How much the averages keep at each step.
    eps : float
        Keeps the quotient finite.
    weight_decay : float
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
    .. [1] M. Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, 2012.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.Adadelta([w], eps=1.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([-0.6903, -0.6903], requires_grad=True)
    """

    _arrays = ("square_avg", "acc_delta")
    _not_negative = ("eps", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        if not 0 <= options["rho"] <= 1:
            raise ValueError(f"Invalid rho value: {options['rho']} (rho must be in [0, 1])")

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        p, g = decayed(p, g, o)
        average(s.square_avg, g * g, o.rho)
        d = np.sqrt(s.acc_delta + o.eps) / np.sqrt(s.square_avg + o.eps) * g
        average(s.acc_delta, d * d, o.rho)
        return p - o.lr * d
