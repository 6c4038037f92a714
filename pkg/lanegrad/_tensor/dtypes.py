"""Types of elements under PyTorch's names, and what is known of them.

They are NumPy's. The names of Python's own types among them are why this module has nothing else in it that
uses these.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "bool",
    "dtype",
    "float",
    "float32",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "long",
    "short",
    "uint8",
]  # fmt: skip

dtype = np.dtype

float32 = float = np.dtype(np.float32)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)
