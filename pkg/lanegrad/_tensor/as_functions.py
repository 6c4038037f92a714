"""Methods of tensors as functions of the top level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inside import as_tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Tensor

__all__ = ["flatten", "relu", "sigmoid", "tanh"]


def flatten(input: ArrayLike | Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The same elements with the axes from `start_dim` to `end_dim` made one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.flatten(lanegrad.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    return as_tensor(input).flatten(start_dim, end_dim)


def relu(input: ArrayLike | Tensor) -> Tensor:
    """max(input, 0), element by element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.relu([-1.0, 2.0])
    tensor([0., 2.])
    """
    return as_tensor(input).relu()


def sigmoid(input: ArrayLike | Tensor) -> Tensor:
    """1 / (1 + exp(-input)), element by element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.sigmoid([-1.0, 0.0])
    tensor([0.2689, 0.5000])
    """
    return as_tensor(input).sigmoid()


def tanh(input: ArrayLike | Tensor) -> Tensor:
    """The hyperbolic tangent, element by element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tanh([-1.0, 0.5])
    tensor([-0.7616,  0.4621])
    """
    return as_tensor(input).tanh()
