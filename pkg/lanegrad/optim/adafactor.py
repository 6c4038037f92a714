"""Adafactor."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from .._tensor.convert import FLOAT
from ._formula import FormulaOptimizer, average, full
from .optimizer import ParamsT


class Adafactor(FormulaOptimizer):
    """Adafactor, which keeps the squares' averages by row and by column, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        alpha = max(eps2, rms(p)) * min(lr, 1 / sqrt(t))
        p = p - lr * weight_decay * p
        keep = 1 - t**beta2_decay
        r = keep * r + (1 - keep) * mean of g**2 along the last axis,
        c = keep * c + (1 - keep) * mean of g**2 along the axis before, and
        v = r * c / max(mean of r along the axis before the last, eps1)     where g has two axes or more
        v = keep * v + (1 - keep) * g**2                                    elsewhere
        u = g / sqrt(max(v, eps1**2))
        p = p - alpha * u / max(1, rms(u) / d)

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    beta2_decay : float
        At most 0.
    eps : (float or None, float)
        eps1, the relative precision of float32 unless given, and eps2.
    d : float
        How large an update may be before it is scaled down; at least 1.
    weight_decay : float
    foreach
        As for `SGD`.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

    References
    ----------
    .. [1] N. Shazeer, M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.Adafactor([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7500, 0.7500], requires_grad=True)
    """

    _not_negative = ("weight_decay",)

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        eps1, eps2 = options["eps"]
        if not ((eps1 is None or eps1 >= 0) and eps2 >= 0):
            raise ValueError(f"eps must not be negative, found {options['eps']}")
        if not options["beta2_decay"] <= 0:
            raise ValueError(f"beta2_decay must be at most 0, found {options['beta2_decay']}")
        if not options["d"] >= 1:
            raise ValueError(f"d must be at least 1, found {options['d']}")

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        state = {"step": full((), 0.0)}
        if p.ndim < 2:
            return {**state, "variance": full(p.shape, 0.0)}
        row, column = (*p.shape[:-1], 1), (*p.shape[:-2], 1, p.shape[-1])
        return {**state, "row_var": full(row, 0.0), "col_var": full(column, 0.0)}

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        t, (eps1, eps2) = float(s.step), o.eps
        eps1 = np.finfo(FLOAT).eps if eps1 is None else eps1
        alpha = max(eps2, _rms(p)) * min(o.lr, 1 / sqrt(t))
        p, keep, square = p * (1 - o.lr * o.weight_decay), 1 - t**o.beta2_decay, g * g
        if g.ndim < 2:
            average(s.variance, square, keep)
            v = s.variance
        else:
            average(s.row_var, square.mean(-1, keepdims=True), keep)
            average(s.col_var, square.mean(-2, keepdims=True), keep)
            mean = np.maximum(s.row_var.mean(-2, keepdims=True), eps1)
            v = s.row_var @ s.col_var / mean
        update = g / np.sqrt(np.maximum(v, eps1**2))
        return p - alpha / max(1.0, _rms(update) / o.d) * update


def _rms(x: np.ndarray) -> float:
    """The root of the mean of the squares."""
    return sqrt(np.square(x).mean(dtype=np.float64))
