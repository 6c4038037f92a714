"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.joining import cat

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of parameters, one after the other; gradients go through.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(4, 2).parameters()).shape
    (10,)
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Set parameters to the elements of a vector, whose memory they share from then on.

    Raises
    ------
    RuntimeError
        The vector has too few elements. No parameter has been changed.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> layer = nn.Linear(2, 1)
    >>> nn.utils.vector_to_parameters(lanegrad.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer([1.0, 1.0])
    tensor([6.], requires_grad=True)
    """
    targets = list(parameters)
    for tensor in (vec, *targets):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected a tensor, found {type(tensor).__name__}")
    wanted = sum(parameter.numel() for parameter in targets)
    if vec.shape != (vec.numel(),) or vec.numel() < wanted:
        raise ShapeError(f"the parameters have {wanted} elements, the vector is {vec.shape}")
    start, values = 0, vec.detach()
    for parameter in targets:
        end = start + parameter.numel()
        parameter.data = values[start:end].reshape(*parameter.shape)
        start = end
