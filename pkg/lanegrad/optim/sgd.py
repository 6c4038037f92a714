"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._tensor import Tensor
from ._kernel import KernelOptimizer
from .optimizer import ParamsT


class SGD(KernelOptimizer):
    """Stochastic gradient descent with momentum, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize)::

        g = g + weight_decay * p
        buffer = g                                        at the first step
        buffer = momentum * buffer + (1 - dampening) * g  later
        g = g + momentum * buffer if nesterov else buffer
        p = p - lr * g

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    momentum, dampening, weight_decay : float
    nesterov : bool
        Needs momentum and no dampening.
    maximize : bool
        Go up instead of down.
    foreach, fused : bool, optional
        How PyTorch is to compute a step: taken, without any effect, as `capturable` of other optimizers is.
    differentiable : bool
        Must be False: steps are not recorded.

    Raises
    ------
    ValueError
        An option is out of range, or there are no parameters.
    RuntimeError
        `differentiable` is set, or both `foreach` and `fused` are.

    Notes
    -----
    The buffer is 0 below 2^-126, where PyTorch's would stay subnormal and slow many CPUs down.

    References
    ----------
    .. [1] I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and
       momentum in deep learning", ICML 2013.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.SGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    _kernel = "sgd"
    _not_negative = ("momentum", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError("nesterov needs momentum and no dampening")

    def _state_names(self, group: Mapping[str, Any]) -> tuple[str | None, ...]:
        return (None, "momentum_buffer" if group["momentum"] else None, None, None)
