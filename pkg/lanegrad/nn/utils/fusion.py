"""A batch norm in evaluation mode, worked into the layer before it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...autograd import no_grad
from ..batchnorm import _BatchNorm
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "fuse_conv_bn_eval",
    "fuse_conv_bn_weights",
    "fuse_linear_bn_eval",
    "fuse_linear_bn_weights",
]

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
    fused.weight, fused.bias = _weights(
        axis, fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    result: _L = fused
    return result


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and the bias of `fuse_conv_bn_eval`, from those of both layers.

    Parameters
    ----------
    conv_w, conv_b : Tensor
        The convolution's weight and bias, which may be None.
    bn_rm, bn_rv : Tensor
        The batch norm's running mean and variance,
    bn_eps : float
        what is added to the latter,
    bn_w, bn_b : Tensor
        and its weight and bias, which may be None.
    transpose : bool
        Whether the convolution is a transposed one.

    Examples
    --------
    >>> from lanegrad import nn, ones
    >>> w, b = nn.utils.fuse_conv_bn_weights(ones(1, 1, 1, 1), None, ones(1), ones(1), 0.0, ones(1), ones(1))
    >>> w.item(), b.item()
    (1.0, 0.0)
    """
    return _weights(1 if transpose else 0, conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """As `fuse_conv_bn_weights`, of a `Linear`.

    Examples
    --------
    >>> from lanegrad import nn, ones
    >>> w, b = nn.utils.fuse_linear_bn_weights(ones(1, 2), None, ones(1), ones(1), 0.0, ones(1), ones(1))
    >>> w.detach(), b.item()
    (tensor([[1., 1.]]), 0.0)
    """
    return _weights(0, linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _weights(
    axis: int,
    weight: Tensor,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    scale: Tensor | None,
    shift: Tensor | None,
) -> tuple[Parameter, Parameter]:
    with no_grad():
        factor = (variance + eps) ** -0.5
        if scale is not None:
            factor = factor * scale
        shape = [1] * weight.ndim
        shape[axis] = -1
        offset = (-mean if bias is None else bias - mean) * factor
        if shift is not None:
            offset = offset + shift
        trained = True if bias is None else bias.requires_grad
        return (
            Parameter(weight * factor.reshape(*shape), weight.requires_grad),
            Parameter(offset, trained),
        )
