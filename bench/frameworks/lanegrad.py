"""lanegrad, through its public interfaces, and the memory traffic that its pass is held against."""

from collections.abc import Callable
from typing import Any

import lanegrad
import lanegrad.nn as nn
import lanegrad.nn.functional as F
import lanegrad.optim as optim
from lanegrad import _core, ops
from lanegrad.data import ArrayDataset, Compose, DataLoader, Normalize, ToTensor

from .. import memory, tensor_ops, written
from ..kernel_calls import at_once, copy_loop, fma_loop, images_of, kernel, settled  # noqa: F401
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

set_threads = lanegrad.set_num_threads


def describe() -> str:
    return f"{lanegrad.__version__}, {_core.isa()}, {lanegrad.get_num_threads()} threads"


def forward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    return lambda: ops.cross_entropy(logits, target)


def forward_backward(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    return lambda: ops.cross_entropy_with_grad(logits, target)


def in_place(rows: int, classes: int) -> Callable[[], object]:
    # Each call finds the last one's gradient as its logits: all near zero, which takes as long.
    logits, target = logits_and_target(rows, classes)
    return lambda: ops.cross_entropy_with_grad(logits, target, out=logits)


def variant(name: str, rows: int, classes: int) -> Callable[[], object]:
    if name == IN_PLACE:
        return in_place(rows, classes)
    logits, target, options = loss_variant(name, rows, classes)
    return lambda: ops.cross_entropy_with_grad(logits, target, **options)


def copy(rows: int, classes: int) -> Callable[[], object]:
    return memory.copy(rows * classes, lanegrad.get_num_threads())


def negate(rows: int, classes: int) -> Callable[[], object]:
    return memory.negate(rows * classes, lanegrad.get_num_threads())


def by_row(logits: Any, target: Any) -> tuple[Any, Any]:
    """Each row's loss, and its gradient."""
    return ops.cross_entropy_with_grad(logits, target, reduction="none")


def train(network: str, batch: int) -> Callable[[], float]:
    step = make_step(_network(network), nn, optim)
    images, labels = map(lanegrad.tensor, images_and_labels(batch))
    return lambda: step(images, labels).item()


def train_op_by_op(network: str, batch: int) -> Callable[[], float]:
    return at_once(train(network, batch))


def infer(network: str, batch: int) -> Callable[[], object]:
    net = _network(network).eval()
    images = lanegrad.tensor(images_and_labels(batch)[0])

    def logits() -> object:
        with lanegrad.no_grad():
            return net(images).numpy()

    return logits


def infer_op_by_op(network: str, batch: int) -> Callable[[], object]:
    return at_once(infer(network, batch))


def epoch(network: str, count: int, batch: int) -> Callable[[], float]:
    transform = Compose([ToTensor(), Normalize(0.5, 0.5)])
    dataset = ArrayDataset(*photographs(count), transform=transform)
    loader = DataLoader(dataset, batch_size=batch, shuffle=True)
    step = make_step(_network(network), nn, optim)
    return lambda: sum(step(*samples).item() for samples in loader) / len(loader)


def train_written(form: str, part: str, batch: int) -> Callable[[], float]:
    step = written.make_step(part, form, lanegrad, nn, F, optim)
    images, shares = map(lanegrad.tensor, images_and_shares(batch))
    return lambda: step(images, shares).item()


def operation(name: str) -> Callable[[], object]:
    call = tensor_ops.call(name, lanegrad, F, lanegrad.tensor, images_of)
    return settled(call) if name in tensor_ops.CHAINS else at_once(call)


def _network(network: str) -> nn.Module:
    return make_net(network, nn, F, initial_weights(network))
