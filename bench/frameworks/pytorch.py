"""PyTorch as most programs run it: eager mode, default memory format."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

from ..net import make_step
from ..problems import IN_PLACE, images_and_labels, logits_and_target, loss_variant

set_threads = torch.set_num_threads


def describe() -> str:
    isa = torch.backends.cpu.get_cpu_capability()
    return f"{torch.__version__}, {isa}, {torch.get_num_threads()} threads"


def forward(
    rows: int, classes: int, cross_entropy: Callable[..., Any] = F.cross_entropy
) -> Callable[[], object]:
    # Neither tensor requires a gradient, so nothing is recorded for one.
    logits, target = map(torch.from_numpy, logits_and_target(rows, classes))
    return lambda: cross_entropy(logits, target)


def forward_backward(
    rows: int, classes: int, cross_entropy: Callable[..., Any] = F.cross_entropy
) -> Callable[[], object]:
    logits, target = map(torch.from_numpy, logits_and_target(rows, classes))
    return _with_gradient(cross_entropy, logits, target)


def variant(name: str, rows: int, classes: int) -> Callable[[], object]:
    if name == IN_PLACE:
        raise NotImplementedError("PyTorch does not write the gradient over the logits")
    logits, target, options = loss_variant(name, rows, classes)
    options = {
        key: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
        for key, value in options.items()
    }
    return _with_gradient(
        F.cross_entropy, torch.from_numpy(logits), torch.from_numpy(target), **options
    )


def by_row(logits: Any, target: Any) -> tuple[Any, Any]:
    """Each row's loss, and its gradient."""
    scores = torch.from_numpy(logits).requires_grad_()
    loss = F.cross_entropy(scores, torch.from_numpy(target), reduction="none")
    (gradient,) = torch.autograd.grad(loss.sum(), scores)
    return loss.detach().numpy(), gradient.numpy()


def train(batch: int) -> Callable[[], object]:
    images, labels = images_and_labels(batch)
    return make_step(nn, F, optim, torch.from_numpy(images), torch.from_numpy(labels))


def _with_gradient(
    cross_entropy: Callable[..., Any], logits: torch.Tensor, target: torch.Tensor, **options: Any
) -> Callable[[], object]:
    logits.requires_grad_()

    def loss_and_gradient() -> object:
        logits.grad = None
        loss = cross_entropy(logits, target, **options)
        loss.backward()
        return loss, logits.grad

    return loss_and_gradient
