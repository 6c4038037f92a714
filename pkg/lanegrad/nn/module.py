"""Module: a layer or a network, with its parameters and the modules it is made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

from .. import _core
from .._tensor import Tensor, overwrite
from .._tensor.creation import tensor as new_tensor
from . import _state
from ._hooks import Hooked
from ._members import BUFFER, MODULE, PARAMETER, TRANSIENT, Members, joined, once, parentheses
from ._placed import Placed
from .parameter import Buffer
from .parameter import Parameter as Parameter

__all__ = ["Module"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_M = TypeVar("_M", bound="Module")


class Module(Placed, Hooked):
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

    # Parameters, buffers and modules are ordinary attributes, so that reading one costs nothing.
    # Which attributes these are, and in what order, says `_member_kinds`.
    _member_kinds: dict[str, str]
    training: bool

    def __init__(self) -> None:
        object.__setattr__(self, "_member_kinds", {})
        self.training = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What calling the module does; for subclasses to define."""
        raise NotImplementedError(f"{type(self).__name__} has no forward: define it")

    # ------------------------------------------------------------------- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        kinds = self.__dict__.get("_member_kinds")
        kind = _kind_of(value)
        held = None if kinds is None else kinds.get(name)
        if kind is None and held is None:
            object.__setattr__(self, name, value)
            return
        if kinds is None:
            what = "parameters" if kind == PARAMETER else MODULE if kind == MODULE else BUFFER
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if held is not None and not (value is None or isinstance(value, _TAKES[held])):
            what = {PARAMETER: "parameter", MODULE: "child module"}.get(held, "buffer")
            raise TypeError(
                f"cannot assign '{type(value).__name__}' as {what} '{name}' "
                f"({_TAKES[held][0].__name__} or None expected)"
            )
        if kind is not None and kind != held:
            kinds.pop(name, None)  # of another kind: it comes last in this one
            kinds[name] = kind
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """Called where there is no such attribute; subclasses may ask for one that is there."""
        if name in self.__dict__:
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._member_kinds.pop(name, None)

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if not name[0].isdigit()]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_hooks": self._hooks} if self._hooks else dict(self.__dict__)

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        if "_member_kinds" in state:  # a shallow copy has its own
            object.__setattr__(self, "_member_kinds", dict(state["_member_kinds"]))

    @property
    def _parameters(self) -> Members:
        return Members(self.__dict__, self._member_kinds, PARAMETER)

    @property
    def _buffers(self) -> Members:
        return Members(self.__dict__, self._member_kinds, BUFFER, TRANSIENT)

    @property
    def _modules(self) -> Members:
        return Members(self.__dict__, self._member_kinds, MODULE)

    def _own_members(self, *kinds: str) -> list[tuple[str, Any]]:
        """The names and values of members of some kinds, without those that are None."""
        own = self.__dict__
        named = ((name, own[name]) for name, kind in self._member_kinds.items() if kind in kinds)
        return [(name, value) for name, value in named if value is not None]

    def _own_state(self) -> list[tuple[str, Any]]:
        """The names and tensors of this module's own that a state has."""
        return self._own_members(PARAMETER) + self._own_members(BUFFER)

    def _register_member(self, name: str, kind: str, value: Any) -> None:
        if "_member_kinds" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"the name of a {kind} is a string, found {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"the name of a {kind} has no dot and is not empty, found {name!r}")
        same = BUFFER if kind == TRANSIENT else kind
        if (
            hasattr(self, name)
            and self._member_kinds.get(name, "").replace(TRANSIENT, BUFFER) != same
        ):
            raise KeyError(f"attribute {name!r} already exists")
        self._member_kinds[name] = kind
        object.__setattr__(self, name, value)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set a parameter as an attribute; None stands for one that is left out."""
        if not (param is None or isinstance(param, Parameter)):
            raise TypeError(f"{name!r} must be an nn.Parameter or None")
        self._register_member(name, PARAMETER, param)

    def register_buffer(
        self, name: str, tensor: ArrayLike | Tensor | None, persistent: bool = True
    ) -> None:
        """Set a tensor as an attribute that is not trained, and that is saved in `state_dict` if
        `persistent`."""
        if tensor is not None and not isinstance(tensor, Tensor):
            tensor = new_tensor(tensor)
        self._register_member(name, BUFFER if persistent else TRANSIENT, tensor)

    def register_module(self, name: str, module: Module | None) -> None:
        """Set a module as an attribute, whatever its name; None stands for one that is left out."""
        if not (module is None or isinstance(module, Module)):
            raise TypeError(f"{name!r} must be an nn.Module, found {type(module).__name__}")
        self._register_member(name, MODULE, module)

    add_module = register_module

    def get_submodule(self, target: str) -> Module:
        """The module of a name such as ``"features.0"``; AttributeError if there is none."""
        module = self
        for name in target.split(".") if target else ():
            found = getattr(module, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` of {target!r} is not an nn.Module")
            module = found
        return module

    def _get_member(self, target: str, kind: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = getattr(module, name)
        if module._member_kinds.get(name, "").replace(TRANSIENT, BUFFER) != kind:
            raise AttributeError(f"`{name}` of {target!r} is not a {kind}")
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a name such as ``"conv1.weight"``; AttributeError if there is none."""
        found: Parameter = self._get_member(target, PARAMETER)
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a name such as ``"bn1.running_mean"``; AttributeError if there is none."""
        found: Tensor = self._get_member(target, BUFFER)
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module where a name such as ``"features.0"`` says; with `strict`, in the place of one."""
        if not isinstance(module, Module) or not target:
            raise ValueError(f"expected a name and an nn.Module, found {target!r} and {module!r}")
        path, _, name = target.rpartition(".")
        if strict:
            self.get_submodule(target)
        setattr(self.get_submodule(path), name, module)

    # --------------------------------------------------------------------- listings

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one is directly made of, each once, with their names."""
        return once(self._own_members(MODULE))

    def children(self) -> Iterator[Module]:
        """The modules that this one is directly made of, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all modules in it, with names such as ``"features.0"``.

        Parameters
        ----------
        memo : set, optional
            Modules to leave out; what is found is added.
        prefix : str
            What names begin with.
        remove_duplicate : bool
            Whether a module that has several names is listed once.
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._own_members(MODULE):
            yield from child.named_modules(memo, joined(prefix, name), remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all modules in it, each once if `remove_duplicate`."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def _named_tensors(
        self, kinds: tuple[str, ...], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        modules: Iterable[tuple[str, Module]] = [(prefix, self)]
        if recurse:
            modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        found = (
            (joined(path, name), value)
            for path, module in modules
            for name, value in module._own_members(*kinds)
        )
        return once(found) if remove_duplicate else found

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with names such as ``"conv1.weight"``, each once if `remove_duplicate`; this
        module's own alone, unless `recurse`."""
        return self._named_tensors((PARAMETER,), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once; this module's own alone, unless `recurse`."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with names such as ``"bn1.running_mean"``, as `named_parameters` lists parameters."""
        return self._named_tensors((BUFFER, TRANSIENT), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers, each once; this module's own alone, unless `recurse`."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ------------------------------------------------------------------------ modes

    def train(self: _M, mode: bool = True) -> _M:
        """Set this module and all in it to training mode, or to evaluation mode."""
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is True or False, found {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: _M) -> _M:
        """Set this module and all in it to evaluation mode."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or make them zero where they are."""
        for parameter in self.parameters():
            grad = parameter.grad
            if set_to_none:
                parameter.grad = None
            elif grad is not None:
                overwrite(grad, _core.full(grad.shape, 0.0))

    def requires_grad_(self: _M, requires_grad: bool = True) -> _M:
        """Set whether the parameters get gradients."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def apply(self: _M, fn: Callable[[Module], object]) -> _M:
        """Call a function with each module in this one, innermost first, and with this one."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # ---------------------------------------------------------------- saved states

    def state_dict(
        self,
        *args: Any,
        destination: MutableMapping[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """All parameters and buffers by name, as PyTorch names them: tensors of the same memory.

        Parameters
        ----------
        destination : mutable mapping, optional
            What they are written to, and what is returned; a new OrderedDict if not given.
        prefix : str
            What names begin with.
        keep_vars : bool
            Whether to give parameters themselves, instead of tensors that require no gradient.

        Examples
        --------
        >>> from lanegrad import nn
        >>> state = nn.Linear(4, 2).state_dict()
        >>> {name: tensor.shape for name, tensor in state.items()}
        {'weight': (2, 4), 'bias': (2,)}
        """
        if args:
            destination, prefix, keep_vars = _state.positional(args, destination, prefix, keep_vars)
        state = OrderedDict() if destination is None else destination
        _state.save(self, state, prefix, keep_vars)
        for name, module in self._own_members(MODULE):
            module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._hooks_of("save"):
            hook.function(self, state, prefix, {})
        return state

    def get_extra_state(self) -> Any:
        """What a state has of this module beside tensors; for subclasses to define."""
        raise RuntimeError(f"{type(self).__name__} has no get_extra_state: define it")

    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave, when a state is loaded; for subclasses to define."""
        raise RuntimeError(f"{type(self).__name__} has no set_extra_state: define it")

    def load_state_dict(
        self,
        state_dict: Mapping[str, ArrayLike | Tensor],
        strict: bool = True,
        assign: bool = False,
    ) -> _state.IncompatibleKeys:
        """Set parameters and buffers by name.

        Parameters
        ----------
        state_dict : mapping of str to array_like
            As `state_dict` gives, or anything that NumPy can turn into arrays of the same shapes.
        strict : bool
            Whether every name of the module must occur, and no other.
        assign : bool
            Whether the tensors become the module's own, instead of being copied.

        Returns
        -------
        missing_keys, unexpected_keys : list of str
            Names that `state_dict` lacks, and names that the module does not have.

        Raises
        ------
        RuntimeError
            Names or shapes do not fit, or a tensor holds NaN: a ValueError as well. All that is wrong
            is listed, and nothing has been changed.

        Examples
        --------
        >>> from lanegrad import nn
        >>> nn.Linear(4, 2).load_state_dict(nn.Linear(4, 2).state_dict())
        <All keys matched successfully>
        """
        return _state.load(self, state_dict, strict, assign)

    # ------------------------------------------------------------------------ text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands in the parentheses of ``repr``; for subclasses to define."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"({name}): " + repr(child).replace("\n", "\n  ")
            for name, child in self._modules.items()
        ]
        return parentheses(self._get_name(), self.extra_repr(), lines)


_TAKES: dict[str, tuple[type, ...]] = {
    PARAMETER: (Parameter,),
    MODULE: (Module, Parameter),
    BUFFER: (Tensor, Module),
    TRANSIENT: (Tensor, Module),
}
"""What may take the place of a member of a kind."""


def _kind_of(value: Any) -> str | None:
    """The kind of member that a value becomes as an attribute."""
    if isinstance(value, Parameter):
        return PARAMETER
    if isinstance(value, Module):
        return MODULE
    if isinstance(value, Buffer):
        return BUFFER if value.persistent else TRANSIENT
    return None
