"""Mixed precision on GPUs, of which there are none: it is switched off, with a warning if it is asked for."""

from __future__ import annotations

from typing import Any

from .. import amp

__all__ = ["GradScaler", "autocast"]


class autocast(amp.autocast):
    """As `lanegrad.amp.autocast` for GPUs.

    Parameters
    ----------
    enabled : bool
        True is a UserWarning: there is no GPU.
    dtype, cache_enabled
        Ignored.
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """As `lanegrad.amp.GradScaler` for GPUs: it scales nothing.

    Parameters
    ----------
    init_scale, growth_factor, backoff_factor, growth_interval
        Ignored.
    enabled : bool
        True is a UserWarning: there is no GPU.
    """

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(
            "cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled
        )
