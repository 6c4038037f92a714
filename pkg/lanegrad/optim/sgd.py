"""Stochastic gradient descent: one fused kernel call per parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import _core
from ..tensor import Tensor
from .optimizer import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as PyTorch computes it.

    For each parameter p with gradient g::

        g = g + weight_decay * p
        buffer = g                                        at the first step
        buffer = momentum * buffer + (1 - dampening) * g  later
        g = g + momentum * buffer if nesterov else buffer
        p = p - lr * g

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float
        Learning rate.
    momentum, dampening, weight_decay : float
    nesterov : bool
        Needs momentum and no dampening.
    maximize : bool
        Go up instead of down.

    Raises
    ------
    ValueError
        An option is out of range.

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

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        for name in ("lr", "momentum", "weight_decay"):
            if not options[name] >= 0:  # NaN neither
                raise ValueError(f"{name} must not be negative, found {options[name]}")
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError("nesterov needs momentum and no dampening")

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Change all parameters that have a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients first; what it gives is given back.
        """
        loss = None if closure is None else closure()
        state = self.state
        for group in self.param_groups:
            momentum = group["momentum"]
            options = (
                group["lr"],
                momentum,
                group["dampening"],
                group["weight_decay"],
                group["nesterov"],
            )
            maximize = group["maximize"]
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                value, g = p._plain(), grad._plain()
                if not momentum:
                    _core.sgd_step(value, g, None, *options, False, maximize)
                elif p in state:
                    buffer = state[p]["momentum_buffer"]
                    _core.sgd_step(value, g, buffer, *options, False, maximize)
                else:
                    buffer = _core.empty(value.shape)
                    _core.sgd_step(value, g, buffer, *options, True, maximize)
                    state[p] = {"momentum_buffer": buffer}
        return loss
