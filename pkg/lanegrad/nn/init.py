"""Initial values of weights: functions that fill a tensor in place and give it back.

All draws come from lanegrad's generator, which `lanegrad.manual_seed` sets.
"""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from .._core import adopt
from .._tensor import Tensor, overwrite
from ..random import generator


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Fill with draws from the uniform distribution between `a` and `b`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.nn import init
    >>> t = init.uniform_(lanegrad.zeros(100), 2.0, 3.0)
    >>> bool(((t >= 2) * (t <= 3)).sum() == 100)
    True
    """
    values = generator().uniform(a, b, tensor.shape)
    overwrite(tensor, adopt(values.astype(np.float32)))
    return tensor


def constant_(tensor: Tensor, value: float) -> Tensor:
    """Fill with one value.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.nn import init
    >>> init.constant_(lanegrad.zeros(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    overwrite(tensor, adopt(np.full(tensor.shape, value, tensor.dtype)))
    return tensor


def fan_in(weight: Tensor) -> int:
    """How many inputs one output is computed from, for weights (O, I) or (O, C, KH, KW).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.nn import init
    >>> init.fan_in(lanegrad.zeros(6, 3, 5, 5))
    75
    """
    if weight.ndim < 2:
        raise ValueError(f"a weight has two axes or more, found shape {weight.shape}")
    return prod(weight.shape[1:])


def kaiming_uniform_(tensor: Tensor, a: float = 0.0) -> Tensor:
    """Fill with draws from U(-bound, bound), bound = sqrt(6 / ((1 + a^2) fan_in)).

    It keeps the variance through a ReLU whose negative side has slope `a` (He et al. 2015,
    "Delving Deep into Rectifiers", eq. 14). Layers start with a = sqrt(5), as in PyTorch, so that
    bound = 1 / sqrt(fan_in).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.nn import init
    >>> weight = init.kaiming_uniform_(lanegrad.zeros(100, 24))
    >>> 0.45 < weight.max().item() <= 0.5
    True
    """
    bound = sqrt(6 / ((1 + a * a) * fan_in(tensor))) if tensor.numel() else 0.0
    return uniform_(tensor, -bound, bound)
