"""Python's multiprocessing. Tensors that go to another process are copied."""

from __future__ import annotations

import multiprocessing
from multiprocessing import *  # noqa: F403

from ._missing import missing_names

__all__ = [*multiprocessing.__all__]
__all__ += ["get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy"]


def get_all_sharing_strategies() -> set[str]:
    """How tensors may go to other processes.

    Examples
    --------
    >>> get_all_sharing_strategies()
    {'copy'}
    """
    return {"copy"}


def get_sharing_strategy() -> str:
    """How tensors go to other processes: they are copied."""
    return "copy"


def set_sharing_strategy(new_strategy: str) -> None:
    """Does nothing: there is no limit on how many tensors are copied, which such a strategy is to avoid."""


__getattr__ = missing_names(__name__)
