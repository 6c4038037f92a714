"""Rows of a table by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import _core
from ..._core import Array, ShapeError, adopt, record
from ..._tensor import Tensor, array_of, as_tensor, overwrite
from ..._tensor.places import OPS, checked, kept
from .._arguments import floats

__all__ = ["embedding"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def embedding(
    input: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of a table that have these numbers.

    Parameters
    ----------
    input : Tensor or array_like of int
        Numbers of rows, of any shape.
    weight : Tensor or array_like
        The table, (rows, features).
    padding_idx : int, optional
        A row that gets no gradient; it may be counted from the end.
    max_norm : float, optional
        Rows that are asked for and whose norm is greater are scaled to it, in place.
    norm_type : float
        p of that norm.
    scale_grad_by_freq : bool
        Whether a row's gradient is divided by how often it was asked for.
    sparse : bool
        Left out: RuntimeError.

    Returns
    -------
    Tensor
        (..., features).

    Raises
    ------
    IndexError
        There is no such row.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.embedding([1, 0], [[1.0, 2.0], [3.0, 4.0]])
    tensor([[3., 4.],
            [1., 2.]])
    """
    table, index = floats(weight, "weight"), as_tensor(input)
    if sparse:
        raise RuntimeError("sparse gradients are left out: use sparse=False")
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"the numbers of rows must be integers, found {index.dtype}")
    if table.ndim != 2:
        raise ShapeError(f"weight must be (rows, features), found shape {table.shape}")
    rows, outside = (
        table.shape[0],
        "the table has {size} rows, and index {index} is not one of them",
    )
    at = checked(array_of(index), rows, False, IndexError, outside)
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError(f"padding_idx must be one of {rows} rows, found {padding_idx}")
        padding_idx %= rows
    if max_norm is not None:
        _limit(table, at.array(), max_norm, norm_type)
    saved = kept(at, table), table.shape, padding_idx, scale_grad_by_freq
    return record(_core.take(array_of(table), at, 0), _gradient, saved, table)


def _limit(table: Tensor, at: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Scale the rows whose norm is too large, in place."""
    values = np.array(array_of(table).array())
    used = np.unique(at)
    norms = np.linalg.norm(values[used], norm_type, 1)
    long = norms > max_norm
    values[used[long]] *= (max_norm / (norms[long] + 1e-7))[:, None].astype(np.float32)
    overwrite(table, adopt(values))


def _gradient(
    g: Array, at: Array, shape: tuple[int, ...], padding_idx: int | None, scale_grad_by_freq: bool
) -> Array:
    if scale_grad_by_freq:
        counts = _core.put(_core.full(shape[:1], 0.0), at, _core.full((), 1.0), 0, 1, OPS["sum"])
        g = array_of(record(g) / record(_core.take(counts, at, 0)).unsqueeze(-1))
    total = _core.take_gradient(g, at, shape, 0, 1)
    if padding_idx is not None:
        _core.part_of(total, (padding_idx,)).write(_core.full(shape[1:], 0.0))
    return total
