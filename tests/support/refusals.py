"""What the tests of cross-entropy's errors share."""

import numpy as np
import pytest

import lanegrad.nn.functional as F
from lanegrad import ops


def problem(shape=(20, 10), kind="indices"):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape, dtype=np.float32)
    if kind == "probabilities":
        return x, rng.random(shape, dtype=np.float32)
    return x, np.array(rng.integers(0, 10, shape[:1] + shape[2:] if len(shape) > 1 else ()))


def refuses(error, match, x, target, **options):
    """All forms of the loss refuse this, and leave `out` as it is, also where it is the logits."""
    with pytest.raises(error, match=match):
        ops.cross_entropy(x, target, **options)
    with pytest.raises(error, match=match):
        F.cross_entropy(x, target, **options)
    with pytest.raises(error, match=match):
        ops.cross_entropy_with_grad(x, target, **options)
    if isinstance(x, np.ndarray) and x.dtype == np.float32:
        out, before = np.full_like(x, 7), x.copy()
        for o in (out, x):
            with pytest.raises(error, match=match):
                ops.cross_entropy_with_grad(x, target, out=o, **options)
        assert (out == 7).all()
        np.testing.assert_array_equal(x, before)
