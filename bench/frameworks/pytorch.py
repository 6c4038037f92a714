"""PyTorch as most programs run it: eager mode, default memory format."""

from collections.abc import Callable

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

from ..net import make_step
from ..problems import images_and_labels, logits_and_target

set_threads = torch.set_num_threads


def describe() -> str:
    isa = torch.backends.cpu.get_cpu_capability()
    return f"{torch.__version__}, {isa}, {torch.get_num_threads()} threads"


def loss(rows: int, classes: int) -> Callable[[], object]:
    arrays = logits_and_target(rows, classes)
    logits, target = torch.from_numpy(arrays[0]).requires_grad_(), torch.from_numpy(arrays[1])

    def loss_and_gradient() -> None:
        logits.grad = None
        F.cross_entropy(logits, target).backward()

    return loss_and_gradient


def train(batch: int) -> Callable[[], object]:
    images, labels = images_and_labels(batch)
    return make_step(nn, F, optim, torch.from_numpy(images), torch.from_numpy(labels))
