"""Initial values of weights: functions that fill a tensor in place and give it back.

Draws come from lanegrad's generator, which `lanegrad.manual_seed` sets, or from one that is given: an object
whose attribute `numpy` is a NumPy Generator. Nothing of it is recorded, so that leaves can be filled. The
names without an underscore at their end are PyTorch's old ones, and warn.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from math import ceil, exp, pi, prod, sqrt
from typing import Any

import numpy as np

from .._core import adopt, cast_copy
from .._tensor import Tensor, overwrite
from ..random import generator as own_generator
from ._fans import (
    _calculate_correct_fan,
    _calculate_fan_in_and_fan_out,
    calculate_gain,
    fan_in,
)

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "fan_in",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]


def _fill(tensor: Tensor, values: Any) -> Tensor:
    overwrite(tensor, adopt(cast_copy(np.broadcast_to(values, tensor.shape), tensor.dtype)))
    return tensor


def _draws(tensor: Tensor, generator: Any) -> np.random.Generator:
    """The generator to draw from for a tensor, which must hold floats."""
    if tensor.dtype != np.float32:
        raise NotImplementedError(f"random numbers for a tensor of {tensor.dtype}: use float32")
    source = own_generator() if generator is None else generator.numpy
    assert isinstance(source, np.random.Generator)
    return source


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with draws from the uniform distribution between `a` and `b`.

    Raises
    ------
    RuntimeError
        `a` is more than `b`.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> t = nn.init.uniform_(zeros(100), 2.0, 3.0)
    >>> bool(((t >= 2) * (t <= 3)).sum() == 100)
    True
    """
    if not a <= b:
        raise RuntimeError(f"uniform_ draws from a to b, found a = {a} and b = {b}")
    return _fill(tensor, _draws(tensor, generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with draws from the normal distribution.

    Raises
    ------
    RuntimeError
        `std` is negative.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.normal_(zeros(2), 5.0, 0.0)
    tensor([5., 5.])
    """
    if not std >= 0:
        raise RuntimeError(f"std, a standard deviation, is not negative, found {std}")
    return _fill(tensor, _draws(tensor, generator).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Fill with draws from the normal distribution, drawn again until they are between `a` and `b`.

    `a` and `b` are values, not numbers of standard deviations.

    Raises
    ------
    RuntimeError
        `a` is more than `b`, or `std` negative.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> t = nn.init.trunc_normal_(zeros(100), a=-1.0, b=1.0)
    >>> bool(((t >= -1) * (t <= 1)).sum() == 100)
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            f"the mean {mean} is more than two standard deviations ({std}) outside of [{a}, {b}]: "
            "few of the distribution's draws are there",
            stacklevel=2,
        )
    if not (a <= b and std >= 0):
        raise RuntimeError(f"trunc_normal_ from a = {a} to b = {b} with std = {std}: no such draws")
    source, shape = _draws(tensor, generator), tensor.shape
    if std == 0 or a == b:
        return _fill(tensor, min(max(mean, a), b))
    low, high = (a - mean) / std, (b - mean) / std
    values = _between(source, low, high, prod(shape)).reshape(shape)
    return _fill(tensor, np.clip(mean + std * values, a, b))


def _between(source: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    """Draws from the standard normal distribution between two bounds, by rejection.

    Proposed is from the whole distribution or evenly between the bounds, whichever is taken more often.
    """
    nearest = min(max(low, 0.0), high)
    reach = 40 / max(abs(nearest), 1)  # beyond are draws of less than exp(-40)
    low, high = max(low, nearest - reach), min(high, nearest + reach)
    evenly = sqrt(2 * pi) * exp(min(nearest * nearest / 2, 700)) > high - low
    values = np.empty(0)
    while values.size < count:
        wanted = 2 * (count - values.size) + 16
        if evenly:
            proposed = source.uniform(low, high, wanted)
            chance = np.exp((nearest * nearest - proposed * proposed) / 2)
            proposed = proposed[source.random(wanted) < chance]
        else:
            proposed = source.standard_normal(wanted)
        values = np.append(values, proposed[(proposed >= low) & (proposed <= high)])
    return values[:count]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.constant_(zeros(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return _fill(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.ones_(zeros(2))
    tensor([1., 1.])
    """
    return _fill(tensor, 1)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    Examples
    --------
    >>> from lanegrad import nn, ones
    >>> nn.init.zeros_(ones(2))
    tensor([0., 0.])
    """
    return _fill(tensor, 0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on its diagonal and zeros elsewhere.

    Raises
    ------
    ValueError
        The tensor has not two axes.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.eye_(zeros(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError(f"eye_ takes a matrix, found shape {tensor.shape}")
    return _fill(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight so that each channel is handed on, as far as there are channels.

    Parameters
    ----------
    tensor : Tensor
        (O, C, K), (O, C, KH, KW) or (O, C, KD, KH, KW).
    groups : int
        Output channels are cut into this many groups, each of which hands on its channels.

    Raises
    ------
    ValueError
        The tensor has another number of axes, or `groups` does not divide the output channels.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.dirac_(zeros(2, 2, 3)).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    shape = tensor.shape
    if len(shape) not in (3, 4, 5):
        raise ValueError(f"dirac_ takes a weight of three to five axes, found shape {shape}")
    if shape[0] % groups:
        raise ValueError(f"{shape[0]} output channels cannot be cut into {groups} groups")
    each = shape[0] // groups
    values = np.zeros(shape, np.float32)
    middle: tuple[Any, ...] = tuple(length // 2 for length in shape[2:])
    for channel in range(min(each, shape[1])):
        values[(slice(channel, None, each), channel, *middle)] = 1
    return _fill(tensor, values)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with draws from U(-bound, bound), bound = gain * sqrt(6 / (fan_in + fan_out)).

    It keeps variances about equal forward and backward (Glorot and Bengio 2010).

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> 0.9 < nn.init.xavier_uniform_(zeros(100, 500)).max().item() * 10 <= 1.0
    True
    """
    bound = gain * sqrt(6 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with draws of standard deviation gain * sqrt(2 / (fan_in + fan_out)), as `xavier_uniform_`.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.xavier_normal_(zeros(6, 3, 5, 5)).shape
    (6, 3, 5, 5)
    """
    std = gain * sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill with draws from U(-bound, bound), bound = gain * sqrt(3 / fan).

    It keeps the variance through a ReLU whose negative side has slope `a`: gain^2 = 2 / (1 + a^2) (He et
    al. 2015, "Delving Deep into Rectifiers", eq. 14). Layers start with a = sqrt(5), as in PyTorch, so that
    bound = 1 / sqrt(fan_in).

    Parameters
    ----------
    tensor : Tensor
        Of two axes or more, (O, I) or (O, C, KH, KW).
    a : float
        The slope that "leaky_relu" has below zero.
    mode : {"fan_in", "fan_out"}
        Whether the variance is kept forward or backward.
    nonlinearity : str
        As for `calculate_gain`.
    generator : optional

    Raises
    ------
    ValueError
        The tensor has less than two axes, or there is no such mode or nonlinearity.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> weight = nn.init.kaiming_uniform_(zeros(100, 24))
    >>> 0.45 < weight.max().item() <= 0.5
    True
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    bound = sqrt(3) * std
    return tensor if std == 0 else uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fill with draws of standard deviation gain / sqrt(fan): arguments and errors of `kaiming_uniform_`.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> nn.init.kaiming_normal_(zeros(6, 3, 5, 5), mode="fan_out", nonlinearity="relu").shape
    (6, 3, 5, 5)
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std == 0 else normal_(tensor, 0.0, std, generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation; 0 for a tensor without elements."""
    if 0 in tensor.shape:
        warnings.warn("a tensor without elements has no initial values", stacklevel=3)
        return 0.0
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / sqrt(fan)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with `gain` times a random matrix whose rows, or else columns, are orthonormal.

    Further axes count as columns (Saxe et al. 2013).

    Raises
    ------
    ValueError
        The tensor has less than two axes.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> q = nn.init.orthogonal_(zeros(2, 5))
    >>> ((q @ q.T - nn.init.eye_(zeros(2, 2))) ** 2).sum().item() < 1e-9
    True
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_ takes two axes or more, found shape {tensor.shape}")
    source = _draws(tensor, generator)
    if 0 in tensor.shape:
        return tensor
    rows, columns = tensor.shape[0], prod(tensor.shape[1:])
    drawn = source.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q = q * np.where(np.diag(r) < 0, -1, 1)  # which makes it evenly distributed
    return _fill(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill a matrix with normal draws, of which a share in each column is zero (Martens 2010).

    Raises
    ------
    ValueError
        The tensor has not two axes.

    Examples
    --------
    >>> from lanegrad import nn, zeros
    >>> (nn.init.sparse_(zeros(10, 2), 0.3) == 0).sum(0)
    tensor([3, 3])
    """
    if tensor.ndim != 2:
        raise ValueError(f"sparse_ takes a matrix, found shape {tensor.shape}")
    source = _draws(tensor, generator)
    values = source.normal(0, std, tensor.shape)
    order = source.random(tensor.shape).argsort(0)
    np.put_along_axis(values, order[: ceil(sparsity * len(order))], 0, 0)
    return _fill(tensor, values)


def _old_name(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function under its name of old, without the underscore."""
    name = function.__name__

    @wraps(function)
    def deprecated(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(f"nn.init.{name[:-1]} is now nn.init.{name}", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    deprecated.__doc__ = f"`{name}`, with a FutureWarning."
    deprecated.__name__ = name[:-1]
    return deprecated


uniform = _old_name(uniform_)
normal = _old_name(normal_)
constant = _old_name(constant_)
eye = _old_name(eye_)
dirac = _old_name(dirac_)
xavier_uniform = _old_name(xavier_uniform_)
xavier_normal = _old_name(xavier_normal_)
kaiming_uniform = _old_name(kaiming_uniform_)
kaiming_normal = _old_name(kaiming_normal_)
orthogonal = _old_name(orthogonal_)
sparse = _old_name(sparse_)
