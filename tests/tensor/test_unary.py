"""Functions of each element, against PyTorch: values, special ones too, types, slopes."""

import inspect

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from elementwise import SPECIAL, assert_parity, assert_slopes
from lanegrad._tensor import unary

rng = np.random.default_rng(0)

# Where each function is smooth, and how many ULP PyTorch's own results are from the rounded exact ones.
FLOATING = {
    "exp": (-3, 3, 2), "exp2": (-3, 3, 2), "expm1": (-3, 3, 2), "log": (0.1, 9, 2), "log2": (0.1, 9, 2),
    "log10": (0.1, 9, 2), "log1p": (-0.9, 9, 2), "sqrt": (0.1, 9, 1), "rsqrt": (0.1, 9, 2),
    "reciprocal": (0.1, 9, 1), "sin": (-9, 9, 2), "cos": (-9, 9, 2), "tan": (-1.5, 1.5, 4),
    "asin": (-0.9, 0.9, 4), "acos": (-0.9, 0.9, 4), "atan": (-9, 9, 4), "sinh": (-3, 3, 4),
    "cosh": (-3, 3, 4), "tanh": (-3, 3, 3), "asinh": (-9, 9, 4), "acosh": (1.1, 9, 4),
    "atanh": (-0.9, 0.9, 4), "sinc": (-2, 2, 99), "sigmoid": (-9, 9, 3), "logit": (0.1, 0.9, 4),
    "erf": (-3, 3, 4), "erfc": (-3, 3, 8), "erfinv": (-0.9, 0.9, 8), "lgamma": (2.5, 9, 8),
    "digamma": (2.5, 9, 8), "deg2rad": (-180, 180, 1), "rad2deg": (-3, 3, 1),
}  # fmt: skip
KEEPING = [
    "abs",
    "sign",
    "sgn",
    "floor",
    "ceil",
    "trunc",
    "round",
    "frac",
    "square",
    "relu",
    "nan_to_num",
]
TESTS = ["signbit", "isnan", "isinf", "isposinf", "isneginf", "isfinite", "isreal", "logical_not"]
OTHERS = ["neg", "positive", "bitwise_not"]
ALIASES = {
    "absolute": "abs", "negative": "neg", "fix": "trunc", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip
SHAPES = [(), (0,), (1,), (2, 0, 3), (3, 1, 2)]


def test_all_are_tested():
    tested = {*FLOATING, *KEEPING, *TESTS, *OTHERS, *ALIASES}
    assert set(unary.__all__) <= tested


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_aliases(torch, alias, name):
    assert getattr(lanegrad, alias) is getattr(lanegrad, name)
    assert hasattr(torch, alias)


@pytest.mark.parametrize("name", FLOATING)
def test_values_and_slopes(torch, name):
    low, high, ulps = FLOATING[name]
    x = rng.uniform(low, high, 257).astype(np.float32)
    assert_parity(torch, name, x, ulps=ulps, atol=1e-7)
    assert_slopes(torch, name, x, rtol=3e-5, atol=1e-5)


@pytest.mark.parametrize("name", [*KEEPING, "neg", "positive"])
def test_values_and_slopes_without_rounding(torch, name):
    x = np.concatenate([rng.normal(size=50) * 4, [0.5, 1.5, 2.5, -0.5, 0, 3]]).astype(np.float32)
    assert_parity(torch, name, x)
    if name != "sgn":  # whose slope NumPy does not get from PyTorch
        assert_slopes(torch, name, x)


# Where PyTorch's float32 computes something else than the exact function does.
INEXACT = {
    "sinc": [1e-40, -1e-40, 3e38, -3e38, 88.5, 7, -1, 1, 2],
    "sin": [3e38, -3e38], "cos": [3e38, -3e38], "tan": [3e38, -3e38],
    "asinh": [3e38, -3e38, 1e-40, -1e-40], "acosh": [3e38], "lgamma": [1e-40, -1e-40],
    "digamma": [-2.5, -0.5],
}  # fmt: skip


@pytest.mark.parametrize("name", [*FLOATING, *KEEPING, *TESTS, "neg"])
def test_special_values(torch, name):
    x = SPECIAL[~np.isin(SPECIAL, np.float32(INEXACT.get(name, [])))]
    assert_parity(torch, name, x, ulps=FLOATING[name][2] if name in FLOATING else 0, atol=1e-38)


@pytest.mark.parametrize("name", sorted({*FLOATING, *KEEPING} - {"sgn"}))
def test_slopes_at_special_values(torch, name):
    x = np.array([0, 1, -1, np.inf, -np.inf, np.nan], np.float32)
    if name in ("digamma", "lgamma", "sinc"):
        x = x[[0, 1, 3, 5]] if name != "sinc" else x[[0, 5]]
    assert_slopes(torch, name, x, atol=1e-5)


@pytest.mark.parametrize("name", [*FLOATING, *KEEPING, *TESTS, *OTHERS])
def test_types(torch, name):
    for dtype in (np.float32, np.int8, np.int16, np.int32, np.int64, np.uint8, bool):
        for values in ([1, 2, 0, 5], 1, []):
            ulps = FLOATING[name][2] if name in FLOATING else 0
            assert_parity(torch, name, np.array(values, dtype), ulps=ulps, atol=1e-7)


@pytest.mark.parametrize("name", [*FLOATING, *KEEPING, *TESTS, *OTHERS])
def test_shapes_and_what_is_no_tensor(name):
    function = getattr(lanegrad, name)
    number = 1 if name == "bitwise_not" else 0.5
    for shape in SHAPES:
        assert function(np.full(shape, number)).shape == shape
    np.testing.assert_array_equal(function(number).numpy(), function([number]).numpy()[0])
    with pytest.raises(TypeError):
        function("half")
    assert next(iter(inspect.signature(function).parameters)) == "input"


def test_results_are_memory_of_their_own():
    for name in (*KEEPING, *FLOATING, *TESTS, "neg", "bitwise_not"):
        x = lanegrad.tensor([1.0, 2.0] if name == "frac" else [1, 2])
        y = getattr(lanegrad, name)(x)
        assert not np.shares_memory(x.numpy(), y.numpy()), name


@pytest.mark.parametrize("decimals", [-2, -1, 0, 1, 2])
def test_round_to_decimals(torch, decimals):
    x = np.concatenate([rng.normal(size=50) * 100, [0.25, 0.35, 125, 5, -5]]).astype(np.float32)
    assert_parity(torch, "round", x, decimals=decimals)
    assert_slopes(torch, "round", x, decimals=decimals)
    assert_parity(torch, "round", np.array([123, 5]), decimals=decimals or 1)


@pytest.mark.parametrize("eps", [None, 0.0, 1e-3, 0.4])
def test_logit_within_bounds(torch, eps):
    x = np.array([0, 1, 0.5, -1, 2, 1e-4, 0.9999, np.nan], np.float32)
    assert_parity(torch, "logit", x, eps=eps, ulps=99)  # PyTorch rounds 1 - eps
    assert_slopes(torch, "logit", x, eps=eps)


@pytest.mark.parametrize(
    "options", [{}, {"nan": 1.0}, {"posinf": 2.0}, {"neginf": -5.0, "nan": 3.0}]
)
def test_nan_to_num(torch, options):
    assert_parity(torch, "nan_to_num", SPECIAL, **options)
    assert_parity(torch, "nan_to_num", np.array([1, 2]), **options)
    assert_slopes(torch, "nan_to_num", SPECIAL, **options)


@pytest.mark.parametrize("name", ["exp", "relu", "sigmoid", "tanh", "neg"])
def test_images_stay_in_lanes(name):
    x = lanegrad.randn(3, 2, 4, 4)
    images = F.conv2d(x, np.eye(2, dtype=np.float32).reshape(2, 2, 1, 1))
    assert images._value.in_lanes
    y = getattr(lanegrad, name)(images)
    assert y._value.in_lanes
    np.testing.assert_array_equal(y.numpy(), getattr(lanegrad, name)(x).numpy())


@pytest.mark.parametrize("name", ["sqrt", "abs", "sin", "square"])
def test_images_in_lanes_are_taken(name):
    x = lanegrad.tensor(rng.uniform(0.1, 2, (3, 2, 4, 4)), requires_grad=True)
    images = F.conv2d(x, np.eye(2, dtype=np.float32).reshape(2, 2, 1, 1))
    getattr(lanegrad, name)(images).sum().backward()
    through, x.grad = x.grad, None
    getattr(lanegrad, name)(x).sum().backward()
    np.testing.assert_array_equal(through.numpy(), x.grad.numpy())


def test_only_what_a_slope_needs_is_kept():
    x = lanegrad.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    floor, root = lanegrad.floor(y), lanegrad.sqrt(y)
    with lanegrad.no_grad():
        y += 1
    (floor + root).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 0.5 / np.sqrt([1, 2]), rtol=1e-6)


def test_large_arrays_of_slow_functions_are_right():
    x = np.linspace(-0.999, 0.999, 1001).astype(np.float32)
    np.testing.assert_allclose(lanegrad.erf(lanegrad.erfinv(x)).numpy(), x, rtol=1e-6, atol=1e-7)
