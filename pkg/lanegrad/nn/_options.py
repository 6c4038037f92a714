"""What layers and losses share that are a function of nn.functional with options, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from .._tensor import Tensor
from .._tensor.convert import as_floats
from .._tensor.creation import tensor
from ._arguments import floats
from ._loss import _Loss
from .functional._reduction import reduction_of
from .module import Module

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class OptionsModule(Module):
    """A layer that calls a function with its input and its options, which are attributes.

    Parameters
    ----------
    **options
        In the order in which the function takes them after its input.
    """

    _function: ClassVar[Callable[..., Tensor]]
    _names: tuple[str, ...]
    inplace: bool

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._names = tuple(options)
        for name, value in options.items():
            self._keep(name, value)

    def _keep(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def forward(self, input: Any) -> Tensor:
        # A function that is a class's attribute would be a method of an instance's.
        return type(self)._function(input, **{name: getattr(self, name) for name in self._names})

    def extra_repr(self) -> str:
        return ", ".join(
            f"{name}={getattr(self, name)!r}"
            for name in self._names
            if name != "inplace" or self.inplace
        )


def class_weights(weight: ArrayLike | Tensor) -> Tensor:
    """A tensor itself, or one of a copy."""
    if not isinstance(weight, Tensor):
        weight = tensor(as_floats(weight, "weight"))
    return floats(weight, "weight")


class LossModule(OptionsModule, _Loss):
    """A loss that calls a function with what it is given, its options and its reduction.

    Parameters
    ----------
    reduction : str
    size_average, reduce : bool, optional
        PyTorch's old arguments for it.
    **options
        Weights among them are buffers.
    """

    reduction: str

    def __init__(
        self,
        reduction: str,
        size_average: bool | None = None,
        reduce: bool | None = None,
        **options: Any,
    ) -> None:
        how = reduction_of(size_average, reduce, reduction, stacklevel=4)
        super().__init__(**options, reduction=how)

    def _keep(self, name: str, value: Any) -> None:
        if name in ("weight", "pos_weight"):
            self.register_buffer(name, value if value is None else class_weights(value))
        else:
            setattr(self, name, value)

    def forward(self, *tensors: Any) -> Tensor:
        options = {name: getattr(self, name) for name in self._names}
        return type(self)._function(*tensors, **options)

    def extra_repr(self) -> str:
        return ""
