"""PyTorch's settings of the process. Most have one value here; others are kept for whoever asks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

_kept: dict[str, Any] = {
    "deterministic": 0,  # 1: warn, 2: raise, as the debug mode counts
    "float32_matmul_precision": "highest",
    "num_interop_threads": 1,
}
_DEBUG_MODES = {"default": 0, "warn": 1, "error": 2}


__all__ = [
    "are_deterministic_algorithms_enabled", "get_default_dtype", "get_deterministic_debug_mode",
    "get_float32_matmul_precision", "get_num_interop_threads",
    "is_deterministic_algorithms_warn_only_enabled", "set_default_device", "set_default_dtype",
    "set_default_tensor_type", "set_deterministic_debug_mode", "set_float32_matmul_precision",
    "set_flush_denormal", "set_num_interop_threads", "use_deterministic_algorithms",
]  # fmt: skip


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same results in every run, which lanegrad's always are.

    Examples
    --------
    >>> use_deterministic_algorithms(True)
    >>> are_deterministic_algorithms_enabled()
    True
    >>> use_deterministic_algorithms(False)
    """
    set_deterministic_debug_mode((1 if warn_only else 2) if mode else 0)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` has asked for them; results do not depend on it."""
    return bool(_kept["deterministic"])


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was called with `warn_only`."""
    return get_deterministic_debug_mode() == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """As `use_deterministic_algorithms`, by number or name: 0 "default", 1 "warn", 2 "error".

    Raises
    ------
    RuntimeError
        There is no such mode.

    Examples
    --------
    >>> set_deterministic_debug_mode("warn")
    >>> get_deterministic_debug_mode()
    1
    >>> set_deterministic_debug_mode(0)
    """
    mode = _DEBUG_MODES.get(debug_mode, debug_mode) if isinstance(debug_mode, str) else debug_mode
    if mode not in (0, 1, 2):
        raise RuntimeError(
            f"debug_mode must be 0, 1, 2, 'default', 'warn' or 'error', got {debug_mode!r}"
        )
    _kept["deterministic"] = int(mode)


def get_deterministic_debug_mode() -> int:
    """What `set_deterministic_debug_mode` has set."""
    mode: int = _kept["deterministic"]
    return mode


def set_float32_matmul_precision(precision: str) -> None:
    """Say which rounding errors are welcome: none here, since kernels compute in float32 always.

    Parameters
    ----------
    precision : {"highest", "high", "medium"}
        Another one is a UserWarning, and changes nothing.

    Examples
    --------
    >>> set_float32_matmul_precision("highest")
    >>> get_float32_matmul_precision()
    'highest'
    """
    if precision in ("highest", "high", "medium"):
        _kept["float32_matmul_precision"] = precision
    else:
        warnings.warn(
            f"{precision!r} is none of 'highest', 'high' and 'medium': nothing is changed",
            UserWarning,
            stacklevel=2,
        )


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` has set."""
    precision: str = _kept["float32_matmul_precision"]
    return precision


def set_num_interop_threads(num: int) -> None:
    """Keep a number that lanegrad does not need: ops run one after the other, each in all threads.

    Raises
    ------
    RuntimeError
        The number is less than 1.

    Examples
    --------
    >>> set_num_interop_threads(1)
    >>> get_num_interop_threads()
    1
    """
    if not isinstance(num, int) or num < 1:
        raise RuntimeError(f"the number of threads must be at least 1, got {num!r}")
    _kept["num_interop_threads"] = num


def get_num_interop_threads() -> int:
    """What `set_num_interop_threads` has set, 1 at first."""
    threads: int = _kept["num_interop_threads"]
    return threads


def set_flush_denormal(mode: bool) -> bool:
    """Ask for the smallest numbers to become zero, which they never do here; gives False if asked for.

    Examples
    --------
    >>> set_flush_denormal(True)
    False
    """
    return not mode


def set_default_dtype(d: Any) -> None:
    """Set the type of floats: to float32, which it is.

    Raises
    ------
    TypeError
        `d` is another type.

    Examples
    --------
    >>> import numpy as np
    >>> set_default_dtype(np.dtype(np.float32))
    """
    if not isinstance(d, np.dtype | type) or np.dtype(d) != get_default_dtype():
        raise TypeError(f"lanegrad computes in float32, which the default stays; got {d}")


def get_default_dtype() -> np.dtype[Any]:
    """The type of floats, float32.

    Examples
    --------
    >>> get_default_dtype()
    dtype('float32')
    """
    return np.dtype(np.float32)


def set_default_tensor_type(t: Any) -> None:
    """Set the type of tensors: to FloatTensor, given as such or by its name.

    Raises
    ------
    TypeError
        `t` is another type.

    Examples
    --------
    >>> set_default_tensor_type("torch.FloatTensor")
    """
    name = t if isinstance(t, str) else getattr(t, "__name__", "")
    if name.removeprefix("torch.").removeprefix("lanegrad.") != "FloatTensor":
        raise TypeError(
            f"lanegrad's tensors are of float32, on the CPU: FloatTensor is the default; got {t}"
        )


def set_default_device(device: Any) -> None:
    """Set where tensors are made: on the CPU.

    Raises
    ------
    RuntimeError
        `device` is another place.

    Examples
    --------
    >>> set_default_device("cpu")
    """
    if device is not None and str(device).partition(":")[0] != "cpu":
        raise RuntimeError(f"lanegrad runs on the CPU: there is no device {str(device)!r}")
