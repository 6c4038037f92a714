"""Devices besides the CPU, of which there are none: what PyTorch answers on a machine without them."""

from __future__ import annotations

from ._machine.devices import absent
from ._missing import missing_names

__all__ = [
    "current_accelerator", "current_device_index", "device_count", "is_available",
    "set_device_index", "synchronize",
]  # fmt: skip

current_device_index, set_device_index, synchronize = absent(
    "lanegrad.accelerator", RuntimeError, "current_device_index", "set_device_index", "synchronize"
)


def is_available() -> bool:
    """Whether there is one: never."""
    return False


def device_count() -> int:
    """Their number, 0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """The one in use: None.

    Examples
    --------
    >>> current_accelerator() is None
    True
    """
    return None


__getattr__ = missing_names(__name__)
