"""Apple's GPUs, which lanegrad does not use."""


def is_available() -> bool:
    """Whether there is one to compute on: never."""
    return False


def is_built() -> bool:
    """Whether lanegrad is built for them: never."""
    return False
