"""lanegrad: exact, fused cross-entropy and small CNN training for multicore CPUs, on NumPy arrays.

`lanegrad.ops` takes and gives arrays. `Tensor`, `lanegrad.nn`, `lanegrad.optim` and `lanegrad.data`
read like PyTorch.
"""

from typing import TYPE_CHECKING

from ._machine import openmp as _openmp  # noqa: F401  first, because it loads the compiled module

# isort: split
from . import autograd, data, models, nn, ops, optim, random, train
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
from ._tensor import Tensor, choice, comparison, division, functions, operators, promotion, unary
from ._tensor.choice import *
from ._tensor.comparison import *
from ._tensor.creation import (
    argmax,
    from_numpy,
    max,
    ones,
    randn,
    tensor,
    zeros,
)
from ._tensor.division import *
from ._tensor.functions import *
from ._tensor.joining import cat, concat, concatenate
from ._tensor.operators import *
from ._tensor.promotion import *
from ._tensor.unary import *
from ._tensor.views import flatten
from .autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
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
    "set_deferred",
    "set_num_threads",
    "set_winograd",
    "show_config",
    "tensor",
    "train",
    "zeros",
]
__all__ += choice.__all__
__all__ += comparison.__all__
__all__ += division.__all__
__all__ += functions.__all__
__all__ += operators.__all__
__all__ += promotion.__all__
__all__ += unary.__all__

if TYPE_CHECKING:
    from . import cli as cli
else:

    def __getattr__(name):
        if name == "cli":  # loaded when it is asked for: with it comes argparse
            from importlib import import_module

            return import_module("lanegrad.cli")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
