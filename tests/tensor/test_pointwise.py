"""Functions of two and three tensors, against PyTorch: values, slopes, broadcasting, errors."""

import itertools
import operator

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from elementwise import SPECIAL, assert_parity, assert_slopes
from lanegrad._tensor import array_of, choice, comparison, division, functions, operators

rng = np.random.default_rng(0)

# How many ULP PyTorch's results may be from the rounded exact ones.
SMOOTH = {
    "add": 0, "sub": 0, "rsub": 0, "mul": 0, "div": 0, "pow": 8, "maximum": 0, "minimum": 0, "fmax": 0,
    "fmin": 0, "atan2": 4, "hypot": 2, "copysign": 0, "logaddexp": 4, "logaddexp2": 4, "xlogy": 4,
    "remainder": 0, "fmod": 0, "ldexp": 4,
}  # fmt: skip
CONSTANT = {
    "floor_divide", "heaviside", "nextafter", "eq", "ne", "lt", "le", "gt", "ge", "isclose",
    "logical_and", "logical_or", "logical_xor",
}  # fmt: skip
WHOLE = {
    "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"
}  # fmt: skip
ALIASES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "arctan2": "atan2",
    "not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
    "clip": "clamp",
}  # fmt: skip
BY_THEMSELVES = {  # here, in test_choice.py and in test_unary.py
    "negative", "neg", "positive", "float_power", "addcmul", "addcdiv", "lerp", "logit", "equal", "allclose",
    "isin", "clamp", "clamp_min", "clamp_max", "where", "masked_fill", "nan_to_num", "relu", "square",
}  # fmt: skip
SHAPES = [
    ((3,), (3,)),
    ((2, 1), (3,)),
    ((), (2, 2)),
    ((3,), ()),
    ((), ()),
    ((0,), (1,)),
    ((2, 1, 3), (4, 1)),
]


def floats(shape, low=-3.0, high=3.0):
    return rng.uniform(low, high, shape).astype(np.float32)


def test_all_are_tested():
    names = {n for m in (choice, comparison, division, functions, operators) for n in m.__all__}
    assert names == {*SMOOTH, *CONSTANT, *WHOLE, *ALIASES, *BY_THEMSELVES}


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_aliases(torch, alias, name):
    assert getattr(lanegrad, alias) is getattr(lanegrad, name)
    assert hasattr(torch, alias)


@pytest.mark.parametrize("name", [*SMOOTH, *sorted(CONSTANT)])
@pytest.mark.parametrize("shapes", SHAPES)
def test_values_and_slopes(torch, name, shapes):
    low = 0.1 if name in ("pow", "xlogy") else -3
    a, b = (floats(shape, low) for shape in shapes)
    assert_parity(torch, name, a, b, ulps=SMOOTH.get(name, 0), atol=1e-7)
    if name in SMOOTH:
        assert_slopes(torch, name, a, b, rtol=2e-5, atol=1e-5)
    else:
        y = getattr(lanegrad, name)(*(lanegrad.tensor(x, requires_grad=True) for x in (a, b)))
        assert not y.requires_grad


@pytest.mark.parametrize("name", [*SMOOTH, *sorted(CONSTANT)])
def test_special_values(torch, name):
    a, b = (x.ravel().copy() for x in np.meshgrid(SPECIAL, SPECIAL))
    if name in ("remainder", "fmod"):  # NaN in PyTorch where the quotient is large
        kept = (np.abs(a) < 1e38) & (np.abs(b) > 1e-10)
        a, b = a[kept], b[kept]
    atol = 1e-7 if name == "logaddexp2" else 1e-30
    assert_parity(torch, name, a, b, ulps=SMOOTH.get(name, 0), atol=atol)


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_at_special_values(torch, name):
    values = np.array([0, 1, -1, 2, np.inf, -np.inf, np.nan], np.float32)
    a, b = (x.ravel().copy() for x in np.meshgrid(values, values))
    assert_slopes(torch, name, a, b, atol=1e-5)


@pytest.mark.parametrize(
    "name", sorted({*SMOOTH, *CONSTANT} - {"heaviside", "isclose", "nextafter"})
)
@pytest.mark.parametrize("number", [2, 0.3, -1.5])
def test_numbers_on_either_side(torch, name, number):
    x = floats((2, 3), 0.2)
    as_tensor = np.float32(number).reshape(())
    for here, there in (((x, number), (x, as_tensor)), ((number, x), (as_tensor, x))):
        mine = getattr(lanegrad, name)(*(lanegrad.tensor(v) if v is x else v for v in here))
        theirs = getattr(torch, name)(*map(torch.tensor, there))
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_whole_numbers(torch, name):
    a, b = (
        x.ravel() for x in np.meshgrid([0, 1, -1, 6, -9, 12, 100], [0, 1, 3, -2, 8, 63, 64, 70])
    )
    if "shift" in name:
        a, b = a[b >= 0], b[b >= 0]
    for dtype in (np.int64, np.int32, np.int8, np.uint8):
        assert_parity(torch, name, a.astype(dtype), b.astype(dtype))
    assert_parity(torch, name, a[:7].reshape(7, 1), b[::9])


@pytest.mark.parametrize("name", sorted({*SMOOTH, *CONSTANT, *WHOLE} - {"rsub"}))
def test_shapes_that_do_not_fit(name):
    kind = np.int64 if name in WHOLE else np.float32
    a, b = lanegrad.tensor(np.ones((2, 3), kind)), lanegrad.tensor(np.ones((2, 4), kind))
    for error in (RuntimeError, ValueError):
        with pytest.raises(
            error, match=r"\(2, 3\) and \(2, 4\).* 3 and 4 elements along dimension 1"
        ):
            getattr(lanegrad, name)(a, b)


@pytest.mark.parametrize("name", sorted({*SMOOTH, *CONSTANT, *WHOLE}))
@pytest.mark.parametrize("other", [None, "one", object()])
def test_what_is_no_operand(name, other):
    for operands in ((lanegrad.tensor([1.0]), other), (other, lanegrad.tensor([1.0]))):
        with pytest.raises(TypeError):
            getattr(lanegrad, name)(*operands)


class Other:
    """Whose operators take anything."""

    def __radd__(self, other):
        return "mine"

    __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rand__ = __radd__
    __ror__ = __rxor__ = __rlshift__ = __rrshift__ = __eq__ = __ne__ = __gt__ = __ge__ = __radd__
    __hash__ = None


def test_operators_leave_unknown_operands_to_their_classes():
    x = lanegrad.tensor([1])
    for name in (
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift",
        "eq", "ne", "lt", "le",
    ):  # fmt: skip
        assert getattr(operator, name)(x, Other()) == "mine"
    assert (x == None) is False  # noqa: E711
    assert x != "one"
    for op in (operator.add, operator.mul, operator.lt):
        with pytest.raises(TypeError, match="'Tensor' and 'NoneType'"):
            op(x, None)


@pytest.mark.parametrize("base", [-2.0, -1.0, 0.0, 0.5, 2.0])
def test_powers_at_the_edges(torch, base):
    for exponent in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0):
        assert_slopes(torch, "pow", np.float32([base]), np.float32([exponent]))
        assert_slopes(torch, "pow", np.float32([base]), exponent)
        assert_slopes(torch, "pow", base, np.float32([exponent]))


def test_float_power_is_the_power_as_float32(torch):
    for a, b in itertools.product(([2, 3], [4.0, 0.5]), ([2, -1], 2, 0.5)):
        wanted = torch.float_power(torch.tensor(a), torch.tensor(b) if isinstance(b, list) else b)
        mine = lanegrad.float_power(a, b)
        assert mine.dtype == np.float32
        np.testing.assert_array_equal(mine.numpy(), wanted.numpy().astype(np.float32))


@pytest.mark.parametrize("alpha", [2, 0.5, -3])
@pytest.mark.parametrize("name", ["add", "sub", "rsub"])
def test_alpha(torch, name, alpha):
    a, b = floats((2, 3)), floats(3)
    assert_parity(torch, name, a, b, alpha=alpha, ulps=1, atol=1e-6)
    assert_slopes(torch, name, a, b, alpha=alpha)


@pytest.mark.parametrize("mode", [None, "floor", "trunc"])
def test_rounded_quotients(torch, mode):
    a, b = floats((20, 1), -9, 9), floats(7, -4, 4)
    assert_parity(torch, "div", a, b, rounding_mode=mode)
    assert_slopes(torch, "div", a, b, rounding_mode=mode)


@pytest.mark.parametrize("name", ["addcmul", "addcdiv"])
@pytest.mark.parametrize("value", [1, -2, 0.5])
def test_sums_with_a_product(torch, name, value):
    operands = floats((2, 1)), floats(3), floats((2, 3), 0.5)
    assert_parity(torch, name, *operands, value=value, ulps=4, atol=1e-6)
    assert_slopes(torch, name, *operands, value=value)
    whole = np.array([5, 6, 7])
    for mixed in itertools.product((whole, operands[1]), repeat=3):
        assert_parity(torch, name, *mixed, value=2, ulps=4, atol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0, 2.0, -1.0, floats(3), floats(())])
def test_lerp(torch, weight):
    a, b = floats((2, 3)), floats((2, 1))
    assert_parity(torch, "lerp", a, b, weight, ulps=4, atol=1e-6)
    assert_slopes(torch, "lerp", a, b, weight)
    for other in (np.array([1, 2]), np.array([True])):
        assert_parity(torch, "lerp", a[:, :1], other, 0.5)
    assert_parity(torch, "lerp", np.array([1, 2]), np.array([1, 2]), 0.5)


def test_ones_own_gradient_twice(torch):
    x = lanegrad.tensor([1.5, 2.0], requires_grad=True)
    (lanegrad.atan2(x, x) + x / x + lanegrad.maximum(x, x)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1, 1], atol=1e-6)


def test_memory_that_others_see_is_not_what_an_op_keeps():
    a = lanegrad.tensor([1.0, 2.0], requires_grad=True)
    for name in ("add", "sub", "mul", "div", "maximum"):
        y = getattr(lanegrad, name)(a, 2)
        assert not np.shares_memory(y.detach().numpy(), a.detach().numpy())
        y.sum().backward()
        g = np.array(a.grad.numpy())
        with lanegrad.no_grad():
            y += 5
        np.testing.assert_array_equal(a.grad.numpy(), g)


def test_equal(torch):
    nan, pair = np.float32([np.nan]), np.float32([1, 2])
    for a, b in [
        (pair, pair),
        (pair, pair[:1]),
        (pair, np.array([1, 2])),
        (nan, nan),
        (pair[:0], pair[:0]),
    ]:
        assert_parity(torch, "equal", a, b)


@pytest.mark.parametrize(
    "options", [{}, {"equal_nan": True}, {"rtol": 0.5}, {"rtol": 0.0, "atol": 0.0}, {"atol": -1}]
)
def test_nearness(torch, options):
    a, b = (x.ravel().copy() for x in np.meshgrid(SPECIAL, SPECIAL * np.float32(1 + 1e-6)))
    for name in ("isclose", "allclose"):
        assert_parity(torch, name, a, b, **options)
        assert_parity(torch, name, a[:3], a[:3], **options)
        assert_parity(torch, name, np.array([100, 5]), np.array([120, 5]), **options)


def test_isin(torch):
    a, b = np.array([[1, 2], [3, 4]]), np.array([4, 1, 9])
    for options in ({}, {"invert": True}, {"assume_unique": True}):
        assert_parity(torch, "isin", a, b, **options)
        assert_parity(torch, "isin", a, 3, **options)
        assert_parity(torch, "isin", 3, a, **options)
        assert_parity(torch, "isin", a, b.astype(np.float32), **options)


@pytest.mark.parametrize("lanes", [(True, True), (True, False), (False, False)])
def test_differences_and_squares_of_images(lanes):
    """A loss of one's own is in lanes where its images are."""
    identity = np.eye(2, dtype=np.float32).reshape(2, 2, 1, 1)
    leaves = [lanegrad.tensor(floats((3, 2, 4, 4)), requires_grad=True) for _ in lanes]
    a, b = (F.conv2d(x, identity) if kept else x * 1 for x, kept in zip(leaves, lanes, strict=True))
    square = (a - b) ** 2
    assert array_of(square).in_lanes == any(lanes)
    square.sum().backward()
    x, y = (leaf.detach().numpy() for leaf in leaves)
    np.testing.assert_array_equal(square.detach().numpy(), (x - y) ** 2)
    for leaf, slope in zip(leaves, (2 * (x - y), 2 * (y - x)), strict=True):
        np.testing.assert_array_equal(leaf.grad.numpy(), slope)


@pytest.mark.parametrize(
    ("name", "tensors"), [("add", 1), ("sub", 1), ("addcmul", 2), ("addcdiv", 2)]
)
def test_the_old_order_with_the_factor_ahead(torch, name, tensors):
    x, others = floats(3), [floats(3) for _ in range(tensors)]
    function = getattr(lanegrad, name)
    keyword = "alpha" if tensors == 1 else "value"
    with pytest.warns(UserWarning, match=f"{keyword}=0.5") as noted:
        mine = function(lanegrad.tensor(x), 0.5, *map(lanegrad.tensor, others))
    assert noted[0].filename == __file__
    assert mine.tolist() == function(x, *others, **{keyword: 0.5}).tolist()
    for wrong in ((*others, others[0]), (0.5, *others, *others), (*others, 0.5)):
        with pytest.raises(TypeError, match="by keyword"):
            function(x, *wrong)
