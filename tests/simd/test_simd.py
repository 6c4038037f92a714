"""Every function of csrc/simd, on each instruction set, against NumPy."""

import numpy as np
import pytest

from lanegrad import _core
from reference_loss import ulps

pytestmark = pytest.mark.usefixtures("isa")

SPECIAL = np.array(
    [0, -0.0, 1, -1, 0.5, -0.5, 2, -3, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1e-38, -1e-38, 3e38],
    np.float32,
)


def same(result, expected):
    """The same bits, where any NaN is as good as another."""
    result, expected = np.asarray(result, np.float32), np.asarray(expected, np.float32)
    nan = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(result), nan)
    np.testing.assert_array_equal(result.view(np.int32)[~nan], expected.view(np.int32)[~nan])


def operands(seed=0, size=4096):
    """Three arrays: every pair of special values, then random ones of all magnitudes."""
    rng = np.random.default_rng(seed)
    a, b = np.repeat(SPECIAL, 16), np.tile(SPECIAL, 16)
    c = rng.permutation(a)
    bits = rng.integers(0, 2**32, (3, size), dtype=np.uint32).view(np.float32)
    near = rng.standard_normal((3, size), dtype=np.float32)
    return tuple(np.concatenate(parts) for parts in zip((a, b, c), bits, near, strict=True))


A, B, C = operands()

ELEMENTWISE = {
    "v_add": lambda a, b, c: a + b,
    "v_sub": lambda a, b, c: a - b,
    "v_mul": lambda a, b, c: a * b,
    "v_div": lambda a, b, c: a / b,
    "v_sqrt": lambda a, b, c: np.sqrt(a),
    "v_rint": lambda a, b, c: np.rint(a),
    "v_floor": lambda a, b, c: np.floor(a),
    "v_abs": lambda a, b, c: np.abs(a),
    "v_neg": lambda a, b, c: -a,
    "v_max": lambda a, b, c: np.where(a > b, a, b),
    "v_min": lambda a, b, c: np.where(a < b, a, b),
    "v_lt": lambda a, b, c: a < b,
    "v_le": lambda a, b, c: a <= b,
    "v_eq": lambda a, b, c: a == b,
    "v_ne": lambda a, b, c: a != b,
    "v_unordered": lambda a, b, c: np.isnan(a) | np.isnan(b),
    "m_and": lambda a, b, c: (a < b) & (b < c),
    "m_or": lambda a, b, c: (a < b) | (b < c),
    "m_not": lambda a, b, c: ~(a < b),
    "v_select": lambda a, b, c: np.where(a < b, a, c),
    "v_stream": lambda a, b, c: b,
    "v_mask": lambda a, b, c: np.where(a < b, c, np.float32(0)),
}
DOUBLES = {
    "d_from": lambda a, b, c: a,
    "d_add": lambda a, b, c: a + b,
    "d_sub": lambda a, b, c: a - b,
    "d_mul": lambda a, b, c: a * b,
    "d_div": lambda a, b, c: a / b,
    "d_add_v": lambda a, b, c: a / b + c,
    "d_load_floats": lambda a, b, c: a,
    "t_add": lambda a, b, c: 0.0 + a + b,
    "t_add_product": lambda a, b, c: 0.0 + c + a * b,
    "d_store": lambda a, b, c: a / b,
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name):
    with np.errstate(all="ignore"):
        same(_core.simd(name, A, B, C), ELEMENTWISE[name](A, B, C))


@pytest.mark.parametrize("name", DOUBLES)
def test_doubles(name):
    with np.errstate(all="ignore"):
        exact = DOUBLES[name](*(x.astype(np.float64) for x in (A, B, C)))
        hi = exact.astype(np.float32)
        same(_core.simd(name, A, B, C), hi)
        lo = np.where(np.isfinite(hi), (exact - hi).astype(np.float32), np.float32(0))
        same(_core.simd(f"{name}_lo", A, B, C), lo)


@pytest.mark.parametrize(("name", "sign"), [("v_fma", 1), ("v_fnma", -1)])
def test_fused_multiply_add_rounds_once(name, sign):
    # Products of floats are exact as doubles; with a sum that rounds as a double the double rounding
    # of the expectation could differ, so c is on the product's scale.
    a, b = A[256:], B[256:]
    with np.errstate(all="ignore"):
        product = a.astype(np.float64) * b
        keep = np.isfinite(product) & (np.abs(product) > 1e-30) & (np.abs(product) < 1e30)
        c = np.where(keep, -sign * product.astype(np.float32), np.float32(1))
        exact = (sign * product + c).astype(np.float32)
    result = _core.simd(name, a, b, c)
    same(result[keep], exact[keep])
    assert (exact[keep] != 0).mean() > 0.5
    x, y = SPECIAL, SPECIAL[::-1].copy()
    with np.errstate(all="ignore"):
        exact = (sign * x.astype(np.float64) * y + x).astype(np.float32)
    same(_core.simd(name, x, y, x), exact)


def test_loads_and_stores():
    a, b = A[256:272], B[256:272]
    for k in range(17):
        same(_core.simd("v_load_part", a, k=k), np.where(np.arange(16) < k, a, np.float32(0)))
        stored = _core.simd("v_store_part", a, b, k=k)
        same(stored[:k], b[:k])
        same(_core.simd("m_first", a, k=k), np.arange(16) < k)
    same(_core.simd("v_held", a), a)
    same(_core.simd("v_set1", a), np.full(16, a[0]))
    x = np.arange(64, dtype=np.float32)
    same(_core.simd("v_load_t4", x).reshape(4, 16), x.reshape(16, 4).T)
    same(_core.simd("v_store_t4", x).reshape(16, 4), x.reshape(4, 16).T)


def test_store_part_leaves_the_rest(isa):
    # softmax of one row ends with a partial store; its neighbour must stay as it is.
    for columns in range(129, 146):
        x = np.random.default_rng(columns).standard_normal((3, columns), dtype=np.float32)
        whole = _core.softmax(x, 1)
        for row in range(3):
            same(whole[row : row + 1], _core.softmax(x[row : row + 1], 1))


def tree(x, operation):
    x = x.reshape(-1, 16)
    for width in (8, 4, 2, 1):
        x = operation(x[:, :width], x[:, width : 2 * width])
    return np.repeat(x[:, 0], 16)


def test_across():
    x = np.random.default_rng(1).standard_normal(1600, dtype=np.float32)
    same(_core.simd("v_sum", x), tree(x, np.add))
    same(_core.simd("v_hmax", x), tree(x, np.maximum))
    y = np.roll(x, 5)
    exact = tree(x.astype(np.float64) / y, np.add)
    same(_core.simd("d_sum", x, y), exact.astype(np.float32))
    same(_core.simd("d_sum_lo", x, y), (exact - exact.astype(np.float32)).astype(np.float32))
    third = np.float64(x[0]) / 3
    same(_core.simd("d_set1", x)[:16], np.full(16, third))
    same(_core.simd("d_set1_lo", x)[:16], np.full(16, third - np.float32(third)))
    low = np.zeros(16, np.float32)
    assert _core.simd("m_any", low).max() == 0
    for lane in range(16):
        one = low.copy()
        one[lane] = 1
        assert _core.simd("m_any", low, one).min() == 1


@pytest.mark.parametrize("n", [1, 2, 4, 8, 16])
def test_groups_of_lanes(n):
    x = np.random.default_rng(2).standard_normal((2, 160), dtype=np.float32)
    for a, b in x.reshape(2, 10, 16).swapaxes(0, 1).copy():
        groups = np.stack([a, b]).reshape(-1, 2, n)
        even, odd = (np.ascontiguousarray(groups[:, i]).ravel() for i in (0, 1))
        same(_core.simd("v_even", a, b, k=n), even)
        same(_core.simd("v_odd", a, b, k=n), odd)
        same(_core.simd("v_zip", even, odd, k=n), a)
        same(_core.simd("v_zip_second", even, odd, k=n), b)


def test_exponents():
    n = np.arange(-127, 128, dtype=np.float32)
    n = np.append(n, np.float32(0))
    same(_core.simd("v_pow2", n), np.where(n == -127, 0, np.exp2(n.astype(np.float64))))
    n = np.arange(-2000, 2000, dtype=np.float32)
    table = np.arange(n.size, dtype=np.float32)
    same(_core.simd("v_sixteenth", table, n), table - table % 16 + n % 16)
    y = np.linspace(1, 2, n.size, dtype=np.float32)
    raised = y.view(np.int32) + n.astype(np.int32) * 2**19
    same(_core.simd("v_raise", y, n), raised.view(np.float32))
    x = np.abs(A[256:])
    x = np.where(np.isfinite(x) & (x >= 2.0**-126), x, np.float32(np.sqrt(0.5)))
    m, k = _core.simd("v_split", x), _core.simd("v_split_n", x)
    same(np.ldexp(m, k.astype(int)), x)
    assert m.min() >= np.float32(np.sqrt(0.5))
    assert m.max() < np.sqrt(2)


def dense(low, high, count=1 << 20):
    """Floats between two of the same sign: evenly spread over the representable ones."""
    low, high = np.array([low, high], np.float32).view(np.int32).astype(np.int64)
    return np.linspace(low, high, count).astype(np.int32).view(np.float32)


def test_exp():
    x = np.concatenate(
        [
            dense(1e-30, 88.8),
            dense(-1e-30, -104.5),
            np.linspace(-104, 89, 1 << 20, dtype=np.float32),
        ]
    )
    with np.errstate(over="ignore"):
        exact = np.exp(x.astype(np.float64))
    assert ulps(_core.simd("v_exp", x), exact).max() < 0.78
    normal = exact >= 2.0**-126
    assert ulps(_core.simd("v_exp", x), exact)[normal].max() < 0.57
    edges = np.array([-np.inf, np.inf, np.nan, 0, -0.0, 88.72283, 88.72284, -103.97208, -103.97209,
                      -1e30, 1e30, 89, -104, 1e-45, 100, -200], np.float32)  # fmt: skip
    with np.errstate(over="ignore", under="ignore"):
        expected = np.exp(edges.astype(np.float64)).astype(np.float32)
    same(np.delete(_core.simd("v_exp", edges), 5), np.delete(expected, 5))


def test_exp_scaled():
    """The scale of the probe is 2^64, and arguments stop at -191 ln 2."""
    rng = np.random.default_rng(2)
    x = np.concatenate([dense(-1e-30, -131), np.linspace(-131, 0, 1 << 20, dtype=np.float32)])
    lo = (x * rng.uniform(-(2.0**-24), 2.0**-24, x.size)).astype(np.float32)
    exact = 2.0**64 * np.exp(x.astype(np.float64) + lo)
    assert ulps(_core.simd("v_exp_scaled2", x, lo), exact).max() < 0.57
    assert ulps(_core.simd("v_exp_scaled", x), 2.0**64 * np.exp(x.astype(np.float64))).max() < 0.57
    x = np.array([0, -0.0, -np.inf, np.nan] + [-133, -1e9, -1e38, -3e38] * 3, np.float32)
    expected = [2.0**64, 2.0**64, 0, np.nan] + [0.0] * 12
    same(_core.simd("v_exp_scaled", x), expected)
    same(_core.simd("v_exp_scaled2", x, np.zeros_like(x)), expected)


def test_exp_of_doubles():
    x = np.concatenate([dense(-1e-30, -87), np.linspace(-87, 0, 1 << 16, dtype=np.float32)]) * 3
    x = x[x >= -261]
    x = np.resize(x, -(-x.size // 16) * 16)
    hi, lo = (_core.simd(name, x).astype(np.float64) for name in ("d_exp", "d_exp_lo"))
    exact = np.exp(x.astype(np.float64) / 3)
    normal = exact > 2.0**-100  # of smaller ones the floats hold less
    assert (np.abs(hi + lo - exact) / exact)[normal].max() < 2.0**-35


def test_select_of_doubles():
    with np.errstate(all="ignore"):
        exact = np.where(A < B, A.astype(np.float64) / B, C.astype(np.float64))
        same(_core.simd("d_select", A, B, C), exact.astype(np.float32))


def test_log():
    x = np.concatenate([dense(1e-45, 3.4e38), np.linspace(0.5, 2, 1 << 20, dtype=np.float32)])
    assert ulps(_core.simd("v_log", x), np.log(x.astype(np.float64))).max() < 0.85
    same(
        _core.simd("v_log", SPECIAL)[[0, 1, 2, 3, 8, 9, 10, 12]],
        [-np.inf, -np.inf, 0, np.nan, np.inf, np.nan, np.nan, np.nan],
    )


def test_log1p():
    x = np.concatenate([dense(1e-45, 3.4e38), dense(-1e-45, -0.5), np.zeros(16, np.float32)])
    assert ulps(_core.simd("v_log1p", x), np.log1p(x.astype(np.float64))).max() < 0.85
    same(
        _core.simd("v_log1p", SPECIAL)[[0, 1, 3, 7, 8, 9, 10]],
        [0, -0.0, -np.inf, np.nan, np.inf, np.nan, np.nan],
    )
    rng = np.random.default_rng(3)
    hi = dense(1e-30, 1e6)
    lo = (hi * rng.uniform(-(2.0**-24), 2.0**-24, hi.size)).astype(np.float32)
    exact = np.log1p(hi.astype(np.float64) + lo)
    error = ulps(_core.simd("v_log1p2", hi, lo), exact)
    assert error[hi >= 2.0**-12].max() < 0.85
    assert error.max() < 1.2


def test_every_function_is_tested():
    others = {
        "v_fma", "v_fnma", "v_load_part", "v_store_part", "m_first", "v_set1", "v_held", "v_load_t4",
        "v_store_t4", "v_sum", "v_hmax", "d_sum", "d_sum_lo", "d_set1", "d_set1_lo", "m_any",
        "v_even", "v_odd", "v_zip", "v_zip_second", "d_exp", "d_exp_lo", "d_select", "d_select_lo",
        # those of special.h: kernels/test_activation.py has them through the kernels
        "v_tanh", "v_sigmoid", "v_silu", "v_gelu", "v_gelu_tanh", "v_silu_slope", "v_gelu_slope",
        "v_gelu_tanh_slope",
        "v_pow2", "v_split", "v_split_n", "v_exp", "v_exp_scaled", "v_exp_scaled2", "v_sixteenth", "v_raise",
        "v_log", "v_log1p", "v_log1p2",
    }  # fmt: skip
    tested = others | set(ELEMENTWISE) | set(DOUBLES) | {f"{name}_lo" for name in DOUBLES}
    assert tested == set(_core.simd_names())


def test_bad_calls():
    x = np.zeros(16, np.float32)
    with pytest.raises(ValueError, match="no function 'v_foo'"):
        _core.simd("v_foo", x)
    with pytest.raises(ValueError, match=r"k must be in 0\.\.16"):
        _core.simd("v_load_part", x, k=17)
    with pytest.raises(ValueError, match="multiple of 64"):
        _core.simd("v_load_t4", x)
    with pytest.raises(ValueError, match="shape"):
        _core.simd("v_add", x, np.zeros(32, np.float32))
