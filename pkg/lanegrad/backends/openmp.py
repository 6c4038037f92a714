"""OpenMP, whose threads kernels run in."""

from .. import _core


def is_available() -> bool:
    """Whether lanegrad is built with it.

    Examples
    --------
    >>> is_available() in (True, False)
    True
    """
    return bool(_core.build_info()["openmp"])
