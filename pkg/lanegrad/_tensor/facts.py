"""Questions about tensors, as functions of the top level and as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core import Size
from .placement import device
from .pointwise import broadcast

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "broadcast_shapes", "clone", "conj", "conj_physical", "fill", "get_default_device", "get_device",
    "is_conj", "is_distributed", "is_neg", "is_nonzero", "is_same_size", "is_signed", "numel", "real",
    "resolve_conj", "resolve_neg",
]  # fmt: skip


def numel(input: Tensor) -> int:
    """The number of elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.numel(lanegrad.zeros(2, 3))
    6
    """
    return input.numel()


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not 0.

    Raises
    ------
    RuntimeError
        There are several elements, or none.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.is_nonzero(lanegrad.tensor([0.0]))
    False
    """
    if input.numel() != 1:
        many = "more than one value" if input.numel() else "no values"
        raise RuntimeError(f"Boolean value of Tensor with {many} is ambiguous")
    return bool(input.item())


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.is_same_size(lanegrad.zeros(2, 1), lanegrad.zeros(1, 2))
    False
    """
    return input.shape == other.shape


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.is_signed(lanegrad.zeros(2)), lanegrad.is_signed(lanegrad.zeros(2, dtype=bool))
    (True, False)
    """
    return bool(input.is_signed())


def is_conj(input: Tensor) -> bool:
    """Whether it is to be conjugated: never."""
    return input.is_conj()


def is_neg(input: Tensor) -> bool:
    """Whether its sign is to be changed: never."""
    return input.is_neg()


def is_distributed(input: Tensor) -> bool:
    """Whether it is spread over processes: never."""
    return input.is_distributed()


def real(input: Tensor) -> Tensor:
    """The tensor itself, which is real; `conj`, `resolve_conj` and so on are the same function.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.conj(lanegrad.tensor([1.0]))
    tensor([1.])
    """
    return input


conj = conj_physical = resolve_conj = resolve_neg = real


def get_device(input: Tensor) -> int:
    """The number of its GPU: -1 for the CPU.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.get_device(lanegrad.zeros(1))
    -1
    """
    return -1


def get_default_device() -> device:
    """Where new tensors are: on the CPU.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.get_default_device()
    device(type='cpu')
    """
    return device("cpu")


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy in memory of its own, through which gradients go.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.clone(lanegrad.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    return input.clone()


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of the same shape and dtype, of one number.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.fill(lanegrad.zeros(2), 3)
    tensor([3., 3.])
    """
    return input.clone().fill_(value)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape of arithmetic with tensors of these shapes, each a tuple or the length of one axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.broadcast_shapes((2, 1), 3, (1, 1, 1))
    (1, 2, 3)
    """
    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    return Size(broadcast("broadcast_shapes", given))
