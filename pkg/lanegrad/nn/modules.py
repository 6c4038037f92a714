"""PyTorch's paths of layers, such as ``nn.modules.conv``, for programs that import by them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import repeat
from types import ModuleType
from typing import Any

from . import (
    activation,
    batchnorm,
    container,
    conv,
    dense,
    dropping,
    flatten,
    lazy,
    lookup,
    loss,
    module,
    normalization,
    padding,
    parameter_lists,
    pooling,
    pooling1d,
    products,
    shuffle,
    signals,
    special_pooling,
    transposed,
    upsampling,
    windows,
)
from ._convolution import Convolution
from .module import Module

__all__ = ["Module"]


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes tuples of single values, and of lists."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


PATHS: dict[str, list[ModuleType]] = {
    "activation": [activation],
    "batchnorm": [batchnorm, lazy],
    "channelshuffle": [shuffle],
    "container": [container, parameter_lists],
    "conv": [conv, signals, transposed, lazy],
    "distance": [products],
    "dropout": [dropping],
    "flatten": [flatten],
    "fold": [windows],
    "instancenorm": [normalization, lazy],
    "lazy": [lazy],
    "linear": [dense, products, container, lazy],
    "loss": [loss],
    "module": [module],
    "normalization": [normalization],
    "padding": [padding],
    "pixelshuffle": [shuffle],
    "pooling": [pooling, pooling1d, special_pooling],
    "sparse": [lookup],
    "upsampling": [upsampling],
    "utils": [],
}
"""PyTorch's modules of layers, and those that have their names here."""

MORE: dict[str, dict[str, Any]] = {
    "batchnorm": {"_BatchNorm": batchnorm._BatchNorm, "_NormBase": batchnorm._NormBase},
    "conv": {"_ConvNd": Convolution},
    "instancenorm": {"_InstanceNorm": normalization._InstanceNorm},
    "utils": {
        "_ntuple": _ntuple,
        "_single": _ntuple(1, "_single"),
        "_pair": _ntuple(2, "_pair"),
        "_triple": _ntuple(3, "_triple"),
        "_quadruple": _ntuple(4, "_quadruple"),
    },
}
"""What else programs take from there."""


def _install(path: str, sources: list[ModuleType]) -> None:
    alias = ModuleType(f"{__name__}.{path}", f"Layers under the path that PyTorch has for {path}.")
    for source in sources:
        alias.__dict__.update({name: getattr(source, name) for name in source.__all__})
    alias.__dict__.update(MORE.get(path, {}))
    globals()[path] = sys.modules[alias.__name__] = alias


for _path, _sources in PATHS.items():
    _install(_path, _sources)
