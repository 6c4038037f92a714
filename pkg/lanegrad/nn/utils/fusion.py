"""A batch norm in evaluation mode, worked into the layer before it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeVar

from ...autograd import no_grad
from ..batchnorm import _BatchNorm
from ..module import Module
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_linear_bn_eval"]

_L = TypeVar("_L", bound=Module)


def fuse_conv_bn_eval(conv: _L, bn: _BatchNorm, transpose: bool = False) -> _L:
    """A convolution that does what a convolution and a batch norm after it do in evaluation mode.

    Parameters
    ----------
    conv : Conv1d, Conv2d, or with `transpose` a transposed one of one group
    bn : BatchNorm1d or BatchNorm2d
    transpose : bool

    Returns
    -------
    Module
        A copy of `conv` with another weight and a bias.

    Raises
    ------
    ValueError
        One of them is in training mode, or the batch norm has no running statistics.

    Examples
    --------
    >>> from lanegrad import nn
    >>> conv, bn = nn.Conv2d(3, 6, 3, bias=False).eval(), nn.BatchNorm2d(6).eval()
    >>> nn.utils.fuse_conv_bn_eval(conv, bn)
    Conv2d(3, 6, kernel_size=(3, 3), stride=(1, 1))
    """
    return _fused(conv, bn, 1 if transpose else 0)


def fuse_linear_bn_eval(linear: _L, bn: _BatchNorm) -> _L:
    """As `fuse_conv_bn_eval`, of a `Linear`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> linear, bn = nn.Linear(4, 2, bias=False).eval(), nn.BatchNorm1d(2).eval()
    >>> nn.utils.fuse_linear_bn_eval(linear, bn)
    Linear(in_features=4, out_features=2, bias=True)
    """
    return _fused(linear, bn, 0)


def _fused(layer: _L, bn: _BatchNorm, axis: int) -> _L:
    if layer.training or bn.training:
        raise ValueError("fusing takes layers in evaluation mode: call .eval() first")
    if bn.running_mean is None or bn.running_var is None:
        raise ValueError("fusing takes a batch norm with running statistics")
    fused: Any = deepcopy(layer)
    weight, bias = fused.weight, fused.bias
    with no_grad():
        factor = (bn.running_var + bn.eps) ** -0.5
        if bn.weight is not None:
            factor = factor * bn.weight
        shape = [1] * weight.ndim
        shape[axis] = -1
        offset = -bn.running_mean if bias is None else bias - bn.running_mean
        offset = offset * factor
        if bn.bias is not None:
            offset = offset + bn.bias
        fused.weight = Parameter(weight * factor.reshape(*shape), weight.requires_grad)
        fused.bias = Parameter(offset, True if bias is None else bias.requires_grad)
    result: _L = fused
    return result
