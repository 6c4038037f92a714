"""Paths by which programs import from PyTorch, of modules that stand elsewhere here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["add_paths", "is_from_import"]

PATHS = {
    "amp.autocast_mode": "amp",
    "amp.grad_scaler": "amp",
    "autograd.anomaly_mode": "autograd.anomaly",
    "autograd.gradcheck": "autograd.checking",
    "autograd.grad_mode": "autograd.modes",
    "cuda.amp.autocast_mode": "cuda.amp",
    "cuda.amp.grad_scaler": "cuda.amp",
    "cuda.random": "cuda",
    "functional": "",
    "nn.parallel.data_parallel": "nn.parallel",
    "nn.parallel.distributed": "nn.parallel",
    "nn.utils.spectral_norm": "nn.utils.reparameterized",
    "nn.utils.weight_norm": "nn.utils.reparameterized",
    "utils.data._utils": "utils.data",
    "utils.data._utils.collate": "utils.data.collate",
    "utils.hooks": "nn._hooks",
}
"""A path, and the module whose names it has."""


def add_paths(package: str) -> None:
    """Make the paths importable that are in loaded modules of a package.

    A path is an attribute of what it is in, but where that has another thing of the name, as in PyTorch.

    Examples
    --------
    >>> from lanegrad.utils.data._utils.collate import default_collate
    >>> from lanegrad.autograd.grad_mode import no_grad
    """
    top = package.partition(".")[0]
    for path, target in PATHS.items():
        name = f"{top}.{path}"
        if name in sys.modules or name.rpartition(".")[0] not in sys.modules:
            continue
        source = f"{top}.{target}".rstrip(".")
        module = ModuleType(name, f"The names of {source}, under PyTorch's path.")
        module.__dict__["__getattr__"] = _names_of(source)
        sys.modules[name] = module
        parent, _, stem = name.rpartition(".")
        vars(sys.modules[parent]).setdefault(stem, module)


def is_from_import(frame: Any) -> bool:
    """Whether a frame is at ``from ... import ...``."""
    from opcode import opmap

    code, place = frame.f_code.co_code, frame.f_lasti
    return bool(place >= 0 and code[place] == opmap["IMPORT_FROM"])


def _names_of(target: str) -> Callable[[str], Any]:
    """The function `__getattr__` of a module that has the names of another."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"no attribute {name!r}")
        try:
            return getattr(import_module(target), name)
        except AttributeError as error:
            if is_from_import(sys._getframe(1)):  # where Python would not show the text
                raise ImportError(str(error)) from None
            raise

    return __getattr__
