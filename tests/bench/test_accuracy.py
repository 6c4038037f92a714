"""The benchmark of accuracy: its command, its rows and its oracle."""

import math

import mpmath
import numpy as np
import pytest

from bench import accuracy
from benchmarks import INSTALLED, PYTORCH, results_of


def test_accuracy(tmp_path):
    result, printed = results_of(tmp_path, "accuracy")
    assert list(result["errors"]) == ["10", "1000"]
    for by_margin in result["errors"].values():
        assert list(by_margin) == list(accuracy.MARGINS)
        for by_title in by_margin.values():
            assert max(by_title["lanegrad"].values()) <= 2
        if "pytorch" in INSTALLED:
            assert by_margin["right by 20-50"][PYTORCH]["loss"] > accuracy.HOPELESS
    assert (">1e6" in printed) == ("pytorch" in INSTALLED)
    assert printed.count("| wrong by 10-100 |") == 2


@pytest.mark.parametrize(("low", "high"), accuracy.MARGINS.values())
def test_rows_have_the_margin_they_should(low, high):
    logits, target = accuracy.rows_of_margin(np.random.default_rng(0), 1000, low, high)
    every = np.arange(len(logits))
    own = logits[every, target].copy()
    logits[every, target] = -np.inf
    margin = own - logits.max(axis=1)
    assert low - 1e-5 <= margin.min() <= margin.max() <= high + 1e-5


def test_oracle_against_mpmath():
    logits = np.array([[90, 1, 2], [3, 3, 3], [-5, 60, 1]], np.float32)
    target = np.array([0, 1, 2])
    losses, gradient = accuracy.exact(logits, target)
    with mpmath.workdps(60):
        for row, label, loss, found in zip(logits, target, losses, gradient, strict=True):
            terms = [mpmath.exp(mpmath.mpf(float(x))) for x in row]
            shares = [term / mpmath.fsum(terms) for term in terms]
            right = [share - (j == label) for j, share in enumerate(shares)]
            assert math.isclose(loss, -mpmath.log(shares[label]), rel_tol=1e-14)
            np.testing.assert_allclose(found, np.array(right, float), rtol=1e-14)


def test_ulps():
    one = np.ones(1)
    assert accuracy.ulps(np.float32(one), one) == 0
    assert accuracy.ulps(np.nextafter(np.float32(one), np.float32(2)), one) == 1
    assert accuracy.ulps(np.zeros(1, np.float32), np.array([2.0**-149])) == 1
