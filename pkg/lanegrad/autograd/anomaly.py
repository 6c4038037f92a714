"""Names of PyTorch's search for NaN in backward passes."""

from __future__ import annotations

import warnings
from types import TracebackType

__all__ = ["detect_anomaly", "set_detect_anomaly"]


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
