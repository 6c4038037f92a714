"""Loops that do nothing but move memory, in as many threads as a kernel: what the machine can do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray


def copy(elements: int, threads: int) -> Callable[[], object]:
    """A call that copies so many floats from one array to another."""
    source, copied = np.zeros((2, elements), np.float32) + 1  # the sum has touched all pages
    return _on_threads(threads, np.copyto, copied, source)


def negate(elements: int, threads: int) -> Callable[[], object]:
    """A call that reads so many floats and writes them back where they were."""
    array = np.zeros(elements, np.float32) + 1
    return _on_threads(threads, np.negative, array, array)


def _on_threads(
    threads: int, function: Callable[..., Any], *arrays: NDArray[np.float32]
) -> Callable[[], object]:
    """A call that applies a function, which releases Python's global lock, to parts of arrays."""
    parts = [np.array_split(array, threads) for array in arrays]
    if threads == 1:
        return lambda: function(*arrays)
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(function, *parts))
