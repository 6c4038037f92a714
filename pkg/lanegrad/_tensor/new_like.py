"""The methods that make tensors of a given tensor's dtype: Tensor.new_zeros and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import creation
from .options import Options

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = ["new_empty", "new_full", "new_ones", "new_tensor", "new_zeros"]


def _with_dtype(input: Tensor, options: Any) -> Any:
    return options if options.get("dtype") is not None else {**options, "dtype": input.dtype}


def new_tensor(input: Tensor, data: Any, **options: Unpack[Options]) -> Tensor:
    """A tensor of a copy of `data`, in this one's dtype.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(1).new_tensor([1, 2])
    tensor([1., 2.])
    """
    return creation.tensor(data, **_with_dtype(input, options))


def new_zeros(input: Tensor, *sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """Zeros in this tensor's dtype.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([1]).new_zeros(2)
    tensor([0, 0])
    """
    return creation.zeros(*sizes, size=size, **_with_dtype(input, options))


def new_ones(input: Tensor, *sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """Ones in this tensor's dtype.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([1]).new_ones(2)
    tensor([1, 1])
    """
    return creation.ones(*sizes, size=size, **_with_dtype(input, options))


def new_empty(input: Tensor, *sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """A tensor in this one's dtype that is to be filled: of zeros here.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([1]).new_empty(2).shape
    (2,)
    """
    return creation.empty(*sizes, size=size, **_with_dtype(input, options))


def new_full(input: Tensor, size: Any, fill_value: Any, **options: Unpack[Options]) -> Tensor:
    """One number in this tensor's dtype.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([1]).new_full((2,), 7)
    tensor([7, 7])
    """
    return creation.full(size, fill_value, **_with_dtype(input, options))
