"""The loops that measure the machine: they compute and copy what they say. Nothing is timed."""

import numpy as np
import pytest

from lanegrad import _core


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_fma_loop(isa, threads):
    _core.set_num_threads(threads)
    rounds = _core.fma_loop(3)
    assert rounds.shape == (3, 16)
    np.testing.assert_array_equal(rounds, rounds[0, 0])
    # Each chain starts at its number and keeps 0.999 of its distance from 1 with each step.
    chains, steps = 24, _core.FMA_LOOP_FLOPS // 32 // 24
    exact = chains + 0.999**steps * (sum(range(chains)) - chains)
    np.testing.assert_allclose(rounds[0, 0], exact, rtol=1e-4)


@pytest.mark.once
def test_fma_loop_gives_the_same_bits(isa_and_threads_restored):
    results = []
    for name in _core.isas():
        _core.set_isa(name)
        results.append(_core.fma_loop(1))
    for result in results:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 4097, 100_003])
def test_copy_loop(isa, size, threads):
    _core.set_num_threads(threads)
    x = np.random.default_rng(0).standard_normal(size, np.float32)
    y = np.zeros(size + 1, np.float32)
    _core.copy_loop(x, y[:-1])
    np.testing.assert_array_equal(y[:-1], x)
    assert y[-1] == 0


def test_bad_input():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        _core.fma_loop(0)
    x = np.zeros(3, np.float32)
    with pytest.raises(
        ValueError, match=r"source has shape \(3,\), but destination has shape \(2,\)"
    ):
        _core.copy_loop(x, x[:2])
    x.flags.writeable = False
    with pytest.raises(ValueError, match="destination is read-only"):
        _core.copy_loop(x, x)
