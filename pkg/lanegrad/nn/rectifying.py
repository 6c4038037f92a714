"""Layers that leave one side of their input as it is, and bend or cut the other."""

from __future__ import annotations

import warnings
from typing import Any

from .._tensor import Tensor
from .._tensor.creation import tensor as new_tensor
from . import functional as F
from ._options import OptionsModule
from .init import constant_
from .module import Module, Parameter

__all__ = ["CELU", "ELU", "SELU", "Hardtanh", "PReLU", "RReLU", "ReLU6", "Threshold"]


class Threshold(OptionsModule):
    """input where it is more than `threshold`, else `value`: `nn.functional.threshold`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Threshold(1.0, 9.0)([0.0, 1.0, 2.0])
    tensor([9., 9., 2.])
    """

    _function = F.threshold

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(threshold=threshold, value=value, inplace=inplace)


class ReLU6(OptionsModule):
    """input, but at least 0 and at most 6: `nn.functional.relu6`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReLU6()([-1.0, 2.0, 8.0])
    tensor([0., 2., 6.])
    """

    _function = F.relu6

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class ELU(OptionsModule):
    """input where it is positive, else ``alpha * (exp(input) - 1)``: `nn.functional.elu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ELU()([-1.0, 2.0])
    tensor([-0.6321,  2.0000])
    """

    _function = F.elu

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class SELU(OptionsModule):
    """`ELU` scaled to keep mean 0 and variance 1: `nn.functional.selu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.SELU()([-1.0, 2.0])
    tensor([-1.1113,  2.1014])
    """

    _function = F.selu

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class CELU(OptionsModule):
    """input where it is positive, else ``alpha * (exp(input / alpha) - 1)``: `nn.functional.celu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.CELU(2.0)([-1.0, 2.0])
    tensor([-0.7869,  2.0000])
    """

    _function = F.celu

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)


class Hardtanh(OptionsModule):
    """input, but at least `min_val` and at most `max_val`: `nn.functional.hardtanh`.

    Parameters
    ----------
    min_val, max_val : float
    inplace : bool
    min_value, max_value : float, optional
        Old names of the first two, with a FutureWarning.

    Raises
    ------
    AssertionError
        `max_val` is not more than `min_val`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Hardtanh()([-2.0, 0.5, 2.0])
    tensor([-1.0000,  0.5000,  1.0000])
    """

    _function = F.hardtanh

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        if min_value is not None:
            warnings.warn("min_value is now min_val", FutureWarning, stacklevel=2)
            min_val = min_value
        if max_value is not None:
            warnings.warn("max_value is now max_val", FutureWarning, stacklevel=2)
            max_val = max_value
        if not max_val > min_val:
            raise AssertionError(f"max_val, {max_val}, must be more than min_val, {min_val}")
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)


class PReLU(Module):
    """input where it is positive, else input times a trained weight: `nn.functional.prelu`.

    Parameters
    ----------
    num_parameters : int
        1, or the number of channels.
    init : float
        What the weights start with.
    device, dtype : optional
        The CPU and float32, which are all that there is.

    Attributes
    ----------
    weight : Parameter
        (num_parameters,).

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.PReLU()([-1.0, 2.0])
    tensor([-0.2500,  2.0000], requires_grad=True)
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(new_tensor([0.0] * num_parameters))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to what they start with."""
        constant_(self.weight, self.init)

    def forward(self, input: Any) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(OptionsModule):
    """input where it is positive, else input times a slope, random in training: `nn.functional.rrelu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.RReLU(0.2, 0.4).eval()([-1.0, 2.0])
    tensor([-0.3000,  2.0000])
    """

    lower: float
    upper: float

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(lower=lower, upper=upper, inplace=inplace)

    def forward(self, input: Any) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)
