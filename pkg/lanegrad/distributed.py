"""Several processes that train one network, which lanegrad has not."""

from ._missing import missing_names


def is_available() -> bool:
    """Whether it is there: never.

    Examples
    --------
    >>> is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """Whether processes are joined: never."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether PyTorch's launcher has started this process: it makes no difference here."""
    return False


__getattr__ = missing_names(__name__)
