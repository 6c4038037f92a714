"""Rprop."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._tensor import Tensor
from ._formula import FormulaOptimizer, full
from .optimizer import ParamsT


class Rprop(FormulaOptimizer):
    """Resilient backpropagation, which goes by signs of gradients, as PyTorch computes it [1]_.

    For each element of a parameter p with gradient g (-g to maximize), and its step size, lr at first::

        size = size * etas[1]       where g has the sign that it had before,
        size = size * etas[0]       where it has the other one, and g = 0 there
        size = min(max(size, step_sizes[0]), step_sizes[1])
        p = p - sign(g) * size

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        The first step size.
    etas : (float, float)
        What step sizes are multiplied by; the first between 0 and 1, the second above 1.
    step_sizes : (float, float)
        The least and the largest step size.
    capturable, foreach, differentiable
        As for `SGD`.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

    References
    ----------
    .. [1] M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
       algorithm", ICNN 1993.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.Rprop([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7500, 0.7500], requires_grad=True)
    """

    _arrays = ("prev", "step_size")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        down, up = options["etas"]
        if not 0 < down < 1 < up:
            raise ValueError(f"Invalid eta values: {down}, {up} (between 0 and 1, and above 1)")

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        return {**super()._fresh(p, group), "step_size": full(p.shape, float(group["lr"]))}

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        (down, up), same = o.etas, np.sign(g * s.prev)
        s.step_size *= np.where(same > 0, up, np.where(same < 0, down, 1)).astype(p.dtype)
        np.clip(s.step_size, *o.step_sizes, out=s.step_size)
        s.prev[...] = np.where(same < 0, 0, g)
        return p - np.sign(s.prev) * s.step_size
