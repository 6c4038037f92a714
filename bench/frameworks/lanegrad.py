"""lanegrad, through its public interfaces."""

from collections.abc import Callable

import lanegrad
import lanegrad.nn as nn
import lanegrad.nn.functional as F
import lanegrad.optim as optim
from lanegrad import _core, ops

from ..net import make_step
from ..problems import images_and_labels, logits_and_target

set_threads = lanegrad.set_num_threads


def describe() -> str:
    return f"{lanegrad.__version__}, {_core.isa()}, {lanegrad.get_num_threads()} threads"


def loss(rows: int, classes: int) -> Callable[[], object]:
    logits, target = logits_and_target(rows, classes)
    return lambda: ops.cross_entropy_with_grad(logits, target)


def train(batch: int) -> Callable[[], object]:
    images, labels = images_and_labels(batch)
    return make_step(nn, F, optim, lanegrad.tensor(images), lanegrad.tensor(labels))
