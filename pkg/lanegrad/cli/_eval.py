"""``lanegrad eval``: how well the network of a run does."""

from __future__ import annotations

import argparse
import json
import os
import warnings
from typing import Any

from .. import nn
from ..data import DataLoader
from ..models._table import table
from ..train import Mirrored, evaluate
from ._arguments import UsageError
from ._parts import parts_of
from ._pictures import pictures_of, refuse_others, transform_of
from ._runs import About, kept_scores, network_of
from ._settings import CONFIG, settings_in

EVALUATION_BATCH = 256


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "eval",
        help="test the network of a run",
        description="Print the loss and the accuracy of a run's best weights, of each class too, on the "
        "pictures for testing, or else for validation.",
        epilog="Example: lanegrad eval runs/digits-digits-1",
    )
    parser.add_argument("folder", metavar="RUN", help="the folder of the run")
    parser.add_argument("--data", metavar="NAME|FOLDER", help="other pictures; see lanegrad train")
    parser.add_argument("--root", metavar="DIR", help="the folder of the data set's files")
    parser.add_argument(
        "--mirror",
        action="store_true",
        help="show the network mirror images too, and take the mean",
    )
    parser.add_argument("--skip-corrupted", action="store_true", help="as in lanegrad train")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print them."""
    network, about = network_of(arguments.folder)
    if arguments.data:
        part = _other_pictures(arguments.data, arguments.root, arguments.skip_corrupted, about)
    else:
        part = _own_pictures(arguments.folder, arguments.root, arguments.skip_corrupted, about)
    scores = scores_of(network, about, part, arguments.mirror)
    if arguments.json:
        print(json.dumps(scores))
        return
    print(f"loss {scores['loss']:.4f}, accuracy {100 * scores['accuracy']:.2f} %", end="")
    print("" if scores["top5"] is None else f", top 5 {100 * scores['top5']:.2f} %", end="")
    print(f" of {len(part)} images\n\n" + "\n".join(table(_rows(scores))))


def scores_of(network: nn.Module, about: About, part: Any, mirror: bool = False) -> dict[str, Any]:
    """What a run's network reaches, as JSON has it."""
    scores = evaluate(Mirrored(network) if mirror else network, DataLoader(part, EVALUATION_BATCH))
    found = {**scores._asdict(), "confusion": scores.confusion.tolist()}
    return {**found, "by_class": scores.by_class, "classes": about.classes}


def _rows(scores: dict[str, Any]) -> list[list[Any]]:
    """A table of the classes: how many, how many right, and what the others are mostly taken for."""
    rows: list[list[Any]] = [["class", "images", "accuracy", "else mostly"]]
    names = scores["classes"]
    confusion = zip(names, scores["by_class"], scores["confusion"], strict=True)
    for number, (name, share, counts) in enumerate(confusion):
        wrong = [0 if other == number else count for other, count in enumerate(counts)]
        mostly = f"{names[wrong.index(max(wrong))]} ({max(wrong)})" if any(wrong) else ""
        rows.append([name, sum(counts), "" if share is None else f"{100 * share:.2f} %", mostly])
    return rows


def _own_pictures(folder: str, root: str | None, skip_corrupted: bool, about: About) -> Any:
    """The pictures that a run is tested on."""
    settings = settings_in(os.path.join(folder, CONFIG), ": give --data")
    pictures = pictures_of(
        about.model, settings["data"], root or settings.get("root"),
        valid=settings.get("valid"), seed=settings["seed"], about=about,
        skip_corrupted=skip_corrupted or settings.get("skip-corrupted", False),
    )  # fmt: skip
    part = pictures.test or pictures.valid
    if part is None:
        raise UsageError(f"{folder} has no pictures for testing: give --data")
    kept = kept_scores(folder)
    then = sum(map(sum, kept["confusion"])) if kept else len(part)
    if then != len(part):
        warnings.warn(
            f"{settings['data']} has changed: there are {len(part)} pictures for testing, and were {then}; "
            "some of them may be ones that the run was trained on",
            stacklevel=2,
        )
    return part


def _other_pictures(data: str, root: str | None, skip_corrupted: bool, about: About) -> Any:
    """The pictures of another data set or folder, of the same classes and size."""
    parts = parts_of(data, root, skip_corrupted=skip_corrupted)
    part = parts.get("test") or next(reversed(parts.values()))
    refuse_others(data, part, about)
    if hasattr(part, "in_memory"):
        part = part.in_memory(about.size)
    found = part.planes().shape[1:]
    if found != (about.channels, about.size, about.size):
        raise UsageError(
            f"{data} has pictures of {found} (channels, height, width), but the network takes "
            f"{(about.channels, about.size, about.size)}"
        )
    part.transform = transform_of(about)
    return part
