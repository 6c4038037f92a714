"""What the modules of devices that lanegrad does not use have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def absent(module: str, error: type[Exception], *names: str) -> tuple[Callable[..., NoReturn], ...]:
    """Functions that raise an error, as there is no such device: what PyTorch's do on such a machine.

    Examples
    --------
    >>> (synchronize,) = absent("lanegrad.xpu", AssertionError, "synchronize")
    >>> synchronize()
    Traceback (most recent call last):
    ...
    AssertionError: lanegrad runs on the CPU: call lanegrad.xpu.synchronize() only if \
lanegrad.xpu.is_available()
    """
    return tuple(_absent(module, error, name) for name in names)


def _absent(module: str, error: type[Exception], name: str) -> Callable[..., NoReturn]:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise error(
            f"lanegrad runs on the CPU: call {module}.{name}() only if {module}.is_available()"
        )

    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = "Raises an error: there is no such device."
    return function
