"""Pictures of runs, by matplotlib: curves over the epochs, and which class is taken for which."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ._arguments import UsageError
from ._runs import kept_scores
from ._settings import CONFIG

NAMED = 30  # classes whose names and counts a confusion matrix has room for


def figure(width: float, height: float) -> Any:
    """An empty picture."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise UsageError('pictures of runs need matplotlib: pip install "lanegrad[plot]"') from None
    return Figure((width, height), layout="constrained")


def log_of(run: str) -> list[dict[str, Any]]:
    """The epochs of a run; none if it was killed before it began."""
    path = os.path.join(run, "log.jsonl")
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except (FileNotFoundError, NotADirectoryError):
        if os.path.exists(os.path.join(run, CONFIG)):
            return []
        raise UsageError(f"{path} is not there: give the folder of a run") from None
    except ValueError as error:
        raise UsageError(f"{path} is no log of a run: {error}") from error


def curves(logs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    """Loss, accuracy and learning rate of runs over their epochs; validation in full, training dashed."""
    made = figure(11, 3.4)
    panels = made.subplots(1, 3)
    names = (("loss", "valid_loss"), ("accuracy", "valid_accuracy"), ("lr", None))
    titles = ("loss", "accuracy in %", "learning rate")
    for panel, title, (training, validation) in zip(panels, titles, names, strict=True):
        for number, (run, epochs) in enumerate(logs.items()):
            colour = f"C{number % 10}"
            validated = validation and any(epoch[validation] is not None for epoch in epochs)
            for name, style in ((training, "--" if validated else "-"), (validation, "-")):
                values = [epoch[name] for epoch in epochs] if name else []
                points = [
                    (epoch["number"], 100 * y if training == "accuracy" else y)
                    for epoch, y in zip(epochs, values, strict=False)
                    if y is not None
                ]
                if points:
                    label = run if style == "-" else f"{run}, training"
                    panel.plot(*zip(*points, strict=True), style, color=colour, label=label)
        panel.set_title(title)
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.grid(alpha=0.3)
    panels[2].set_ylim(bottom=0)
    panels[0].legend(fontsize="small")
    return made


def confusion(scores: Mapping[str, Any]) -> Any:
    """How many pictures of each class (row) were taken for each class (column)."""
    counts, classes = scores["confusion"], scores["classes"]
    side = 2.0 + 0.34 * min(len(classes), NAMED)
    made = figure(side, side)
    panel = made.subplots()
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(classes) <= NAMED:
        places = range(len(classes))
        panel.set_xticks(places, classes, rotation=90)
        panel.set_yticks(places, classes)
        for row in places:
            for column in places:
                if counts[row][column]:
                    colour = "white" if shares[row][column] > 0.5 else "black"
                    text = str(counts[row][column])
                    panel.text(column, row, text, ha="center", va="center", color=colour, size=8)
    panel.set_xlabel("taken for")
    panel.set_ylabel("class")
    panel.set_title(f"accuracy {100 * scores['accuracy']:.2f} %")
    return made


def draw(folder: str) -> None:
    """The pictures of a run, into its folder."""
    pictures = {"curves": curves({os.path.basename(os.path.abspath(folder)): log_of(folder)})}
    scores = kept_scores(folder)
    if scores is not None:
        pictures["confusion"] = confusion(scores)
    for name, picture in pictures.items():
        for kind in ("png", "svg"):
            picture.savefig(os.path.join(folder, f"{name}.{kind}"), dpi=150)
