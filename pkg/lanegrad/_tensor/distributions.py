"""Draws from distributions, as arrays: of sampling.py's tensors, and of methods such as Tensor.uniform_."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import random
from .._core import Array, BaseTensor, adopt
from .convert import FLOAT
from .movement import values_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "bernoulli_values",
    "cauchy_values",
    "draws",
    "exponential_values",
    "geometric_values",
    "integers",
    "log_normal_values",
    "normal_draws",
    "normal_values",
    "random_values",
    "uniform_values",
]


def draws(generator: Any) -> np.random.Generator:
    """NumPy's generator of one of lanegrad's, or of all that is drawn without one."""
    found: np.random.Generator = random.generator() if generator is None else generator.numpy
    return found


def integers(
    low: int, high: int, shape: tuple[int, ...], dtype: np.dtype[Any], generator: Any
) -> np.ndarray:
    """Integers from `low` to below `high`, equally likely."""
    if index(low) >= index(high):
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    return draws(generator).integers(low, high, shape).astype(dtype)


def normal_draws(
    shape: tuple[int, ...], mean: Any = 0.0, std: Any = 1.0, generator: Any = None
) -> Array:
    """Draws from normal distributions, whose parameters may be tensors."""
    centre, spread = (values_of(v) if isinstance(v, BaseTensor) else v for v in (mean, std))
    if not np.all(np.asarray(spread) >= 0):
        raise RuntimeError(f"normal expects std >= 0.0, but found std {np.min(spread)}")
    standard = draws(generator).standard_normal(shape, FLOAT).astype(np.float64)
    return adopt(np.asarray(standard * spread + centre))


def normal_values(
    input: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None
) -> Array:
    """For Tensor.normal_: draws from a normal distribution.

    Examples
    --------
    >>> import lanegrad
    >>> normal_values(lanegrad.zeros(2), 3.0, 0.0).array().tolist()
    [3.0, 3.0]
    """
    return normal_draws(input.shape, mean, std, generator)


def bernoulli_values(input: Tensor, p: Any = 0.5, generator: Any = None) -> Array:
    """For Tensor.bernoulli_: ones with probability `p`, a number or a tensor, in the dtype of `input`.

    Examples
    --------
    >>> import lanegrad
    >>> bernoulli_values(lanegrad.zeros(2), 1.0).array().tolist()
    [1.0, 1.0]
    """
    chances = np.asarray(values_of(p) if isinstance(p, BaseTensor) else p)
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError("bernoulli expects all probabilities to be in [0, 1]")
    return adopt((draws(generator).random(input.shape) < chances).astype(input.dtype))


def uniform_values(
    input: Tensor, from_: float = 0.0, to: float = 1.0, generator: Any = None
) -> Array:
    """For Tensor.uniform_: numbers that are equally likely between two.

    Examples
    --------
    >>> import lanegrad
    >>> uniform_values(lanegrad.zeros(2), 3.0, 3.0).array().tolist()
    [3.0, 3.0]
    """
    if from_ > to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}"
        )
    shares = draws(generator).random(input.shape, FLOAT).astype(np.float64)
    return adopt(np.asarray(shares * (to - from_) + from_))


def exponential_values(input: Tensor, lambd: float = 1.0, generator: Any = None) -> Array:
    """For Tensor.exponential_: draws from the exponential distribution.

    Examples
    --------
    >>> import lanegrad
    >>> bool((exponential_values(lanegrad.zeros(2), 2.0).array() >= 0).all())
    True
    """
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return adopt(np.asarray(draws(generator).standard_exponential(input.shape) / lambd, FLOAT))


def random_values(
    input: Tensor, from_: int | None = None, to: int | None = None, generator: Any = None
) -> Array:
    """For Tensor.random_: integers from `from_` to below `to`, or all that the dtype holds exactly.

    A single bound is `to`.

    Examples
    --------
    >>> import lanegrad
    >>> random_values(lanegrad.zeros(2), 5, 6).array().tolist()
    [5.0, 5.0]
    """
    if to is None and from_ is not None:
        from_, to = 0, from_
    if to is None:
        kind = input.dtype.kind
        to = 2**24 + 1 if kind == "f" else 2 if kind == "b" else int(np.iinfo(input.dtype).max)
    return adopt(integers(from_ or 0, to, input.shape, input.dtype, generator))


def geometric_values(input: Tensor, p: float, generator: Any = None) -> Array:
    """For Tensor.geometric_: how many trials it takes until one succeeds that does with probability `p`.

    Examples
    --------
    >>> import lanegrad
    >>> bool((geometric_values(lanegrad.zeros(2), 0.5).array() >= 1).all())
    True
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    return adopt(draws(generator).geometric(p, input.shape).astype(input.dtype))


def log_normal_values(
    input: Tensor, mean: float = 1.0, std: float = 2.0, generator: Any = None
) -> Array:
    """For Tensor.log_normal_: exponentials of draws from a normal distribution.

    Examples
    --------
    >>> import lanegrad
    >>> log_normal_values(lanegrad.zeros(1), 0.0, 1e-30).array().tolist()
    [1.0]
    """
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    return adopt(np.asarray(draws(generator).lognormal(mean, std, input.shape), FLOAT))


def cauchy_values(
    input: Tensor, median: float = 0.0, sigma: float = 1.0, generator: Any = None
) -> Array:
    """For Tensor.cauchy_: draws from the Cauchy distribution.

    Examples
    --------
    >>> import lanegrad
    >>> cauchy_values(lanegrad.zeros(2)).shape
    (2,)
    """
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    return adopt(np.asarray(draws(generator).standard_cauchy(input.shape) * sigma + median, FLOAT))
