"""Several optimizers as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..optim import Optimizer
from ..optim._built_in import loss_of

__all__ = ["Together"]


class Together(Optimizer):
    """Several optimizers, each of parameters of its own, as one: for `Trainer` and schedules.

    Parameters
    ----------
    *optimizers : Optimizer

    Attributes
    ----------
    optimizers : tuple of Optimizer
    param_groups : list of dict
        The groups of all.
    state : dict
        The state of all, by parameter.

    Raises
    ------
    ValueError
        There is no optimizer, or two of them have a parameter in common.

    Examples
    --------
    >>> from lanegrad import models, optim, train
    >>> net = models.DigitsNet()
    >>> filters = [p for p in net.parameters() if p.ndim == 4]
    >>> others = [p for p in net.parameters() if p.ndim != 4]
    >>> both = train.Together(
    ...     optim.Muon(filters, lr=0.1), optim.SGD(others, lr=0.02, momentum=0.9, nesterov=True)
    ... )
    >>> [group["lr"] for group in both.param_groups]
    [0.1, 0.02]
    """

    def __init__(self, *optimizers: Optimizer) -> None:
        if not optimizers:
            raise ValueError("Together needs an optimizer")
        self.optimizers, self.defaults = optimizers, {}
        parameters = [p for group in self.param_groups for p in group["params"]]
        if len(set(parameters)) < len(parameters):
            raise ValueError("some parameters appear in two of the optimizers")

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The groups of all optimizers."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    @property
    def state(self) -> dict[Any, Any]:  # type: ignore[override]
        """What the optimizers remember, by parameter."""
        return {p: state for optimizer in self.optimizers for p, state in optimizer.state.items()}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Refused: one of the optimizers is to have it."""
        raise TypeError("add the group to one of the optimizers: `optimizers` has them")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """The step of each optimizer; the closure is called once, before them."""
        loss = None if closure is None else loss_of(closure)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The states of the optimizers."""
        return {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Raises
        ------
        ValueError
            It is of other optimizers. Nothing has been changed.
        """
        states = state_dict.get("optimizers", ())
        if len(states) != len(self.optimizers):
            raise ValueError(
                f"state_dict is of {len(states)} optimizers, not of {len(self.optimizers)}"
            )
        names = "state", "param_groups"
        before = [
            {name: getattr(optimizer, name) for name in names} for optimizer in self.optimizers
        ]
        try:
            for optimizer, state in zip(self.optimizers, states, strict=True):
                optimizer.load_state_dict(state)
        except BaseException:
            for optimizer, kept in zip(self.optimizers, before, strict=True):
                vars(optimizer).update(kept)
            raise
