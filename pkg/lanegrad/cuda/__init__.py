"""GPUs, of which there are none: what PyTorch answers on a machine without them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .._machine.devices import absent
from .._missing import explain
from . import amp

__all__ = [
    "Event",
    "Stream",
    "amp",
    "current_device",
    "current_stream",
    "device_count",
    "empty_cache",
    "get_arch_list",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "get_rng_state",
    "get_rng_state_all",
    "init",
    "initial_seed",
    "ipc_collect",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "mem_get_info",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "reset_max_memory_allocated",
    "reset_peak_memory_stats",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "set_rng_state_all",
    "synchronize",
]  # fmt: skip

(
    current_device, current_stream, get_device_capability, get_device_name, get_device_properties,
    get_rng_state, init, initial_seed, ipc_collect, mem_get_info, memory_summary,
    reset_max_memory_allocated, reset_peak_memory_stats, synchronize,
) = absent(
    "lanegrad.cuda", AssertionError,
    "current_device", "current_stream", "get_device_capability", "get_device_name",
    "get_device_properties", "get_rng_state", "init", "initial_seed", "ipc_collect", "mem_get_info",
    "memory_summary", "reset_max_memory_allocated", "reset_peak_memory_stats", "synchronize",
)  # fmt: skip
Event, Stream = absent("lanegrad.cuda", RuntimeError, "Event", "Stream")


def is_available() -> bool:
    """Whether there is a GPU to compute on: never.

    Examples
    --------
    >>> import lanegrad
    >>> "cuda" if lanegrad.cuda.is_available() else "cpu"
    'cpu'
    """
    return False


def is_initialized() -> bool:
    """Whether GPUs are in use: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether GPUs compute in bfloat16: never."""
    return False


def device_count() -> int:
    """The number of GPUs, 0."""
    return 0


def get_arch_list() -> list[str]:
    """The kinds of GPUs that lanegrad is built for: none."""
    return []


def manual_seed(seed: int) -> None:
    """Does nothing: `lanegrad.manual_seed` seeds all random numbers."""


def manual_seed_all(seed: int) -> None:
    """Does nothing: `lanegrad.manual_seed` seeds all random numbers."""


def seed() -> None:
    """Does nothing: there is no GPU."""


def seed_all() -> None:
    """Does nothing: there is no GPU."""


def get_rng_state_all() -> list[Any]:
    """The states of the GPUs' random numbers: none."""
    return []


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Does nothing: there is no GPU."""


def set_rng_state_all(new_states: Any) -> None:
    """Does nothing: there is no GPU."""


def set_device(device: Any) -> None:
    """Does nothing for a negative number; there is no other device.

    Raises
    ------
    AssertionError
        `device` is another one.
    """
    if not isinstance(device, int) or device >= 0:
        current_device()


def empty_cache() -> None:
    """Does nothing: there is no GPU."""


def memory_allocated(device: Any = None) -> int:
    """The memory of a GPU that is in use, 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The memory of a GPU that was in use, 0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """The memory of a GPU that is kept, 0."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """The memory of a GPU that was kept, 0."""
    return 0


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """What is known of a GPU's memory: nothing."""
    return OrderedDict()


explain(__name__)
