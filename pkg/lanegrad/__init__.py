"""lanegrad: exact, fused cross-entropy and small CNN training for multicore CPUs, on NumPy arrays.

`lanegrad.ops` takes and gives arrays. Everything else reads like PyTorch, under the same names: a script for
a small network on the CPU runs with its imports changed. `lanegrad.vision` is what torchvision is there.
"""

import sys as _sys

if _sys.argv[:1] == ["-m"] and __name__ in _sys.orig_argv:  # python -m lanegrad
    from lanegrad_command import begin as _begin

    _begin()

# isort: split
from math import e, inf, nan, pi
from typing import TYPE_CHECKING

from ._machine import openmp as _openmp  # noqa: F401  first, because it loads the compiled module

# isort: split
from . import _layer_names, _missing, autograd, ops, random
from ._core import ShapeError, Size
from ._machine import config, settings
from ._machine.compiling import compile
from ._machine.config import *
from ._machine.settings import *
from ._tensor import Tensor, dtypes, layouts, legacy, top_level, type_info
from ._tensor.dtypes import *
from ._tensor.format import set_printoptions
from ._tensor.layouts import *
from ._tensor.legacy import *
from ._tensor.placement import device
from ._tensor.top_level import *
from ._tensor.type_info import *
from .autograd import modes
from .autograd.modes import *
from .random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__version__ = "0.1.0"
newaxis = None

__all__ = [
    "Generator", "GradScaler", "ShapeError", "Size", "Tensor", "__config__", "accelerator", "amp",
    "autocast", "autograd", "backends", "compile", "cuda", "data", "default_generator", "device",
    "distributed", "e", "get_rng_state", "hub", "inf", "initial_seed", "is_autocast_enabled", "jit",
    "linalg", "load", "manual_seed", "models", "mps", "nan", "newaxis", "nn", "onnx", "ops", "optim", "pi",
    "random", "save", "seed", "serialization", "set_printoptions", "set_rng_state", "train", "utils",
    "version", "vision", "xpu",
]  # fmt: skip
__all__ += _layer_names.NAMES
__all__ += config.__all__
__all__ += dtypes.__all__
__all__ += layouts.__all__
__all__ += legacy.__all__
__all__ += modes.__all__
__all__ += settings.__all__
__all__ += top_level.__all__
__all__ += type_info.__all__

if TYPE_CHECKING:
    from . import (
        __config__,
        accelerator,
        amp,
        backends,
        cuda,
        data,
        distributed,
        hub,
        jit,
        linalg,
        models,
        mps,
        nn,
        onnx,
        optim,
        serialization,
        train,
        utils,
        version,
        vision,
        xpu,
    )
    from . import (
        cli as cli,
    )
    from . import (
        multiprocessing as multiprocessing,
    )
    from . import (
        sklearn as sklearn,
    )
    from ._layers import *
    from .amp import GradScaler, autocast, is_autocast_enabled
    from .serialization import load, save
else:  # are loaded when somebody asks for them, so that importing lanegrad takes little longer than NumPy
    __getattr__ = _missing.lazy_names(
        __name__,
        modules=(
            "__config__", "accelerator", "amp", "backends", "cli", "cuda", "data", "distributed", "hub",
            "jit", "linalg", "models", "mps", "multiprocessing", "nn", "onnx", "optim", "serialization",
            "sklearn",
            "train", "utils", "version", "vision", "xpu",
        ),
        names={
            "_layers": _layer_names.NAMES,
            "amp": ("GradScaler", "autocast", "is_autocast_enabled"),
            "serialization": ("load", "save"),
        },
    )  # fmt: skip
    _missing.explain(__name__)
    _missing.leave_out(Tensor, f"{__name__}.Tensor")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
