"""Muon, for matrices and filters."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from .._tensor import Tensor, as_tensor
from .._tensor.convert import FLOAT
from ._formula import FormulaOptimizer, average
from .optimizer import ParamsT


class Muon(FormulaOptimizer):
    """Momentum made orthogonal, as PyTorch computes it [1]_. Biases, norms and last layers want another
    optimizer; `train.Together` makes one of the two.

    For each parameter p with gradient g::

        buffer = momentum * buffer + (1 - momentum) * g
        m = (1 - momentum) * g + momentum * buffer if nesterov else buffer
        p = p - lr * weight_decay * p
        p = p - lr * factor * orthogonal(m)

    where orthogonal(m) comes of `ns_steps` steps of Newton's and Schulz's method, which are rounded to
    bfloat16 as in PyTorch, and the factor is ``sqrt(max(1, rows / columns))``. Filters of convolutions, which
    PyTorch refuses, are matrices too: a row for each channel that they give.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        Of two axes or more; or groups of them: dicts with the key "params" and options of their own.
    lr : float or Tensor
        Learning rate.
    weight_decay, momentum : float
    nesterov : bool
    ns_coefficients : (float, float, float)
        Of the polynomial that is taken again and again.
    eps : float
        Keeps the quotient by the norm finite.
    ns_steps : int
        Below 100.
    adjust_lr_fn : {"original", "match_rms_adamw"}, optional
        The factor is ``0.2 * sqrt(max(rows, columns))`` for the second.

    Raises
    ------
    ValueError
        An option is out of range, or a parameter has fewer than two axes.

    References
    ----------
    .. [1] K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import optim
    >>> w = lanegrad.ones(2, 2, requires_grad=True)
    >>> optimizer = optim.Muon([w], lr=0.25, weight_decay=0.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> bool((w < 1).numpy().all())
    True
    """

    _numbers: ClassVar = {}
    _arrays = ("momentum_buffer",)
    _not_negative = ("momentum", "weight_decay")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def _check_params(self, params: list[Any]) -> None:
        super()._check_params(params)
        for p in params:
            if p.ndim < 2:
                raise ValueError(
                    f"Muon only supports parameters of two axes or more, found one of shape {p.shape}"
                )

    def _check_options(self, options: Mapping[str, Any]) -> None:
        super()._check_options(options)
        if options["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                "adjust_lr_fn must be 'original' or 'match_rms_adamw', found "
                f"{options['adjust_lr_fn']!r}"
            )
        if len(options["ns_coefficients"]) != 3:
            raise ValueError(
                f"ns_coefficients must be three numbers, found {options['ns_coefficients']}"
            )
        if options["ns_steps"] >= 100:
            raise ValueError(f"ns_steps must be below 100, found {options['ns_steps']}")

    def _changed(self, p: np.ndarray, g: np.ndarray, s: SimpleNamespace, o: SimpleNamespace) -> Any:
        average(s.momentum_buffer, g, o.momentum)
        m = s.momentum_buffer
        if o.nesterov:
            m = g + o.momentum * (m - g)
        m = m.reshape(len(m), -1)
        rows, columns = m.shape
        if o.adjust_lr_fn == "match_rms_adamw":
            factor = 0.2 * sqrt(max(rows, columns))
        else:
            factor = sqrt(max(1, rows / columns))
        direction = _orthogonal(m, o.ns_coefficients, o.ns_steps, o.eps).reshape(p.shape)
        return p * (1 - o.lr * o.weight_decay) - o.lr * factor * direction


def _orthogonal(
    m: np.ndarray, coefficients: tuple[float, float, float], steps: int, eps: float
) -> np.ndarray:
    """About the orthogonal matrix nearest to `m`: its singular values become about 1."""
    if m.shape[0] > m.shape[1]:
        return _orthogonal(m.T, coefficients, steps, eps).T
    a, b, c = coefficients
    x = _rounded(m)
    norm = _rounded(as_tensor(x).norm().numpy())
    x = _rounded(x / np.maximum(norm, FLOAT.type(eps)))
    for _ in range(steps):
        gram = _rounded(_product(x, x.T))
        x = _rounded(a * x + _product(_rounded(b * gram + c * _product(gram, gram)), x))
    return x


def _product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of matrices, by our kernel: NumPy's bits depend on how it was built."""
    return (as_tensor(x) @ as_tensor(y)).numpy()


def _rounded(x: Any) -> np.ndarray:
    """The nearest numbers of bfloat16, ties to even: the upper half of float32."""
    bits = np.array(x, FLOAT, ndmin=1).view(np.uint32)
    bits += 0x7FFF + ((bits >> 16) & 1)
    bits &= 0xFFFF0000
    return bits.view(FLOAT)
