"""What layers without parameters share: a function of nn.functional, and the options it is called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .._tensor import Tensor
from .module import Module


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
