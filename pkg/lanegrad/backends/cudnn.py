"""cuDNN, which lanegrad does not use: its switches can be set, and change nothing."""

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether cuDNN is there: never."""
    return False


def version() -> int | None:
    """The version of cuDNN: None."""
    return None
