"""Reductions: sums, spreads, extremes, scans, counts and softmax, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from lanegrad import as_tensor
from parity import assert_parity

rng = np.random.default_rng(0)
NAN, INF = np.float32("nan"), np.float32("inf")


def floats(*shape):
    return rng.normal(size=shape).astype(np.float32)


INPUTS = {
    "floats": floats(2, 3, 4),
    "vector": floats(5),
    "number": np.array(2.5, np.float32),
    "ties": rng.integers(0, 3, (3, 4, 2)).astype(np.float32),
    "integers": rng.integers(-5, 5, (2, 3, 4)),
    "small": rng.integers(0, 100, (3, 5)).astype(np.uint8),
    "booleans": rng.integers(0, 2, (3, 4)).astype(bool),
    "one": floats(1, 1),
    "empty": floats(0, 3),
    "nan": np.array([[1, NAN, 3], [NAN, NAN, -INF], [4, 5, INF]], np.float32),
    "zeros": np.array([[0, 2, 3], [0, 0, 5], [1, 2, 3]], np.float32),
}

SEVERAL = ["sum", "mean", "nansum", "nanmean", "var", "std", "amax", "amin", "any", "all", "count_nonzero",
           "logsumexp", "norm"]  # fmt: skip
SINGLE = ["prod", "max", "min", "argmax", "argmin", "median", "nanmedian"]
DIMS = [0, 1, -1, 5, (0, 1), [0], (0, 0), ()]


def skipped(name, kind):
    """What PyTorch leaves open: the index among equals of medians; the gradient at NaN."""
    return kind == "nan" and name in ("var", "std", "norm", "logsumexp", "amax", "amin", "prod")


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name", SEVERAL + SINGLE)
def test_of_all_elements(torch, name, kind):
    if name != "logsumexp":
        assert_parity(torch, name, INPUTS[kind], grad=not skipped(name, kind))


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name", SEVERAL + SINGLE)
def test_along_axes(torch, name, kind):
    for dim in DIMS if name in SEVERAL else [0, 1, -1, 5]:
        if kind == "ties" and "median" in name:
            continue
        if dim in ((), (0, 0)) and (name in ("var", "std", "logsumexp") or kind == "empty"):
            continue  # PyTorch gives no gradients, no sums, or another error first
        for keepdim in (False, True) if name != "count_nonzero" else (False,):
            options = {"keepdim": True} if keepdim else {}
            assert_parity(
                torch, name, INPUTS[kind], dim=dim, grad=not skipped(name, kind), **options
            )


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "nansum", "cumsum", "cumprod", "norm", "softmax"]
)
def test_dtypes(torch, name):
    for kind in ("floats", "integers", "booleans", "small"):
        for dtype in (np.float32, np.int64, np.int32):
            if dtype != np.float32 and name in ("norm", "softmax", "mean"):
                continue
            assert_parity(torch, name, INPUTS[kind], dim=0, dtype=dtype, grad=dtype == np.float32)


def test_several_axes_are_one_tuple(torch):
    for name in ("sum", "mean", "max", "any", "var", "prod"):
        for args in ((0, 1), (True,), (1.0,), ("a",)):
            if name == "var" and args == (True,):
                continue
            assert_parity(torch, name, INPUTS["floats"], *args)
    for size in ((1, 4), (3, 1), (2, 3, 4), (), (5, 4), (1, 1, 1, 1)):
        assert_parity(torch, "Tensor.sum_to_size", INPUTS["floats"], size)


def test_names_of_numpys():
    x = as_tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.sum(axis=1, keepdims=True).tolist() == [[3], [7]]
    assert lanegrad.argmax(x, axis=0).tolist() == [1, 1]
    assert x.max(axis=0).values.tolist() == [3, 4]
    assert lanegrad.cat([x, x], axis=1).shape == (2, 4)


@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_corrections(torch, name):
    x = INPUTS["floats"]
    for args, options in [
        ((False,), {}),
        ((0, False), {}),
        ((1, True, True), {}),
        (((0, 2),), {"correction": 0}),
        ((), {"correction": 2}),
        ((1,), {"unbiased": False, "keepdim": True}),
        ((), {"dim": None, "keepdim": True}),
        ((0,), {"correction": 2}),
        ((0,), {"correction": 3}),
    ]:
        assert_parity(torch, name, x, *args, **options, grad=options.get("correction", 0) < 2)
    assert_parity(torch, name, np.full((2, 3), 4, np.float32), 1)
    with pytest.warns(UserWarning, match="degrees of freedom"):
        lanegrad.var(lanegrad.tensor([1.0]))


@pytest.mark.parametrize("p", ["fro", None, 0, 0.5, 1, 1.5, 2, 3, INF, -INF, -1.0])
def test_norms(torch, p):
    p = float(p) if isinstance(p, np.floating) else p
    for kind in ("floats", "zeros", "ties", "number", "empty"):
        for dim in (None, 0, (0, -1)) if kind != "number" else (None, 0):
            assert_parity(torch, "norm", INPUTS[kind], p, dim, atol=1e-5, rtol=1e-5, grad=p != 0)
    given = () if p in ("fro", None) else (p,)
    assert_parity(torch, "dist", floats(3, 2), floats(2), *given, grad=p != 0)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, float("inf")])
def test_cdist(torch, p):
    assert_parity(torch, "cdist", floats(3, 2), floats(4, 2), p, atol=1e-5)
    assert_parity(torch, "cdist", floats(2, 3, 2), floats(2, 4, 2), p, atol=1e-5)
    assert_parity(torch, "cdist", floats(3, 2), floats(4, 3), p)
    assert_parity(torch, "cdist", floats(3), floats(4, 3), p)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"])
@pytest.mark.parametrize("kind", INPUTS)
def test_scans(torch, name, kind):
    if name == "logcumsumexp" and kind in ("integers", "small", "booleans"):
        return
    for dim in (0, -1, 1, 7) if kind != "empty" else (0, 1):
        assert_parity(torch, name, INPUTS[kind], dim, grad=kind != "nan")


def test_scans_of_a_single_number_in_place():
    x = lanegrad.tensor(3.0, requires_grad=True)
    for change in (lambda y: y.cumprod_(0), lambda y: y.cumsum_(0)):
        y = x.clone()
        assert change(y) is y
        y.backward()
    assert (x.grad.item(), lanegrad.cummax(x, 0).indices.item()) == (2.0, 0)
    assert x.sum_to_size(()) is not x
    assert lanegrad.diff(x[None], 0).is_leaf is False


def test_cumprod_with_zeros(torch):
    for row in ([1, 0, 2, 3], [0, 0, 2, 3], [2, 3, 0, 4], [2, 3, 4, 0], [1, 0, 0, 0]):
        assert_parity(torch, "cumprod", np.array(row, np.float32), 0)


def test_diff(torch):
    for x in (INPUTS["floats"], INPUTS["integers"], INPUTS["booleans"], INPUTS["number"]):
        for options in ({}, {"n": 2}, {"dim": 0}, {"n": 0}, {"n": 9}, {"dim": 0, "prepend": x}):
            assert_parity(torch, "diff", x, **options)


@pytest.mark.parametrize("kind", INPUTS)
def test_minmax_and_mode(torch, kind):
    for dim in (0, -1, 4):
        assert_parity(torch, "aminmax", INPUTS[kind], dim=dim, grad=kind != "nan")
        if kind != "nan":
            assert_parity(torch, "mode", INPUTS[kind], dim)
    assert_parity(torch, "aminmax", INPUTS[kind], grad=kind != "nan")


@pytest.mark.parametrize("q", [0.0, 0.3, 1.0, np.float32([0.25, 0.5]), np.float32([1.5]), 2.0])
@pytest.mark.parametrize(
    "interpolation", ["linear", "lower", "higher", "midpoint", "nearest", "cubic"]
)
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantiles(torch, name, q, interpolation):
    for kind in ("floats", "vector", "number", "nan", "empty", "integers"):
        for dim in (None, 0, -1):
            for keepdim in (False, True):
                x = INPUTS[kind]
                options = {"keepdim": keepdim, "interpolation": interpolation}
                if isinstance(q, float):
                    assert_parity(torch, name, x, q, dim, **options, grad=kind != "nan")
                    continue
                want = torch.tensor(q)
                try:
                    expected = getattr(torch, name)(torch.tensor(x), want, dim, **options)
                except RuntimeError:
                    with pytest.raises(RuntimeError):
                        getattr(lanegrad, name)(
                            lanegrad.tensor(x), lanegrad.tensor(q), dim, **options
                        )
                    continue
                got = getattr(lanegrad, name)(
                    lanegrad.tensor(x), lanegrad.tensor(q), dim, **options
                )
                np.testing.assert_allclose(got.numpy(), expected.numpy(), 1e-6, 1e-6)


def test_gradients_of_all_are_shared_by_equals(torch):
    for name in ("max", "min", "median", "nanmedian", "amax", "amin"):
        assert_parity(torch, name, np.array([1, 3, 3, 1, 1], np.float32))
    for name in ("max", "min", "median"):
        assert_parity(torch, name, np.array([1, NAN, NAN], np.float32))


def test_extremes_next_to_another_tensor(torch):
    a, b = floats(3, 1), floats(4)
    for name in ("max", "min"):
        assert_parity(torch, name, a, b)
        assert_parity(torch, f"Tensor.{name}", a, b)
        assert_parity(torch, name, a, other=b)


def test_named_results():
    text = repr(lanegrad.tensor([[1, 2]]).max(1))
    assert text == "lanegrad.return_types.max(\nvalues=tensor([2]),\nindices=tensor([1]))"
    assert repr(lanegrad.aminmax(lanegrad.tensor([1]))).startswith(
        "lanegrad.return_types.aminmax(\nmin="
    )


def test_unique(torch):
    for x in (
        INPUTS["integers"],
        INPUTS["ties"],
        INPUTS["booleans"],
        INPUTS["empty"][0:0, 0],
        INPUTS["number"],
        np.array([3, 1, 1, 2, 2, 2, 1]),
        np.array([[1, 2, 2, 1], [1, 2, 2, 1], [0, 0, 0, 0]]),
    ):
        for name in ("unique", "unique_consecutive"):
            for options in ({}, {"return_inverse": True}, {"return_counts": True}):
                assert_parity(torch, name, x, **options, grad=False)
                if x.ndim == 2:
                    assert_parity(torch, name, x, dim=0, **options, grad=False)
                    assert_parity(torch, name, x, dim=-1, return_inverse=True, grad=False)


def test_bincount_and_histc(torch):
    for x in ([1, 1, 3], [], [-1], [[1]]):
        x = np.array(x, np.int64)
        assert_parity(torch, "bincount", x)
        assert_parity(torch, "bincount", x, minlength=7)
        assert_parity(torch, "bincount", x, np.ones(x.shape, np.float32), grad=False)
    assert_parity(torch, "bincount", floats(3))
    assert_parity(torch, "bincount", np.array([1, 2]), floats(3))
    for options in (
        {},
        {"bins": 4},
        {"bins": 5, "min": -1, "max": 2},
        {"bins": 3, "min": 2, "max": 1},
    ):
        for kind in ("floats", "ties", "number", "integers"):
            assert_parity(torch, "histc", INPUTS[kind], **options, grad=False)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(torch, name):
    for kind in ("floats", "number", "empty", "integers"):
        for dim in (0, -1, 9):
            assert_parity(torch, name, INPUTS[kind], dim)
            assert_parity(torch, f"Tensor.{name}", INPUTS[kind], dim)


def test_sums_are_rounded_once():
    x = np.full(1_000_001, 0.1, np.float32)
    wide = x.astype(np.float64)
    assert as_tensor(x).mean().item() == np.float32(wide.mean())
    assert as_tensor(x).norm().item() == np.float32(np.sqrt((wide * wide).sum()))
    assert as_tensor(x).cumsum(0)[-1].item() == np.float32(wide.cumsum()[-1])
