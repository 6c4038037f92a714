"""Functions of layers at the top level, whose arguments stand in another order than in nn.functional."""

import numpy as np
import pytest

import lanegrad
from parity import assert_parity

rng = np.random.default_rng(6)


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


X, SIGNAL, IMAGE, TABLE = floats(5, 4), floats(2, 4, 6), floats(2, 4, 6, 5), floats(5, 3)
SCALE, SHIFT = floats(4), floats(4)
MEAN, SPREAD = floats(4), np.abs(floats(4)) + np.float32(0.5)
SIGNS = np.where(rng.random(5) < 0.5, -1, 1).astype(np.float32)

CALLS = [
    ("batch_norm", (IMAGE, SCALE, SHIFT, None, None, True, 0.1, 1e-5, False)),
    ("batch_norm", (IMAGE, None, None, None, None, True, 0.1, 1e-5, True)),
    ("instance_norm", (IMAGE, SCALE, SHIFT, None, None, True, 0.1, 1e-5, False)),
    ("group_norm", (IMAGE, 2, SCALE, SHIFT, 1e-5, False)),
    ("layer_norm", (X, (4,), SCALE, SHIFT, 1e-5, False)),
    ("rms_norm", (X, (4,), SCALE)),
    ("embedding", (TABLE, np.array([[0, 4], [2, 2]]), 0, True)),
    ("embedding", (TABLE, np.array([1]))),
    ("binary_cross_entropy_with_logits", (X, np.abs(X) / 4, None, SPREAD)),
    ("binary_cross_entropy_with_logits", (X, np.abs(X) / 4, SPREAD, None, 0)),
    ("cosine_embedding_loss", (X, floats(5, 4), SIGNS, 0.1, 2)),
    ("hinge_embedding_loss", (X[:, 0], SIGNS, 1.0, 1)),
    ("margin_ranking_loss", (X[:, 0], X[:, 1], SIGNS, 0.5, 0)),
    ("poisson_nll_loss", (X, np.abs(X), True, False, 1e-8, 1)),
    ("triplet_margin_loss", (X, floats(5, 4), floats(5, 4), 1.0, 2.0, 1e-6, False, 2)),
    ("kl_div", (X, np.abs(X))),
    ("kl_div", (X, np.abs(X), 1)),
    ("margin_ranking_loss", (X[:, 0], X[:, 1], SIGNS)),
    ("hinge_embedding_loss", (X[:, 0], SIGNS)),
    ("kl_div", (X, np.abs(X), 0)),
    ("adaptive_max_pool1d", (SIGNAL, 2)),
    ("adaptive_avg_pool1d", (SIGNAL, 4)),
    ("avg_pool1d", (SIGNAL, 2)),
    ("max_pool1d", (SIGNAL, 2, 1)),
    ("max_pool2d", (IMAGE, 2)),
    ("constant_pad_nd", (IMAGE, (1, 2, 0, -1), 3.0)),
    ("conv1d", (SIGNAL, floats(3, 4, 3), floats(3), 1, 1)),
    ("conv2d", (IMAGE, floats(3, 4, 3, 3), None, 2)),
    ("conv_transpose1d", (SIGNAL, floats(4, 3, 2))),
    ("conv_transpose2d", (IMAGE, floats(4, 3, 2, 2), floats(3), 2)),
    ("bilinear", (X, floats(5, 3), floats(2, 4, 3))),
    ("cosine_similarity", (X, floats(5, 4))),
    ("pairwise_distance", (X, floats(5, 4))),
    ("pdist", (X,)),
    ("pdist", (X, 1.0)),
    ("pdist", (X, float("inf"))),
    ("pdist", (X[:1],)),
    ("pdist", (X[0],)),
    ("pdist", (X, -1.0)),
    ("pixel_shuffle", (IMAGE, 2)),
    ("channel_shuffle", (IMAGE, 2)),
    ("prelu", (IMAGE, SCALE)),
    ("selu", (X,)),
    ("celu", (X, 0.5)),
    ("threshold", (X, 0.1, 3.0)),
    ("hardshrink", (X,)),
    ("dropout", (X, 0.5, False)),
    ("alpha_dropout", (X, 0.5, False)),
    ("dropout", (X,)),
]  # fmt: skip


@pytest.mark.parametrize("i", range(len(CALLS)))
def test_calls(torch, i):
    name, args = CALLS[i]
    assert_parity(torch, name, *args, rtol=5e-6, atol=5e-6)


def test_running_statistics(torch):
    found = []
    for library in (lanegrad, torch):
        x, mean, variance = (library.tensor(a) for a in (IMAGE, MEAN, SPREAD))
        library.batch_norm(x, None, None, mean, variance, True, 0.3, 1e-5, False)
        library.instance_norm(x, None, None, mean, variance, True, 0.3, 1e-5, False)
        found.append((mean.numpy(), variance.numpy()))
    for got, want in zip(*found, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout", "feature_alpha_dropout"])
def test_dropout_in_place_and_not(name):
    x = lanegrad.ones(4, 8)
    lanegrad.manual_seed(3)
    y = getattr(lanegrad, name)(x, 0.5, True)
    assert x.tolist() == lanegrad.ones(4, 8).tolist() != y.tolist()
    lanegrad.manual_seed(3)
    assert getattr(lanegrad, f"{name}_")(x, 0.5, True) is x
    assert x.tolist() == y.tolist()


def test_reductions_are_numbers():
    with pytest.raises(ValueError, match="0, 1 or 2"):
        lanegrad.kl_div(lanegrad.zeros(2), lanegrad.zeros(2), 3)
    with pytest.raises(ValueError, match="0, 1 or 2"):
        lanegrad.margin_ranking_loss(
            lanegrad.zeros(2), lanegrad.zeros(2), lanegrad.ones(2), 0, "mean"
        )
