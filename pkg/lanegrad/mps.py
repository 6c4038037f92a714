"""Apple's GPUs, which lanegrad does not use: what PyTorch answers on a machine without them."""

from __future__ import annotations

from ._machine.devices import absent
from ._missing import missing_names

__all__ = [
    "current_allocated_memory", "device_count", "driver_allocated_memory", "empty_cache",
    "get_rng_state", "is_available", "manual_seed", "seed", "set_rng_state", "synchronize",
]  # fmt: skip

(
    current_allocated_memory, driver_allocated_memory, empty_cache, get_rng_state, seed, set_rng_state,
    synchronize,
) = absent(
    "lanegrad.mps", RuntimeError,
    "current_allocated_memory", "driver_allocated_memory", "empty_cache", "get_rng_state", "seed",
    "set_rng_state", "synchronize",
)  # fmt: skip


def is_available() -> bool:
    """Whether there is one to compute on: never."""
    return False


def device_count() -> int:
    """Their number, 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Does nothing: `lanegrad.manual_seed` seeds all random numbers."""


__getattr__ = missing_names(__name__)
