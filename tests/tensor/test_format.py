"""How tensors are written: character by character as PyTorch does."""

import math

import numpy as np
import pytest

from lanegrad import as_tensor, nn, tensor
from lanegrad._tensor.format import set_printoptions

SHAPES = [(), (0,), (1,), (7,), (30,), (0, 3), (2, 0, 1), (1, 1), (3, 5), (2, 3, 4), (2, 1, 2, 3)]
LARGE = [(1001,), (1000,), (7, 200), (40, 3, 9), (3, 1, 400), (2, 7, 8, 10)]


@pytest.fixture(autouse=True)
def _options_restored(torch):
    yield
    set_printoptions(profile="default")
    torch.set_printoptions(profile="default")


def values(kind, shape, rng):
    x = rng.standard_normal(shape) * 10.0 ** rng.integers(-6, 10)
    spread = x * 10.0 ** rng.integers(-4, 4, shape)
    special = rng.choice([math.nan, math.inf, -math.inf, 0.0, -0.0], shape)
    return np.asarray({
        "floats": lambda: np.float32(x),
        "whole": lambda: np.float32(np.round(x)),
        "ranges": lambda: np.float32(spread),
        "special": lambda: np.float32(np.where(rng.random(shape) < 0.3, special, x)),
        "nothing finite": lambda: np.float32(special),
        "int64": lambda: rng.integers(-(10 ** rng.integers(1, 15)), 10**6, shape),
        "uint8": lambda: rng.integers(0, 256, shape, np.uint8),
        "int16": lambda: rng.integers(-300, 300, shape, np.int16),
        "bool": lambda: rng.random(shape) < 0.5,
    }[kind]())  # fmt: skip


def same_text(torch, a):
    def plain(text):  # a dtype's name is longer there, which may take a line of its own
        return text.replace("torch.", "").replace(",\n       dtype", ", dtype")

    assert plain(repr(as_tensor(a))) == plain(repr(torch.from_numpy(np.array(a))))


KINDS = [
    "floats", "whole", "ranges", "special", "nothing finite", "int64", "uint8", "int16", "bool"
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_like_pytorch(torch, kind):
    rng = np.random.default_rng(0)
    for shape in SHAPES * 6 + LARGE:
        same_text(torch, values(kind, shape, rng))


@pytest.mark.parametrize("options", [
    {"precision": 0}, {"precision": 7}, {"threshold": 10}, {"threshold": math.inf}, {"edgeitems": 1},
    {"threshold": 5, "edgeitems": 5}, {"linewidth": 20}, {"linewidth": 1}, {"linewidth": 150},
    {"profile": "short"}, {"profile": "full"}, {"profile": "short", "precision": 3, "sci_mode": True},
    {"sci_mode": True}, {"sci_mode": False}, {"sci_mode": True, "threshold": 4, "linewidth": 40},
])  # fmt: skip
def test_options_like_pytorch(torch, options):
    set_printoptions(**options)
    torch.set_printoptions(**options)
    rng = np.random.default_rng(1)
    for kind in KINDS:
        for shape in [*SHAPES, (1001,), (7, 200)]:
            if kind != "int16" or options.get("linewidth", 80) > 40:
                same_text(torch, values(kind, shape, rng))


@pytest.mark.parametrize(
    "x", [0, 1, -1, 0.5, 1e8, 1e8 + 8, 1e-4, 9.9e-5, 123456, 1e38, 1e-45, math.nan, math.inf, -0.0]
)
def test_numbers_at_limits_like_pytorch(torch, x):
    for a in (x, [x], [x, math.nan], [x, 0], [x, 1], [[x, -math.inf]]):
        same_text(torch, np.array(a, np.float32))


def test_options_stay_until_they_are_changed(torch):
    set_printoptions(precision=2, sci_mode=True)
    set_printoptions(edgeitems=1)
    assert repr(as_tensor([0.5])) == "tensor([0.50])"
    with pytest.raises(ValueError, match="one of default, short, full, got 'long'"):
        set_printoptions(profile="long")


@pytest.mark.parametrize("make", [
    lambda lib, x: lib(x, requires_grad=True),
    lambda lib, x: lib([x] * 20, requires_grad=True),
    lambda lib, x: lib([[x] * 3] * 2, requires_grad=True),
])  # fmt: skip
def test_what_requires_a_gradient_says_so(torch, make):
    assert repr(make(tensor, 1.25)) == repr(make(torch.tensor, 1.25))
    parameter = torch.nn.Parameter(torch.tensor([1.5, 2.5]))
    assert repr(nn.Parameter([1.5, 2.5])) == repr(parameter)


@pytest.mark.parametrize("spec", ["", ".3f", "8.2e", ">9", "d", "s", "%"])
@pytest.mark.parametrize("x", [1.5, 3, True, [1.5], [[2, 3]]])
def test_format_like_pytorch(torch, x, spec):
    try:
        expected = format(torch.tensor(x), spec)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            format(as_tensor(np.array(x)), spec)
    else:
        if isinstance(x, float):
            x = np.float32(x)
        assert format(as_tensor(x), spec) == expected


def test_parameters_are_no_numbers(torch):
    assert format(nn.Parameter(1.5), "") == f"{torch.nn.Parameter(torch.tensor(1.5))}"
    with pytest.raises(TypeError):
        format(nn.Parameter(1.5), ".2f")
