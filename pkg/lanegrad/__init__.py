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
from ._tensor import (
    Tensor,
    as_functions,
    choice,
    comparison,
    counting,
    creation,
    division,
    einsum,
    extremes,
    functions,
    grids,
    joining,
    linear_systems,
    middle,
    operators,
    product_sums,
    products,
    promotion,
    ranges,
    rearranging,
    reduction,
    sampling,
    scan,
    scattering,
    selecting,
    softmaxes,
    sorting,
    spread,
    unary,
)
from ._tensor.as_functions import *
from ._tensor.choice import *
from ._tensor.comparison import *
from ._tensor.counting import *
from ._tensor.creation import *
from ._tensor.division import *
from ._tensor.einsum import *
from ._tensor.extremes import *
from ._tensor.functions import *
from ._tensor.grids import *
from ._tensor.joining import *
from ._tensor.linear_systems import *
from ._tensor.middle import *
from ._tensor.operators import *
from ._tensor.product_sums import *
from ._tensor.products import *
from ._tensor.promotion import *
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
from ._tensor.unary import *
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
__all__ += as_functions.__all__
__all__ += choice.__all__
__all__ += comparison.__all__
__all__ += counting.__all__
__all__ += creation.__all__
__all__ += division.__all__
__all__ += einsum.__all__
__all__ += extremes.__all__
__all__ += functions.__all__
__all__ += grids.__all__
__all__ += joining.__all__
__all__ += linear_systems.__all__
__all__ += middle.__all__
__all__ += operators.__all__
__all__ += product_sums.__all__
__all__ += products.__all__
__all__ += promotion.__all__
__all__ += ranges.__all__
__all__ += rearranging.__all__
__all__ += reduction.__all__
__all__ += sampling.__all__
__all__ += scan.__all__
__all__ += scattering.__all__
__all__ += selecting.__all__
__all__ += softmaxes.__all__
__all__ += sorting.__all__
__all__ += spread.__all__
__all__ += unary.__all__

if TYPE_CHECKING:
    from . import cli as cli
else:

    def __getattr__(name):
        if name == "cli":  # loaded when it is asked for: with it comes argparse
            from importlib import import_module

            return import_module("lanegrad.cli")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
