"""lanegrad: exact, fused cross-entropy and small CNN training for multicore CPUs, on NumPy arrays.

`lanegrad.ops` takes and gives arrays. `Tensor`, `lanegrad.nn`, `lanegrad.optim` and `lanegrad.data`
read like PyTorch.
"""

from typing import TYPE_CHECKING

from ._machine import openmp as _openmp  # noqa: F401  first, because it loads the compiled module

# isort: split
from . import autograd, data, linalg, models, nn, ops, optim, random, train
from ._machine.compiling import compile
from ._machine.config import (
    get_deferred,
    get_num_threads,
    get_winograd,
    set_deferred,
    set_num_threads,
    set_winograd,
    show_config,
)
from ._tensor import Tensor
from ._tensor import api as _api
from ._tensor.api import *
from .autograd import is_grad_enabled, no_grad
from .random import manual_seed

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "autograd",
    "compile",
    "data",
    "get_deferred",
    "get_num_threads",
    "get_winograd",
    "is_grad_enabled",
    "linalg",
    "manual_seed",
    "models",
    "nn",
    "no_grad",
    "ops",
    "optim",
    "random",
    "set_deferred",
    "set_num_threads",
    "set_winograd",
    "show_config",
    "train",
]
__all__ += _api.__all__

if TYPE_CHECKING:
    from . import cli as cli
else:

    def __getattr__(name):
        if name == "cli":  # loaded when it is asked for: with it comes argparse
            from importlib import import_module

            return import_module("lanegrad.cli")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
