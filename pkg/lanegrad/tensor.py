"""Tensor: an array that remembers how it was computed, so that gradients can be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from . import _core, arithmetic, elementwise
from ._convert import FLOAT, as_array
from ._format import array_text
from .autograd import Edge, Node, Rule, backward, mode
from .lanes import Lanes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ONE = np.ones((), FLOAT)  # where a backward pass starts: rules know it and need not multiply by it
ONE.flags.writeable = False

_new = object.__new__  # without what __init__ does for users


class MaxResult(NamedTuple):
    """What `Tensor.max` gives along an axis."""

    values: Tensor
    indices: Tensor


Op = Callable[[Any, Any, tuple[bool, bool]], tuple[np.ndarray, Rule]]
Operand = Any  # a Tensor, a Python number, or what NumPy can turn into an array


@final
class Leaf:
    """Where the gradient of a leaf tensor adds up."""

    __slots__ = ("grad",)

    def __init__(self) -> None:
        self.grad: Tensor | None = None

    def accumulate(self, gradient: Any, shared: bool) -> None:
        if type(gradient) is Lanes:
            gradient = gradient.unpack()
        _core.note_gradient(self, True)
        if self.grad is not None:
            array = self.grad._plain()
            _core.add(array, np.asarray(gradient, FLOAT, order="C"), array)
        else:
            self.grad = record(np.array(gradient, FLOAT) if shared else np.asarray(gradient, FLOAT))


def _comparison(ufunc: np.ufunc) -> Any:
    def compare(self: Tensor, other: Operand) -> Any:
        try:
            operand, _ = _operand(other)
        except TypeError:
            return NotImplemented
        return record(np.asarray(ufunc(self._plain(), operand)))

    return compare


def _operators(op: Op) -> tuple[Callable[[Tensor, Operand], Tensor], ...]:
    """An operator, and its form for a tensor on the right."""
    return lambda a, b: _apply(op, a, b), lambda a, b: _apply(op, b, a)


def _method(function: Callable[[np.ndarray | Lanes], Any]) -> Callable[[Tensor], Tensor]:
    """A method for a function of one element."""

    def method(self: Tensor) -> Tensor:
        return record(*function(self.float()._value), self._edge)

    method.__doc__ = function.__doc__
    return method


def _in_place(ufunc: np.ufunc, op: Op) -> Any:
    """The operator writes into the tensor's array where nothing is recorded: under no_grad().

    Elsewhere it gives a new tensor, because a rule of the tape may have kept the array.
    """

    def update(self: Tensor, other: Operand) -> Tensor:
        if not mode.enabled:
            array = _core.seen(self._plain())
            ufunc(array, _operand(other)[0], out=array)
            return self
        if type(self._edge) is Leaf:
            raise RuntimeError("a leaf that requires a gradient changes only under no_grad()")
        return _apply(op, self, other)

    return update


class Tensor:
    """An array with a gradient.

    Parameters
    ----------
    data : array_like
        Anything that NumPy can turn into an array of floats, integers or booleans. float64 and
        float16 are rounded to float32. A C-contiguous array that needs no conversion is shared.
    requires_grad : bool
        Whether `backward` is to compute a gradient for this tensor. It must be float32 then.

    Raises
    ------
    TypeError
        `data` has another dtype, or is not float32 and `requires_grad` is set.

    Examples
    --------
    >>> from lanegrad import Tensor
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> loss = (x * x).sum()
    >>> loss
    tensor(14., requires_grad=True)
    >>> loss.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "_edge", "_value")

    __array_priority__ = 1000  # array + tensor is then Tensor.__radd__

    # Arrays are C-contiguous, on the tape too. Convolutions leave Lanes here, unpacked as soon as
    # something asks for the array.
    _value: np.ndarray | Lanes
    _edge: Edge

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False) -> None:
        self._value = data._plain() if isinstance(data, Tensor) else as_array(data)
        self._edge = None
        if requires_grad:
            self.requires_grad = True

    def _plain(self) -> np.ndarray:
        value = self._value
        if type(value) is Lanes:
            value = self._value = value.unpack()
        return value

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, (N, C, H, W) for images."""
        return self._value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's dtype."""
        return self._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    def dim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self._value.shape if dim is None else self._value.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return prod(self._value.shape)

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self._value.shape[0])

    def __repr__(self) -> str:
        extra = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({array_text(_core.seen(self._plain()))}{extra})"

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient is computed for this tensor or through it; can be set on leaves."""
        return self._edge is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if type(self._edge) is Node:
            if not wanted:
                raise RuntimeError("requires_grad of a computed tensor is fixed: use .detach()")
        elif not wanted:
            self._edge = None
        elif self.dtype != FLOAT:
            raise TypeError(f"only float32 tensors can have a gradient, this one is {self.dtype}")
        elif self._edge is None:
            self._edge = Leaf()

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`; gives the tensor itself."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by the user rather than computed with a gradient."""
        return type(self._edge) is not Node

    @property
    def grad(self) -> Tensor | None:
        """The gradient that has added up in a leaf."""
        return _core.note_gradient(self._edge, True) if type(self._edge) is Leaf else None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if type(self._edge) is Leaf:
            if value is not None and (value.shape != self.shape or value.dtype != FLOAT):
                raise ValueError(
                    f"the gradient must be float32 of shape {self.shape}, "
                    f"found {value.dtype} of shape {value.shape}"
                )
            if value is not None:
                value._plain()  # optimizers want arrays, not lanes
            _core.note_gradient(self._edge, False)
            self._edge.grad = value
        elif value is not None:
            raise RuntimeError("only a leaf that requires a gradient has one")

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def backward(self, gradient: ArrayLike | None = None, retain_graph: bool = False) -> None:
        """Add the gradient of this tensor to `.grad` of every leaf that it was computed from.

        Parameters
        ----------
        gradient : array_like, optional
            The gradient with respect to this tensor, of its shape. One element needs none.
        retain_graph : bool
            Keep what a second backward pass through the same tensors needs.

        Raises
        ------
        RuntimeError
            The tensor requires no gradient, has several elements and no `gradient` is given, or its
            graph has been freed by an earlier backward pass.

        Examples
        --------
        >>> from lanegrad import Tensor
        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> (x * 3).backward([1.0, 10.0])
        >>> x.grad
        tensor([ 3., 30.])
        """
        if self._edge is None:
            raise RuntimeError(
                "this tensor requires no gradient: nothing it was computed from does, or it was "
                "computed under no_grad()"
            )
        if gradient is None:
            if self.numel() != 1:
                raise RuntimeError(
                    f"backward() of a tensor of shape {self.shape} needs a gradient of that shape; "
                    "a loss is a single number, as sum() and mean() give"
                )
            g = np.ones(self.shape, FLOAT) if self.shape else ONE
        else:
            g = as_tensor(gradient).float()._plain()
            if g.shape != self.shape:
                raise ValueError(f"gradient has shape {g.shape}, the tensor has {self.shape}")
        if type(self._edge) is Node:
            backward(self._edge, g, retain_graph, arithmetic.add_gradients)
        else:
            self._edge.accumulate(g, True)

    def detach(self) -> Tensor:
        """The same array as a tensor that requires no gradient."""
        return record(self._plain())

    @property
    def data(self) -> Tensor:
        """As `detach`."""
        return self.detach()

    def numpy(self) -> np.ndarray:
        """The array itself, C-contiguous; writing to it writes to the tensor.

        Raises
        ------
        RuntimeError
            The tensor requires a gradient: what is computed from the array would have none.
        """
        if self._edge is not None:
            raise RuntimeError(
                "this tensor requires a gradient, which arrays do not carry: use .detach().numpy()"
            )
        return _core.seen(self._plain())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype, copy=copy)

    def item(self) -> Any:
        """The only element as a Python number."""
        return _core.seen(self._plain()).item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return _core.seen(self._plain()).tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError(f"only an integer tensor can be an index, this one is {self.dtype}")
        return int(self.item())

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape; one length may be -1."""
        x = self._plain()
        before = x.shape
        return record(x.reshape(*shape), lambda g: (g.reshape(before),), self._edge)

    view = reshape

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The same elements with the axes from `start_dim` to `end_dim` made one."""
        shape = self.shape or (1,)
        asked = f"flatten from axis {start_dim} to {end_dim} of a tensor of shape {self.shape}"
        try:
            start, end = range(len(shape))[start_dim], range(len(shape))[end_dim]
        except IndexError:
            raise IndexError(f"{asked}: there is no such axis") from None
        if start > end:
            raise ValueError(f"{asked}: the first axis comes after the last")
        length = prod(shape[start : end + 1])
        return self.reshape(*shape[:start], length, *shape[end + 1 :])

    @property
    def T(self) -> Tensor:
        """A copy with the axes in reversed order."""
        value = np.asarray(self._plain().T, order="C")
        return record(value, lambda g: (np.asarray(g.T, order="C"),), self._edge)

    def float(self) -> Tensor:
        """The tensor as float32."""
        return self if self.dtype == FLOAT else record(self._plain().astype(FLOAT))

    def __getitem__(self, index: Any) -> Tensor:
        parts = index if isinstance(index, tuple) else (index,)
        parts = tuple(part.numpy() if isinstance(part, Tensor) else part for part in parts)
        return record(*arithmetic.take(self._plain(), parts), self._edge)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __add__(self, other: Operand) -> Tensor:
        return _apply(arithmetic.add, self, other, arithmetic.add_alike)

    __radd__ = __add__

    __sub__, __rsub__ = _operators(arithmetic.subtract)

    def __mul__(self, other: Operand) -> Tensor:
        if type(other) in (int, float) and self.dtype == FLOAT:
            return record(*arithmetic.scale(self._value, other), self._edge)
        return _apply(arithmetic.multiply, self, other, arithmetic.multiply_alike)

    __rmul__ = __mul__

    __truediv__, __rtruediv__ = _operators(arithmetic.divide)
    __pow__, __rpow__ = _operators(arithmetic.power)
    __matmul__, __rmatmul__ = _operators(arithmetic.matmul)

    def __neg__(self) -> Tensor:
        return self * -1

    __iadd__ = _in_place(np.add, arithmetic.add)
    __isub__ = _in_place(np.subtract, arithmetic.subtract)
    __imul__ = _in_place(np.multiply, arithmetic.multiply)
    __itruediv__ = _in_place(np.true_divide, arithmetic.divide)

    __eq__ = _comparison(np.equal)
    __ne__ = _comparison(np.not_equal)
    __lt__ = _comparison(np.less)
    __le__ = _comparison(np.less_equal)
    __gt__ = _comparison(np.greater)
    __ge__ = _comparison(np.greater_equal)
    __hash__ = object.__hash__

    exp = _method(elementwise.exp)
    log = _method(elementwise.log)
    relu = _method(elementwise.relu)
    sigmoid = _method(elementwise.sigmoid)
    tanh = _method(elementwise.tanh)

    def sum(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Tensor:
        """The sum of all elements, or along some axes."""
        return record(*arithmetic.sum(self._plain(), dim, keepdim), self._edge)

    def mean(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Tensor:
        """The mean of all elements, or along some axes."""
        if self.dtype != FLOAT:
            raise TypeError(f"mean() of {self.dtype}: convert to float32 with .float() first")
        total = self.sum(dim, keepdim)
        return total / (self.numel() / max(total.numel(), 1))

    def max(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The largest element; or, along an axis, ``(values, indices)`` of the largest ones."""
        if dim is None:
            return record(*arithmetic.max(self._plain()), self._edge)
        values, indices, rule = arithmetic.max_along(self._plain(), dim, keepdim)
        return MaxResult(record(values, rule, self._edge), record(indices))

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The index of the first largest element, along an axis or in the flattened tensor."""
        return record(np.asarray(np.argmax(self._plain(), axis=dim, keepdims=keepdim)))


def record(value: np.ndarray | Lanes, rule: Rule | None = None, *parents: Edge) -> Tensor:
    """The tensor of an op's result, on the tape if that records and a parent needs a gradient."""
    result = _new(Tensor)
    result._value = value
    result._edge = Node(rule, parents) if rule and any(parents) and mode.enabled else None
    return result


def as_tensor(x: ArrayLike | Tensor) -> Tensor:
    """`x` itself if it is a tensor, else a tensor of it."""
    return x if isinstance(x, Tensor) else Tensor(x)


def _operand(x: Operand) -> tuple[Any, Edge]:
    """The array and the edge of an operand. Python's numbers stay as they are, without a dtype."""
    if isinstance(x, Tensor):
        return x._plain(), x._edge
    return (x if type(x) in (int, float, bool) else as_array(x)), None


def _apply(op: Op, left: Operand, right: Operand, alike: Any = None) -> Tensor:
    """An op of two operands; `alike` is its form for float32 of one shape, in lanes or not."""
    if alike and isinstance(right, Tensor) and left.shape == right.shape:
        a, b = left._value, right._value
        if a.dtype == b.dtype == FLOAT:
            pa, pb = left._edge, right._edge
            return record(*alike(a, b, (pa is not None, pb is not None)), pa, pb)
    (a, pa), (b, pb) = _operand(left), _operand(right)
    return record(*op(a, b, (pa is not None, pb is not None)), pa, pb)
