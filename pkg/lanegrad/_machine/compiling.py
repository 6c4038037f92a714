"""compile: for scripts that call `torch.compile`. Every program here is run as a compiled one would be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

_F = TypeVar("_F", bound=Callable[..., Any])


@overload
def compile(model: _F, **others: Any) -> _F: ...
@overload
def compile(model: None = None, **others: Any) -> Callable[[_F], _F]: ...
def compile(model: Any = None, **others: Any) -> Any:
    """Give back the function or module: there is nothing to compile.

    Kernel calls are noted as Python runs, and made later as plans say, whether a function is decorated or
    not; see `lanegrad.set_deferred`. So this changes nothing, and neither do PyTorch's options.

    Parameters
    ----------
    model : callable, optional
        A module or a function. Left out, ``compile(mode=...)`` gives a decorator.
    **others
        Accepted for PyTorch's sake.

    Returns
    -------
    callable
        `model` itself.

    Examples
    --------
    >>> import lanegrad
    >>> @lanegrad.compile
    ... def double(x):
    ...     return x * 2
    >>> double(lanegrad.ones(2))
    tensor([2., 2.])
    """
    if model is None:
        return lambda function: function
    if not callable(model):
        raise TypeError(f"compile takes a function or a module, found {type(model).__name__}")
    return model
