"""``lanegrad predict``: what the network of a run takes pictures for."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import numpy as np

from ..autograd import no_grad
from ..models._table import table
from ..nn import functional as F
from ..vision._images import made
from ..vision.datasets.folder import covering
from ._arguments import UsageError, number
from ._parts import photo
from ._pictures import transform_of
from ._runs import About, network_of

TOGETHER = 64  # pictures


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "predict",
        help="say what pictures show",
        description="Print the classes that a run's network takes pictures for, with probabilities.",
        epilog="Example: lanegrad predict runs/pictures-resnet20-1 cat.jpg --top 2",
    )
    parser.add_argument("folder", metavar="RUN", help="the folder of the run")
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="files")
    parser.add_argument("--top", type=number(int, 1), default=3, metavar="N", help="default: 3")
    parser.add_argument("--json", action="store_true", help="print JSON, a line a picture")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print them."""
    network, about = network_of(arguments.folder)
    top = min(arguments.top, len(about.classes))
    rows: list[list[Any]] = [["picture", *["class", "probability"] * top]]
    for first in range(0, len(arguments.pictures), TOGETHER):
        names = arguments.pictures[first : first + TOGETHER]
        with no_grad():
            logits = network(made(np.stack([_read(name, about) for name in names])))
            shares = F.softmax(logits, 1).numpy()
        for name, row in zip(names, shares, strict=True):
            best = [
                (about.classes[c], float(row[c])) for c in np.argsort(-row, kind="stable")[:top]
            ]
            if arguments.json:
                found = [{"class": label, "probability": share} for label, share in best]
                print(json.dumps({"picture": name, "classes": found}))
            rows.append(
                [name, *(cell for label, share in best for cell in (label, f"{share:.4f}"))]
            )
    if not arguments.json:
        print("\n".join(table(rows)))


def _read(path: str, about: About) -> np.ndarray:
    """A picture as training had it: covering the size, its middle, normalized."""
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder: give files, such as {os.path.join(path, '*.jpg')}")
    picture = covering(photo(path), about.size, about.size)
    if about.channels == 1:
        picture = picture.convert("L")
    return np.asarray(transform_of(about)(picture).numpy())
