"""The fully connected layer and its gradient rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import _core
from ..._tensor import Tensor
from .._arguments import floats

__all__ = ["linear"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def linear(
    input: ArrayLike | Tensor, weight: ArrayLike | Tensor, bias: ArrayLike | Tensor | None = None
) -> Tensor:
    """input @ weight.T + bias.

    Parameters
    ----------
    input : Tensor or array_like
        (..., in_features).
    weight : Tensor or array_like
        (out_features, in_features); or (in_features,), for one output without an axis.
    bias : Tensor or array_like, optional
        (out_features,); or a single number, for one output without an axis.

    Returns
    -------
    Tensor
        (..., out_features), or (...).

    Raises
    ------
    ValueError
        Shapes do not fit one another.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.linear([1.0, 2.0], [[1.0, 1.0], [1.0, -1.0]], [0.0, 10.0])
    tensor([3., 9.])
    """
    w = floats(weight, "weight")
    if w.ndim == 1:
        one = linear(
            input, w.reshape(1, -1), None if bias is None else floats(bias, "bias").reshape(-1)
        )
        return one.reshape(*one.shape[:-1])
    return _core.affine(input, w, bias)
