"""The version, and those of what lanegrad is not built with."""

from typing import Any

cuda = hip = xpu = git_version = None
debug = False


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from . import __version__

        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
