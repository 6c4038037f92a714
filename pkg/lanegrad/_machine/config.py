"""How lanegrad runs on this machine: its threads, and what it was built with."""

from __future__ import annotations

from operator import index

from .. import _core
from .openmp import THREADS
from .threads import MOST_THREADS

__all__ = [
    "get_deferred", "get_num_threads", "get_winograd", "set_deferred", "set_num_threads", "set_winograd",
    "show_config",
]  # fmt: skip


def set_num_threads(num: int) -> None:
    """Set how many threads a kernel may use. Results do not depend on it.

    Parameters
    ----------
    num : int
        At least 1, and at most 1024. A build without OpenMP stays at 1.

    Raises
    ------
    TypeError
        `num` is no whole number.
    ValueError
        `num` is less than 1 or more than 1024.

    Examples
    --------
    >>> import lanegrad
    >>> before = lanegrad.get_num_threads()
    >>> lanegrad.set_num_threads(1)
    >>> lanegrad.get_num_threads()
    1
    >>> lanegrad.set_num_threads(before)
    """
    num = index(num)
    if not 1 <= num <= MOST_THREADS:
        raise ValueError(
            f"the number of threads must be at least 1 and at most {MOST_THREADS}, got {num}"
        )
    _core.set_num_threads(num)


def get_num_threads() -> int:
    """How many threads a kernel may use.

    At import that is OMP_NUM_THREADS if it is set, or else the number of CPUs that this process may
    use by its affinity and its control groups; at most 1024.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.get_num_threads() >= 1
    True
    """
    return _core.get_num_threads()


def set_deferred(wanted: bool) -> bool:
    """Say whether kernel calls are noted first and made later, as they are by default.

    What is noted is made when somebody asks for a value, when an optimizer has stepped, or when the list has
    grown long; lists that come again are run by a plan, in less time and memory. Results are the same bits
    either way, so that this is for finding out how long single ops take. The environment variable
    LANEGRAD_DEFERRED=0 says so from the start.

    Parameters
    ----------
    wanted : bool
        False: each kernel is called at once, in all threads.

    Returns
    -------
    bool
        What it was before.

    Examples
    --------
    >>> import lanegrad
    >>> before = lanegrad.set_deferred(False)
    >>> lanegrad.get_deferred()
    False
    >>> _ = lanegrad.set_deferred(before)
    """
    return _core.set_deferred(wanted)


def get_deferred() -> bool:
    """Whether kernel calls are noted first and made later.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.get_deferred()
    True
    """
    return _core.get_deferred()


def set_winograd(allowed: bool) -> None:
    """Allow or forbid Winograd's algorithm in convolutions. It is allowed at first.

    Wide 3 x 3 convolutions with stride and dilation 1 use it, F(4 x 4, 3 x 3): two to four times as fast,
    with rounding errors some five times as large, of up to 1e-5 of the largest result. Others with kernels 3
    or 5 wide use it along the rows alone, F(4, 3) and F(4, 5), where that is quicker: up to twice as fast,
    with errors two to three times as large. Whether a convolution does depends on its shape alone.

    Parameters
    ----------
    allowed : bool

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.set_winograd(False)
    >>> lanegrad.get_winograd()
    False
    >>> lanegrad.set_winograd(True)
    """
    _core.set_winograd(allowed)


def get_winograd() -> bool:
    """Whether convolutions may use Winograd's algorithm.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.get_winograd()
    True
    """
    return _core.get_winograd()


def show_config() -> None:
    """Print version, instruction set, compiler, OpenMP and threads.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.show_config()  # doctest: +ELLIPSIS
    lanegrad ...
    instruction set  ...
    compiler         ...
    OpenMP           ...
    threads          ...
    """
    print(config_text(), end="")


def config_text() -> str:
    """What `show_config` prints."""
    from .. import __version__

    build = _core.build_info()
    return (
        f"lanegrad {__version__}\n"
        f"instruction set  {_core.isa()} (this CPU runs {', '.join(_core.isas())})\n"
        f"compiler         {build['compiler']}\n"
        f"OpenMP           {build['openmp'] or 'no'}\n"
        f"threads          {get_num_threads()}\n"
    )


_core.set_num_threads(THREADS)
