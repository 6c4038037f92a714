"""The tensors that modules are made of: parameters, and buffers, which are not trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core import Size
from .._tensor import Tensor
from .._tensor.creation import tensor as new_tensor
from .._tensor.creation import zeros

__all__ = ["Buffer", "Parameter", "UninitializedParameter"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _values(data: Any) -> Tensor:
    if isinstance(data, Tensor):
        return data
    return new_tensor(() if data is None else data)


class Parameter(Tensor):
    """A tensor that is part of a module's state and that an optimizer changes.

    Parameters
    ----------
    data : array_like
        Its initial value, nothing if left out. A tensor's memory is shared, other values are copied.
    requires_grad : bool

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Parameter([1.0, 2.0])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike | Tensor | None = None, requires_grad: bool = True) -> None:
        super().__init__(_values(data), requires_grad=requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A copy in memory of its own, without the gradient."""
        copy = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = copy
        return copy


class Buffer(Tensor):
    """A tensor that is part of a module's state and that is not trained.

    Parameters
    ----------
    data : array_like
        Its initial value, nothing if left out. A tensor's memory is shared, other values are copied.
    persistent : bool
        Whether it is part of the module's `state_dict`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> module = nn.Module()
    >>> module.scale = nn.Buffer([0.5])
    >>> list(module.state_dict())
    ['scale']
    """

    persistent = True

    def __init__(self, data: ArrayLike | Tensor | None = None, *, persistent: bool = True) -> None:
        super().__init__(_values(data))
        self.persistent = persistent


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet: that of a lazy layer before its first call.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LazyLinear(2).weight
    <UninitializedParameter>
    """

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(zeros(0, device=device, dtype=dtype), requires_grad)

    @property
    def shape(self) -> Size:
        raise RuntimeError(
            "the shape of a lazy layer's parameter is known after its first call: call the network "
            "with an input of the right shape once before"
        )

    def materialize(self, shape: tuple[int, ...]) -> None:
        """Make it a parameter of this shape, of zeros."""
        self.__class__ = Parameter  # type: ignore[assignment]
        self.data = zeros(*shape)

    def __repr__(self) -> str:
        return "<UninitializedParameter>"

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedParameter:
        copy = memo[id(self)] = type(self)(self.requires_grad)
        return copy
