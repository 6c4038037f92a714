"""What tells a process that it is one of a loader's workers."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["WorkerInfo", "get_worker_info"]


class WorkerInfo(NamedTuple):
    """What `get_worker_info` tells of the process that it is called in.

    Attributes
    ----------
    id : int
        From 0.
    num_workers : int
    seed : int
        What this worker's random numbers were started from.
    dataset : Dataset
        This worker's copy.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Which of a loader's workers this process is, or None in all other processes.

    Examples
    --------
    >>> from lanegrad.utils.data import get_worker_info
    >>> get_worker_info() is None
    True
    """
    return _info


def set_worker_info(info: WorkerInfo) -> None:
    """Say that this process is a worker."""
    global _info
    _info = info
