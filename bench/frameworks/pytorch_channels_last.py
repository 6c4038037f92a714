"""PyTorch with networks and images in its channels-last memory format."""

from collections.abc import Callable

import torch

from . import pytorch

set_threads, describe = pytorch.set_threads, pytorch.describe


def train(network: str, batch: int) -> Callable[[], float]:
    return pytorch.train(network, batch, torch.channels_last)


def infer(network: str, batch: int) -> Callable[[], object]:
    return pytorch.infer(network, batch, torch.channels_last)
