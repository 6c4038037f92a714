"""What a module is made of, by kind: live mappings over its attributes; and how it is named and shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

PARAMETER, BUFFER, TRANSIENT, MODULE = "parameter", "buffer", "transient", "module"
"""Kinds of members. A transient buffer is left out of `state_dict`."""


class Members(MutableMapping[str, Any]):
    """The parameters, the buffers or the modules among a module's attributes, by name.

    Parameters
    ----------
    attributes : dict
        The module's `__dict__`.
    kinds : dict
        The names of all members, in order, with their kinds.
    *shown : str
        The kinds to be shown; what is added is of the first of them.
    """

    def __init__(self, attributes: dict[str, Any], kinds: dict[str, str], *shown: str) -> None:
        self._attributes, self._kinds, self._shown = attributes, kinds, shown

    def __contains__(self, name: object) -> bool:
        return self._kinds.get(name) in self._shown  # type: ignore[call-overload]

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return self._attributes[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self:
            self._kinds.pop(name, None)  # of another kind: it comes last in this one
            self._kinds[name] = self._shown[0]
        self._attributes[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        del self._kinds[name], self._attributes[name]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, kind in self._kinds.items() if kind in self._shown])

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def copy(self) -> dict[str, Any]:
        """The same members in a dict, which is no longer the module's."""
        return dict(self)

    def __repr__(self) -> str:
        return repr(dict(self))


def parentheses(name: str, extra: str, lines: list[str]) -> str:
    """What `repr` of a module gives: its name, and line by line what it has."""
    if not lines and "\n" not in extra:
        return f"{name}({extra})"
    return "\n  ".join([f"{name}(", *(extra.split("\n") if extra else ()), *lines]) + "\n)"


def joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def once(named: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Those that have not come before under another name."""
    seen = set()
    for name, thing in named:
        if thing not in seen:
            seen.add(thing)
            yield name, thing
