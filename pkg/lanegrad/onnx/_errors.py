"""What an export refuses, and how the error names the operation and the line that asked for it."""

from __future__ import annotations

import sys
from types import FrameType

__all__ = ["ExportError", "asked", "refusal"]

OPERATIONS = (
    "lanegrad._tensor.",
    "lanegrad.nn.functional.",
    "lanegrad.linalg",
    "lanegrad.autograd",
)


class ExportError(RuntimeError):
    """A model does what cannot be exported. The message says what, where, and what to do instead."""


def asked() -> tuple[str, str]:
    """The operation that is being called, the outermost of lanegrad's that run, and who has called it."""
    operation, place = "an operation", "(within lanegrad)"
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(OPERATIONS):
            name = frame.f_code.co_qualname
            operation = operation if "<locals>" in name or name.startswith("_") else name
        elif not module.startswith("lanegrad."):
            place = f"({frame.f_code.co_filename}, line {frame.f_lineno})"
            break
        frame = frame.f_back
    return operation, place


def refusal(why: str, instead: str) -> ExportError:
    """The error of an operation that is being called."""
    return ExportError(f"{' '.join(asked())} cannot be exported: {why}. {instead}")
