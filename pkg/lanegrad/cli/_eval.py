"""``lanegrad eval``: how well the network of a run does."""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Callable
from heapq import nlargest
from typing import Any

import numpy as np

from .. import nn
from ..data import DataLoader
from ..models._table import table
from ..train import Mirrored, Shifted, evaluate
from ..train.scores import IGNORED
from ._arguments import UsageError
from ._parts import parts_of
from ._pictures import Pictures, pictures_of, refuse_others, transform_of
from ._runs import About, kept_scores, network_of
from ._settings import CONFIG, settings_in

EVALUATION_BATCH = 256
TTA: dict[str, Callable[[nn.Module], nn.Module]] = {
    "none": lambda network: network,
    "mirror": Mirrored,
    "shift": lambda network: Shifted(Mirrored(network)),
}
TTA_HELP = (
    "what to show the network in testing: each picture and its mirror image, or both shifted too"
)
MISTAKES = 25  # that are kept


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
    parser.add_argument("--tta", choices=TTA, help=f"{TTA_HELP}; default: as the run's")
    parser.add_argument("--skip-corrupted", action="store_true", help="as in lanegrad train")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print them."""
    network, about = network_of(arguments.folder)
    if arguments.data:
        part = _other_pictures(arguments.data, arguments.root, arguments.skip_corrupted, about)
    else:
        pictures = own_pictures(arguments.folder, arguments.root, about, arguments.skip_corrupted)
        _, part = pictures.tested
        if part is None:
            raise UsageError(f"{arguments.folder} has no pictures for testing: give --data")
    scores = scores_of(network, about, part, arguments.tta or tta_of(arguments.folder))
    if arguments.json:
        print(json.dumps(scores))
        return
    print(f"loss {scores['loss']:.4f}, accuracy {100 * scores['accuracy']:.2f} %", end="")
    print("" if scores["top5"] is None else f", top 5 {100 * scores['top5']:.2f} %", end="")
    print(f" of {len(part)} images\n\n" + "\n".join(table(rows_of(scores))))


def scores_of(network: nn.Module, about: About, part: Any, tta: str = "none") -> dict[str, Any]:
    """What a run's network reaches, as JSON has it."""
    worst = _Mistakes(about.classes)
    loader: DataLoader[Any] = DataLoader(part, EVALUATION_BATCH)
    scores = evaluate(TTA[tta](network), loader, worst.add)
    found = {**scores._asdict(), "confusion": scores.confusion.tolist()}
    return {
        **found,
        "by_class": scores.by_class,
        "classes": about.classes,
        "mistakes": worst.found,
    }


def scores_on(network: nn.Module, pictures: Pictures, tta: str) -> dict[str, Any] | None:
    """The same on a run's own pictures for testing; None if it has none."""
    name, part = pictures.tested
    return None if part is None else {"part": name, **scores_of(network, pictures.about, part, tta)}


def tta_of(folder: str) -> str:
    """What a run's network is shown in testing."""
    path = os.path.join(folder, CONFIG)
    return str(settings_in(path).get("tta", "none")) if os.path.exists(path) else "none"


class _Mistakes:
    """The wrong answers with the largest loss, of batches that it is shown one after another."""

    def __init__(self, classes: list[str]) -> None:
        self.found: list[dict[str, Any]] = []
        self._classes, self._seen = classes, 0

    def add(self, logits: np.ndarray, labels: np.ndarray) -> None:
        """A batch's answers, and what would be right."""
        answers = logits.argmax(1)
        wrong = np.flatnonzero((answers != labels) & (labels != IGNORED))
        rows, answers, labels = logits[wrong].astype(np.float64), answers[wrong], labels[wrong]
        own = np.take_along_axis(rows, labels[:, None], 1)[:, 0]
        sums = np.exp(rows - rows.max(1, keepdims=True)).sum(1)
        losses = np.log(sums) + rows.max(1) - own
        for row, right, taken, share, loss in zip(
            wrong + self._seen, labels, answers, 1 / sums, losses, strict=True
        ):
            mistake = {"picture": int(row), "class": self._classes[right]}
            mistake |= {"taken_for": self._classes[taken], "probability": float(share)}
            self.found.append({**mistake, "loss": float(loss)})
        self.found = nlargest(MISTAKES, self.found, key=lambda mistake: mistake["loss"])
        self._seen += len(logits)


def rows_of(scores: dict[str, Any]) -> list[list[Any]]:
    """A table of the classes: how many, how many right, and what the others are mostly taken for."""
    rows: list[list[Any]] = [["class", "images", "accuracy", "else mostly"]]
    names = scores["classes"]
    confusion = zip(names, scores["by_class"], scores["confusion"], strict=True)
    for number, (name, share, counts) in enumerate(confusion):
        wrong = [0 if other == number else count for other, count in enumerate(counts)]
        mostly = f"{names[wrong.index(max(wrong))]} ({max(wrong)})" if any(wrong) else ""
        rows.append([name, sum(counts), "" if share is None else f"{100 * share:.2f} %", mostly])
    return rows


def own_pictures(
    folder: str, root: str | None, about: About | None, skip_corrupted: bool = False
) -> Pictures:
    """The pictures of a run, as its network is shown them, if there is one yet."""
    settings = settings_in(os.path.join(folder, CONFIG), ": give --data")
    pictures = pictures_of(
        settings["model"], settings["data"], root or settings.get("root"), valid=settings.get("valid"),
        size=settings.get("size"), seed=settings["seed"], about=about,
        standardize=settings.get("standardize", False),
        skip_corrupted=skip_corrupted or settings.get("skip-corrupted", False),
    )  # fmt: skip
    kept, (_, part) = kept_scores(folder), pictures.tested
    if kept is None or part is None:
        return pictures
    then = sum(map(sum, kept["confusion"]))
    if then != len(part):
        warnings.warn(
            f"{settings['data']} has changed: there are {len(part)} pictures for testing, and were {then}; "
            "some of them may be ones that the run was trained on",
            stacklevel=2,
        )
    return pictures


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
