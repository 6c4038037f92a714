"""What counts as an array and as floats: conversions that the layers above share.

The compiled module checks the rest: labels, sizes that must fit, options.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core

FLOAT = np.dtype(np.float32)


def countable(count: int) -> int:
    """The number itself; a MemoryError where NumPy makes an empty array of so many, in silence."""
    if count >> 59:
        raise MemoryError(f"{count} numbers are too many for any memory")
    return count


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
