"""Activations, element by element, and their gradient rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from ..lanes import Lanes, as_lanes
from ..tensor import Tensor, record
from ._arguments import floats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def relu(input: ArrayLike | Tensor) -> Tensor:
    """max(input, 0), element by element.

    Parameters
    ----------
    input : Tensor or array_like
        Floats of any shape.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.relu([-1.0, 2.0])
    tensor([0., 2.])
    """
    x = floats(input, "input")
    value = x._value
    if type(value) is Lanes:
        y = _core.relu(value.data)
        batch = value.batch

        def rule(g: Any) -> tuple[Any]:
            return (Lanes(_core.relu_backward(as_lanes(g).data, y), batch),)

        return record(Lanes(y, batch), rule, x._edge)
    y = _core.relu(value)
    # The gradient of a single number may be NumPy's scalar instead of an array.
    return record(y, lambda g: (_core.relu_backward(np.asarray(g), y),), x._edge)
