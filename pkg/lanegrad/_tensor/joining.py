"""Tensors joined along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from .._core import record
from .convert import FLOAT
from .inside import array_of, as_tensor
from .tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def cat(tensors: Sequence[ArrayLike | Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along an axis; `concat` and `concatenate` are the same function.

    Images that are in lanes stay so, unless they are joined along the batch.

    Parameters
    ----------
    tensors : sequence of Tensor or array_like
        Of the same shape but along `dim`. Tensors of shape (0,) are left out, as in PyTorch.
    dim : int

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There are no tensors, or their shapes do not fit.
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cat([[1.0, 2.0], [3.0]])
    tensor([1., 2., 3.])
    >>> lanegrad.cat([lanegrad.zeros(4, 3, 8, 8), lanegrad.zeros(4, 5, 8, 8)], dim=1).shape
    (4, 8, 8, 8)
    """
    parts = [as_tensor(t) for t in tensors]
    if not parts:
        raise ValueError("cat needs at least one tensor")
    if any(t.ndim == 0 for t in parts):
        raise ValueError("a tensor of a single number, without an axis, cannot be joined")
    parts = [t for t in parts if t.shape != (0,)] or parts[:1]
    axis = range(parts[0].ndim)[dim]
    if all(t.dtype != FLOAT for t in parts):
        return record(_core.adopt(np.concatenate([array_of(t).array() for t in parts], axis)))
    parts = [t.float() for t in parts]
    forms = tuple(array_of(t).in_lanes for t in parts)
    # Batches of as many images, of which some are in lanes, stay so.
    lanes = any(forms) and axis != 0 and all(t.ndim == 4 and len(t) == len(parts[0]) for t in parts)
    form = _core.lanes_of if lanes else _core.plain_of
    arrays = [form(array_of(t)) for t in parts]
    saved = [t.shape[axis] for t in parts], axis, lanes, forms
    # Of a single tensor the tape asks for the one gradient that there is.
    gradient = _core.cat_gradient if len(parts) > 1 else _core.cat_one_gradient
    return record(_core.cat(arrays, axis), gradient, saved, *parts)


concat = concatenate = cat
