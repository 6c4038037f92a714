"""The fully connected layer and its gradient rule."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from .. import _core
from .._core import record
from ..tensor import Tensor
from ._arguments import floats

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
    x, w = floats(input, "input"), floats(weight, "weight")
    b = None if bias is None else floats(bias, "bias")
    rows, matrix = _core.plain_of(x._value), _core.plain_of(w._value)
    shape = rows.shape
    if len(shape) != 2:
        if not shape:
            raise ValueError("linear takes an input of at least one axis")
        rows = rows.reshape((prod(shape[:-1]), shape[-1]))
    if matrix.ndim == 1:
        one = linear(x, w.reshape(1, -1), None if b is None else b.reshape(-1))
        return one.reshape(*shape[:-1])
    y = _core.matmul(rows, matrix, None if b is None else _core.plain_of(b._value), False, True)
    saved = None if w._edge is None else rows, None if x._edge is None else matrix, shape
    if len(shape) != 2:
        y = y.reshape((*shape[:-1], matrix.shape[0]))
    return record(y, _core.linear_gradient, saved, x, w, b)
