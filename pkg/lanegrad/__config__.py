"""What lanegrad is built with, as text."""

from __future__ import annotations

from ._machine.config import config_text, get_num_threads
from ._missing import missing_names

__all__ = ["parallel_info", "show"]


def show() -> str:
    """Version, instruction set, compiler, OpenMP and threads, a line each.

    Examples
    --------
    >>> import lanegrad
    >>> "compiler" in lanegrad.__config__.show()
    True
    """
    return config_text()


def parallel_info() -> str:
    """The threads that kernels run in.

    Examples
    --------
    >>> import lanegrad
    >>> "threads" in lanegrad.__config__.parallel_info()
    True
    """
    return f"threads of a kernel: {get_num_threads()}\n"


__getattr__ = missing_names(__name__)
