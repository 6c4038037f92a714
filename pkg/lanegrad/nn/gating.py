"""Layers that let numbers through by degrees: gates, and what they are made of."""

from __future__ import annotations

from . import functional as F
from ._options import OptionsModule

__all__ = ["GLU", "Hardsigmoid", "Hardswish", "LogSigmoid", "Mish", "Softplus"]


class GLU(OptionsModule):
    """The first half along an axis, times the sigmoid of the second half: `nn.functional.glu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.GLU()([1.0, 2.0, 0.0, 0.0])
    tensor([0.5000, 1.0000])
    """

    _function = F.glu

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim=dim)


class Hardsigmoid(OptionsModule):
    """input / 6 + 1/2, but at least 0 and at most 1: `nn.functional.hardsigmoid`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Hardsigmoid()([-3.0, 0.0, 9.0])
    tensor([0.0000, 0.5000, 1.0000])
    """

    _function = F.hardsigmoid

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(OptionsModule):
    """input times its `Hardsigmoid`: `nn.functional.hardswish`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Hardswish()([-1.5, 0.0, 9.0])
    tensor([-0.3750,  0.0000,  9.0000])
    """

    _function = F.hardswish

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)

    def extra_repr(self) -> str:
        return ""


class LogSigmoid(OptionsModule):
    """The logarithm of the sigmoid: `nn.functional.logsigmoid`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LogSigmoid()([-100.0, 0.0])
    tensor([-100.0000,   -0.6931])
    """

    _function = F.logsigmoid

    def __init__(self) -> None:
        super().__init__()


class Mish(OptionsModule):
    """input times the tanh of its `Softplus`: `nn.functional.mish`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Mish()([-1.0, 2.0])
    tensor([-0.3034,  1.9440])
    """

    _function = F.mish

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


class Softplus(OptionsModule):
    """log(1 + exp(beta * input)) / beta: `nn.functional.softplus`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softplus()([-1.0, 0.0, 30.0])
    tensor([ 0.3133,  0.6931, 30.0000])
    """

    _function = F.softplus

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__(beta=beta, threshold=threshold)
