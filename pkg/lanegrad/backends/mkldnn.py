"""Intel's oneDNN, which lanegrad does not use: its kernels are its own."""

enabled = True
deterministic = False


def is_available() -> bool:
    """Whether lanegrad computes with it: never."""
    return False
