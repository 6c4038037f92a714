"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._tensor import Tensor
from ._kernel import KernelOptimizer
from .optimizer import ParamsT


class RMSprop(KernelOptimizer):
    """RMSprop, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize)::

        g = g + weight_decay * p
        square = alpha * square + (1 - alpha) * g**2
        mean = alpha * mean + (1 - alpha) * g         where it is centered [2]_
        g = g / (sqrt(square - mean**2) + eps)
        buffer = momentum * buffer + g
        p = p - lr * (buffer if momentum else g)

    The difference, where rounding makes it negative, is taken for 0; PyTorch gives NaN.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    alpha : float
        How much the averages keep at each step.
    eps : float
        Keeps the quotient finite.
    weight_decay, momentum : float
    centered : bool
        Whether the mean of the gradient is taken off, so that its variance is what divides it.
    capturable, foreach, differentiable
        As for `SGD`.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

    Notes
    -----
    An average is 0 below 2^-126, where PyTorch's would stay subnormal and slow many CPUs down.

    References
    ----------
    .. [1] T. Tieleman, G. Hinton, "Neural networks for machine learning", lecture 6.5, 2012.
    .. [2] A. Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850, 2013.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.RMSprop([w], lr=0.125, alpha=0.75)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7500, 0.7500], requires_grad=True)
    """

    _kernel = "rmsprop"
    _not_negative = ("alpha", "eps", "momentum", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (
            "step",
            "square_avg",
            "momentum_buffer" if group["momentum"] else None,
            "grad_avg" if group["centered"] else None,
        )
