"""Tensors from data, and of one number."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, ShapeError, adopt, cast_copy, record
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, plain_array
from .movement import values_of
from .options import Options, checked, size_of

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = [
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "scalar_tensor",
    "tensor",
    "zeros",
    "zeros_like",
]

INTEGER = np.dtype(np.int64)


def leaf(name: str, value: Any, options: Any) -> Tensor:
    """The new tensor of an array, or of values of NumPy's that are converted to the dtype of the options."""
    dtype, requires_grad = checked(name, options)
    if not isinstance(value, _core.Array):
        value = adopt(np.asarray(value, dtype))
    made = record(value)
    if requires_grad:
        made.requires_grad = True
    return made


def _plain(data: Any, depth: int = 0) -> Any:
    """Nested lists with numbers instead of tensors; a ValueError if their lengths differ."""
    if isinstance(data, BaseTensor):
        return number(data)
    if not isinstance(data, list | tuple):
        return data
    items = [_plain(item, depth + 1) for item in data]
    lengths = [len(item) if isinstance(item, list) else "no list" for item in items]
    for length in lengths:
        if length != lengths[0]:
            raise ValueError(
                f"expected sequence of length {lengths[0]} at dim {depth + 1} (got {length})"
            )
    return items


def number(x: BaseTensor) -> Any:
    value = array_of(x)
    if value.size != 1:
        raise ShapeError(
            f"only one element tensors can be converted to Python scalars, found shape {x.shape}: "
            "lanegrad.stack joins tensors"
        )
    return value.item()


def array_in(data: Any) -> np.ndarray:
    """`data`, which is no tensor, as NumPy's array."""
    a = data if isinstance(data, np.ndarray) else np.asarray(_plain(data))
    if a.dtype == np.object_:
        raise RuntimeError(f"Could not infer dtype of {type(a.flat[0]).__name__}")
    if a.dtype.kind in "US":
        raise TypeError("a tensor holds floats, integers or booleans, no text")
    return a


def _fitted(values: Any, dtype: np.dtype[Any] | None) -> np.ndarray:
    """Python's numbers in a dtype, if they are in its range. Negative integers may become unsigned."""
    found = np.asarray(values)
    if dtype is not None and dtype.kind in "iu" and found.size:
        info = np.iinfo(dtype)
        wraps = dtype.kind == "u" and found.dtype.kind != "f"
        low = -int(info.max) if wraps else int(info.min)
        if not (found.min() >= low and found.max() <= info.max):
            raise RuntimeError(f"value cannot be converted to type {dtype} without overflow")
    return cast_copy(found, dtype)


def tensor(data: Any, **options: Unpack[Options]) -> Tensor:
    """A tensor of a copy of `data`; `Tensor` and `from_numpy` share its memory where they can.

    Parameters
    ----------
    data : array_like
        Numbers in nested lists, an array, or a tensor. Floats are float32 in any case.
    dtype : dtype, optional
        By default that of `data`: int64 for Python's integers.
    device, pin_memory
        The CPU is all there is.
    requires_grad : bool
        Whether `backward` is to compute a gradient for it.

    Raises
    ------
    ValueError
        Lists that stand in one list have different lengths.
    TypeError
        `data` holds other things than numbers.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([[1.0, 2.5], [3.0, 4.0]])
    tensor([[1.0000, 2.5000],
            [3.0000, 4.0000]])
    """
    dtype, _ = checked("tensor", options)
    if isinstance(data, BaseTensor):
        value = array_of(data)
        if dtype in (None, value.dtype):
            return leaf("tensor", value.copy(), options)
        return leaf("tensor", np.array(value.array(), dtype), options)
    values = array_in(data)
    fitted = cast_copy(values, dtype) if values is data else _fitted(values, dtype)
    return leaf("tensor", _core.copied(fitted), options)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` itself if it is a tensor of this dtype, else a tensor of it that shares its memory if it can.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.ones(2)
    >>> lanegrad.as_tensor(x) is x
    True
    """
    wanted, _ = checked("as_tensor", {"dtype": dtype, "device": device})
    x = data
    if not isinstance(x, BaseTensor):
        values = array_in(data)
        x = record(_core.share(values if values is data else _fitted(values, wanted)))
    return converted(x, wanted)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A tensor of anything that holds numbers, sharing its memory if it can unless `copy` is true.

    Raises
    ------
    ValueError
        `copy` is False, and the memory cannot be shared.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.asarray([1, 2], dtype=float)
    tensor([1., 2.])
    """
    if copy:
        x = tensor(obj, dtype=dtype, device=device)
    else:
        x = as_tensor(obj, dtype, device)
        shared = x is obj or (isinstance(obj, np.ndarray) and np.shares_memory(values_of(x), obj))
        if copy is False and not shared:
            raise ValueError("the memory of `obj` cannot be shared: leave copy=False out")
        if x.requires_grad and not requires_grad:
            x = record(plain_array(x).alias())
    if requires_grad:
        x.requires_grad = True
    return x


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the memory of a C-contiguous array of float32, integers or booleans.

    Raises
    ------
    TypeError
        `ndarray` is no array of NumPy's.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> counts = np.zeros(2, np.int64)
    >>> t = lanegrad.from_numpy(counts)
    >>> counts[0] = 5
    >>> t
    tensor([5, 0])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return record(_core.share(ndarray))


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor of the bytes of an object such as a bytearray, whose memory it shares.

    Parameters
    ----------
    buffer : buffer
    dtype : dtype
        What the bytes mean.
    count : int
        How many elements are taken; all by default.
    offset : int
        How many bytes are passed over.
    requires_grad : bool

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.frombuffer(bytearray([1, 2, 3]), dtype=int, count=0).shape
    (0,)
    """
    wanted, _ = checked("frombuffer", {"dtype": dtype})
    values = np.frombuffer(buffer, wanted or FLOAT, count, offset)
    return leaf("frombuffer", _core.share(values), {"requires_grad": requires_grad})


def scalar_tensor(s: Any, **options: Unpack[Options]) -> Tensor:
    """A tensor without axes of one number, float32 by default.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.scalar_tensor(3)
    tensor(3.)
    """
    return _filled("scalar_tensor", ((),), s, options)


def _filled(name: str, size: Any, value: Any, options: Any, dtype: Any = None) -> Tensor:
    """A tensor of one number; `dtype` counts if the options say none."""
    shape = tuple(index(n) for n in size_of(size))
    if any(n < 0 for n in shape):
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}"
        )
    wanted = checked(name, options)[0] or dtype or FLOAT
    if wanted == FLOAT:
        return leaf(name, _core.full(shape, value), options)
    return leaf(name, adopt(np.full(shape, _fitted(value, wanted))), options)


def _sizes(given: tuple[Any, ...], size: Any) -> tuple[Any, ...]:
    return given if size is None else (tuple(size),)


def zeros(*sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """A tensor of zeros.

    Parameters
    ----------
    *sizes : int
        The shape, also as one tuple or list, or as `size`.
    dtype : dtype
        float32 by default.
    device, layout, pin_memory
        There is one of each: the CPU, strided, and not pinned.
    requires_grad : bool
        Whether `backward` is to compute a gradient for it.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3).shape
    (2, 3)
    """
    return _filled("zeros", _sizes(sizes, size), 0, options)


def ones(*sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """A tensor of ones; what it takes, see `zeros`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(3)
    tensor([1., 1., 1.])
    """
    return _filled("ones", _sizes(sizes, size), 1, options)


def empty(*sizes: Any, size: Any = None, **options: Unpack[Options]) -> Tensor:
    """A tensor that is to be filled: of zeros here. What it takes, see `zeros`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.empty(2, 3).shape
    (2, 3)
    """
    return _filled("empty", _sizes(sizes, size), 0, options)


def full(size: Any, fill_value: Any, **options: Unpack[Options]) -> Tensor:
    """A tensor of one number, whose type says the dtype unless `dtype` does.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    value = number(fill_value) if isinstance(fill_value, BaseTensor) else fill_value
    return _filled("full", (size,), value, options, type_of(value))


def type_of(value: Any) -> np.dtype[Any]:
    kind = np.asarray(value).dtype.kind
    return np.dtype(np.bool_) if kind == "b" else INTEGER if kind in "iu" else FLOAT


def _like(name: str, input: Any, value: Any, options: Any) -> Tensor:
    return _filled(name, (tuple(input.shape),), value, options, input.dtype)


def zeros_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """Zeros of the shape and dtype of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros_like(lanegrad.tensor([5, 6]))
    tensor([0, 0])
    """
    return _like("zeros_like", input, 0, options)


def ones_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """Ones of the shape and dtype of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones_like(lanegrad.tensor([5, 6]))
    tensor([1, 1])
    """
    return _like("ones_like", input, 1, options)


def empty_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """A tensor of the shape and dtype of another, to be filled: of zeros here.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.empty_like(lanegrad.ones(2, 3)).shape
    (2, 3)
    """
    return _like("empty_like", input, 0, options)


def full_like(input: Tensor, fill_value: Any, **options: Unpack[Options]) -> Tensor:
    """One number in the shape and dtype of another tensor.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.full_like(lanegrad.ones(2), 3)
    tensor([3., 3.])
    """
    value = number(fill_value) if isinstance(fill_value, BaseTensor) else fill_value
    return _like("full_like", input, value, options)


def eye(n: int, m: int | None = None, **options: Unpack[Options]) -> Tensor:
    """A matrix with ones on its diagonal and zeros elsewhere.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    if n < 0 or (m or 0) < 0:
        raise RuntimeError(f"n and m must be greater or equal to 0, got {n} and {m}")
    return leaf("eye", np.eye(n, m, dtype=FLOAT), options)
