"""What counts as an array and as floats: conversions that the layers above share.

The compiled module checks the rest: labels, sizes that must fit, options.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import _core

FLOAT = np.dtype(np.float32)


def as_array(x: Any) -> np.ndarray:
    """`x` as a C-contiguous array of float32, integers or booleans; other floats become float32."""
    a = np.asarray(x)
    kind = a.dtype.kind
    if kind == "f":
        return np.asarray(a, FLOAT, order="C")
    if kind in "iub":
        return np.asarray(a, a.dtype.newbyteorder("="), order="C")
    raise TypeError(f"a tensor holds floats, integers or booleans; found {a.dtype}")


def as_floats(x: Any, name: str) -> np.ndarray:
    """`x` as a C-contiguous float32 array; a TypeError for integers of somebody's choice."""
    return np.asarray(_core.as_floats(x, name), order="C")


def flattened(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    """The shape with the axes from `start_dim` to `end_dim` made one."""
    asked = f"flatten from axis {start_dim} to {end_dim} of a tensor of shape {shape}"
    shape = shape or (1,)
    try:
        start, end = range(len(shape))[start_dim], range(len(shape))[end_dim]
    except IndexError:
        raise IndexError(f"{asked}: there is no such axis") from None
    if start > end:
        raise ValueError(f"{asked}: the first axis comes after the last")
    return *shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]
