"""The fully connected layer and its gradient rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._convert import as_rows
from ..tensor import Tensor, record
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
    rows, matrix = x._plain(), w._plain()
    shape = rows.shape
    plain = len(shape) == 2
    if not plain:
        if not shape:
            raise ValueError("linear takes an input of at least one axis")
        rows = as_rows(rows, -1)
    if matrix.ndim == 1:
        one = linear(x, w.reshape(1, -1), None if b is None else b.reshape(-1))
        return one.reshape(shape[:-1])
    y = _core.matmul(rows, matrix, None if b is None else b._plain(), False, True)
    px, pw, pb = x._edge, w._edge, None if b is None else b._edge
    flat = y.shape
    kept_rows: Any = rows if pw else None
    kept_matrix: Any = matrix if px else None

    def rule(g: np.ndarray) -> tuple[Any, ...]:
        if not plain:
            g = g.reshape(flat)
        gx = _core.matmul(g, kept_matrix) if px else None
        return (
            gx if gx is None or plain else gx.reshape(shape),
            _core.matmul(g, kept_rows, None, True) if pw else None,
            _core.sum_rows(g) if pb else None,
        )

    return record(y if plain else y.reshape(*shape[:-1], flat[1]), rule, px, pw, pb)
