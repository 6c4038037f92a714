"""Learning rates over a training of known length: warm-up, then constant or down to nothing."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi

from ..optim import Optimizer
from ..optim.lr_scheduler import LambdaLR

__all__ = ["SHAPES", "schedule"]

SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "linear": lambda share: 1 - share,
    "cosine": lambda share: (1 + cos(pi * share)) / 2,
}
"""Of the part of the way that is gone, from 0 to 1, which share of the rate is left."""


def schedule(optimizer: Optimizer, shape: str, steps: int, warm_up: int = 0) -> LambdaLR:
    """A schedule for `Trainer`, which goes on with each step.

    Parameters
    ----------
    optimizer : Optimizer
        Its rates are the largest.
    shape : {"constant", "linear", "cosine"}
        What follows the warm-up.
    steps : int
        Of the whole training.
    warm_up : int
        The steps in which the rates grow linearly.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim, train
    >>> optimizer = optim.SGD([lanegrad.ones(2, requires_grad=True)], lr=1.0)
    >>> rates = train.schedule(optimizer, "linear", steps=6, warm_up=2)
    >>> shown = []
    >>> for step in range(6):
    ...     shown += rates.get_last_lr()
    ...     optimizer.step()
    ...     rates.step()
    >>> shown
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    if shape not in SHAPES:
        raise ValueError(f"shape is one of {', '.join(SHAPES)}; found {shape!r}")
    if not 0 <= warm_up <= steps:
        raise ValueError(f"warm_up is from 0 to the {steps} steps; found {warm_up}")
    rest, factor = max(1, steps - warm_up), SHAPES[shape]
    return LambdaLR(
        optimizer,
        lambda step: (
            (step + 1) / warm_up if step < warm_up else factor(min(1.0, (step - warm_up) / rest))
        ),
    )
