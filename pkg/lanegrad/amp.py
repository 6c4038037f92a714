"""Mixed precision, which lanegrad has not: networks compute in float32, and losses need no scaling."""

from __future__ import annotations

import warnings
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any

from ._missing import explain

__all__ = ["GradScaler", "autocast", "is_autocast_available", "is_autocast_enabled"]

DEVICES = ("cpu", "cuda", "mps", "xpu", "hpu", "mtia", "meta")


def is_autocast_available(device_type: str) -> bool:
    """Whether a device computes in mixed precision: none does here.

    Examples
    --------
    >>> is_autocast_available("cpu")
    False
    """
    _check_device(device_type)
    return False


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether this thread computes in mixed precision: never.

    Examples
    --------
    >>> is_autocast_enabled("cpu")
    False
    """
    return is_autocast_available(device_type)


class autocast(ContextDecorator):
    """A context, or a decorator, in which all is computed in float32 as anywhere else.

    Parameters
    ----------
    device_type : str
        "cpu", "cuda" or another kind of device.
    dtype : dtype, optional
        Ignored: float32 it is.
    enabled : bool
        True is a UserWarning: PyTorch would compute in bfloat16 on a CPU.
    cache_enabled : bool, optional
        Ignored.

    Raises
    ------
    RuntimeError
        There is no such kind of device.

    Examples
    --------
    >>> import lanegrad
    >>> with lanegrad.amp.autocast("cpu", enabled=False):
    ...     y = lanegrad.ones(2) * 2
    >>> y.dtype
    dtype('float32')
    """

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        _check_device(device_type)
        if enabled:
            _warn("autocast", "lanegrad computes in float32")

    def __enter__(self) -> autocast:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


class GradScaler:
    """Scales no losses, as float32 needs none: PyTorch's on a machine without a GPU.

    Parameters
    ----------
    device : str
        Where the network is.
    init_scale, growth_factor, backoff_factor, growth_interval
        Ignored.
    enabled : bool
        True is a UserWarning.

    Examples
    --------
    >>> import lanegrad
    >>> scaler = lanegrad.amp.GradScaler(enabled=False)
    >>> w = lanegrad.nn.Parameter([1.0])
    >>> optimizer = lanegrad.optim.SGD([w], lr=0.5)
    >>> scaler.scale((w * 2).sum()).backward()
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.tolist()
    [0.0]
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _check_device(device)
        if enabled:
            _warn("GradScaler", "gradients of float32 need no scaling")

    def scale(self, outputs: Any) -> Any:
        """`outputs` itself."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Does nothing: gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """What `optimizer.step` does and gives."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Does nothing: there is no scale."""

    def is_enabled(self) -> bool:
        """Whether losses are scaled: never."""
        return False

    def get_scale(self) -> float:
        """The factor of losses, 1."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs: nothing."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Does nothing: there is no state."""


def _check_device(kind: str) -> None:
    if not isinstance(kind, str):
        raise ValueError(f"the kind of device is a string, got {type(kind).__name__}")
    if kind.partition(":")[0] not in DEVICES:
        raise RuntimeError(f"there is no kind of device {kind!r}: one of {', '.join(DEVICES)}")


def _warn(name: str, reason: str) -> None:
    """A warning for the line outside of lanegrad that asks for mixed precision."""
    message = f"{name} is switched off: {reason}. Pass enabled=False to say so without this warning"
    warnings.warn(message, UserWarning, stacklevel=3)


explain(__name__)
