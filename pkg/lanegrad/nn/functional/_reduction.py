"""How losses of single numbers become one: reductions, and PyTorch's old arguments for them."""

from __future__ import annotations

import warnings
from math import prod

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._pointwise import Pointwise, broadcast


def reduction_of(
    size_average: bool | None, reduce: bool | None, reduction: str, stacklevel: int = 3
) -> str:
    """The reduction, which the old arguments, if one of them is given, decide with a warning."""
    if size_average is not None or reduce is not None:
        if reduce is not None and not reduce:
            reduction = "none"
        else:
            reduction = "mean" if size_average is None or size_average else "sum"
        warnings.warn(
            f'size_average and reduce are deprecated: say reduction="{reduction}"',
            stacklevel=stacklevel,
        )
    if reduction != "batchmean":  # which kl_div alone has, and others refuse
        _core.check_reduction(reduction)
    return reduction


def reduced(
    rule: Pointwise,
    tensors: tuple[Tensor, ...],
    options: tuple[float | bool, ...],
    reduction: str,
) -> Tensor:
    """The losses of all places, their sum or their mean."""
    _core.check_reduction(reduction)
    count = prod(broadcast(*tensors))
    divisor = {"none": None, "sum": 1.0, "mean": float(count)}[reduction]
    return rule(*tensors, options=options, divisor=divisor)


def reduced_rows(losses: Tensor, reduction: str) -> Tensor:
    """Losses that are there, their sum or their mean."""
    _core.check_reduction(reduction)
    if reduction == "none":
        return losses
    total = losses.sum()
    return total if reduction == "sum" else total / max(losses.numel(), 1)


def weights_of(weight: object, name: str = "weight") -> Tensor:
    """Weights as a tensor; 1 where there are none."""
    return floats(1.0 if weight is None else weight, name)


def fits_input(weight: Tensor, name: str, shape: tuple[int, ...]) -> Tensor:
    """Weights that may be repeated to the shape of the losses, which they must not extend."""
    if len(weight.shape) > len(shape) or any(
        length not in (1, wanted)
        for length, wanted in zip(weight.shape[::-1], shape[::-1], strict=False)
    ):
        raise ShapeError(f"{name} of shape {weight.shape} does not fit losses of shape {shape}")
    return weight
