"""Optimizers by name, with rates of their own for some parameters."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from .. import nn, optim
from .._tensor import Tensor
from ..optim import Optimizer
from ..train import Together

OPTIMIZERS = ("sgd", "adam", "adamw", "muon")


def optimizer_of(arguments: argparse.Namespace, model: nn.Module) -> Optimizer:
    """The one that is asked for, of the parameters that are trained.

    Biases and what norms have are a group, the last layer's weights are one, and the rest is one. Muon has
    the rest, and SGD with Nesterov's momentum the others.
    """
    rest, biases, head = _parted(model)
    rates = {"lr": arguments.lr, "weight_decay": arguments.weight_decay}
    others = _groups((biases, arguments.bias_lr), (head, arguments.head_lr))
    if arguments.optimizer == "muon":
        muon = optim.Muon(rest, momentum=arguments.muon_momentum, **rates)
        if not others:
            return muon
        return Together(
            muon,
            optim.SGD(others, arguments.lr, arguments.momentum, nesterov=arguments.momentum > 0),
        )
    groups = _groups((rest, None)) + others
    if arguments.optimizer == "sgd":
        rates |= {"momentum": arguments.momentum, "nesterov": arguments.nesterov}
        return optim.SGD(groups, **rates)
    adam: type[optim.Adam] = {"adam": optim.Adam, "adamw": optim.AdamW}[arguments.optimizer]
    return adam(groups, **rates)


def _parted(model: nn.Module) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """Parameters that are trained: weights, biases and what norms have, and the last layer's weights."""
    trained: list[Tensor] = [p for p in model.parameters() if p.requires_grad]
    weights = [p for p in trained if p.ndim > 1]
    head = weights[-1:]
    return weights[:-1], [p for p in trained if p.ndim <= 1], head


def _groups(*parts: tuple[Iterable[Tensor], float | None]) -> list[dict[str, Any]]:
    """Groups of what there is, with rates where there are some."""
    return [
        {"params": params, **({} if lr is None else {"lr": lr})} for params, lr in parts if params
    ]
