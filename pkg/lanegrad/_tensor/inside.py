"""What lanegrad's own modules know of a tensor beyond what every user does: these functions, nothing else.

A tensor has an array, `_value`, and an edge, `_edge`, which `_core.BaseTensor` declares.

- The array says where the elements are. Tensors that share memory have arrays of their own. Convolutions
  leave images in lanes, which are never shared: what asks for the memory has them unpacked first, and the
  tensor keeps that.
- The edge is the node of the tape that made the tensor, or the `Leaf` where its gradient adds up, or None.
  `requires_grad` and `is_leaf` tell which of them it is.

An op takes arrays with `array_of`, or with `plain_array` where they must not be in lanes from now on,
computes, and makes its tensor with `_core.record`, which sets both. `become` gives a tensor, in place, the
values and the edge of a result.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import Array, BaseTensor, array_or_same, become, plain_array

__all__ = ["array_of", "array_or_same", "as_tensor", "become", "overwrite", "plain_array"]

if TYPE_CHECKING:
    from .tensor import Tensor

array_of: Callable[[BaseTensor], Array] = attrgetter("_value")  # which takes no frame of Python's
"""The array of a tensor, its images in lanes or not."""


def overwrite(tensor: BaseTensor, values: Array) -> None:
    """Write values of a tensor's shape and dtype over its own, which all that share its memory see."""
    plain_array(tensor).write(values)


def as_tensor(x: Any) -> Tensor:
    """`x` itself if it is a tensor, else a tensor of it, of the same memory where that can be."""
    return x if isinstance(x, BaseTensor) else _core.record(_core.share(x))  # type: ignore[return-value]
