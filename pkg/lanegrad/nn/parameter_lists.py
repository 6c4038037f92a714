"""Parameters in a list and by name, which are part of the module that has the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import index as as_index
from typing import Any, Self

from .._tensor import Tensor
from ._members import parentheses
from .module import Module
from .parameter import Parameter

__all__ = ["ParameterDict", "ParameterList"]


def _as_parameter(value: Any) -> Any:
    """A tensor as a parameter; anything else as it is."""
    return Parameter(value) if isinstance(value, Tensor) and type(value) is Tensor else value


def _listed(owner: Module, items: Iterable[tuple[Any, Any]]) -> str:
    lines = []
    for name, value in items:
        if isinstance(value, Tensor):
            kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
            size = "x".join(str(n) for n in value.shape)
            text = f"{kind} containing: [{value.dtype} of size {size}]"
        else:
            text = f"Object of type: {type(value).__name__}"
        lines.append(f"  ({name}): {text}")
    return parentheses(type(owner).__name__, "", lines)


class ParameterList(Module):
    """A list of parameters; tensors become parameters, and what is no tensor stays what it is.

    Parameters
    ----------
    values : iterable, optional

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> scales = nn.ParameterList([lanegrad.ones(2), lanegrad.ones(3)])
    >>> [name for name, _ in scales.named_parameters()]
    ['0', '1']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(() if values is None else values)

    def _name(self, index: Any) -> str:
        try:
            return str(range(self._size)[as_index(index)])
        except IndexError:
            raise IndexError(f"index {index} is out of range for {self._size} values") from None

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._name(index))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, self._name(index), _as_parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(len(self))])

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, value: Any) -> Self:
        """Add a value at the end."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add values at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"expected a list of values, found {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def __repr__(self) -> str:
        return _listed(self, enumerate(self))


class ParameterDict(Module):
    """Parameters by name; tensors become parameters, and what is no tensor stays what it is.

    Parameters
    ----------
    parameters : mapping of str, or iterable of pairs, optional
        Those of a dict come in the order of their names, as in PyTorch; others as they are.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> scales = nn.ParameterDict({"low": lanegrad.ones(2)})
    >>> scales["low"].requires_grad, "high" in scales
    (True, False)
    """

    def __init__(self, parameters: Mapping[str, Any] | Iterable[Any] | None = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(() if parameters is None else parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)  # an AttributeError, as in PyTorch, where there is none

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"the name of a parameter is a string, found {type(key).__name__}")
        if key not in self._keys and hasattr(self, key):
            raise KeyError(f"attribute {key!r} already exists")
        self._keys[key] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._keys))

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: Mapping[str, Any]) -> ParameterDict:
        return ParameterDict({**dict(self.items()), **dict(other.items())})

    def __ior__(self, other: Mapping[str, Any]) -> Self:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """Another of the same parameters."""
        return ParameterDict(self)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return [self[key] for key in self._keys]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of names and parameters."""
        return [(key, self[key]) for key in self._keys]

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, or `default`."""
        return getattr(self, key) if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, which is set to `default` if it is not there."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take the parameter of a name out, and give it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last parameter out, and give its name and it."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all parameters out."""
        for key in self:
            del self[key]

    def update(self, parameters: Mapping[str, Any] | Iterable[Any]) -> None:
        """Add parameters, in the place of those that have the same names; those of a dict by name."""
        pairs: Any = parameters.items() if hasattr(parameters, "items") else parameters
        if type(parameters) is dict:
            pairs = sorted(pairs)
        for key, value in pairs:
            self[key] = value

    def __repr__(self) -> str:
        return _listed(self, self.items())
