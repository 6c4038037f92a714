"""lanegrad, through its public interfaces, and the memory traffic that its pass is held against."""

from collections.abc import Callable
from typing import Any

import lanegrad
import lanegrad.nn as nn
import lanegrad.nn.functional as F
import lanegrad.optim as optim
from lanegrad import _core, ops

from .. import memory
from ..net import make_step
from ..problems import IN_PLACE, images_and_labels, logits_and_target, loss_variant

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


def train(batch: int) -> Callable[[], object]:
    images, labels = images_and_labels(batch)
    return make_step(nn, F, optim, lanegrad.tensor(images), lanegrad.tensor(labels))
