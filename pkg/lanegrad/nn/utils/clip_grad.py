"""Clipping of gradients: one kernel call for those of all parameters."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from ... import _core
from ..._tensor import Tensor, overwrite, plain_array

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale gradients, in place, so that their norm is at most `max_norm`.

    The norm is that of all gradients taken as one vector. Where it is greater, they are multiplied by
    ``max_norm / (norm + 1e-6)``, as PyTorch does.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over.
    max_norm : float
        Not negative.
    norm_type : float
        p of the p-norm, positive; ``inf`` for the largest absolute value.
    error_if_nonfinite : bool
        Whether a norm that is NaN or infinite is an error. Else the gradients become NaN, or zero where
        they were finite and the norm is infinite.
    foreach : bool, optional
        Accepted for PyTorch's sake.

    Returns
    -------
    Tensor
        The norm before, a single number.

    Raises
    ------
    RuntimeError
        The norm is not finite, and `error_if_nonfinite`. No gradient has been changed.
    ValueError
        `max_norm` or `norm_type` is out of range.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> (w * lanegrad.tensor([3.0, 4.0])).sum().backward()
    >>> nn.utils.clip_grad_norm_([w], max_norm=1.0)
    tensor(5.)
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    grads, turned = _gradients(parameters)
    norm = _core.clip_grad_norm(grads, max_norm, norm_type, error_if_nonfinite)
    _write_back(turned)
    return _core.record(norm)


clip_grad_norm = clip_grad_norm_  # its name before PyTorch 0.4


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Limit each element of the gradients, in place, to -clip_value ... clip_value.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over.
    clip_value : float
        Not negative.
    foreach : bool, optional
        Accepted for PyTorch's sake.

    Raises
    ------
    ValueError
        `clip_value` is negative.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> (w * lanegrad.tensor([3.0, -0.5])).sum().backward()
    >>> nn.utils.clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    grads, turned = _gradients(parameters)
    _core.clip_grad_value(grads, clip_value)
    _write_back(turned)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors taken as one vector, such as of gradients before they are clipped.

    Parameters
    ----------
    tensors : Tensor or iterable of Tensor
    norm_type, error_if_nonfinite, foreach
        As for `clip_grad_norm_`.

    Returns
    -------
    Tensor
        A single number.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.utils.get_total_norm([lanegrad.tensor([3.0]), lanegrad.tensor([4.0])])
    tensor(5.)
    """
    copies = [_core.plain_of(plain_array(tensor)).copy() for tensor in _listed(tensors)]
    return _core.record(_core.clip_grad_norm(copies, inf, norm_type, error_if_nonfinite))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor,
    foreach: bool | None = None,
) -> None:
    """Scale gradients, in place, by ``max_norm / (total_norm + 1e-6)`` if that is less than 1.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those without a gradient are passed over.
    max_norm : float
    total_norm : Tensor
        As `get_total_norm` gives it.
    foreach : bool, optional
        Accepted for PyTorch's sake.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> w = lanegrad.ones(2, requires_grad=True)
    >>> (w * lanegrad.tensor([3.0, 4.0])).sum().backward()
    >>> nn.utils.clip_grads_with_norm_([w], 1.0, nn.utils.get_total_norm([w.grad]))
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    factor = min(1.0, max_norm / (float(total_norm) + 1e-6))
    for parameter in _listed(parameters):
        grad = parameter.grad
        if grad is not None:
            overwrite(grad, _core.scale(plain_array(grad), factor))


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """One tensor or several as a list; a TypeError where something else is among them."""
    listed = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for tensor in listed:
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"expected tensors, such as net.parameters(), found {type(tensor).__name__}"
            )
    return listed


_Pairs = list[tuple[_core.Array, _core.Array]]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> tuple[list[_core.Array], _Pairs]:
    """The gradients, contiguous; and those that are not, with the copies that stand for them."""
    given = [plain_array(grad) for p in _listed(parameters) if (grad := p.grad) is not None]
    grads = [_core.plain_of(grad) for grad in given]
    return grads, [(a, b) for a, b in zip(given, grads, strict=True) if a is not b]


def _write_back(turned: _Pairs) -> None:
    for grad, copy in turned:
        grad.write(copy)
