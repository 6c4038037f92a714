"""Whether ops are recorded. The tape itself is compiled: see pyx/tensors/tape.pxi."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

from ._core import is_grad_enabled, set_grad_enabled

__all__ = ["detect_anomaly", "is_grad_enabled", "no_grad", "set_detect_anomaly"]

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


class set_detect_anomaly:
    """Accepted, with a UserWarning: backward does not look for NaN, as PyTorch's does in this mode.

    Parameters
    ----------
    mode : bool
        False is no warning.
    check_nan : bool
        Ignored.

    Examples
    --------
    >>> import lanegrad
    >>> with lanegrad.autograd.set_detect_anomaly(False):
    ...     y = lanegrad.ones(2) * 2
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        if mode:
            warnings.warn(
                "backward does not look for NaN: check gradients with lanegrad.isnan(p.grad).any()",
                UserWarning,
                stacklevel=2,
            )

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


class detect_anomaly(set_detect_anomaly):
    """As `set_detect_anomaly` with True."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
