"""The parameters that layers have in common."""

from __future__ import annotations

from math import prod, sqrt
from operator import index
from typing import Any

from .._tensor.creation import zeros
from . import init
from ._placed import check_floats
from .module import Module
from .parameter import Parameter


def new_parameter(*shape: Any) -> Parameter:
    """A parameter of this shape; a TypeError for sizes that are no whole numbers."""
    try:
        sizes = tuple(index(size) for size in shape)
    except TypeError:
        raise TypeError(f"sizes of a layer are whole numbers, found {shape}") from None
    return Parameter(zeros(sizes))


class Weighted(Module):
    """A layer with a weight and maybe a bias, which start as PyTorch's do.

    Subclasses say of what shape the weight is, and call `_set_weights` in their constructors.
    """

    weight: Parameter
    bias: Parameter | None

    def _weight_shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    def _set_weights(self, outputs: int | None, device: Any, dtype: Any) -> None:
        """Make the weight, and a bias of as many numbers as there are outputs, or none."""
        check_floats(device, dtype)
        self.weight = new_parameter(*self._weight_shape())
        self.register_parameter("bias", None if outputs is None else new_parameter(outputs))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, both from U(-bound, bound) with bound = 1 / sqrt(fan_in)."""
        if self.weight.numel():
            init.kaiming_uniform_(self.weight, sqrt(5))
        if self.bias is not None:
            fan_in = prod(self.weight.shape[1:])
            bound = 1 / sqrt(fan_in) if fan_in else 0.0
            init.uniform_(self.bias, -bound, bound)
