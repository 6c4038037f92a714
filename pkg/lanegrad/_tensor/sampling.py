"""Random tensors: of a shape, or of the shape of another, by lanegrad's generator or a given one."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, ShapeError, adopt, record
from .convert import FLOAT, countable
from .creation import INTEGER, leaf
from .distributions import bernoulli_values, draws, integers, normal_draws
from .inside import as_tensor
from .movement import values_of
from .options import Options, checked, size_of

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = [
    "bernoulli",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
]


def _floats_only(name: str, options: Any) -> None:
    dtype = checked(name, options)[0]
    if dtype not in (None, FLOAT):
        raise NotImplementedError(f"{name} draws float32, found dtype={dtype}")


def _shape(sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    shape = tuple(size_of(sizes) if size is None else size)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(shape)}")
    return shape


def rand(
    *sizes: Any, size: Any = None, generator: Any = None, **options: Unpack[Options]
) -> Tensor:
    """A tensor of numbers that are equally likely from 0 to below 1.

    Parameters
    ----------
    *sizes : int
        The shape, also as one tuple or list, or as `size`.
    generator : Generator, optional
        By default the one that `lanegrad.manual_seed` seeds.
    dtype, device, requires_grad, layout, pin_memory
        As in `lanegrad.zeros`.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.rand(2, 3).shape
    (2, 3)
    """
    _floats_only("rand", options)
    return leaf("rand", draws(generator).random(_shape(sizes, size), FLOAT), options)


def randn(
    *sizes: Any, size: Any = None, generator: Any = None, **options: Unpack[Options]
) -> Tensor:
    """A tensor of draws from the standard normal distribution; what it takes, see `rand`.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.randn(2, 3).shape
    (2, 3)
    """
    _floats_only("randn", options)
    values = draws(generator).standard_normal(_shape(sizes, size), FLOAT)
    return leaf("randn", values, options)


def randint(
    *bounds_and_size: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Any = None,
    **options: Unpack[Options],
) -> Tensor:
    """Integers from `low` to below `high`: ``randint(high, size)`` or ``randint(low, high, size)``.

    Parameters
    ----------
    low : int
        0 by default.
    high : int
    size : tuple of int
    generator : Generator, optional
        By default the one that `lanegrad.manual_seed` seeds.
    dtype : dtype
        int64 by default.
    device, requires_grad, layout, pin_memory
        As in `lanegrad.zeros`.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.randint(5, 6, (3,))
    tensor([5, 5, 5])
    """
    given = list(bounds_and_size)
    if size is None and given:
        size = given.pop()
    if high is None and given:
        high = given.pop()
    if low is None and given:
        low = given.pop()
    if given or high is None or not isinstance(size, tuple | list):
        raise TypeError(
            "randint takes (high, size) or (low, high, size), with a tuple for the size"
        )
    dtype = checked("randint", options)[0] or INTEGER
    values = integers(low or 0, high, _shape((), size), dtype, generator)
    return leaf("randint", values, options)


def randperm(n: int, *, generator: Any = None, **options: Unpack[Options]) -> Tensor:
    """The numbers from 0 to n - 1 in random order, int64 by default.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> sorted(lanegrad.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    if index(n) < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    dtype = checked("randperm", options)[0] or INTEGER
    return leaf(
        "randperm", draws(generator).permutation(countable(index(n))).astype(dtype), options
    )


def _as(name: str, input: Tensor, options: Any) -> Any:
    """The options with the dtype of `input`, if they say none."""
    dtype = checked(name, options)[0] or input.dtype
    return {**options, "dtype": dtype}


def rand_like(input: Tensor, *, generator: Any = None, **options: Unpack[Options]) -> Tensor:
    """`rand` of the shape and dtype of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.rand_like(lanegrad.zeros(2, 3)).shape
    (2, 3)
    """
    return rand(tuple(input.shape), generator=generator, **_as("rand_like", input, options))


def randn_like(input: Tensor, *, generator: Any = None, **options: Unpack[Options]) -> Tensor:
    """`randn` of the shape and dtype of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.randn_like(lanegrad.zeros(2, 3)).shape
    (2, 3)
    """
    return randn(tuple(input.shape), generator=generator, **_as("randn_like", input, options))


def randint_like(
    input: Tensor,
    *bounds: int,
    low: int | None = None,
    high: int | None = None,
    generator: Any = None,
    **options: Unpack[Options],
) -> Tensor:
    """`randint` of the shape and dtype of another tensor: ``(input, high)`` or ``(input, low, high)``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.randint_like(lanegrad.zeros(2), 5, 6)
    tensor([5., 5.])
    """
    wanted = _as("randint_like", input, options)
    shape = tuple(input.shape)
    return randint(*bounds, shape, low=low, high=high, generator=generator, **wanted)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    **options: Unpack[Options],
) -> Tensor:
    """Draws from normal distributions.

    Parameters
    ----------
    mean, std : float or Tensor
        Of all draws; or in tensors, which are broadcast, of each.
    size : tuple of int, optional
        The shape, if both are numbers.
    generator : Generator, optional
        By default the one that `lanegrad.manual_seed` seeds.

    Raises
    ------
    RuntimeError
        A standard deviation is negative.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.normal(lanegrad.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """
    _floats_only("normal", options)
    tensors = [v for v in (mean, std) if isinstance(v, BaseTensor)]
    if not tensors and size is None:
        raise TypeError("normal of two numbers needs a size")
    shape = np.broadcast_shapes(*(t.shape for t in tensors)) if tensors else _shape((), size)
    return leaf("normal", normal_draws(shape, mean, std, generator), options)


def bernoulli(input: Any, p: Any = None, *, generator: Any = None) -> Tensor:
    """Ones with the probabilities that `input` holds, else zeros; or all with the probability `p`.

    Raises
    ------
    RuntimeError
        A probability is not between 0 and 1.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.bernoulli(lanegrad.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    x = as_tensor(input)
    if p is None and x.dtype != FLOAT:
        raise NotImplementedError(f"bernoulli takes probabilities in float32, found {x.dtype}")
    return record(bernoulli_values(x, x if p is None else p, generator))


def poisson(input: Any, generator: Any = None) -> Tensor:
    """Draws from Poisson distributions with these means.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.poisson(lanegrad.zeros(2))
    tensor([0., 0.])
    """
    x = as_tensor(input)
    rates = values_of(x)
    if not np.all(rates >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return record(adopt(np.asarray(draws(generator).poisson(rates), x.dtype)))


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Tensor:
    """Indices drawn by their weights, for each row.

    Parameters
    ----------
    input : Tensor or array_like
        Weights, none negative, of shape (C,) or (N, C); a row's need not add up to 1.
    num_samples : int
        How many indices are drawn.
    replacement : bool
        Whether an index may be drawn again.
    generator : Generator, optional
        By default the one that `lanegrad.manual_seed` seeds.

    Returns
    -------
    Tensor
        int64, (num_samples,) or (N, num_samples).

    Raises
    ------
    RuntimeError
        The weights are none, or too few of them are positive.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.multinomial(lanegrad.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
    tensor([1, 1])
    """
    x = as_tensor(input)
    if x.dtype != FLOAT:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {x.dtype}"
        )
    if x.ndim not in (1, 2):
        raise ShapeError(f"prob_dist must be 1 or 2 dim, found shape {x.shape}")
    weights = np.atleast_2d(values_of(x)).astype(np.float64)
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not (weights.sum(1) > 0).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    enough = np.count_nonzero(weights, 1) >= num_samples
    if not (replacement or enough.all()):
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"{num_samples} of {np.count_nonzero(weights, 1).min()} positive weights"
        )
    random = draws(generator)
    if replacement:
        sums = np.cumsum(weights, 1)
        wanted = random.random((len(weights), num_samples)) * sums[:, -1:]
        rows = [np.searchsorted(*row, "right") for row in zip(sums, wanted, strict=True)]
        at = np.array(rows, np.int64).reshape(wanted.shape)
    else:  # the first to arrive, when each index does so at random at a rate of its weight
        with np.errstate(divide="ignore"):
            arrival = random.standard_exponential(weights.shape) / weights
        at = np.argsort(arrival, 1, kind="stable")[:, :num_samples].astype(np.int64)
    return record(adopt(at.reshape(*x.shape[:-1], num_samples)))
