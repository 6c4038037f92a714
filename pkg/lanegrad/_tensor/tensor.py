"""Tensor: an array that remembers how it was computed, so that gradients can be taken."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from copyreg import __newobj__  # type: ignore[attr-defined]
from numbers import Number
from typing import Any

import numpy as np

from .. import _core
from .._core import record
from ..autograd import gradients
from . import indexing, views
from .changes import Changes
from .conversion import Conversions
from .convert import FLOAT
from .creation import array_in
from .format import array_text
from .inside import as_tensor, plain_array
from .kinds import Kinds
from .layouts import strided
from .methods import Operations


class Tensor(Operations, Changes, Conversions, Kinds):
    """An array with a gradient.

    `lanegrad.tensor` makes one of a copy of values in their own dtype. This constructor, as PyTorch's, makes
    floats of everything, and takes whole numbers for a shape.

    Parameters
    ----------
    *data : array_like, or int
        Anything that NumPy can turn into an array of numbers, which are rounded to float32; a C-contiguous
        array of float32 is shared. Or the sizes of a tensor of zeros.
    requires_grad : bool
        Whether `backward` is to compute a gradient for this tensor.

    Raises
    ------
    TypeError
        `data` has another dtype.

    Examples
    --------
    >>> from lanegrad import Tensor
    >>> x = Tensor([1, 2, 3], requires_grad=True)
    >>> loss = (x * x).sum()
    >>> loss
    tensor(14., requires_grad=True)
    >>> loss.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    >>> Tensor(2, 3).shape
    (2, 3)
    """

    __slots__ = ()  # inside.py says what a tensor has

    __array_priority__ = 1000  # array + tensor is then Tensor.__radd__

    def __init__(self, *data: Any, requires_grad: bool = False) -> None:
        values = data[0] if len(data) == 1 else None
        if isinstance(values, _core.BaseTensor):
            self._value = plain_array(values).alias()
        elif isinstance(values, _core.Size) or all(type(size) is int for size in data):
            self._value = _core.full(data if not isinstance(values, _core.Size) else values, 0.0)
        elif len(data) != 1:
            raise TypeError(f"Tensor() takes values, or the sizes of a shape, found {data}")
        else:
            array = array_in(values)
            floats = array.astype(FLOAT) if array.dtype.kind in "iub" else array
            self._value = _core.share(floats)
        if requires_grad:
            self.requires_grad = True

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if type(self._edge) is _core.Node:
            self.__reduce__()  # raises
        copy = type(self).__new__(type(self))
        copy._value = deepcopy(self._value, memo)
        copy.requires_grad = self.requires_grad
        if self.grad is not None:
            copy.grad = deepcopy(self.grad, memo)
        for name, value in getattr(self, "__dict__", {}).items():  # of a subclass
            setattr(copy, name, deepcopy(value, memo))
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        if type(self._edge) is _core.Node:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the moment: call .detach() first"
            )
        state = np.array(self._value.array()), self.requires_grad, self.grad
        return __newobj__, (type(self),), state

    def __setstate__(self, state: tuple[np.ndarray, bool, Tensor | None]) -> None:
        values, requires_grad, grad = state
        self._value = _core.adopt(values)
        self.requires_grad = requires_grad
        if grad is not None:
            self.grad = grad

    def dim(self) -> int:
        """The number of axes."""
        return int(self._value.ndim)

    ndimension = dim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return int(self._value.size)

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours along each axis, or along one, are in memory."""
        array = plain_array(self).array()
        steps = tuple(n // array.itemsize for n in array.strides)
        return steps if dim is None else steps[dim]

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements stand one after the other in memory, as they are read."""
        return bool(plain_array(self).contiguous)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(plain_array(self).array().ctypes.data)

    def element_size(self) -> int:
        """The bytes of an element."""
        return int(self.dtype.itemsize)

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self.numel() * self.itemsize

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    def __repr__(self) -> str:
        note = "requires_grad=True" if self.requires_grad else ""
        return f"tensor({array_text(self._value.array(), note)})"

    def __format__(self, spec: str) -> str:
        """As of its number for a tensor without axes, so that ``f"{loss:.3f}"`` works."""
        if type(self) is Tensor and not self.ndim:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, no change for a computed tensor that has it; gives the tensor itself."""
        if not requires_grad or self.grad_fn is None:
            self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Any:
        """What has made a computed tensor on the tape; None of a leaf."""
        return self._edge if type(self._edge) is _core.Node else None

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to `.grad` of every leaf that it was computed from.

        Parameters
        ----------
        gradient : array_like, optional
            The gradient with respect to this tensor, of its shape. One element needs none.
        retain_graph : bool, optional
            Keep what a second backward pass through the same tensors needs.
        create_graph : bool
            Gradients of gradients are not computed: must be False.
        inputs : Tensor or sequence of Tensor, optional
            The only tensors whose `.grad` changes; they need not be leaves.

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
        if create_graph or inputs is not None:
            gradients.backward(self, gradient, retain_graph, create_graph, inputs=inputs)
        else:
            _core.backward((self,), (gradients.upstream(self, gradient),), bool(retain_graph))

    @property
    def data(self) -> Tensor:
        """As `detach`; set, it gives the tensor the memory of another."""
        return views.detach(self)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data is set to a tensor, not to {type(value).__name__}")
        if self.requires_grad and value.dtype != self.dtype:
            raise RuntimeError(f"data of {value.dtype} for a tensor that requires a gradient")
        self._value = plain_array(value).alias()

    def storage_offset(self) -> int:
        """How many elements of the memory are before the first one."""
        return _core.start_of(plain_array(self))

    @property
    def layout(self) -> Any:
        """`lanegrad.strided`: elements are so many steps apart in memory."""
        return strided

    @property
    def name(self) -> None:
        """None, as of all tensors of PyTorch's that its compiler has not named."""
        return None

    def pin_memory(self, device: Any = None) -> Any:
        """There is no GPU to pin memory for: an error that says so."""
        raise RuntimeError("lanegrad runs on the CPU: leave .pin_memory() out")

    def share_memory_(self) -> Any:
        """Left out, as processes share no tensors: an error that says so."""
        raise RuntimeError("lanegrad's tensors are not shared by processes: use threads instead")

    def new(self, *data: Any, device: Any = None) -> Tensor:
        """A tensor of this dtype, of values or, for whole numbers, of a shape: use `new_tensor` instead.

        Examples
        --------
        >>> import lanegrad
        >>> lanegrad.tensor([1]).new([2.0, 3.0]), lanegrad.tensor([1]).new(2, 3).shape
        (tensor([2, 3]), (2, 3))
        """
        if not data:
            return self.new_empty(0, device=device)
        if isinstance(data[0], _core.Size) or all(type(size) is int for size in data):
            return self.new_zeros(*data, device=device)
        if isinstance(data[0], _core.BaseTensor):
            return as_tensor(data[0]).detach().type_as(self)
        return self.new_tensor(*data, device=device)

    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy in memory of its own, through which gradients go."""
        return record(self._value.copy(), _core.identity_gradient, (), self)

    def contiguous(self, memory_format: Any = None) -> Tensor:
        """The tensor itself if its elements stand one after the other in memory, else a copy of it."""
        if plain_array(self).contiguous:
            return self
        return self.clone()

    @property
    def T(self) -> Tensor:
        """The axes in reversed order, of the same memory."""
        return views.permute(self, *reversed(range(self.ndim)))

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged, of the same memory."""
        if not self.ndim:
            return self
        if self.ndim < 2:
            raise _core.ShapeError(
                f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor."
            )
        return views.transpose(self, -2, -1)

    mH = mT

    @property
    def H(self) -> Tensor:
        """A matrix with rows and columns exchanged, of the same memory."""
        if self.ndim not in (0, 2):
            raise _core.ShapeError(
                f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor."
            )
        return self.T

    __getitem__, __setitem__ = indexing.get, indexing.put

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[i] for i in range(len(self))])

    def __reversed__(self) -> Tensor:
        return self.flip(0)

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, (_core.BaseTensor, Number)):
            raise RuntimeError(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                f"{type(element)}."
            )
        return bool((self == element).any().item())


Tensor.__module__ = "lanegrad"  # where users, and what is pickled, find it
_core.set_tensor_class(Tensor)
