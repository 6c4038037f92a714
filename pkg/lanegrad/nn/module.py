"""Module: a layer or a network, with its parameters and the modules it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import _core
from .._tensor import Tensor, as_tensor, overwrite
from .._tensor.creation import tensor as new_tensor

__all__ = ["Module", "Parameter"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_M = TypeVar("_M", bound="Module")


class Parameter(Tensor):
    """A tensor that is part of a module's state and that an optimizer changes.

    Parameters
    ----------
    data : array_like
        Its initial value. A tensor's memory is shared, other values are copied.
    requires_grad : bool

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Parameter([1.0, 2.0])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = True) -> None:
        super().__init__(data if isinstance(data, Tensor) else new_tensor(data), requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Module(_core.BaseModule):
    """A layer or a network.

    A subclass sets its parameters and the modules it is made of as attributes in ``__init__``,
    after ``super().__init__()``, and defines ``forward``. Calling the module calls ``forward``.

    Attributes
    ----------
    training : bool
        True until `eval` is called.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn as nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = nn.Linear(4, 2)
    ...     def forward(self, x):
    ...         return self.fc(x)
    >>> net = Net()
    >>> net
    Net(
      (fc): Linear(in_features=4, out_features=2, bias=True)
    )
    >>> net(lanegrad.zeros(3, 4)).shape
    (3, 2)
    >>> [name for name, _ in net.named_parameters()]
    ['fc.weight', 'fc.bias']
    """

    forward: Callable[..., Any]

    # Parameters, buffers and modules are ordinary attributes, so that reading one costs nothing.
    # They are told apart by type, buffers by name.
    _buffers: set[str]
    training: bool

    def __init__(self) -> None:
        object.__setattr__(self, "_buffers", set())
        self.training = True

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = self.__dict__
        if "_buffers" not in attributes:
            raise AttributeError(
                f"cannot set {name!r}: call super().__init__() first in "
                f"{type(self).__name__}.__init__()"
            )
        is_parameter = isinstance(attributes.get(name), Parameter)
        kind = Parameter if is_parameter else Tensor if name in self._buffers else None
        if kind and not (value is None or isinstance(value, kind)):
            raise TypeError(
                f"{name!r} is a {'parameter' if is_parameter else 'buffer'}: set it to a "
                f"{kind.__name__} or None, not {type(value).__name__}"
            )
        object.__setattr__(self, name, value)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set a parameter as an attribute; None stands for one that is left out."""
        if not (param is None or isinstance(param, Parameter)):
            raise TypeError(f"{name!r} must be an nn.Parameter or None")
        setattr(self, name, param)

    def register_buffer(self, name: str, tensor: ArrayLike | Tensor | None) -> None:
        """Set a tensor as an attribute that is saved in `state_dict` but not trained."""
        if tensor is not None and not isinstance(tensor, Tensor):
            tensor = new_tensor(tensor)
        setattr(self, name, tensor)
        self._buffers.add(name)

    def add_module(self, name: str, module: Module) -> None:
        """Set a module as an attribute, whatever its name."""
        if not isinstance(module, Module):
            raise TypeError(f"{name!r} must be an nn.Module, found {type(module).__name__}")
        setattr(self, name, module)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one is directly made of, with their names."""
        for name, value in self.__dict__.items():
            if isinstance(value, Module):
                yield name, value

    def children(self) -> Iterator[Module]:
        """The modules that this one is directly made of."""
        for _, module in self.named_children():
            yield module

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all modules in it, each once, with names such as ``"features.0"``."""
        seen = set()
        for name, module in self._walk(prefix):
            if module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator[Module]:
        """This module and all modules in it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """All parameters, each once, with names such as ``"conv1.weight"``."""
        seen = set()
        for name, tensor in self._state(prefix):
            if isinstance(tensor, Parameter) and tensor not in seen:
                seen.add(tensor)
                yield name, tensor

    def parameters(self) -> Iterator[Parameter]:
        """All parameters, each once."""
        for _, parameter in self.named_parameters():
            yield parameter

    def _walk(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all modules in it, those that occur several times under each name."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def _state(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """All parameters and buffers, under each name."""
        for path, module in self._walk(prefix):
            dot = path and path + "."
            own = module.__dict__.items()
            yield from ((dot + name, v) for name, v in own if isinstance(v, Parameter))
            yield from ((dot + n, v) for n, v in own if n in module._buffers and v is not None)

    def train(self: _M, mode: bool = True) -> _M:
        """Set this module and all in it to training mode, or to evaluation mode."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: _M) -> _M:
        """Set this module and all in it to evaluation mode."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self: _M, requires_grad: bool = True) -> _M:
        """Set whether the parameters get gradients."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def apply(self: _M, function: Callable[[Module], object]) -> _M:
        """Call a function with each module in this one, innermost first, and with this one."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """All parameters and buffers by name, as PyTorch names them: tensors of the same memory.

        Examples
        --------
        >>> from lanegrad import nn
        >>> state = nn.Linear(4, 2).state_dict()
        >>> {name: tensor.shape for name, tensor in state.items()}
        {'weight': (2, 4), 'bias': (2,)}
        """
        return {name: tensor.detach() for name, tensor in self._state()}

    def load_state_dict(
        self, state_dict: Mapping[str, ArrayLike | Tensor], strict: bool = True
    ) -> tuple[list[str], list[str]]:
        """Set parameters and buffers by name.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            As `state_dict` gives, or anything that NumPy can turn into arrays of the same shapes.
        strict : bool
            Whether every name of the module must occur, and no other.

        Returns
        -------
        missing, unexpected : list of str
            Names that `state_dict` lacks, and names that the module does not have.

        Raises
        ------
        ValueError
            Names or shapes do not fit, or an array holds NaN. All that is wrong is listed, and
            nothing has been changed.

        Examples
        --------
        >>> from lanegrad import nn
        >>> nn.Linear(4, 2).load_state_dict(nn.Linear(4, 2).state_dict())
        ([], [])
        """
        own = dict(self._state())
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        wrong = []
        if strict:
            wrong += [f"{name} is missing" for name in missing]
            wrong += [f"{name} is not part of the module" for name in unexpected]
        new = {}
        for name, tensor in own.items():
            if name not in state_dict:
                continue
            try:
                array = as_tensor(state_dict[name]).detach().numpy()
            except (TypeError, ValueError) as error:
                wrong.append(f"{name}: {error}")
                continue
            if array.shape != tensor.shape:
                wrong.append(f"{name} has shape {array.shape} instead of {tensor.shape}")
            elif array.dtype.kind == "f" and np.isnan(array).any():
                wrong.append(f"{name} holds NaN")
            new[name] = array
        if wrong:
            raise ValueError(f"state_dict does not fit {type(self).__name__}: " + "; ".join(wrong))
        for name, array in new.items():
            overwrite(own[name], _core.adopt(array.astype(own[name].dtype)))
        return missing, unexpected

    def extra_repr(self) -> str:
        """What stands in the parentheses of ``repr``; for subclasses to define."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in self.named_children()
        ]
        name, extra = type(self).__name__, self.extra_repr()
        if not lines:
            return f"{name}({extra})"
        return "\n  ".join([f"{name}(", *filter(None, [extra]), *lines]) + "\n)"
