"""Methods of tensors as functions of the top level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inside import as_tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

__all__ = ["flatten"]


def flatten(input: ArrayLike | Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The same elements with the axes from `start_dim` to `end_dim` made one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.flatten(lanegrad.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    return as_tensor(input).flatten(start_dim, end_dim)
