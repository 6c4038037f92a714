"""Modules made without drawing their initial values."""

from __future__ import annotations

from inspect import signature
from typing import Any, TypeVar

from ...random import get_rng_state, set_rng_state
from ..module import Module

__all__ = ["skip_init"]

_M = TypeVar("_M", bound=Module)


def skip_init(module_cls: type[_M], *args: Any, **kwargs: Any) -> _M:
    """A module whose parameters may hold anything: what is drawn afterwards is as if it had not been made.

    Parameters
    ----------
    module_cls : class of Module
        Whose constructor takes `device`.
    *args, **kwargs
        What it is called with.

    Raises
    ------
    RuntimeError
        It is no such class.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.utils.skip_init(nn.Linear, 4, 2)
    Linear(in_features=4, out_features=2, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    state = get_rng_state()
    module = module_cls(*args, **kwargs)
    set_rng_state(state)
    return module
