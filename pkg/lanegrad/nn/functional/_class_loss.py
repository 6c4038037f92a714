"""Cross-entropy of logits that are there, for the losses that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._core import Array, LossOptions, record
from ..._tensor import Tensor, array_of, array_or_same
from .._arguments import floats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def class_loss(input: ArrayLike | Tensor, target: Any, options: LossOptions) -> Tensor:
    """`cross_entropy` with these options."""
    if options.reduction != "none":
        return _core.class_loss(input, target, options)
    x = floats(input, "input")
    recorded = _core.is_grad_enabled()
    soft = target if isinstance(target, Tensor) and target.requires_grad else None
    loss, grad, target_grad, _, _ = _core.cross_entropy(
        _core.plain_of(array_of(x)),
        array_or_same(target),
        _core.of_arrays(options),
        True if recorded and x.requires_grad else None,
        False,
        recorded and soft is not None,
    )
    axis = min(1, x.ndim - 1) if options.axis is None else options.axis
    return record(loss, _gradient_by_row, (grad, target_grad, axis), x, soft)


def _gradient_by_row(
    g: Array, need: tuple[bool, ...], grad: Array | None, target_grad: Array | None, axis: int
) -> tuple[Array | None, ...]:
    """Of logits and probabilities, from those of each row's own loss."""
    factors = np.expand_dims(g.array(), axis)
    return tuple(
        None if each is None else _core.adopt(each.array() * factors)
        for each in (grad, target_grad)
    )
