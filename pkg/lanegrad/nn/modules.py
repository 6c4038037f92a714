"""PyTorch's paths of layers, such as ``nn.modules.conv``, for programs that import by them.

Each path has all names of `lanegrad.nn`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import repeat
from types import ModuleType
from typing import Any

from ._convolution import Convolution
from ._loss import _Loss, _WeightedLoss
from ._state import IncompatibleKeys
from .batchnorm import _BatchNorm, _NormBase
from .normalization import _InstanceNorm


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes tuples of single values, and of what has several."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


def _addindent(s_: str, numSpaces: int) -> str:
    """A text whose lines but for the first begin with so many spaces."""
    return s_.replace("\n", "\n" + " " * numSpaces)


PATHS = (
    "activation", "batchnorm", "channelshuffle", "container", "conv", "distance", "dropout",
    "flatten", "fold", "instancenorm", "lazy", "linear", "loss", "module", "normalization",
    "padding", "pixelshuffle", "pooling", "sparse", "upsampling", "utils",
)  # fmt: skip
"""PyTorch's modules of layers."""

MORE: dict[str, dict[str, Any]] = {
    "batchnorm": {"_BatchNorm": _BatchNorm, "_NormBase": _NormBase},
    "conv": {"_ConvNd": Convolution},
    "instancenorm": {"_InstanceNorm": _InstanceNorm},
    "loss": {"_Loss": _Loss, "_WeightedLoss": _WeightedLoss},
    "module": {"_IncompatibleKeys": IncompatibleKeys, "_addindent": _addindent},
    "utils": {
        "_ntuple": _ntuple,
        "_single": _ntuple(1, "_single"),
        "_pair": _ntuple(2, "_pair"),
        "_triple": _ntuple(3, "_triple"),
        "_quadruple": _ntuple(4, "_quadruple"),
    },
}
"""What programs take from them that is not a name of nn."""


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(sys.modules[__name__.rpartition(".")[0]], name)


for _path in PATHS:
    _module = ModuleType(f"{__name__}.{_path}", f"Layers under PyTorch's path {_path}.")
    _module.__dict__.update(MORE.get(_path, {}), __getattr__=__getattr__)
    globals()[_path] = sys.modules[_module.__name__] = _module
