"""Programs of elementwise steps: against float64 on every instruction set, over arrays of any form."""

import numpy as np
import pytest

import lanegrad
from everywhere import outcomes
from lanegrad import _core
from lanegrad._tensor.pointwise import Op
from lanegrad._tensor.symbols import Untraceable
from lanegrad._tensor.tracing import traced

rng = np.random.default_rng(0)
SPECIAL = np.array(
    [0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 1.5, -2.5, 88, -88, 700, 1e-30, -1e-30, 1e30, -1e30, 1e-45, np.inf,
     -np.inf, np.nan, 3.4e38, -3.4e38, 8388609, 0.99999994, 1e6, -1e6], np.float32
)  # fmt: skip
UNARY = [
    "negative",
    "absolute",
    "sqrt",
    "square",
    "reciprocal",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "sign",
    "isnan",
    "isinf",
    "isfinite",
    "signbit",
    "logical_not",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "deg2rad",
]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "arctan2",
    "hypot",
    "copysign",
    "fmod",
    "logaddexp",
    "logaddexp2",
]
WHOLE = [
    "add",
    "subtract",
    "multiply",
    "maximum",
    "minimum",
    "less",
    "greater_equal",
    "equal",
    "not_equal",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "logical_and",
    "logical_or",
    "logical_xor",
]


def outcome(function, *arrays):
    """What a function of NumPy's makes of arrays, by a program and by itself in float64."""
    with np.errstate(all="ignore"):
        exact = function(*[a.astype(np.float64) if a.dtype == np.float32 else a for a in arrays])
    result = np.dtype(bool) if exact.dtype == bool else None
    op = Op(function.__name__, function, result=result, wide=True if function is np.hypot else None)
    kind = "f" if arrays[0].dtype == np.float32 else arrays[0].dtype.kind
    traced(function, kind, [False] * len(arrays), (), False)  # or Untraceable
    return op(*map(lanegrad.tensor, arrays)).numpy(), exact


def assert_near(y, exact, ulps=1):
    if exact.dtype != np.float64:
        np.testing.assert_array_equal(y, exact)
        return
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = exact.astype(np.float32)
        far = np.abs(y - exact) > ulps * np.spacing(np.abs(rounded))
    far &= ~((y == rounded) | (np.isnan(y) & np.isnan(rounded)))
    assert not far.any(), f"{y[far][:5]} for {exact[far][:5]}"


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one(isa, name):
    x = np.concatenate([SPECIAL, rng.uniform(-1, 1, 300), rng.standard_normal(300) * 30]).astype(
        "f4"
    )
    assert_near(*outcome(getattr(np, name), x))


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two(isa, name):
    a, b = (v.reshape(-1).astype("f4") for v in np.meshgrid(SPECIAL, SPECIAL))
    more = rng.standard_normal((2, 500)).astype("f4") * 5
    assert_near(
        *outcome(getattr(np, name), np.concatenate([a, more[0]]), np.concatenate([b, more[1]]))
    )


@pytest.mark.parametrize("dtype", ["i8", "i4", "i2", "i1", "u1", "?"])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers(isa, name, dtype):
    if dtype == "?" and name == "subtract":
        return  # bools have none
    a, b = rng.integers(-(2**63), 2**63 - 1, (2, 77)).astype(dtype)
    y, exact = outcome(getattr(np, name), a, b)
    np.testing.assert_array_equal(y, exact)
    assert y.dtype == exact.dtype


@pytest.mark.parametrize("dtype", ["i8", "i4", "i1", "u1"])
@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod"])
def test_quotients_of_whole_numbers(isa, name, dtype):
    """Of all sizes, around the largest that doubles have, and the least by -1."""
    near = np.array([0, 1, 2, 3, 7, 2**26, 2**51, 2**52, 2**53, 2**62, 2**63 - 2], "i8")
    whole = np.concatenate([near - 1, near, near + 1, -near, -near - 1, rng.integers(0, 2**52, 50)])
    a, b = (v.reshape(-1).astype(dtype) for v in np.meshgrid(whole, whole))
    a, b = a[b != 0], b[b != 0]
    y, exact = outcome(getattr(np, name), a, b)
    np.testing.assert_array_equal(y, exact)
    assert y.dtype == exact.dtype


def views(a):
    """Of an array of two axes: forms in which memory shows elements."""
    return [
        a,
        a.T,
        a[::-1],
        a[:, ::-1],
        a[::2, 1:],
        a[:1],
        a[:, :1],
        a[:0],
        a[0],
        a[:, None, :],
        a[3, 3],
    ]


def test_any_strides_and_shapes():
    """Operands that broadcast, as NumPy has it."""
    a, b = rng.standard_normal((2, 9, 9)).astype("f4")
    x, y = lanegrad.tensor(a), lanegrad.tensor(b)
    for u, v in zip(views(a), views(x), strict=False):
        for s, t in zip(views(b), views(y), strict=False):
            try:
                expected = u * s
            except ValueError:
                with pytest.raises(ValueError, match="do not fit"):
                    v * t
                continue
            np.testing.assert_array_equal((v * t).numpy(), expected)
            np.testing.assert_array_equal((v > t).numpy(), u > s)


def test_many_axes():
    a = rng.standard_normal((2, 3) * 4).astype("f4")
    b = a.transpose(7, 6, 5, 4, 3, 2, 1, 0)[::-1]
    shape = (2, 1, 2, 1, 2, 1, 2, 1)
    c = rng.standard_normal(shape).astype("f4")
    np.testing.assert_array_equal((lanegrad.tensor(a) + lanegrad.tensor(c)).numpy(), a + c)
    np.testing.assert_array_equal((lanegrad.tensor(b) * lanegrad.tensor(c.T)).numpy(), b * c.T)


@pytest.mark.parametrize("N", [1, 3, 16, 19])
def test_images_in_lanes(N):
    """Images stay in lanes, and lanes without an image hold zeros."""
    a = rng.standard_normal((N, 3, 5, 4)).astype("f4")
    eye = np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)
    x = lanegrad.nn.functional.conv2d(lanegrad.tensor(a), eye)
    scale, shift = rng.standard_normal((2, 3, 1, 1)).astype("f4")
    other = rng.standard_normal((N, 3, 1, 1)).astype("f4")
    for y, expected in [
        ((x - 1.5) * 2, (a - np.float32(1.5)) * 2),
        (x * lanegrad.tensor(scale) + lanegrad.tensor(shift), a * scale + shift),
        (x * lanegrad.tensor(other), a * other),
        (x.clamp(-0.5, 0.5), a.clip(-0.5, 0.5)),
    ]:
        assert y._value.in_lanes
        memory = _core.lanes_in_memory(y._value)
        if N > 1:
            lanes = memory.shape[-1]
            assert not memory[-1, ..., N - lanes * (memory.shape[0] - 1) :].any()
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal((x > 0).numpy(), a > 0)
    mask = lanegrad.tensor(a > 0.5)
    np.testing.assert_array_equal(lanegrad.where(mask, x, 0.0).numpy(), np.where(a > 0.5, a, 0))


RULES = {
    "clamp": lambda a, b: np.minimum(np.maximum(a, b), 0.5),
    "chosen": lambda a, b: np.where(a > b, a * b, b),
    "product of a choice": lambda a, b: a * (b > 0),
    "rounded": lambda a, b: np.floor(a) - 0.0 * b,
    "shared": lambda a, b: np.abs(a * b),
}


@pytest.mark.parametrize("name", RULES)
def test_floats_have_the_bits_of_doubles(isa, name):
    """Where a rule may be run in floats, it gives what doubles give that are rounded in the end."""
    a, b = (v.reshape(-1) for v in np.meshgrid(SPECIAL, SPECIAL))
    a, b = (
        np.concatenate([a, rng.standard_normal(999)]),
        np.concatenate([b, rng.standard_normal(999)]),
    )
    a, b = a.astype("f4"), b.astype("f4")
    y = Op(name, RULES[name])(lanegrad.tensor(a), lanegrad.tensor(b)).numpy()
    with np.errstate(all="ignore"):
        exact = RULES[name](a.astype("f8"), b.astype("f8")).astype("f4")
    np.testing.assert_array_equal(y, exact)


def test_bits_depend_on_neither_set_nor_threads(isa_and_threads_restored):
    a, b = rng.standard_normal((2, 200, 333)).astype("f4") * 3

    def results():
        x, y = lanegrad.tensor(a), lanegrad.tensor(b)
        found = [
            x / y,
            x.tan(),
            (x * y).erfc(),
            x.abs() ** y,
            (x.T * 2 - 1) * 3,
            x.sin(),
            x.exp() > y,
        ]
        return b"".join(v.numpy().tobytes() for v in found)

    assert len(outcomes(results, (1, 2, 3))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        lambda a: np.sort(a),
        lambda a: a if a > 0 else -a,
        lambda a: np.asarray(a) + 1,
        lambda a: a + np.arange(3),
        np.spacing,
        lambda a: sum((a + i) * np.sin(i * a) for i in range(1, 60)),
    ],
)
def test_what_is_no_program(rule):
    with pytest.raises(Untraceable):
        traced(rule, "f", [False], (), False)


def test_plans_have_the_bits_of_calls_at_once():
    """Programs that become one: floats with floats, and then with doubles."""
    a, b = rng.standard_normal((2, 7, 5, 5)).astype("f4")

    def step():
        x = lanegrad.tensor(a, requires_grad=True)
        y = x**3
        z = lanegrad.exp(y * 0.25)
        found = (z * lanegrad.tensor(b) + y * 0.7 - 1.3).tan() + (z - 0.1) * 1.7 + (y > 0)
        found.sum().backward()
        return x.grad.numpy().tobytes()

    lanegrad.set_deferred(False)
    wanted = step()
    lanegrad.set_deferred(True)
    assert {step() for _ in range(4)} == {wanted}


def test_running_extremes_of_images_in_lanes():
    a = rng.standard_normal((3, 3, 5, 4)).astype("f4")
    x = lanegrad.nn.functional.conv2d(lanegrad.tensor(a), np.eye(3, dtype="f4").reshape(3, 3, 1, 1))
    np.testing.assert_array_equal(x.cummax(-1)[0].numpy(), np.maximum.accumulate(a, -1))


def test_options_are_constants_of_their_own():
    """0.0 is not -0.0, and True is not 1.0."""
    op = Op("t", lambda a, low: np.where(a < 0, low, a))
    x = lanegrad.tensor([-1.0])
    assert not np.signbit(op(x, options=(0.0,)).item())
    assert np.signbit(op(x, options=(-0.0,)).item())


def test_numbers_are_rounded_as_elements_are():
    x = lanegrad.tensor([0.1])
    assert (x == 0.1).item()
    assert (x * 0.1).item() == np.float32(0.1) * np.float32(0.1)
    whole = lanegrad.tensor([2**62])
    assert (whole + (2**62 + 1)).tolist() == [-(2**63) + 1]
    assert (whole == 2**62 + 1).tolist() == [False]
