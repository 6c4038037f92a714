"""What the tests of saving share: values sent through a file, and compared with their types and bits."""

import io
import struct

import numpy as np

import lanegrad
from lanegrad.serialization import load, save


def passed_on(value):
    file = io.BytesIO()
    save(value, file)
    file.seek(0)
    return load(file)


def key(x):
    """A value with its types and bits, for comparison."""
    if isinstance(x, dict):
        return type(x), [(key(k), key(v)) for k, v in x.items()]
    if isinstance(x, list | tuple):
        return type(x), [key(item) for item in x]
    if isinstance(x, lanegrad.Tensor):
        return type(x), x.requires_grad, key(x.detach().numpy())
    if isinstance(x, np.ndarray | np.generic):
        return (
            type(x),
            x.dtype.newbyteorder("="),
            x.shape,
            x.astype(x.dtype.newbyteorder("<")).tobytes(),
        )
    return type(x), struct.pack(">d", x) if isinstance(x, float) else x
