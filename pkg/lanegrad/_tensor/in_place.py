"""What an operator that changes a tensor in place does once its result is there."""

from __future__ import annotations

from .. import _core
from .._core import BaseTensor, Leaf, record
from .convert import FLOAT
from .inside import overwrite


def become(tensor: BaseTensor, result: BaseTensor) -> None:
    """Give a tensor the value and the place on the tape of a result that was computed for it."""
    value, edge = tensor._value, result._edge
    if type(tensor._edge) is Leaf and _core.is_grad_enabled():
        raise RuntimeError("a leaf that requires a gradient changes only under no_grad()")
    if result.shape != value.shape:
        raise ValueError(
            f"a tensor of shape {value.shape} cannot become one of shape {result.shape} in place"
        )
    if result.dtype != value.dtype:
        if result.dtype == FLOAT or value.dtype == bool:
            raise TypeError(f"a tensor of {value.dtype} cannot become {result.dtype} in place")
        result = record(_core.adopt(result._value.array().astype(value.dtype)))
    if value.alone and result._value.alone:
        tensor._value = result._value
    else:
        if edge is not None and type(tensor._edge) is not Leaf:
            raise RuntimeError(
                "this tensor shares its memory with others, whose gradients would be wrong after a "
                "change in place: change a copy, such as .clone() gives, or do it under no_grad()"
            )
        overwrite(tensor, result._value)
    if edge is not None:  # else it is what it was: on the tape, or a leaf under no_grad()
        tensor._edge = edge
