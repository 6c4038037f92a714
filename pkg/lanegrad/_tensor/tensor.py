"""Tensor: an array that remembers how it was computed, so that gradients can be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, record
from . import (
    choice,
    comparison,
    counting,
    division,
    extremes,
    indexing,
    linear_systems,
    middle,
    new_like,
    product_sums,
    products,
    rearranging,
    reduction,
    sampling,
    scan,
    scattering,
    selecting,
    softmaxes,
    sorting,
    spread,
    unary,
)
from . import operators as operators_
from .convert import FLOAT, flattened
from .format import array_text
from .in_place import become
from .inside import as_tensor, plain_array
from .operators import operators

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


Operand = Any  # a Tensor, a Python number, or what NumPy can turn into an array


def _in_place(operator: Callable[[Tensor, Operand], Tensor]) -> Any:
    """The operator that writes its result over the tensor on its left."""

    def update(self: Tensor, other: Operand) -> Tensor:
        become(self, operator(self, other))
        return self

    return update


class Tensor(_core.BaseTensor):
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

    __slots__ = ()  # inside.py says what a tensor has

    __array_priority__ = 1000  # array + tensor is then Tensor.__radd__

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False) -> None:
        self._value = plain_array(data).alias() if isinstance(data, Tensor) else _core.share(data)
        if requires_grad:
            self.requires_grad = True

    def __reduce__(self) -> tuple[Any, ...]:
        if type(self._edge) is _core.Node:
            raise TypeError("only leaf tensors can be copied or pickled: call .detach() first")
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

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return int(self._value.size)

    def __len__(self) -> int:
        if not self._value.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    def __repr__(self) -> str:
        extra = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({array_text(self._value.array())}{extra})"

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`; gives the tensor itself."""
        self.requires_grad = requires_grad
        return self

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
            g = record(_core.one() if not self.shape else _core.adopt(np.ones(self.shape, FLOAT)))
        else:
            g = as_tensor(gradient).float()
            if g.shape != self.shape:
                raise ValueError(f"gradient has shape {g.shape}, the tensor has {self.shape}")
        _core.backward(self, g._value, retain_graph)

    def detach(self) -> Tensor:
        """A tensor of the same memory that requires no gradient."""
        return record(plain_array(self).alias())

    @property
    def data(self) -> Tensor:
        """As `detach`; set, it gives the tensor the memory of another."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data is set to a tensor, not to {type(value).__name__}")
        if value.dtype != self.dtype:
            raise TypeError(f"data of {value.dtype} for a tensor of {self.dtype}")
        self._value = plain_array(value).alias()

    def clone(self) -> Tensor:
        """A copy in memory of its own, through which gradients go."""
        return record(self._value.copy(), _same_gradient, (), self)

    def contiguous(self) -> Tensor:
        """The tensor itself if its elements stand one after the other in memory, else a copy of it."""
        if plain_array(self).contiguous:
            return self
        return self.clone()

    def numpy(self) -> np.ndarray:
        """NumPy's array of the same memory; writing to it writes to the tensor.

        Raises
        ------
        RuntimeError
            The tensor requires a gradient: what is computed from the array would have none.
        """
        if self._edge is not None:
            raise RuntimeError(
                "this tensor requires a gradient, which arrays do not carry: use .detach().numpy()"
            )
        return plain_array(self).array()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if copy is None:  # which NumPy before 2.0 does not know
            return np.asarray(array, dtype)
        return np.array(array, dtype, copy=copy)

    def item(self) -> Any:
        """The only element as a Python number."""
        return self._value.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._value.array().tolist()

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
        """The same elements in another shape, in the same memory where it can be; one length may be -1."""
        if len(shape) == 1 and not isinstance(shape[0], int):
            shape = tuple(shape[0])
        return _core.reshape(self, shape)

    view = reshape

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The same elements with the axes from `start_dim` to `end_dim` made one."""
        return self.reshape(*flattened(self.shape, start_dim, end_dim))

    @property
    def T(self) -> Tensor:
        """The axes in reversed order, of the same memory."""
        axes = tuple(range(self.ndim))[::-1]
        value = plain_array(self).transpose(axes)
        return record(value, _core.transpose_gradient, (axes,), self)

    def float(self) -> Tensor:
        """The tensor as float32."""
        return (
            self if self.dtype == FLOAT else record(_core.adopt(self._value.array().astype(FLOAT)))
        )

    def __getitem__(self, index: Any) -> Tensor:
        """The elements at an index: of the same memory for whole numbers, slices, None and Ellipsis."""
        return record(*indexing.take(plain_array(self), indexing.parts_of(index)), self)

    def __setitem__(self, index: Any, value: Operand) -> None:
        """Write to the elements at an index, which no gradient may go through while ops are recorded."""
        operand, tensor = _operand(value)
        if _core.is_grad_enabled() and (
            self._edge is not None or (tensor is not None and tensor._edge is not None)
        ):
            raise RuntimeError(
                "elements of a tensor with a gradient, or by one, are set under no_grad() only: "
                "lanegrad.cat and arithmetic give new tensors instead"
            )
        indexing.put(plain_array(self), indexing.parts_of(index), operand)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    __add__, __radd__ = operators(operators_.add)
    __sub__, __rsub__ = operators(operators_.sub)
    __mul__ = __rmul__ = operators_.times
    __truediv__, __rtruediv__ = operators(division.div)
    __floordiv__, __rfloordiv__ = operators(division.floor_divide)
    __mod__, __rmod__ = operators(division.remainder)
    __pow__, __rpow__ = operators(operators_.pow)
    __matmul__, __rmatmul__ = operators(products.matmul)

    __neg__ = operators_.neg
    __pos__ = operators_.positive
    __abs__ = unary.abs
    __invert__ = comparison.invert
    __and__, __rand__ = operators(comparison.bitwise_and)
    __or__, __ror__ = operators(comparison.bitwise_or)
    __xor__, __rxor__ = operators(comparison.bitwise_xor)
    __lshift__, __rlshift__ = operators(comparison.bitwise_left_shift)
    __rshift__, __rrshift__ = operators(comparison.bitwise_right_shift)

    __iadd__ = _in_place(__add__)
    __isub__ = _in_place(__sub__)
    __imul__ = _in_place(__mul__)
    __itruediv__ = _in_place(__truediv__)

    __eq__: Any = operators(comparison.eq)[0]
    __ne__: Any = operators(comparison.ne)[0]
    __lt__: Any = operators(comparison.lt)[0]
    __le__: Any = operators(comparison.le)[0]
    __gt__: Any = operators(comparison.gt)[0]
    __ge__: Any = operators(comparison.ge)[0]
    __hash__ = object.__hash__

    exp, log, relu, sigmoid, tanh = unary.exp, unary.log, choice.relu, unary.sigmoid, unary.tanh

    # fmt: off
    sum = reduction.sum
    mean = reduction.mean
    prod = reduction.prod
    any = reduction.any
    all = reduction.all
    nansum = reduction.nansum
    sum_to_size = reduction.sum_to_size
    nanmean = reduction.nanmean
    logsumexp = reduction.logsumexp
    count_nonzero = reduction.count_nonzero
    var = spread.var
    std = spread.std
    norm = spread.norm
    dist = spread.dist
    max = extremes.max
    min = extremes.min
    amax = extremes.amax
    amin = extremes.amin
    aminmax = extremes.aminmax
    argmax = extremes.argmax
    argmin = extremes.argmin
    cumsum = scan.cumsum
    cumprod = scan.cumprod
    cummax = scan.cummax
    cummin = scan.cummin
    logcumsumexp = scan.logcumsumexp
    diff = scan.diff
    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    median = middle.median
    nanmedian = middle.nanmedian
    mode = middle.mode
    quantile = middle.quantile
    nanquantile = middle.nanquantile
    unique = counting.unique
    unique_consecutive = counting.unique_consecutive
    bincount = counting.bincount
    histc = counting.histc
    gather = selecting.gather
    index_select = selecting.index_select
    masked_select = selecting.masked_select
    take = selecting.take
    take_along_dim = selecting.take_along_dim
    nonzero = selecting.nonzero
    argwhere = selecting.argwhere
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    scatter_reduce = scattering.scatter_reduce
    index_add = scattering.index_add
    index_copy = scattering.index_copy
    index_fill = scattering.index_fill
    index_put = scattering.index_put
    masked_scatter = scattering.masked_scatter
    flip = rearranging.flip
    fliplr = rearranging.fliplr
    flipud = rearranging.flipud
    roll = rearranging.roll
    rot90 = rearranging.rot90
    repeat = rearranging.repeat
    tile = rearranging.tile
    repeat_interleave = rearranging.repeat_interleave
    tril = rearranging.tril
    triu = rearranging.triu
    diag = rearranging.diag
    diag_embed = rearranging.diag_embed
    diagflat = rearranging.diagflat
    trace = rearranging.trace
    softmax = softmaxes.softmax
    log_softmax = softmaxes.log_softmax
    matmul = products.matmul
    mm = products.mm
    bmm = products.bmm
    mv = products.mv
    dot = products.dot
    vdot = products.vdot
    inner = product_sums.inner
    outer = products.outer
    ger = products.outer
    addmm = product_sums.addmm
    addmv = product_sums.addmv
    addbmm = product_sums.addbmm
    baddbmm = product_sums.baddbmm
    addr = product_sums.addr
    kron = product_sums.kron
    cross = product_sums.cross
    matrix_power = product_sums.matrix_power
    det = linear_systems.det
    logdet = linear_systems.logdet
    slogdet = linear_systems.slogdet
    inverse = linear_systems.inverse
    bernoulli = sampling.bernoulli
    multinomial = sampling.multinomial
    new_tensor = new_like.new_tensor
    new_zeros = new_like.new_zeros
    new_ones = new_like.new_ones
    new_full = new_like.new_full
    new_empty = new_like.new_empty
    # fmt: on


Tensor.__module__ = "lanegrad"  # where users, and what is pickled, find it
_core.set_tensor_class(Tensor)


def _same_gradient(g: Array) -> Array:
    return g


def _operand(x: Operand) -> tuple[Any, Tensor | None]:
    """The array of an operand, and its tensor. Python's numbers stay as they are, without a dtype."""
    if isinstance(x, Tensor):
        return x._value, x
    if type(x) in (int, float, bool):
        return x, None
    return _core.share(x), None
