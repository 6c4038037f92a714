"""Modules made of modules: in a row, in a list, by name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from operator import index as as_index
from typing import Any, Self

from ._members import MODULE, parentheses
from .module import Module

__all__ = ["Identity", "ModuleDict", "ModuleList", "Sequential"]


class Identity(Module):
    """What it is given; arguments of its constructor are accepted, and not used.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Identity()(3)
    3
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class _Row(Module):
    """Modules with numbers for names, as `Sequential` and `ModuleList` have them."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        own = self.__dict__  # and not `_modules`, since Sequential does this at each call
        return iter([own[name] for name, kind in own["_member_kinds"].items() if kind == MODULE])

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def _name(self, index: Any) -> str:
        """The name of the module at an index, which may be negative."""
        names = list(self._modules)
        try:
            return names[as_index(index)]
        except IndexError:
            raise IndexError(f"index {index} is out of range for {len(names)} modules") from None

    def _with(self, modules: Mapping[str, Module]) -> Any:
        """Another of this class, of these modules."""
        raise NotImplementedError

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._with(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)
        for name in names[index] if isinstance(index, slice) else [self._name(index)]:
            delattr(self, name)
        self._number(list(self._modules.values()))

    def _number(self, modules: list[Any]) -> None:
        """Have these modules, with their numbers for names."""
        for module in modules:
            if module is not None and not isinstance(module, Module):
                raise TypeError(f"expected an nn.Module, found {type(module).__name__}")
        self._modules.clear()
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Put a module before the one at an index."""
        modules = list(self)
        modules.insert(index, module)
        self._number(modules)
        return self

    def pop(self, key: int | slice) -> Any:
        """Take the module at an index out, and give it."""
        module = self[key]
        del self[key]
        return module


class Sequential(_Row):
    """Modules that are called one after the other, each with what the one before gave.

    Parameters
    ----------
    *modules : Module, or one mapping of str to Module
        A mapping gives the modules names; else they are named "0", "1" and so on.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
      (2): Linear(in_features=8, out_features=2, bias=True)
    )
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named: Any = enumerate(modules)
        if len(modules) == 1 and isinstance(modules[0], dict):
            named = modules[0].items()
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        for module in self:
            input = module(input)
        return input

    def _with(self, modules: Mapping[str, Module]) -> Any:
        return type(self)(modules)

    def __add__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"+ takes two Sequentials, found {type(other).__name__}")
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(f"+= takes a Sequential, found {type(other).__name__}")
        return self.extend(other)

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*(list(self) * self._times(times)))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        return self.extend(list(self) * (self._times(times) - 1))

    @staticmethod
    def _times(times: int) -> int:
        if not isinstance(times, int):
            raise TypeError(f"* takes a whole number, found {type(times).__name__}")
        if times <= 0:
            raise ValueError(f"* takes a positive number, found {times}")
        return times


class ModuleList(_Row):
    """A list of modules, whose parameters are those of the module that has it.

    Parameters
    ----------
    modules : iterable of Module, optional

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ModuleList([nn.Linear(4, 8), nn.ReLU(), nn.ReLU()])
    ModuleList(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1-2): 2 x ReLU()
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def _with(self, modules: Mapping[str, Module]) -> Any:
        return type(self)(modules.values())

    def __contains__(self, module: object) -> bool:
        return any(module is own for own in self)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"expected modules, found {type(modules).__name__}")
        return super().extend(modules)

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at an index."""
        super().insert(index, module)

    def __repr__(self) -> str:
        """As of other modules, but equal neighbours are written once."""
        runs: list[list[Any]] = []  # first, last, and what is written
        for i, text in enumerate(repr(module) for module in self):
            if runs and runs[-1][2] == text:
                runs[-1][1] = i
            else:
                runs.append([i, i, text])
        lines = []
        for first, last, text in runs:
            start = f"({first})" if first == last else f"({first}-{last}): {last - first + 1} x"
            start = f"{start}:" if first == last else start
            lines.append(f"{start} {text}".replace("\n", "\n  "))
        return parentheses(self._get_name(), "", lines)


class ModuleDict(Module):
    """Modules by name, whose parameters are those of the module that has it.

    Parameters
    ----------
    modules : mapping of str to Module, or iterable of pairs, optional

    Examples
    --------
    >>> from lanegrad import nn
    >>> heads = nn.ModuleDict({"small": nn.Linear(4, 2), "large": nn.Linear(4, 10)})
    >>> list(heads), heads["large"].out_features
    (['small', 'large'], 10)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[Any] | None = None) -> None:
        super().__init__()
        self.update(() if modules is None else modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take the module of a name out, and give it."""
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Pairs of names and modules."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[Any]) -> None:
        """Add modules, in the place of those that have the same names."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"expected modules by name, found {type(modules).__name__}")
        for name, module in dict(modules.items() if hasattr(modules, "items") else modules).items():
            self[name] = module
