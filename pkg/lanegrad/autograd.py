"""Whether ops are recorded. The tape itself is compiled: see pyx/tensors/tape.pxi."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

from ._core import is_grad_enabled, set_grad_enabled

__all__ = ["is_grad_enabled", "no_grad"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class no_grad:
    """Leaves ops unrecorded in this thread: a context manager, and a decorator for functions.

    Examples
    --------
    >>> import lanegrad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> with lanegrad.no_grad():
    ...     y = w * 2
    >>> y.requires_grad
    False
    >>> @lanegrad.no_grad()
    ... def double(x):
    ...     return x * 2
    >>> double(w).requires_grad
    False
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = set_grad_enabled(False)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        set_grad_enabled(self._before)

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(function)
        def unrecorded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with no_grad():
                return function(*args, **kwargs)

        return unrecorded
