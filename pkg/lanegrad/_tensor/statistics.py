"""Covariances, histograms with given edges, slices of limited norm, and numbers taken apart."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._core import Array, BaseTensor, ShapeError, adopt, record
from .axes import axis_of
from .choice import clip, where
from .conversion import converted
from .convert import FLOAT
from .inside import as_tensor
from .movement import numpy_names, values_of
from .products import mm
from .reduction import floats_only
from .results import shown
from .spread import norm
from .unary import sqrt
from .views import squeeze

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["corrcoef", "cov", "frexp", "histogram", "renorm"]


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariances of variables, whose observations are the columns of a matrix.

    Parameters
    ----------
    input : Tensor or array_like
        (variables, observations); of one axis, the observations of one variable.
    correction : int
        How much less than the number of observations products are divided by.
    fweights : Tensor or array_like of int, optional
        How often each observation was made.
    aweights : Tensor or array_like, optional
        How much each counts.

    Returns
    -------
    Tensor
        (variables, variables), without axes for one variable.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cov(lanegrad.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    x = as_tensor(input)
    if x.ndim > 2 or x.dtype == np.bool_:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions, and not to be bool, but got an input of "
            f"{x.ndim} dimensions and {x.dtype}"
        )
    x = converted(x.reshape(1, -1) if x.ndim < 2 else x, FLOAT)
    observations = x.shape[1]
    weights = [_weights(name, w, observations) for name, w in (("f", fweights), ("a", aweights))]
    given = [w for w in weights if w is not None]
    w: Any = given[0] * given[1] if len(given) == 2 else given[0] if given else None
    total: Any = observations if w is None else w.sum()
    if observations and w is not None and not total.item():
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    mean = (x if w is None else x * w).sum(1, keepdim=True) / total
    divisor = total - correction
    if weights[1] is not None and correction:
        divisor = total - correction * (w * weights[1]).sum() / total
    if float(divisor) <= 0:
        warnings.warn("cov(): degrees of freedom is <= 0", stacklevel=2)
        divisor = divisor * 0.0
    x = x - mean
    products = mm(x, (x if w is None else x * w).t())
    return squeeze(products / divisor)


def _weights(kind: str, given: Any, observations: int) -> Tensor | None:
    """Weights of observations as floats, if there are any."""
    if given is None:
        return None
    w = as_tensor(given)
    if (w.dtype.kind in "iu") is not (kind == "f"):
        raise RuntimeError(
            f"cov(): expected {kind}weights of {'integers' if kind == 'f' else 'floats'}, found {w.dtype}"
        )
    if w.shape != (observations,):
        raise ShapeError(
            f"cov(): expected {observations} {kind}weights along one axis, found shape {w.shape}"
        )
    if values_of(w).min(initial=0) < 0:
        raise RuntimeError(f"cov(): {kind}weights cannot be negative")
    return converted(w, FLOAT)


def corrcoef(input: Any) -> Tensor:
    """The correlations of variables, whose observations are the columns of a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.corrcoef(lanegrad.tensor([[0.0, 1.0, 2.0], [4.0, 2.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    products = cov(input)
    if not products.ndim:
        return products / products
    deviations = sqrt(products.diag())
    return clip(products / deviations.unsqueeze(-1) / deviations, -1, 1)


class Histogram(NamedTuple):
    """How many elements lie between one edge and the next, and the edges."""

    hist: Tensor
    bin_edges: Tensor

    def __repr__(self) -> str:
        return shown(self, "histogram")


def histogram(
    input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False
) -> Histogram:
    """How many elements lie between one edge and the next: the last edge belongs to the last interval.

    Parameters
    ----------
    input : Tensor or array_like
        Floats.
    bins : int or Tensor
        The number of intervals of equal width; or their edges, from the least on.
    range : tuple of two numbers, optional
        Where the intervals of equal width begin and end: by default at the least and largest element.
    weight : Tensor or array_like, optional
        What each element counts, of the shape of `input`.
    density : bool
        Whether counts are divided so that the area is 1.

    Returns
    -------
    named tuple of hist and bin_edges

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.histogram(lanegrad.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    x = as_tensor(input)
    if x.dtype != FLOAT:
        raise NotImplementedError(
            f"histogram counts floats, found {x.dtype}: convert with .float()"
        )
    a = values_of(x).reshape(-1)
    if isinstance(bins, BaseTensor):
        edges = np.array(values_of(bins), FLOAT)
        if edges.ndim != 1 or edges.size < 1:
            raise ShapeError(f"histogram: edges are along one axis, found shape {edges.shape}")
    else:
        edges = _edges(a, bins, range)
    shares = None
    if weight is not None:
        if as_tensor(weight).shape != x.shape:
            raise ShapeError(
                f"histogram: weight has shape {as_tensor(weight).shape}, the input {x.shape}"
            )
        shares = values_of(as_tensor(weight)).reshape(-1)
    inside = (a >= edges[0]) & (a <= edges[-1])
    places = np.minimum(np.searchsorted(edges, a[inside], "right") - 1, edges.size - 2)
    counts = np.bincount(places, None if shares is None else shares[inside], edges.size - 1)
    if density:
        counts = counts / counts.sum() / np.diff(edges)
    return Histogram(record(adopt(counts.astype(FLOAT))), record(adopt(edges)))


def _edges(a: np.ndarray, bins: int, between: Any) -> np.ndarray:
    """The edges of so many intervals of equal width."""
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins}")
    low, high = between if between is not None else (a.min(), a.max()) if a.size else (0, 1)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histogram(): range [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError("torch.histogram(): min should not exceed max")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1, dtype=FLOAT)


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices along an axis whose p-norm is larger than `maxnorm` made so small.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.renorm(lanegrad.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    x = as_tensor(input)
    floats_only(x, "renorm: Expected a floating point tensor as input. Got")
    if x.ndim < 2:
        raise ShapeError(f"renorm: input needs at least 2 dimensions, got {x.ndim} dimensions")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    axis = axis_of(dim, x.ndim)
    norms = norm(x, p, tuple(i for i in range(x.ndim) if i != axis), True)
    factor: Tensor = where(norms > maxnorm, maxnorm / (norms + 1e-7), 1.0)
    return x * factor


class Parts(NamedTuple):
    """Floats as `mantissa` times 2 to the power of `exponent`."""

    mantissa: Tensor
    exponent: Tensor

    def __repr__(self) -> str:
        return shown(self, "frexp")


def frexp(input: Any) -> Parts:
    """Floats as a number from 0.5 to 1 and a power of two, of which the exponent is given as int32.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.frexp(lanegrad.tensor([3.0])).mantissa
    tensor([0.7500])
    """
    x = as_tensor(input)
    if x.dtype != FLOAT:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    mantissa, exponent = np.frexp(values_of(x))
    powers = adopt(exponent.astype(np.int32))
    parts = record(adopt(mantissa), _frexp_gradient, (powers,), x)
    return Parts(parts, record(powers))


def _frexp_gradient(g: Array, exponent: Array) -> Array:
    with np.errstate(over="ignore"):
        return adopt(np.ldexp(g.array(), -exponent.array()))


numpy_names(globals())
