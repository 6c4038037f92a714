"""The error of exp and log over all 2^32 floats, against float64: `python -m bench.ulp`.

Prints the largest error in ulps and where it is; takes some minutes. NumPy's float64 functions are
right to far below an ulp of float32.
"""

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lanegrad import _core

CHUNK = 1 << 22


def errors(name: str, start: int) -> tuple[float, float]:
    """The largest error of a function over the floats whose bits are start ... and its argument."""
    x = np.arange(start, start + CHUNK, dtype=np.uint32).view(np.float32)
    result = _core.simd(f"v_{name}", x).astype(np.float64)
    with np.errstate(all="ignore"):
        exact = getattr(np, name)(x.astype(np.float64))
        nearest = exact.astype(np.float32)
        special = ~np.isfinite(nearest)
        wrong = special & (nearest != result) & ~(np.isnan(nearest) & np.isnan(result))
        exponent = np.maximum(np.frexp(exact)[1], -125)
        error = np.abs(result - exact) * np.exp2(24.0 - exponent)
    error[special] = 0
    error[wrong] = np.inf
    worst = int(np.argmax(error))
    return float(error[worst]), float(x[worst])


def over_all_floats(name: str) -> tuple[float, float]:
    """The largest error of a function over every float, and its argument."""

    def results() -> Iterator[tuple[float, float]]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(lambda start: errors(name, start), range(0, 1 << 32, CHUNK))

    return max(results())


def main() -> None:
    """Checks the functions named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.ulp", description=__doc__)
    parser.add_argument(
        "names", nargs="*", default=["exp", "log"], help="functions: exp, log, log1p"
    )
    for name in parser.parse_args().names:
        error, where = over_all_floats(name)
        print(f"{name}: {error:.4f} ulp at {where!r} ({np.float32(where).view(np.uint32):#010x})")


if __name__ == "__main__":
    main()
