"""Layers that draw small numbers to zero, or large ones together."""

from __future__ import annotations

from . import functional as F
from ._options import OptionsModule

__all__ = ["Hardshrink", "Softshrink", "Softsign", "Tanhshrink"]


class Hardshrink(OptionsModule):
    """input, or 0 where it is between ``-lambd`` and `lambd`: `nn.functional.hardshrink`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Hardshrink()([-0.25, 2.0])
    tensor([0., 2.])
    """

    _function = F.hardshrink
    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(OptionsModule):
    """input moved towards 0 by `lambd`, but not beyond it: `nn.functional.softshrink`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softshrink()([-2.0, 0.25])
    tensor([-1.5000,  0.0000])
    """

    _function = F.softshrink
    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softsign(OptionsModule):
    """input / (1 + abs(input)): `nn.functional.softsign`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softsign()([-1.0, 3.0])
    tensor([-0.5000,  0.7500])
    """

    _function = F.softsign

    def __init__(self) -> None:
        super().__init__()


class Tanhshrink(OptionsModule):
    """input - tanh(input): `nn.functional.tanhshrink`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Tanhshrink()([-1.0, 0.0])
    tensor([-0.2384,  0.0000])
    """

    _function = F.tanhshrink

    def __init__(self) -> None:
        super().__init__()
