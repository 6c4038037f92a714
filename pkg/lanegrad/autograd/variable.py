"""Variable, which scripts of before 2018 make of tensors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from .._core import BaseTensor
from .._tensor.inside import as_tensor
from .._tensor.views import detach

if TYPE_CHECKING:
    from .._tensor import Tensor

__all__ = ["Variable"]


class _AnyTensor(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, BaseTensor)


class Variable(metaclass=_AnyTensor):
    """A tensor of the same memory, which requires a gradient if that is asked for.

    Parameters
    ----------
    data : Tensor or array_like
    requires_grad : bool
    volatile : bool
        Has no effect, as in PyTorch since 0.4: use `lanegrad.no_grad` instead.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.autograd import Variable
    >>> x = Variable(lanegrad.ones(2), requires_grad=True)
    >>> isinstance(x, Variable), type(x).__name__, x.requires_grad
    (True, 'Tensor', True)
    """

    def __new__(  # type: ignore[misc]
        cls, data: Any = None, requires_grad: bool = False, volatile: bool = False
    ) -> Tensor:
        if volatile:
            warnings.warn(
                "volatile was removed (Variable.volatile is always False): use no_grad()",
                stacklevel=2,
            )
        tensor = detach(as_tensor(() if data is None else data))
        if requires_grad:
            tensor.requires_grad = True
        return tensor
