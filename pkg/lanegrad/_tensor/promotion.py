"""Which type an op computes in: PyTorch's rules for tensors with axes, tensors of one number, and Python's
numbers. NumPy's own promotion, which differs from version to version, is asked about pairs of types alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import Array, BaseTensor, array_or_same, cast_copy
from .convert import FLOAT
from .inside import as_tensor

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["can_cast", "promote_types", "result_type"]

KINDS = {
    "b": 0,
    "u": 1,
    "i": 1,
    "f": 2,
}  # from the lowest: a number of a higher one changes the type
OF_NUMBERS = {bool: np.dtype(bool), int: np.dtype(np.int64), float: FLOAT}


def operand(x: Any) -> Any:
    """What an op takes: a tensor as it is, a number as Python's, anything else as a tensor of it."""
    if isinstance(x, (BaseTensor, int, float)):
        return x
    return x.item() if isinstance(x, np.generic) else as_tensor(x)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array; that of a number is ()."""
    return x.shape if isinstance(x, Array) else ()


def cast(x: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """An array or number in a type; whole numbers that do not fit wrap around."""
    values = x.array() if isinstance(x, Array) else np.asarray(x)
    return values if values.dtype == dtype else cast_copy(values, dtype)


def fitting(number: Any, dtype: np.dtype[Any], name: str) -> Any:
    """The number, if the type has a place for it; a RuntimeError, which is PyTorch's, if not.

    Negative whole numbers may wrap around in types without a sign.
    """
    if dtype.kind in "iu" and isinstance(number, (int, float)):
        most, least = int(np.iinfo(dtype).max), int(np.iinfo(dtype).min)
        if dtype.kind == "u" and isinstance(number, int):
            least = -most
        if not least <= number <= most:
            raise RuntimeError(f"{name} {number} does not fit into {dtype}, which ends at {most}")
    return number


def common(operands: Iterable[Any]) -> np.dtype[Any]:
    """The type in which an op of arrays and numbers computes.

    The types of arrays with axes decide; arrays without axes, and then numbers, raise it only if they
    are of a higher kind (whole numbers above bools, floats above both).
    """
    ranks: list[np.dtype[Any] | None] = [None, None, None]
    for x in operands:
        if isinstance(x, Array):
            rank, dtype = 0 if x.ndim else 1, x.dtype
        else:
            rank = 2
            dtype = next(OF_NUMBERS[kind] for kind in (bool, int, float) if isinstance(x, kind))
        known = ranks[rank]
        ranks[rank] = dtype if known is None else promote_types(known, dtype)
    result = None
    for other in ranks:
        if result is None or (other is not None and KINDS[other.kind] > KINDS[result.kind]):
            result = other
    assert result is not None, "an op has operands"
    return result


def promote_types(type1: DTypeLike, type2: DTypeLike) -> np.dtype[Any]:
    """The smallest type that holds the values of both; with a float it is float32.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> lanegrad.promote_types(np.int8, np.uint8)
    dtype('int16')
    >>> lanegrad.promote_types(np.int64, np.float32)
    dtype('float32')
    """
    result = np.promote_types(type1, type2)
    return FLOAT if result.kind == "f" else result


def result_type(tensor: Any, other: Any) -> np.dtype[Any]:
    """The type of an op of two tensors or numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> counts = lanegrad.tensor(np.array([1, 2], np.int8))
    >>> lanegrad.result_type(counts, 1000), lanegrad.result_type(counts, 0.5)
    (dtype('int8'), dtype('float32'))
    """
    return common(array_or_same(operand(x)) for x in (tensor, other))


def can_cast(from_: DTypeLike, to: DTypeLike) -> bool:
    """Whether a conversion goes to the same kind of numbers or a higher one, as an in-place op may.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> lanegrad.can_cast(np.int64, np.uint8), lanegrad.can_cast(np.float32, np.int64)
    (True, False)
    """
    return KINDS[np.dtype(from_).kind] <= KINDS[np.dtype(to).kind]
