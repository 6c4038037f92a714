"""Optimizers whose step is a kernel: one call for all parameters of a group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import _core
from .._core import OptimizerStep, record
from .._tensor import Tensor
from ._built_in import BuiltIn, loss_of


class KernelOptimizer(BuiltIn):
    """A subclass names its kernel, and the arrays that this needs."""

    _kernel: str
    _steps: list[OptimizerStep] | None = None  # one per group

    def _state_names(self, group: Mapping[str, Any]) -> tuple[str | None, ...]:
        """The names in a parameter's state: of its count of steps, then of up to three arrays, in the
        order of the kernel. None where there is no such thing.
        """
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters that have a gradient; none of them if something is wrong.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first; what it gives is given back.
        """
        loss = None if closure is None else loss_of(closure)
        groups = self.param_groups
        if self._steps is None or len(self._steps) != len(groups):
            self._steps = [OptimizerStep() for _ in groups]
        states = dict(self.state)  # what is compiled takes plain dicts alone
        new: dict[Tensor, dict[str, Tensor]] = {}
        names = [self._state_names(group) for group in groups]
        for group, step, own in zip(groups, self._steps, names, strict=True):
            for p in step.lacking(group["params"], states, own):
                new[p] = {**self._fresh(p, group), **states.get(p, {})}
        states.update(new)
        for group, step, own in zip(groups, self._steps, names, strict=True):
            step.check(group["params"], states, own, group)
        self.state.update(new)
        for step in self._steps:
            step.step(self._kernel, new)
        _core.run()
        return loss

    def _fresh(self, p: Tensor, group: Mapping[str, Any]) -> dict[str, Tensor]:
        count, *arrays = self._state_names(group)
        state = {name: record(_core.full(p.shape, 0.0)) for name in arrays if name}
        return {count: record(_core.full((), 0.0)), **state} if count else state
