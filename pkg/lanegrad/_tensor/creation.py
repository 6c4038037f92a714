"""Tensors from data, from one number and from ranges."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import BaseTensor, adopt, record
from .convert import FLOAT
from .inside import array_of, plain_array
from .movement import converted, values_of
from .options import Options, checked, size_of

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
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
        return _number(data)
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


def _number(x: BaseTensor) -> Any:
    value = array_of(x)
    if value.size != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars, found shape {x.shape}: "
            "lanegrad.stack joins tensors"
        )
    return value.item()


def _array(data: Any) -> np.ndarray:
    """`data`, which is no tensor, as NumPy's array."""
    a = data if isinstance(data, np.ndarray) else np.asarray(_plain(data))
    if a.dtype == np.object_:
        raise RuntimeError(f"Could not infer dtype of {type(a.flat[0]).__name__}")
    if a.dtype.kind in "US":
        raise TypeError("a tensor holds floats, integers or booleans, no text")
    return a


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
    return leaf("tensor", _core.copied(np.asarray(_array(data), dtype)), options)


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
    x: Any = data if isinstance(data, BaseTensor) else record(_core.share(_array(data)))
    return converted(x, wanted)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
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


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory of a C-contiguous array of float32, integers or booleans.

    Raises
    ------
    TypeError
        `array` is no array of NumPy's.

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
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    return record(_core.share(array))


def _filled(name: str, size: Any, value: Any, options: Any, dtype: Any = None) -> Tensor:
    """A tensor of one number; `dtype` counts if the options say none."""
    shape = tuple(int(_number(n) if isinstance(n, BaseTensor) else n) for n in size_of(size))
    if any(n < 0 for n in shape):
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}"
        )
    wanted = checked(name, options)[0] or dtype or FLOAT
    if wanted == FLOAT:
        return leaf(name, _core.full(shape, value), options)
    return leaf(name, adopt(np.full(shape, value, wanted)), options)


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
    number = _number(fill_value) if isinstance(fill_value, BaseTensor) else fill_value
    return _filled("full", (size,), number, options, _type_of(number))


def _type_of(number: Any) -> np.dtype[Any]:
    kind = np.asarray(number).dtype.kind
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
    number = _number(fill_value) if isinstance(fill_value, BaseTensor) else fill_value
    return _like("full_like", input, number, options)


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


def _numbers(*values: Any) -> list[Any]:
    return [_number(v) if isinstance(v, BaseTensor) else v for v in values]


def arange(start: Any = 0, end: Any = None, step: Any = 1, **options: Unpack[Options]) -> Tensor:
    """The numbers from `start` to before `end` at distances of `step`.

    Parameters
    ----------
    start, end, step : number
        A single one is `end`.
    dtype : dtype, optional
        By default int64 if all numbers are integers, else float32.

    Raises
    ------
    RuntimeError
        The step is 0, or leads away from the end.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.arange(3), lanegrad.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    if end is None:
        start, end = 0, start
    first, last, by = _numbers(start, end, step)
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (last - first) * by < 0:
        raise RuntimeError(
            f"upper bound and lower bound inconsistent with step sign: {first} to {last} by {by}"
        )
    whole = all(_type_of(v) != FLOAT for v in (first, last, by))
    dtype = checked("arange", options)[0] or (INTEGER if whole else FLOAT)
    if not whole and not all(np.isfinite(v) for v in (first, last, by)):
        raise RuntimeError(f"unsupported range: {first} -> {last} by {by}")
    count = len(range(first, last, by)) if whole else ceil((last - first) / by)
    if dtype.kind != "f":
        first, by = int(first), int(by)
    return leaf("arange", (first + np.arange(count) * by).astype(dtype), options)


def linspace(start: Any, end: Any, steps: int, **options: Unpack[Options]) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both of which are there.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    return _spaced("linspace", start, end, steps, options)


def _spaced(name: str, start: Any, end: Any, steps: int, options: Any, base: Any = None) -> Tensor:
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, found {steps}")
    first, last = _numbers(start, end)
    values = np.linspace(first, last, steps)
    if base is not None:
        values = np.power(float(base), values)
    return leaf(name, values.astype(checked(name, options)[0] or FLOAT), options)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, **options: Unpack[Options]
) -> Tensor:
    """The powers of `base` whose exponents are ``linspace(start, end, steps)``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    return _spaced("logspace", start, end, steps, options, base)
