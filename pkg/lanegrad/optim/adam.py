"""Adam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._tensor import Tensor
from ._kernel import KernelOptimizer
from .optimizer import ParamsT


class Adam(KernelOptimizer):
    """Adam, as PyTorch computes it [1]_.

    For each parameter p with gradient g (-g to maximize), at its step number t::

        g = g + weight_decay * p            unless the decay is decoupled,
        p = p - lr * weight_decay * p       when it is [2]_
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = max(largest, v)           of amsgrad, which takes it for v below [3]_
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Parameters, or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    betas : (float, float)
        How much the averages of the gradient and of its square keep at each step; below 1.
    eps : float
        Keeps the quotient finite.
    weight_decay : float
    amsgrad : bool
    foreach, capturable, differentiable, fused
        As for `SGD`.
    maximize : bool
        Go up instead of down.
    decoupled_weight_decay : bool
        Whether the decay bypasses the averages, as in `AdamW`.

    Raises
    ------
    ValueError
        An option is out of range.

    Notes
    -----
    An average is 0 below 2^-126, where PyTorch's would stay subnormal and slow many CPUs down.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    .. [2] I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    .. [3] S. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> optimizer = optim.Adam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.7500, 0.7500], requires_grad=True)
    """

    _kernel = "adam"
    _not_negative = ("eps", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Mapping[str, Any]) -> tuple[str | None, ...]:
        largest = "max_exp_avg_sq" if group["amsgrad"] else None
        return ("step", "exp_avg", "exp_avg_sq", largest)
