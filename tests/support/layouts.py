"""Arrays in all the ways that their elements can lie in memory.

Each function gives (memory, view): a view of the shape into memory that may be larger than it.
"""

import numpy as np

# Shapes of what lies around an axis, each with the places that the axis can have there.
SHAPES = [(), (5,), (3, 4), (2, 3, 2)]
PLACES = [(shape, axis) for shape in SHAPES for axis in range(-len(shape) - 1, len(shape) + 1)]


def fortran(shape, dtype):
    memory = np.empty(shape, dtype, order="F")
    return memory, memory


def reversed_axes(shape, dtype):
    memory = np.empty(shape, dtype)
    return memory, memory[(..., *(slice(None, None, -1) for _ in shape))]


def steps(shape, dtype):
    memory = np.empty([2 * n + 3 for n in shape], dtype)
    return memory, memory[(..., *(slice(2, 2 + 2 * n, 2) for n in shape))]


def part(shape, dtype):
    memory = np.empty([n + 2 for n in shape], dtype)
    return memory, memory[(..., *(slice(1, 1 + n) for n in shape))]


def channels_last(shape, dtype):
    memory = np.empty((*shape[:1], *shape[2:], *shape[1:2]), dtype)
    return memory, np.moveaxis(memory, -1, min(1, len(shape) - 1)) if shape else memory


def channels_first(shape, dtype):
    memory = np.empty((*shape[-1:], *shape[:-1]), dtype)
    return memory, np.moveaxis(memory, 0, -1) if shape else memory


def contiguous(shape, dtype):
    memory = np.empty(shape, dtype)
    return memory, memory


WRITEABLE = [contiguous, fortran, reversed_axes, steps, part, channels_last, channels_first]


def unaligned(shape, dtype):
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    view = np.frombuffer(bytearray(size + 1), dtype, offset=1).reshape(shape)
    assert not view.flags.aligned
    return view.base, view


def other_byte_order(shape, dtype):
    memory = np.empty(shape, np.dtype(dtype).newbyteorder())
    return memory, memory


ALL = [*WRITEABLE, unaligned, other_byte_order]


def as_layout(make, a):
    """The values of `a` in another layout."""
    _, view = make(a.shape, a.dtype)
    view[...] = a
    return view
