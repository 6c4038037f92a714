"""Whether ops are recorded. The tape itself is compiled: see pyx/tensors/tape.pxi."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, ParamSpec, TypeVar, overload

from .. import _core
from .._core import is_grad_enabled

__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Mode(_core.GradMode):
    """A context manager, and a decorator for functions, in which ops are recorded or not, in this thread."""

    __slots__ = ("_wanted",)

    def __init__(self, wanted: bool) -> None:
        super().__init__(wanted)
        self._wanted = wanted

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        if isgeneratorfunction(function):
            return self._around(function)

        @wraps(function)
        def decorated(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with _core.GradMode(self._wanted):
                return function(*args, **kwargs)

        return decorated

    def _around(self, function: Callable[_P, Any]) -> Callable[_P, Any]:
        """A generator function that has this mode while it runs, and not while it waits."""

        @wraps(function)
        def decorated(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            running = function(*args, **kwargs)
            go_on, given = running.send, None
            while True:
                try:
                    with _core.GradMode(self._wanted):
                        result = go_on(given)
                except StopIteration as end:
                    return end.value
                try:
                    go_on, given = running.send, (yield result)
                except GeneratorExit:
                    with _core.GradMode(self._wanted):
                        running.close()
                    raise
                except BaseException as error:
                    go_on, given = running.throw, error

        return decorated


class _FixedMode(_Mode):
    """Of which `@mode` without parentheses decorates too."""

    __slots__ = ()
    _recording: bool

    @overload
    def __new__(cls) -> _FixedMode: ...
    @overload
    def __new__(cls, orig_func: Callable[_P, _R]) -> Callable[_P, _R]: ...  # type: ignore[misc]
    def __new__(cls, orig_func: Any = None) -> Any:
        return super().__new__(cls) if orig_func is None else cls()(orig_func)

    def __init__(self) -> None:
        super().__init__(self._recording)


class no_grad(_FixedMode):
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

    __slots__ = ()
    _recording = False


class enable_grad(_FixedMode):
    """Records ops in this thread, within `no_grad` too: a context manager, and a decorator for functions.

    Examples
    --------
    >>> import lanegrad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> with lanegrad.no_grad(), lanegrad.enable_grad():
    ...     y = w * 2
    >>> y.requires_grad
    True
    """

    __slots__ = ()
    _recording = True


class set_grad_enabled(_Mode):
    """Records ops in this thread from now on, or not; as a context manager, until its end.

    Parameters
    ----------
    mode : bool

    Examples
    --------
    >>> import lanegrad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> with lanegrad.set_grad_enabled(False):
    ...     y = w * 2
    >>> y.requires_grad
    False
    """

    __slots__ = ()

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        super().__enter__()

    def __enter__(self) -> None:
        _core.set_grad_enabled(self._wanted)

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        self.__exit__()  # a decorator changes nothing where it stands
        return super().__call__(function)


class inference_mode(_Mode):
    """As `no_grad`.

    Parameters
    ----------
    mode : bool
        False records ops.

    Examples
    --------
    >>> import lanegrad
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> with lanegrad.inference_mode():
    ...     y = w * 2
    >>> y.requires_grad
    False
    """

    __slots__ = ()

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)
