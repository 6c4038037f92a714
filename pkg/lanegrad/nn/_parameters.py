"""The parameters that layers have in common."""

from __future__ import annotations

from math import sqrt

from .._tensor.creation import zeros
from . import init
from .parameter import Parameter


def weight_and_bias(shape: tuple[int, ...], bias: bool) -> tuple[Parameter, Parameter | None]:
    """Weight and bias, both from U(-bound, bound) with bound = 1 / sqrt(fan_in), as in PyTorch."""
    weight = Parameter(zeros(*shape))
    init.kaiming_uniform_(weight, sqrt(5))
    if not bias:
        return weight, None
    bound = 1 / sqrt(init.fan_in(weight)) if weight.numel() else 0.0
    offset = Parameter(zeros(*shape[:1]))
    init.uniform_(offset, -bound, bound)
    return weight, offset
