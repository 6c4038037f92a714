"""PyTorch with ``torch.compile``, each shape compiled for itself."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # else it keeps a pool of processes

import torch
import torch.nn.functional as F

from . import pytorch


def set_threads(count: int) -> None:
    """Set the threads, and find out whether compiling works here, which takes a C++ compiler."""
    torch.set_num_threads(count)
    _compiled_cross_entropy()(torch.zeros(2, 2), torch.zeros(2, dtype=torch.int64))


def describe() -> str:
    return f"{pytorch.describe()}, one compilation for each shape"


def forward(rows: int, classes: int) -> Callable[[], object]:
    return pytorch.forward(rows, classes, _compiled_cross_entropy())


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    return pytorch.forward_backward(rows, classes, _compiled_cross_entropy())


def train(network: str, batch: int) -> Callable[[], float]:
    return pytorch.train(network, batch, prepare=_compiled)


def infer(network: str, batch: int) -> Callable[[], object]:
    return pytorch.infer(network, batch, prepare=_compiled)


def _compiled(net: torch.nn.Module) -> Callable[..., Any]:
    torch.compiler.reset()
    return torch.compile(net, dynamic=False)


def _compiled_cross_entropy() -> Callable[..., Any]:
    # Without the reset a second shape would be compiled for any size, which runs more slowly.
    torch.compiler.reset()
    return torch.compile(lambda logits, target: F.cross_entropy(logits, target), dynamic=False)
