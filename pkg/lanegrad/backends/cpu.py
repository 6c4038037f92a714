"""What the CPU can."""

from .. import _core


def get_cpu_capability() -> str:
    """The instruction set that kernels use, in capitals as PyTorch's.

    Examples
    --------
    >>> get_cpu_capability().isupper()
    True
    """
    return _core.isa().upper()
