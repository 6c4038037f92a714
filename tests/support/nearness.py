"""How near a result is to PyTorch's, with PyTorch's own in float64 to judge by."""

import numpy as np

EQUAL, ULP, TOLERANCE, OFF = DEGREES = ("equal", "2 ULP", "tolerance", "off")

ROUNDINGS = 16  # of the largest value, that any element may be off by
OWN = 4  # times as far from float64 as PyTorch's own float32, at most
MOST = 1e-4  # of the largest value: beyond, PyTorch's own has taken another branch


def degree(got, want, exact, scale=0):
    """The worst of an array's elements: equal to PyTorch's float32, within 2 ULP of float64, within what
    PyTorch itself is off by and some roundings of the largest value, or off.

    Parameters
    ----------
    got, want, exact : ndarray
        Ours, PyTorch's of the same type, and PyTorch's in float64; of one shape.
    scale : float
        How large the terms are that have been added, if larger than what came of them.
    """
    same = np.equal(got, want) | (np.not_equal(got, got) & np.not_equal(want, want))
    if same.all():
        return EQUAL
    if got.dtype.kind != "f":
        return OFF
    with np.errstate(all="ignore"):
        exact = np.asarray(exact, np.float64)
        rounded = exact.astype(np.float32)
        same |= (got == rounded) | (np.isnan(got) & np.isnan(rounded))
        error = np.abs(got - exact)
        near = same | (error <= 2 * np.abs(np.spacing(rounded)))
        if near.all():
            return ULP
        finite = np.isfinite(exact) & np.isfinite(want)
        scale = np.abs(exact[finite]).max(initial=scale)
        own = np.abs(want - exact)[finite].max(initial=0)
        allowed = OWN * min(own, MOST * scale) + ROUNDINGS * np.finfo(np.float32).eps * scale
        near |= (error <= allowed) | (np.abs(got - want) <= allowed)
    return TOLERANCE if near.all() else OFF


def worst(degrees):
    """The worst of several; of none, equal."""
    return max(degrees, key=DEGREES.index, default=EQUAL)


def shown(array, most=8):
    """Some of an array, in a line."""
    return np.array2string(np.asarray(array).ravel()[:most], precision=9, separator=", ").replace(
        "\n", ""
    )


def where_off(got, want, exact):
    """The element that is furthest off, in a line."""
    with np.errstate(all="ignore"):
        error = np.abs(got.astype(np.float64) - want.astype(np.float64))
        error = np.where(np.isnan(got) != np.isnan(want), np.inf, np.nan_to_num(error, nan=0))
    at = np.unravel_index(error.argmax(), error.shape)
    return f"at {tuple(map(int, at))} {got[at]!r}, PyTorch {want[at]!r}, in float64 {exact[at]!r}"
