"""ASGD."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, decayed, full
from .optimizer import ParamsT


class ASGD(FormulaOptimizer):
    """Averaged stochastic gradient descent, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        g = g + weight_decay * p
        p = p * (1 - lambd * eta) - eta * g
        ax = ax + mu * (p - ax)
        eta = lr / (1 + lambd * lr * t)**alpha      lr at first
        mu = 1 / max(1, t - t0)                     1 at first

    The average is ``optimizer.state[p]["ax"]``.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    lambd, alpha : float
        How fast the rate falls.
    t0 : float
        The step at which averaging starts.
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
    .. [1] B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control
       Optim. 30, 1992.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.ASGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    _arrays = ("ax",)
    _not_negative = ("weight_decay",)

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        numbers = {"step": 0.0, "eta": float(group["lr"]), "mu": 1.0}
        return {**{name: full((), n) for name, n in numbers.items()}, "ax": full(p.shape, 0.0)}

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        p, g = decayed(p, g, o)
        eta, mu, t = float(s.eta), float(s.mu), float(s.step)
        p = p * (1 - o.lambd * eta) - eta * g
        s.ax += (p - s.ax) * mu
        s.eta[...] = o.lr / (1 + o.lambd * o.lr * t) ** o.alpha
        s.mu[...] = 1 / max(1, t - o.t0)
        return p
