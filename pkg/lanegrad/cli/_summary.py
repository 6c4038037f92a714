"""``lanegrad summary``: the layers of a network, what they give, and what they cost."""

from __future__ import annotations

import argparse
import os
from typing import Any

from .. import models
from ._arguments import UsageError, number
from ._runs import network_of


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "summary",
        help="show the layers of a network",
        description="Print the layers of a network with the shapes of their results, their parameters and "
        "multiply-adds for one picture. What a network computes between its layers is not counted.",
        epilog="Example: lanegrad summary resnet20 --size 64 --classes 2",
    )
    add = parser.add_argument
    add("network", metavar="MODEL|RUN", help=f"{', '.join(models.MODELS)}; or the folder of a run")
    add("--channels", type=number(int, 1), metavar="N", help="of a model's pictures; default: 3")
    add("--size", type=number(int, 1), metavar="N", help="of a model's pictures; default: 32")
    add("--classes", type=number(int, 1), metavar="N", help="of a model; default: 10")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print them."""
    name, asked = arguments.network, (arguments.channels, arguments.size, arguments.classes)
    if name in models.MODELS:
        small = (1, 8, 10) if name == "digits" else (3, 32, 10)
        channels, size, classes = (a or b for a, b in zip(asked, small, strict=True))
        network = models.build(name, channels, size, classes)
    elif os.path.exists(name):
        if any(asked):
            raise UsageError("--channels, --size and --classes are for models: a run has its own")
        network, about = network_of(name)
        channels, size = about.channels, about.size
    else:
        raise UsageError(f"{name} is neither a run's folder nor one of {', '.join(models.MODELS)}")
    print(models.summary(network, (1, channels, size, size)))
