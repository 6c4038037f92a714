"""A run's folder: its options, what it ran on, its checkpoints, and the network that it has trained."""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from .. import __config__, models, nn, version
from .._machine.config import get_num_threads
from ..train.checkpoints import BEST, LAST, CheckpointError, read
from ._arguments import UsageError

SCORES = "scores.json"  # of a run that is done


class About(NamedTuple):
    """What a network is for: all that is needed to make it, and to show it a picture."""

    model: str
    channels: int
    size: int
    classes: list[str]
    mean: list[float]
    std: list[float]

    def network(self) -> nn.Module:
        """A new one."""
        return models.build(self.model, self.channels, self.size, len(self.classes))


def new_folder(asked: str | None, stem: str, mark: str = LAST) -> str:
    """The folder of a new run: the one that is asked for, or the next in ``runs``; `mark` is what one has."""
    if asked is not None:
        if os.path.exists(os.path.join(asked, mark)):
            raise UsageError(
                f"{asked} has a run in it: go on with --resume {asked}, or name another folder"
            )
        os.makedirs(asked, exist_ok=True)
        return asked
    stem = os.path.join("runs", stem)
    for n in count(1):
        with suppress(FileExistsError):
            os.makedirs(f"{stem}-{n}")
            break
    return f"{stem}-{n}"


def environment() -> str:
    """What a run ran on, as JSON."""
    found = {
        "lanegrad": version.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "threads": get_num_threads(),
        "configuration": __config__.show().splitlines(),
        "command": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(found, indent=2) + "\n"


def network_of(run: str) -> tuple[nn.Module, About]:
    """The network of a run with its best weights, and what it is for."""
    if not os.path.exists(run):
        raise UsageError(
            f"{run} is not there: give the folder of a run, as lanegrad train names it"
        )
    path = os.path.join(run, BEST) if os.path.isdir(run) else run
    if not os.path.exists(path):
        raise CheckpointError(
            f"{run} has no {BEST}: it is no folder of a run, or of one that was stopped in its first epoch"
        )
    values = read(path)
    try:
        about = About(**{name: values["about"][name] for name in About._fields})
        network = about.network()
        network.load_state_dict(values["model"])
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"{path} is of no network that is known here: {error}") from error
    return network.eval(), about


def kept_scores(run: str) -> dict[str, Any] | None:
    """What a run has reached; None where it is not done, or had no pictures to test on."""
    path = os.path.join(run, SCORES)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found
