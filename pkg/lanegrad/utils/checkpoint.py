"""Computing twice to save memory, which lanegrad does not: it computes once, with the same results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["checkpoint", "checkpoint_sequential"]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """What a function gives for its arguments; the options are ignored.

    Examples
    --------
    >>> import lanegrad
    >>> checkpoint(lanegrad.relu, lanegrad.tensor([-1.0, 2.0]), use_reentrant=False)
    tensor([0., 2.])
    """
    kwargs.pop("preserve_rng_state", None)
    return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Iterable[Callable[..., Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """What functions, or the modules of a Sequential, give one after the other; the options are ignored.

    Examples
    --------
    >>> import lanegrad
    >>> checkpoint_sequential([lanegrad.relu, lanegrad.tanh], 2, lanegrad.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """
    for function in functions:
        input = function(input)
    return input
