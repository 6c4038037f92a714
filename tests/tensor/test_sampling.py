"""Random tensors: their distributions, seeds, shapes, and PyTorch's errors."""

import numpy as np
import pytest

import lanegrad
from lanegrad._tensor import distributions
from lanegrad.random import generator
from parity import assert_parity

N = 20_000


class Generator:
    """As `generator=` takes it."""

    def __init__(self, seed):
        self.numpy = np.random.default_rng(seed)


@pytest.fixture(autouse=True)
def seeded():
    lanegrad.manual_seed(0)


def test_manual_seed():
    first = lanegrad.manual_seed(7)
    assert generator() is first.numpy
    a = lanegrad.randn(5).tolist()
    assert lanegrad.randn(5).tolist() != a
    lanegrad.manual_seed(7)
    assert lanegrad.randn(5).tolist() == a
    assert a == np.random.default_rng(7).standard_normal(5, np.float32).tolist()
    lanegrad.manual_seed(-1)
    negative = lanegrad.randn(5).tolist()
    lanegrad.manual_seed(2**64 - 1)  # the same, as in PyTorch
    assert lanegrad.randn(5).tolist() == negative


X = lanegrad.zeros(N)
DRAWS = {
    "rand": (lambda **o: lanegrad.rand(N, **o), 0.5, 1 / 12),
    "randn": (lambda **o: lanegrad.randn(N, **o), 0, 1),
    "rand_like": (lambda **o: lanegrad.rand_like(X, **o), 0.5, 1 / 12),
    "randn_like": (lambda **o: lanegrad.randn_like(X, **o), 0, 1),
    "randint": (lambda **o: lanegrad.randint(2, 5, (N,), **o), 3, 2 / 3),
    "randint_like": (lambda **o: lanegrad.randint_like(X, 2, 5, **o), 3, 2 / 3),
    "normal": (lambda **o: lanegrad.normal(2.0, 3.0, (N,), **o), 2, 9),
    "normal of means": (lambda **o: lanegrad.normal(X + 2, 3.0, **o), 2, 9),
    "normal of deviations": (lambda **o: lanegrad.normal(2.0, X + 3, **o), 2, 9),
    "normal of both": (lambda **o: lanegrad.normal(X + 2, X + 3, **o), 2, 9),
    "bernoulli": (lambda **o: lanegrad.bernoulli(X + 0.25, **o), 0.25, 3 / 16),
    "bernoulli of p": (lambda **o: lanegrad.bernoulli(X, 0.25, **o), 0.25, 3 / 16),
    "poisson": (lambda **o: lanegrad.poisson(X + 4, **o), 4, 4),
    "uniform_": (lambda **o: values(distributions.uniform_values, -1.0, 3.0, **o), 1, 4 / 3),
    "normal_": (lambda **o: values(distributions.normal_values, 2.0, 3.0, **o), 2, 9),
    "bernoulli_": (lambda **o: values(distributions.bernoulli_values, 0.5, **o), 0.5, 0.25),
    "exponential_": (lambda **o: values(distributions.exponential_values, 2.0, **o), 0.5, 0.25),
    "random_": (lambda **o: values(distributions.random_values, 2, 5, **o), 3, 2 / 3),
    "geometric_": (lambda **o: values(distributions.geometric_values, 0.5, **o), 2, 2),
    "log_normal_": (
        lambda **o: values(distributions.log_normal_values, 0.0, 0.5, **o),
        1.1331,
        0.3647,
    ),
}


def values(function, *args, **options):
    return lanegrad.from_numpy(function(X, *args, **options).array())


@pytest.mark.parametrize("name", DRAWS)
def test_moments_and_seeds(name):
    draw, mean, variance = DRAWS[name]
    x = draw()
    assert x.shape == (N,)
    assert abs(x.float().mean().item() - mean) < 5 * np.sqrt(variance / N)
    assert abs(x.float().var().item() / variance - 1) < 0.1
    assert draw().tolist() != x.tolist()
    lanegrad.manual_seed(0)
    assert draw().tolist() == x.tolist()
    mine = draw(generator=Generator(5)).tolist()
    assert mine == draw(generator=Generator(5)).tolist() != x.tolist()


def test_dtypes_and_shapes(torch):
    assert lanegrad.randint(5, (2, 3)).dtype == np.int64
    assert lanegrad.randint(high=5, size=[2]).shape == (2,)
    assert lanegrad.randint(0, 5, size=(2,), dtype=np.uint8).dtype == np.uint8
    assert lanegrad.randint(5, (2,), dtype=float).dtype == np.float32
    assert lanegrad.rand(2, 3, requires_grad=True).requires_grad
    assert sorted(lanegrad.randperm(10).tolist()) == list(range(10))
    assert lanegrad.randperm(3, dtype=np.int32).dtype == np.int32
    assert lanegrad.randint_like(lanegrad.tensor([1, 2]), 5).dtype == np.int64
    assert abs(np.median(distributions.cauchy_values(X, 3.0, 0.5).array()) - 3) < 0.05
    whole = distributions.random_values(lanegrad.zeros(100, dtype=np.uint8)).array()
    assert whole.dtype == np.uint8
    assert whole.max() > 200
    assert distributions.random_values(lanegrad.zeros(9), 4).array().max() < 4


def test_multinomial():
    weights = lanegrad.tensor([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]])
    drawn = lanegrad.multinomial(weights, 4000, replacement=True)
    assert drawn.shape == (2, 4000)
    assert drawn.dtype == np.int64
    counts = drawn[0].bincount(minlength=3).tolist()
    assert counts[1] == 0
    assert abs(counts[0] / 4000 - 0.25) < 0.04
    assert set(drawn[1].tolist()) == {1}
    rows = [lanegrad.multinomial(weights[0], 2).tolist() for _ in range(200)]
    assert {tuple(sorted(row)) for row in rows} == {(0, 2)}
    assert 0.6 < np.mean([row[0] == 2 for row in rows]) < 0.9


@pytest.mark.parametrize(("name", "args"), [
    ("randint", (5, 5, (2,))),
    ("randint", (2, 1, (2,))),
    ("randint", (5,)),
    ("rand", (-1,)),
    ("randperm", (-1,)),
    ("normal", (0.0, -1.0, (2,))),
    ("normal", (np.float32([0]), -1.0)),
    ("bernoulli", (np.float32([1.5]),)),
    ("bernoulli", (np.array([1]),)),
    ("poisson", (np.float32([-1]),)),
    ("multinomial", (np.float32([0, 0]), 1)),
    ("multinomial", (np.float32([1, -1]), 1)),
    ("multinomial", (np.float32([1, 1]), 3)),
    ("multinomial", (np.float32([1, 1]), 0)),
    ("multinomial", (np.array([1, 1]), 1)),
    ("multinomial", (np.ones((1, 1, 1), np.float32), 1)),
])  # fmt: skip
def test_errors(torch, name, args):
    with pytest.raises((RuntimeError, TypeError, NotImplementedError)):
        getattr(torch, name)(*(torch.tensor(a) if isinstance(a, np.ndarray) else a for a in args))
    assert_parity(torch, name, *args, grad=False)


@pytest.mark.parametrize(("function", "args"), [
    (distributions.uniform_values, (2.0, 1.0)),
    (distributions.exponential_values, (0.0,)),
    (distributions.geometric_values, (1.5,)),
    (distributions.log_normal_values, (0.0, 0.0)),
    (distributions.cauchy_values, (0.0, -1.0)),
    (distributions.bernoulli_values, (2.0,)),
    (distributions.random_values, (5, 5)),
])  # fmt: skip
def test_parameters_are_checked(function, args):
    with pytest.raises(RuntimeError):
        function(X, *args)
