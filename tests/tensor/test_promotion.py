"""The types in which operands meet, against PyTorch: tensors with axes and without, and Python's numbers."""

import itertools
import operator

import numpy as np
import pytest

import lanegrad
from elementwise import assert_parity, assert_same, ours, outcome

DTYPES = [np.float32, np.int8, np.int16, np.int32, np.int64, np.uint8, bool]
NUMBERS = [True, 3, -2, 2.5]


def operands():
    """One of each kind: with an axis, without, a number."""
    tensors = [np.array(v, t) for t in DTYPES for v in ([1, 3, 2], 3)]
    return [*tensors, *NUMBERS]


PAIRS = [
    (a, b)
    for a, b in itertools.product(operands(), repeat=2)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray)
]


@pytest.mark.parametrize(
    "op",
    [
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift",
        "eq", "ne", "lt", "le", "gt", "ge",
    ],
)  # fmt: skip
def test_operators(torch, op):
    op = getattr(operator, op)
    for a, b in PAIRS:
        if op is operator.pow and b is True and a.dtype == bool:
            continue  # the one power of bools that PyTorch has
        theirs = [torch.tensor(x) if isinstance(x, np.ndarray) else x for x in (a, b)]
        try:
            assert_same(outcome(op, ours(a), ours(b)), outcome(op, *theirs), ulps=4)
        except AssertionError as error:
            raise AssertionError(f"{op.__name__}({a!r}, {b!r}): {error}") from error


@pytest.mark.parametrize(
    "name",
    [
        "maximum", "minimum", "fmax", "fmin", "atan2", "copysign", "xlogy", "hypot", "logaddexp",
        "fmod", "remainder", "div", "true_divide", "floor_divide", "rsub", "heaviside", "gcd", "lcm",
        "nextafter", "logical_and", "logical_or", "logical_xor", "isclose", "equal", "bitwise_left_shift",
    ],
)  # fmt: skip
def test_functions(torch, name):
    for a, b in itertools.product([x for x in operands() if isinstance(x, np.ndarray)], repeat=2):
        try:
            assert_parity(torch, name, a, b, ulps=2)
        except AssertionError as error:
            raise AssertionError(f"{name}({a!r}, {b!r}): {error}") from error


@pytest.mark.parametrize("mode", ["floor", "trunc", None, "up"])
def test_rounded_quotients(torch, mode):
    for a, b in PAIRS:
        if isinstance(a, np.ndarray):
            assert_parity(torch, "div", a, b, rounding_mode=mode)


def test_result_type(torch):
    for a, b in [*PAIRS, *itertools.product(NUMBERS, repeat=2)]:
        theirs = (torch.tensor(x) if isinstance(x, np.ndarray) else x for x in (a, b))
        wanted = str(torch.result_type(*theirs)).removeprefix("torch.")
        assert lanegrad.result_type(ours(a), ours(b)).name == wanted, (a, b)


def test_promote_types_and_can_cast(torch):
    for a, b in itertools.product(DTYPES, repeat=2):
        names = [np.dtype(t).name for t in (a, b)]
        theirs = [getattr(torch, name) for name in names]
        wanted = str(torch.promote_types(*theirs)).removeprefix("torch.")
        assert lanegrad.promote_types(a, b).name == wanted
        assert lanegrad.can_cast(a, b) == torch.can_cast(*theirs)


def test_numbers_of_numpy_are_numbers():
    few = lanegrad.tensor(np.array([1, 2], np.int8))
    assert (few + np.int64(1000)).dtype == np.int8
    assert (few * np.float64(0.5)).dtype == np.float32
    assert (np.float64(0.5) * few).tolist() == [0.5, 1.0]
    assert (few + np.array([1000, 0])).dtype == np.int64


def test_types_that_pytorch_lacks_meet_as_in_numpy():
    a = lanegrad.tensor(np.array([1, 2], np.uint32))
    assert (a + lanegrad.tensor(np.array([1, 2], np.int32))).dtype == np.int64
    assert (a + 1).dtype == np.uint32
    assert (a + lanegrad.tensor([0.5, 1.5])).dtype == np.float32


@pytest.mark.parametrize(("dtype", "number"), [(np.uint8, 300), (np.int8, -300), (np.uint8, -1)])
def test_numbers_beyond_the_type(torch, dtype, number):
    """They wrap around, in comparisons too."""
    x = np.array([1, 200, 44], np.uint8).astype(dtype)
    for name in ("add", "mul", "sub", "eq", "ne", "lt", "le", "gt", "ge"):
        assert_parity(torch, name, x, number)
        assert_parity(torch, name, x[1:2].reshape(()), number)
    assert_parity(torch, "clamp", x, number)
    assert_parity(torch, "masked_fill", x, x > 1, number)


def test_numbers_that_no_integer_type_holds(torch):
    assert_parity(torch, "add", np.array([1, 2]), 10**30)


@pytest.mark.parametrize("name", ["div", "floor_divide", "remainder", "fmod"])
@pytest.mark.parametrize(
    "zero", [0, 0.0, np.array(0), np.array([0, 1]), np.array([0.0, 1.0], np.float32)]
)
def test_division_by_zero(torch, name, zero):
    for x in (np.array([3, -4]), np.array([3.0, -4.0], np.float32)):
        assert_parity(torch, name, x, zero)


def test_whole_powers(torch):
    base = np.array([0, 1, -1, 2, -3])
    for exponent in (0, 2, 3, 64, -1, 0.5, np.array([0, 1, 2, 3, 4]), np.array([1, -1, -3, 3, 0])):
        assert_parity(torch, "pow", base, exponent, ulps=1)
    assert_parity(torch, "pow", 2, np.array([-1, 0, 5]))
    assert_parity(torch, "pow", base.astype(np.uint8), 5)


@pytest.mark.parametrize("alpha", [1, 2, 2.5, True])
@pytest.mark.parametrize("name", ["add", "sub", "rsub"])
def test_alpha(torch, name, alpha):
    for dtype in DTYPES:
        x, y = np.array([1, 2, 0], dtype), np.array([0, 1, 1], dtype)
        assert_parity(torch, name, x, y, alpha=alpha)
