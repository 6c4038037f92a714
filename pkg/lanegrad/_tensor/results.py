"""The named tuples that some functions give: as PyTorch's, and shown in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["AMinMax", "ValuesIndices", "shown", "values_indices"]


def shown(result: Any, name: str) -> str:
    """How a named tuple that the function of this name gives is shown."""
    fields = zip(result._fields, result, strict=True)
    lines = ",\n".join(f"{field}={value!r}" for field, value in fields)
    return f"lanegrad.return_types.{name}(\n{lines})"


class ValuesIndices(NamedTuple):
    """Elements, and where they were along an axis."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return shown(self, type(self).__name__)


class AMinMax(NamedTuple):
    """The least and the largest elements."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return shown(self, "aminmax")


TYPES: dict[str, type[ValuesIndices]] = {}


def values_indices(name: str, values: Tensor, indices: Tensor) -> ValuesIndices:
    """The result of the function of this name.

    Examples
    --------
    >>> import lanegrad
    >>> values_indices("max", lanegrad.ones(1), lanegrad.zeros(1))
    lanegrad.return_types.max(
    values=tensor([1.]),
    indices=tensor([0.]))
    """
    if name not in TYPES:
        TYPES[name] = type(name, (ValuesIndices,), {"__slots__": ()})
    return TYPES[name](values, indices)
