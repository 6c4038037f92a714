"""Intel's MKL, which lanegrad does not use: its kernels are its own."""


def is_available() -> bool:
    """Whether lanegrad computes with it: never."""
    return False
