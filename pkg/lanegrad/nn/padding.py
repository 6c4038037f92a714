"""Padding layers."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ZeroPad1d",
    "ZeroPad2d",
]

Sides = int | tuple[int, ...] | list[int]


class _Pad(Module):
    """What the layers below have in common."""

    _axes = 2
    _mode = "constant"
    padding: tuple[int, ...]

    def __init__(self, padding: Sides) -> None:
        super().__init__()
        sides = (padding,) * (2 * self._axes) if isinstance(padding, int) else tuple(padding)
        if len(sides) != 2 * self._axes:
            raise ValueError(
                f"padding must be a whole number or {2 * self._axes} of them, found {padding}"
            )
        self.padding = sides

    def forward(self, input: Any) -> Tensor:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return str(self.padding)


class ConstantPad2d(_Pad):
    """Images with a value around them.

    Parameters
    ----------
    padding : int or (left, right, top, bottom)
        Negative numbers cut pixels off.
    value : float

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ConstantPad2d((1, 0, 0, 1), 7.0)([[[1.0]]])
    tensor([[[7., 1.],
             [7., 7.]]])
    """

    def __init__(self, padding: Sides, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(ConstantPad2d):
    """As `ConstantPad2d`, of signals and with (left, right).

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ConstantPad1d(1, 7.0)([[1.0]])
    tensor([[7., 1., 7.]])
    """

    _axes = 1


class ZeroPad2d(_Pad):
    """Images with zeros around them; `padding` is a number or (left, right, top, bottom).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.ZeroPad2d((1, 1, 2, 2))(lanegrad.zeros(4, 3, 8, 8)).shape
    (4, 3, 12, 10)
    """


class ZeroPad1d(_Pad):
    """Signals with zeros around them; `padding` is a number or (left, right).

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ZeroPad1d(1)([[1.0]])
    tensor([[0., 1., 0.]])
    """

    _axes = 1


class ReflectionPad2d(_Pad):
    """Images mirrored at their first and last rows and columns; `padding` as for `ZeroPad2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReflectionPad2d((1, 1, 0, 0))([[[1.0, 2.0]]])
    tensor([[[2., 1., 2., 1.]]])
    """

    _mode = "reflect"


class ReflectionPad1d(ReflectionPad2d):
    """Signals mirrored at their first and last elements; `padding` as for `ZeroPad1d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReflectionPad1d(1)([[1.0, 2.0]])
    tensor([[2., 1., 2., 1.]])
    """

    _axes = 1


class ReplicationPad2d(_Pad):
    """Images with copies of their first and last rows and columns; `padding` as for `ZeroPad2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReplicationPad2d((1, 1, 0, 0))([[[1.0, 2.0]]])
    tensor([[[1., 1., 2., 2.]]])
    """

    _mode = "replicate"


class ReplicationPad1d(ReplicationPad2d):
    """Signals with copies of their first and last elements; `padding` as for `ZeroPad1d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReplicationPad1d(1)([[1.0, 2.0]])
    tensor([[1., 1., 2., 2.]])
    """

    _axes = 1


class CircularPad2d(_Pad):
    """Images with the rows and columns from the other end; `padding` as for `ZeroPad2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.CircularPad2d((1, 1, 0, 0))([[[1.0, 2.0, 3.0]]])
    tensor([[[3., 1., 2., 3., 1.]]])
    """

    _mode = "circular"


class CircularPad1d(CircularPad2d):
    """Signals with the elements from the other end; `padding` as for `ZeroPad1d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.CircularPad1d(1)([[1.0, 2.0, 3.0]])
    tensor([[3., 1., 2., 3., 1.]])
    """

    _axes = 1
