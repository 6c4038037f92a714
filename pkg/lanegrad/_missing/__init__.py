"""What is not there: errors that say so, why, and what to use instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from .paths import add_paths, is_from_import
from .table import left_out

__all__ = ["Missing", "explain", "lazy_names", "leave_out", "missing_names", "refusing"]


class _Nothing:
    """What an AttributeError is said to be of, so that Python finds no similar names to add."""

    def __dir__(self) -> list[str]:
        return []


REFUSED = {
    "cuda": "lanegrad runs on the CPU: leave .cuda() out, or do it if lanegrad.cuda.is_available()",
    "double": "lanegrad computes in float32: leave .double() out",
    "half": "lanegrad computes in float32: leave .half() out",
}
"""Methods of tensors, and what they say when they are called."""


def missing_names(module: str) -> Callable[[str], Any]:
    """The function ``__getattr__`` of a module, which Python calls for names that it does not have.

    Parameters
    ----------
    module : str
        Its name.

    Returns
    -------
    callable
        It raises AttributeError; or ImportError where the name is imported, since Python would not show
        the text of the former.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.nn.LSTM
    Traceback (most recent call last):
    ...
    AttributeError: lanegrad.nn has no LSTM: recurrent layers are left out on purpose
    >>> lanegrad.nn.Linaer
    Traceback (most recent call last):
    ...
    AttributeError: lanegrad.nn has no Linaer: the nearest name is Linear
    """

    def __getattr__(name: str) -> Any:
        _refuse(module, name, sys._getframe(1))

    return __getattr__


def _refuse(module: str, name: str, caller: Any) -> NoReturn:
    """The error for a name that a module has not, which is asked for in this frame."""
    text = text_for(module, name, dir(sys.modules[module]))
    if is_from_import(caller):
        raise ImportError(text)
    raise AttributeError(text, name=name, obj=_Nothing())


def lazy_names(
    package: str, modules: Iterable[str], names: Mapping[str, Iterable[str]]
) -> Callable[[str], Any]:
    """As `missing_names`, for a package whose modules, and names of them, are loaded when they are asked for.

    Parameters
    ----------
    package : str
    modules : iterable of str
    names : mapping of str to iterable of str
        The package's names by the module that has them.
    """
    home = {name: module for module, those in names.items() for name in those}

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name in modules:
            return import_module(f"{package}.{name}")
        if name not in home:
            _refuse(package, name, sys._getframe(1))
        found = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__


def text_for(owner: str, name: str, there: Iterable[str]) -> str:
    """What an error says of a name that an owner lacks, which has other names.

    Examples
    --------
    >>> text_for("lanegrad.nn", "relu", ["ReLU", "Linear"])
    'lanegrad.nn has no relu: the nearest name is ReLU'
    """
    reason = left_out(owner).get(name)
    if reason is None and not name.startswith("_"):
        nearest = _nearest(name, there)
        reason = nearest and f"the nearest name is {nearest}"
    return f"{owner} has no {name}" + (f": {reason}" if reason else "")


def _nearest(name: str, there: Iterable[str]) -> str | None:
    from difflib import get_close_matches  # which few programs need

    # Of two that differ in case alone, the one that begins as the name does is taken: the last.
    others = sorted(there, key=lambda other: other[:1].isupper() == name[:1].isupper())
    names = {other.lower(): other for other in others if not other.startswith("_")}
    found = get_close_matches(name.lower(), names, 1, 0.75)
    return names[found[0]] if found else None


class _Finder:
    """What Python asks for a module that nobody else has found: says why there is none."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        owner, _, stem = name.rpartition(".")
        reason = left_out(owner).get(stem)
        if reason is not None:
            raise ModuleNotFoundError(f"{owner} has no {stem}: {reason}", name=name)


class Missing:
    """An attribute that a class has not: asking for it is an error that says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.owner = name, owner.__name__

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        text = f"{self.owner} has no {self.name}: {self.reason}"
        raise AttributeError(text, name=self.name, obj=_Nothing())


def refusing(name: str, text: str) -> Callable[..., NoReturn]:
    """A method that raises RuntimeError.

    Examples
    --------
    >>> refusing("double", "lanegrad computes in float32: leave .double() out")()
    Traceback (most recent call last):
    ...
    RuntimeError: lanegrad computes in float32: leave .double() out
    """

    def method(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(text)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Raises RuntimeError: {text}."
    return method


def explain(package: str) -> None:
    """Give all public modules of a package that are loaded `missing_names`, if they have no such function.

    Imports of modules that the table says to be left out give its reasons, too, and PyTorch's paths can be
    imported.
    """
    add_paths(package)
    for name, module in list(sys.modules.items()):
        if f"{name}.".startswith(f"{package}.") and "._" not in name:
            vars(module).setdefault("__getattr__", missing_names(name))
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)


def leave_out(cls: type, name: str) -> None:
    """Give a class what it lacks of PyTorch's: an attribute that says why, or a method that refuses.

    Parameters
    ----------
    cls : type
    name : str
        The name under which the table has it, such as "lanegrad.Tensor".

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.ones(2)
    >>> hasattr(x, "to_sparse")
    False
    >>> x.to_sparse()
    Traceback (most recent call last):
    ...
    AttributeError: Tensor has no to_sparse: sparse tensors are left out on purpose
    """
    missing: dict[str, Any] = {name: Missing(reason) for name, reason in left_out(name).items()}
    missing |= {name: refusing(name, text) for name, text in REFUSED.items()}
    for name, attribute in missing.items():
        if not hasattr(cls, name):
            setattr(cls, name, attribute)
            if isinstance(attribute, Missing):
                attribute.__set_name__(cls, name)
