"""Which axes of a tensor an argument `dim` means."""

from .._core import axes_of, axis_of

__all__ = ["axes_of", "axis_of"]
