"""Initial values: of layers, and the functions that set them."""

import inspect
import math

import numpy as np
import pytest

import lanegrad
import lanegrad.nn as nn
from lanegrad import Tensor, as_tensor, zeros
from lanegrad.nn import init
from lanegrad.nn._fans import GAINS
from networks import Layers


@pytest.fixture(autouse=True)
def seeded():
    lanegrad.manual_seed(0)


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda: nn.Conv2d(8, 64, (5, 3)), 120),
        (lambda: nn.Conv2d(8, 64, 5, groups=4), 50),
        (lambda: nn.Linear(100, 600), 100),
    ],
)
def test_default_bounds_are_pytorchs(make, fan_in):
    layer = make()
    bound = 1 / np.sqrt(fan_in)
    for p in layer.parameters():
        values = p.detach().numpy()
        assert values.dtype == np.float32
        assert np.abs(values).max() <= np.float32(bound)
        edge = 0.1 if values.size < 100 else 0.02
        assert values.max() > (1 - edge) * bound
        assert values.min() < -(1 - edge) * bound
        assert abs(values.std() * np.sqrt(3) / bound - 1) < 4 / np.sqrt(values.size)
        assert values.ctypes.data % 64 == 0


def test_equal_seeds_give_equal_networks():
    states = []
    for seed in (3, 3, 4):
        lanegrad.manual_seed(seed)
        states.append(Layers().state_dict()["fc.weight"].tolist())
    assert states[0] == states[1] != states[2]


class Given:
    """What a generator looks like to `init`."""

    def __init__(self, seed):
        self.numpy = np.random.default_rng(seed)


FILLING = {
    "uniform_": (2, 3),
    "normal_": (1, 2),
    "trunc_normal_": (),
    "constant_": (0.5,),
    "ones_": (),
    "zeros_": (),
    "eye_": (),
    "xavier_uniform_": (),
    "xavier_normal_": (),
    "kaiming_uniform_": (),
    "kaiming_normal_": (),
    "orthogonal_": (),
    "sparse_": (0.1,),
}
DRAWING = [
    name for name in FILLING if "generator" in inspect.signature(getattr(init, name)).parameters
]


@pytest.mark.parametrize("name", FILLING)
def test_a_leaf_is_filled_in_place(name):
    t = Tensor(np.full((50, 20), 7, np.float32), requires_grad=True)
    array = t.detach().numpy()
    assert getattr(init, name)(t, *FILLING[name]) is t
    assert (array != 7).all()
    assert t.requires_grad
    assert t.is_leaf
    assert t.grad is None


@pytest.mark.parametrize("name", DRAWING)
def test_draws_are_lanegrads_or_those_of_a_generator(name):
    fill, arguments = getattr(init, name), FILLING[name]

    def drawn(**options):
        return fill(zeros(7, 9), *arguments, **options).tolist()

    assert drawn(generator=Given(1)) == drawn(generator=Given(1)) != drawn(generator=Given(2))
    first = lanegrad.manual_seed(3) and drawn()
    lanegrad.manual_seed(3)
    drawn(generator=Given(1))
    assert drawn() == first
    with pytest.raises(NotImplementedError, match="int64"):
        fill(as_tensor(np.zeros((4, 4), np.int64)), *arguments)


def cdf(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


def distance(values, distribution):
    """Kolmogorov and Smirnov's, times the root of the count: more than 2 once in some 3000 times."""
    x = np.sort(values.detach().numpy().ravel().astype(float))
    at = np.array([distribution(v) for v in x])
    steps = np.arange(len(x) + 1) / len(x)
    return max(np.abs(at - steps[1:]).max(), np.abs(at - steps[:-1]).max()) * np.sqrt(len(x))


def uniform_within(bound):
    return lambda x: (x + bound) / (2 * bound)


def normal_of(std):
    return lambda x: cdf(x / std)


def truncated(mean, std, a, b):
    low, high = cdf((a - mean) / std), cdf((b - mean) / std)
    return lambda x: (cdf((x - mean) / std) - low) / (high - low)


SHAPE = (20, 6, 5, 5)  # fans of 150 and 500


@pytest.mark.parametrize(
    ("name", "options", "distribution"),
    [
        ("uniform_", {"a": -2, "b": 2}, uniform_within(2)),
        ("normal_", {"mean": 0, "std": 3}, normal_of(3)),
        ("trunc_normal_", {}, truncated(0, 1, -2, 2)),
        ("trunc_normal_", {"std": 0.02}, normal_of(0.02)),
        ("trunc_normal_", {"mean": 1, "std": 0.5, "a": 1.2, "b": 1.3}, truncated(1, 0.5, 1.2, 1.3)),
        ("trunc_normal_", {"mean": 1, "std": 2, "a": 0, "b": 9}, truncated(1, 2, 0, 9)),
        ("xavier_uniform_", {"gain": 2}, uniform_within(2 * math.sqrt(6 / 650))),
        ("xavier_normal_", {"gain": 2}, normal_of(2 * math.sqrt(2 / 650))),
        ("kaiming_uniform_", {}, uniform_within(math.sqrt(6 / 150))),
        ("kaiming_uniform_", {"a": 2}, uniform_within(math.sqrt(6 / 5 / 150))),
        ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "tanh"},
         uniform_within(5 / 3 * math.sqrt(3 / 500))),
        ("kaiming_normal_", {"nonlinearity": "relu"}, normal_of(math.sqrt(2 / 150))),
        ("kaiming_normal_", {"mode": "fan_out"}, normal_of(math.sqrt(2 / 1.0001 / 500))),
    ],
)  # fmt: skip
def test_distributions(name, options, distribution):
    assert distance(getattr(init, name)(zeros(*SHAPE), **options), distribution) < 2


def test_truncated_normal_far_from_its_mean():
    with pytest.warns(UserWarning, match="two standard deviations"):
        t = init.trunc_normal_(zeros(2000), 0, 1, 4, 4.5)
    assert distance(t, truncated(0, 1, 4, 4.5)) < 2
    with pytest.warns(UserWarning, match="two standard deviations"):
        t = init.trunc_normal_(zeros(200), 0, 0.01, 1, 2)  # nothing that float64 could tell from 1
    assert ((t >= 1) * (t < 1.01)).sum() == 200
    assert init.trunc_normal_(zeros(2), 1, 0).tolist() == [1, 1]


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (4, 4), (5, 2, 3, 3), (30, 2, 3, 3), (1, 1)])
def test_orthogonal(shape):
    q = init.orthogonal_(zeros(*shape), 2).numpy().reshape(shape[0], -1).astype(float)
    product = q @ q.T if len(q) <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_is_evenly_distributed():
    ones = [init.orthogonal_(zeros(2, 2)).numpy() for _ in range(400)]
    assert abs(np.mean([q[0, 0] > 0 for q in ones]) - 0.5) < 0.1
    assert abs(np.mean([np.linalg.det(q) > 0 for q in ones]) - 0.5) < 0.1


@pytest.mark.parametrize(("sparsity", "none"), [(0, 0), (0.1, 1), (0.55, 6), (1, 10)])
def test_sparse(sparsity, none):
    t = init.sparse_(zeros(10, 300), sparsity, 2.0).numpy()
    assert ((t == 0).sum(0) == none).all()
    if none < 10:
        assert abs(t[t != 0].std() - 2) < 0.2
        assert len(np.unique((t == 0).sum(1))) > 1 or not none  # not always the same rows


def test_old_names():
    torch = pytest.importorskip("torch")
    names = [name for name in dir(torch.nn.init) if hasattr(torch.nn.init, name + "_")]
    assert len(names) == 11
    for name in names:
        arguments = (np.zeros((3, 3, 3)) if name == "dirac" else np.zeros((3, 3)),)
        arguments = tuple(map(Tensor, arguments)) + FILLING.get(name + "_", ())
        with pytest.warns(FutureWarning, match=f"{name}_"):
            assert getattr(init, name)(*arguments) is arguments[0]


WEIGHTS = [(3, 5), (1, 1), (6, 3, 5), (6, 3, 5, 4), (4, 2, 3, 2, 2)]


@pytest.mark.parametrize("shape", WEIGHTS)
def test_fans_and_what_is_not_random_are_pytorchs(shape):
    torch = pytest.importorskip("torch")
    ours, theirs = zeros(*shape), torch.zeros(shape)
    want = torch.nn.init._calculate_fan_in_and_fan_out(theirs)
    assert init._calculate_fan_in_and_fan_out(ours) == want
    for mode in ("fan_in", "FAN_OUT"):
        assert init._calculate_correct_fan(ours, mode) == want[mode == "FAN_OUT"]
    calls = [("eye_", ())] if len(shape) == 2 else [("dirac_", ()), ("dirac_", (2,))]
    for name, arguments in [*calls, ("constant_", (0.3,)), ("ones_", ()), ("zeros_", ())]:
        got = getattr(init, name)(zeros(*shape), *arguments).tolist()
        assert got == getattr(torch.nn.init, name)(torch.zeros(shape), *arguments).tolist()


def test_gains_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in (*GAINS, "leaky_relu"):
        for param in (None, 0.2, 3):
            want = torch.nn.init.calculate_gain(name, param)
            assert init.calculate_gain(name, param) == pytest.approx(want, rel=1e-15)


WRONG = {
    "eye_": [((3,), ()), ((2, 2, 2), ())],
    "dirac_": [((3, 3), ()), ((3, 3, 3), (2,))],
    "sparse_": [((3,), (0.1,))],
    "orthogonal_": [((3,), ())],
    "xavier_uniform_": [((3,), ()), ((), ())],
    "xavier_normal_": [((3,), ())],
    "kaiming_uniform_": [((3,), ()), ((3, 3), (0, "fan_mid")), ((3, 3), (0, "fan_in", "relu6"))],
    "kaiming_normal_": [((3,), ()), ((3, 3), (True,))],
    "uniform_": [((3,), (2, 1))],
    "normal_": [((3,), (0, -1))],
    "trunc_normal_": [((3,), (0, 1, 2, 1))],
}


@pytest.mark.parametrize(
    ("name", "shape", "arguments"), [(name, *case) for name in WRONG for case in WRONG[name]]
)
def test_errors_are_pytorchs(name, shape, arguments):
    torch = pytest.importorskip("torch")
    with pytest.raises((ValueError, RuntimeError)) as theirs:
        getattr(torch.nn.init, name)(torch.zeros(shape), *arguments)
    ours = zeros(*shape)
    with pytest.raises(theirs.type):
        getattr(init, name)(ours, *arguments)
    assert (ours.numpy() == 0).all()


def test_nothing_to_fill():
    for fill in (init.kaiming_uniform_, init.kaiming_normal_):
        with pytest.warns(UserWarning, match="without elements"):
            assert fill(zeros(0, 3)).shape == (0, 3)
    assert init.uniform_(zeros(0)).shape == (0,)
    assert init.orthogonal_(zeros(0, 3)).shape == (0, 3)


def test_signatures_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in init.__all__:
        if hasattr(torch.nn.init, name + "_") or name == "fan_in":  # old names; ours alone
            continue
        ours, theirs = (
            {n: p.default for n, p in inspect.signature(getattr(module, name)).parameters.items()}
            for module in (init, torch.nn.init)
        )
        assert list(ours.items()) == list(theirs.items()), name
    assert {n for n in dir(torch.nn.init) if n.endswith("_") and n[0] != "_"} <= {*init.__all__}
