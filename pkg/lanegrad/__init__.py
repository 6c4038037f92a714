"""lanegrad: exact, fused cross-entropy and small CNN training for multicore CPUs, on NumPy arrays.

`lanegrad.ops` takes and gives arrays. `Tensor`, `lanegrad.nn`, `lanegrad.optim` and `lanegrad.data`
read like PyTorch.
"""

from typing import TYPE_CHECKING

from ._machine import openmp as _openmp  # noqa: F401  first, because it loads the compiled module

# isort: split
from . import (
    __config__,
    _missing,
    accelerator,
    amp,
    autograd,
    backends,
    cuda,
    data,
    distributed,
    hub,
    jit,
    models,
    mps,
    nn,
    ops,
    optim,
    random,
    serialization,
    train,
    utils,
    version,
    xpu,
)
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
from ._machine.settings import (
    are_deterministic_algorithms_enabled,
    get_default_dtype,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    get_num_interop_threads,
    is_deterministic_algorithms_warn_only_enabled,
    set_default_device,
    set_default_dtype,
    set_default_tensor_type,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    set_flush_denormal,
    set_num_interop_threads,
    use_deterministic_algorithms,
)
from ._tensor import Tensor
from ._tensor.creation import (
    argmax,
    flatten,
    from_numpy,
    max,
    ones,
    randn,
    relu,
    sigmoid,
    tanh,
    tensor,
    zeros,
)
from ._tensor.dtypes import (
    bool,
    dtype,
    float,
    float32,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    short,
    uint8,
)
from ._tensor.format import set_printoptions
from ._tensor.joining import cat, concat, concatenate
from ._tensor.layouts import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from ._tensor.type_info import (
    finfo,
    iinfo,
    is_complex,
    is_floating_point,
    is_tensor,
    typename,
)
from .amp import GradScaler, autocast, is_autocast_enabled
from .autograd import is_grad_enabled, no_grad
from .random import manual_seed
from .serialization import load, save

__version__ = "0.1.0"

__all__ = [
    "GradScaler",
    "Tensor",
    "__config__",
    "accelerator",
    "amp",
    "are_deterministic_algorithms_enabled",
    "argmax",
    "autocast",
    "autograd",
    "backends",
    "bool",
    "cat",
    "channels_last",
    "channels_last_3d",
    "compile",
    "concat",
    "concatenate",
    "contiguous_format",
    "cuda",
    "data",
    "distributed",
    "dtype",
    "finfo",
    "flatten",
    "float",
    "float32",
    "from_numpy",
    "get_default_dtype",
    "get_deferred",
    "get_deterministic_debug_mode",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "get_winograd",
    "hub",
    "iinfo",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_autocast_enabled",
    "is_complex",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_floating_point",
    "is_grad_enabled",
    "is_tensor",
    "jit",
    "layout",
    "load",
    "long",
    "manual_seed",
    "max",
    "memory_format",
    "models",
    "mps",
    "nn",
    "no_grad",
    "ones",
    "ops",
    "optim",
    "preserve_format",
    "randn",
    "random",
    "relu",
    "save",
    "serialization",
    "set_default_device",
    "set_default_dtype",
    "set_default_tensor_type",
    "set_deferred",
    "set_deterministic_debug_mode",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads",
    "set_printoptions",
    "set_winograd",
    "short",
    "show_config",
    "sigmoid",
    "strided",
    "tanh",
    "tensor",
    "train",
    "typename",
    "uint8",
    "use_deterministic_algorithms",
    "utils",
    "version",
    "xpu",
    "zeros",
]

if TYPE_CHECKING:
    from . import cli as cli
    from . import multiprocessing as multiprocessing
else:  # two are loaded when they are asked for, with argparse and Python's multiprocessing
    _missing.explain(__name__, lazy=["cli", "multiprocessing"])
    _missing.leave_out(Tensor, "lanegrad.Tensor")
    _missing.leave_out(nn.Module, "lanegrad.nn.Module")
