"""What the test modules of empty sizes share: each family of kernels, a function there, runs in a process

    python tests/support/empty_sizes.py MODULE FAMILY

of its own, so that a crash fails its test and no other. There it runs on each instruction set, with memory in
the pool that holds NaN, so that it is seen if a kernel leaves some of its result unwritten or reads more than
there is.
"""

import runpy
import subprocess
import sys

import numpy as np

from lanegrad import _core

ONE = (1, 1)
rng = np.random.default_rng(0)
_known = {}


class Families(list):
    """A decorator that makes a list of what it decorates."""

    def __call__(self, function):
        self.append(function)
        return function


def run_alone(family):
    """Fails where the function does, or its process."""
    path = sys.modules[family.__module__].__file__
    command = [sys.executable, __file__, path, family.__name__]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"code {done.returncode}\n{done.stdout}{done.stderr}"


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def oracle(function, *arguments, **options):
    """What the function gives; once for all instruction sets, whose numbers are drawn alike."""
    key = function, _hashed(arguments), _hashed(sorted(options.items()))
    if key not in _known:
        _known[key] = function(*arguments, **options)
    return _known[key]


def _hashed(value):
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    return tuple(map(_hashed, value)) if isinstance(value, (list, tuple)) else value


def poison():
    """Has the pool hold blocks of many sizes, of which each float is NaN."""
    for power in range(4, 14):
        blocks = [_core.empty((2**power * q // 4,)) for q in (4, 5, 6, 7) for _ in range(4)]
        for block in blocks:
            block.fill(np.nan)


def same(got, want, tolerance=1e-4):
    """Shape and values, NaN where there is NaN."""
    want = np.asarray(want)
    assert got.shape == want.shape, (got.shape, want.shape)
    # What is near enough takes less time so; what is not, or not finite, has its message from NumPy.
    if got.dtype == np.float32 and want.dtype.kind == "f":
        near = abs(got - want) < tolerance * (1 + abs(want)) if tolerance else got == want
        if near.all():
            return
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def images_of(lanes):
    """(B, C, H, W, n) as (B * n, C, H, W)."""
    B, C, H, W, n = lanes.shape
    return np.moveaxis(lanes, -1, 1).reshape(B * n, C, H, W)


def lanes_of(images, n):
    N, C, H, W = images.shape
    return np.ascontiguousarray(
        np.moveaxis(images.reshape(N // n if n else 0, n, C, H, W), 1, -1), np.float32
    )


if __name__ == "__main__":
    sys.modules["empty_sizes"] = sys.modules[
        "__main__"
    ]  # the same numbers, drawn anew for each set
    run = runpy.run_path(sys.argv[1])[sys.argv[2]]
    for isa in _core.isas():
        _core.set_isa(isa)
        rng.bit_generator.state = np.random.default_rng(0).bit_generator.state
        poison()
        with np.errstate(all="ignore"):
            run()
