"""The recycling pool behind the results of kernels."""

import gc
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from lanegrad import _core


@pytest.mark.parametrize("size", [0, 1, 16, 17, 20, 24, 28, 33, 1000, 12_345, 1_000_000])
def test_blocks_are_aligned_and_large_enough(size):
    arrays = [_core.empty((size,)) for _ in range(5)]
    for number, array in enumerate(arrays):
        assert array.ctypes.data % 64 == 0
        array[:] = number
    for number, array in enumerate(arrays):
        assert (array == number).all()  # no two share memory


def test_a_dropped_array_is_recycled():
    """Also where large arrays have used up their room; in a process of its own, since other tests' small ones
    may have used up theirs here."""
    code = (
        "from lanegrad import _core; large = [_core.empty((1 << 24,)) for _ in range(5)]; del large; "
        "array = _core.empty((123_457,)); address = array.ctypes.data; "
        "del array; assert _core.empty((123_400,)).ctypes.data == address"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_view_keeps_the_memory():
    view = _core.empty((1000, 7))[10:20]
    view[:] = 3
    others = [_core.empty((1000, 7)) for _ in range(10)]
    for other in others:
        other[:] = 4
    assert (view == 3).all()


def test_dropping_more_than_the_pool_keeps():
    arrays = [_core.empty((5000,)) for _ in range(300)]
    del arrays
    arrays = [_core.empty((5000,)) for _ in range(300)]
    assert len({array.ctypes.data for array in arrays}) == 300


def test_no_python_object_is_leaked():
    x = np.ones(1000, np.float32)
    _core.relu(x)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1000):
        _core.relu(x)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 5000


def test_impossible_shapes():
    with pytest.raises(ValueError, match="not a shape"):
        _core.empty((3, -1))
    with pytest.raises(MemoryError, match="too large"):
        _core.empty((1 << 31, 1 << 31, 1 << 31))
    with pytest.raises(MemoryError, match="could not allocate"):
        _core.empty((1 << 58,))
