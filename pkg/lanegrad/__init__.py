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
from ._tensor.as_functions import *
from ._tensor.counting import *
from ._tensor.creation import *
from ._tensor.einsum import *
from ._tensor.extremes import *
from ._tensor.grids import *
from ._tensor.joining import *
from ._tensor.linear_systems import *
from ._tensor.middle import *
from ._tensor.product_sums import *
from ._tensor.products import *
from ._tensor.ranges import *
from ._tensor.rearranging import *
from ._tensor.reduction import *
from ._tensor.sampling import *
from ._tensor.scan import *
from ._tensor.scattering import *
from ._tensor.selecting import *
from ._tensor.softmaxes import *
from ._tensor.sorting import *
from ._tensor.spread import *
from .autograd import is_grad_enabled, no_grad
from .random import manual_seed

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "argmax",
    "autograd",
    "cat",
    "compile",
    "concat",
    "concatenate",
    "data",
    "flatten",
    "from_numpy",
    "get_deferred",
    "get_num_threads",
    "get_winograd",
    "is_grad_enabled",
    "manual_seed",
    "max",
    "models",
    "nn",
    "no_grad",
    "ones",
    "ops",
    "optim",
    "randn",
    "random",
    "relu",
    "set_deferred",
    "set_num_threads",
    "set_winograd",
    "show_config",
    "sigmoid",
    "tanh",
    "tensor",
    "train",
    "zeros",
]

if TYPE_CHECKING:
    from . import cli as cli
else:

    def __getattr__(name):
        if name == "cli":  # loaded when it is asked for: with it comes argparse
            from importlib import import_module

            return import_module("lanegrad.cli")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
