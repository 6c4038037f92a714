"""Intel's GPUs, which lanegrad does not use: what PyTorch answers on a machine without them."""

from __future__ import annotations

from ._machine.devices import absent
from ._missing import missing_names

__all__ = [
    "current_device", "device_count", "empty_cache", "get_device_name", "is_available", "manual_seed",
    "manual_seed_all", "synchronize",
]  # fmt: skip

current_device, get_device_name, synchronize = absent(
    "lanegrad.xpu", AssertionError, "current_device", "get_device_name", "synchronize"
)


def is_available() -> bool:
    """Whether there is one to compute on: never."""
    return False


def device_count() -> int:
    """Their number, 0."""
    return 0


def empty_cache() -> None:
    """Does nothing: there is no such device."""


def manual_seed(seed: int) -> None:
    """Does nothing: `lanegrad.manual_seed` seeds all random numbers."""


def manual_seed_all(seed: int) -> None:
    """Does nothing: `lanegrad.manual_seed` seeds all random numbers."""


__getattr__ = missing_names(__name__)
