"""PyTorch as most programs run it: eager mode, default memory format."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

from .. import tensor_ops, written
from ..net import make_net, make_step
from ..problems import (
    IN_PLACE,
    images_and_labels,
    images_and_shares,
    initial_weights,
    logits_and_target,
    loss_variant,
    photographs,
)

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


def train(
    network: str,
    batch: int,
    memory_format: torch.memory_format = torch.contiguous_format,
    prepare: Callable[[nn.Module], Callable[..., Any]] = lambda net: net,
) -> Callable[[], float]:
    net = make_network(network).to(memory_format=memory_format)
    images, labels = map(torch.from_numpy, images_and_labels(batch))
    images = images.contiguous(memory_format=memory_format)
    step = make_step(net, nn, optim, prepare(net))
    return lambda: step(images, labels).item()


def infer(
    network: str,
    batch: int,
    memory_format: torch.memory_format = torch.contiguous_format,
    prepare: Callable[[nn.Module], Callable[..., Any]] = lambda net: net,
) -> Callable[[], object]:
    net = prepare(make_network(network).to(memory_format=memory_format).eval())
    images, _ = images_and_labels(batch)
    inputs = torch.from_numpy(images).contiguous(memory_format=memory_format)

    def logits() -> object:
        with torch.inference_mode():
            return net(inputs).numpy()

    return logits


def epoch(network: str, count: int, batch: int) -> Callable[[], float]:
    """Normalized images in memory, which no transform of a data set could hand out faster."""
    pixels, labels = photographs(count)
    images = torch.from_numpy(pixels).float().div_(255).sub_(0.5).div_(0.5)
    dataset = TensorDataset(images, torch.from_numpy(labels))
    loader = DataLoader(dataset, batch_size=batch, shuffle=True)
    step = make_step(make_network(network), nn, optim)
    return lambda: sum(step(*samples).item() for samples in loader) / len(loader)


def train_written(form: str, part: str, batch: int) -> Callable[[], float]:
    step = written.make_step(part, form, torch, nn, F, optim)
    images, shares = map(torch.from_numpy, images_and_shares(batch))
    return lambda: step(images, shares).item()


def operation(name: str) -> Callable[[], object]:
    return tensor_ops.call(name, torch, F, torch.tensor, torch.tensor)


def make_network(network: str) -> nn.Module:
    weights = initial_weights(network)
    return make_net(network, nn, F, {k: torch.from_numpy(w) for k, w in weights.items()})


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
