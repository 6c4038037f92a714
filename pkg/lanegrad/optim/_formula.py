"""Optimizers whose step is a formula in NumPy, for one parameter after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._core import ShapeError
from .._tensor import Tensor, overwrite, plain_array
from .._tensor.convert import FLOAT
from ._built_in import BuiltIn, loss_of, number_tensor


class FormulaOptimizer(BuiltIn):
    """A subclass gives its formula, `_changed`, and what it remembers of each parameter."""

    _numbers: ClassVar[dict[str, float]] = {"step": 0.0}  # of a state, and where they start
    _arrays: ClassVar[tuple[str, ...]]  # of a state: of the parameter's shape, zero at first

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        """The parameter after a step, from its gradient, its state, which changes in place, and options."""
        raise NotImplementedError

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        numbers = {name: number_tensor(value) for name, value in self._numbers.items()}
        return {**numbers, **{name: full(p.shape, 0.0) for name in self._arrays}}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters that have a gradient; none of them if something is wrong.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first; what it gives is given back.
        """
        loss = None if closure is None else loss_of(closure)
        work = [(p, group) for group in self.param_groups for p in group["params"]]
        work = [(p, group) for p, group in work if p.grad is not None]
        for p, _ in work:
            if p.grad.shape != p.shape:
                raise ShapeError(f"the gradient has shape {p.grad.shape}, the parameter {p.shape}")
        for p, group in work:
            state = self.state[p]
            if not state:
                state.update(self._fresh(p, group))
            s = SimpleNamespace(**{name: value.detach().numpy() for name, value in state.items()})
            o = SimpleNamespace(**{**group, "lr": float(group["lr"])})
            if "step" in state:
                s.step += 1
            g = p.grad.detach().numpy()
            p_array = plain_array(p).array()
            new = self._changed(p_array, -g if group.get("maximize") else g, s, o)
            overwrite(p, _core.adopt(np.asarray(new, FLOAT, order="C")))
        return loss


def full(shape: tuple[int, ...], value: float) -> Tensor:
    """A tensor of one number, in memory of its own."""
    return _core.record(_core.full(shape, float(value)))


def decayed(p: np.ndarray, g: np.ndarray, o: SimpleNamespace) -> tuple[np.ndarray, np.ndarray]:
    """The parameter and the gradient, with the weight decay in one of them."""
    if getattr(o, "decoupled_weight_decay", False):
        return p * (1 - o.lr * o.weight_decay), g
    return p, (g + o.weight_decay * p if o.weight_decay else g)


def average(mean: np.ndarray, value: np.ndarray, keep: float) -> None:
    """Move a running mean in place: it keeps a part of itself."""
    mean *= keep
    mean += (1 - keep) * value
