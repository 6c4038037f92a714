"""How elements may lie in memory, for arguments that say so: one after the other is the only way here."""

from __future__ import annotations

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "layout", "memory_format",
    "preserve_format", "strided",
]  # fmt: skip


class _Named:
    """A constant that is written as the name it has at the top level."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"lanegrad.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class memory_format(_Named):
    """An order of axes in memory, which is accepted and makes no difference.

    Examples
    --------
    >>> channels_last
    lanegrad.channels_last
    """

    __slots__ = ()


class layout(_Named):
    """A way to store tensors: strided.

    Examples
    --------
    >>> strided
    lanegrad.strided
    """

    __slots__ = ()


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided = layout("strided")
