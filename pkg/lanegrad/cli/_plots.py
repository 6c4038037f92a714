"""Pictures of runs, by matplotlib: curves over the epochs, and how each class does."""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._saving.files import write
from ._arguments import UsageError
from ._settings import CONFIG

NAMED = 30  # classes whose names and counts a picture has room for
LONGEST = 20  # characters of a class's name, likewise
PLAIN = {"parse_math": False}  # of what users name: a $ is a $


def figure(width: float, height: float) -> Any:
    """An empty picture."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise UsageError('pictures of runs need matplotlib: pip install "lanegrad[plot]"') from None
    return Figure((width, height), layout="constrained")


def saved(made: Any, stem: str) -> str:
    """A picture as PNG and SVG, whose text is returned; equal ones give equal files."""
    from matplotlib import rc_context

    svg = io.StringIO()
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": os.path.basename(stem)}
    nobody = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # of names in other scripts
        made.savefig(f"{stem}.png", dpi=150)
        made.savefig(svg, format="svg", metadata=nobody)
    write(svg.getvalue().encode(), f"{stem}.svg")
    return svg.getvalue()


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


def short(name: str) -> str:
    """A name that a picture has room for."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def curves(logs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    """Loss, accuracy and learning rate of runs over their epochs; validation in full, training dashed."""
    from matplotlib import colormaps

    several = len(logs) > 1
    legend: dict[str, Any] = {}
    columns = max(1, min(4, 110 // (8 + max(map(len, [*logs, ""])))))
    made = figure(11, 3.5 + 0.23 * -(-len(logs) // columns))
    panels = made.subplots(1, 3)
    names = (("loss", "valid_loss"), ("accuracy", "valid_accuracy"), ("lr", None))
    titles = ("loss", "accuracy in %", "learning rate")
    colours = colormaps["tab10" if len(logs) <= 10 else "turbo"]
    for panel, title, (training, validation) in zip(panels, titles, names, strict=True):
        for number, (run, epochs) in enumerate(logs.items()):
            colour = colours(number if len(logs) <= 10 else number / (len(logs) - 1))
            validated = validation and any(epoch[validation] is not None for epoch in epochs)
            for name, style in ((training, "--" if validated else "-"), (validation, "-")):
                points = [
                    (epoch["number"], epoch[name] * (100 if training == "accuracy" else 1))
                    for epoch in epochs
                    if name and epoch[name] is not None
                ]
                if points:
                    marker = "o" if len(points) < NAMED else None
                    (line,) = panel.plot(
                        *zip(*points, strict=True), style, color=colour, marker=marker, markersize=3
                    )
                    part = "training" if name == training else "validation"
                    if style == "-" or not several:
                        legend.setdefault(run if several else part, line)
        dashed = several and any(line.get_linestyle() == "--" for line in panel.lines)
        panel.set_title(f"{title} (dashed: in training)" if dashed else title)
        panel.set_xlabel("epoch")
        panel.set_xlim(0.5, max([1, *map(len, logs.values())]) + 0.5)
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.grid(alpha=0.3)
    panels[2].set_ylim(bottom=0)
    if legend:
        lines, runs = [*legend.values()], [*legend]
        box = made.legend(lines, runs, loc="outside lower center", ncols=columns)
        for text in box.get_texts():
            text.set(**PLAIN)
    return made


def confusion(scores: Mapping[str, Any]) -> Any:
    """How many pictures of each class (row) were taken for each class (column)."""
    counts, classes = np.array(scores["confusion"]), scores["classes"]
    side = 2.0 + 0.34 * min(len(classes), NAMED)
    made = figure(side, side)
    panel = made.subplots()
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="none")
    if len(classes) <= NAMED:
        places, names = range(len(classes)), [*map(short, classes)]
        panel.set_xticks(places, names, rotation=90, **PLAIN)
        panel.set_yticks(places, names, **PLAIN)
        size = 8 if counts.max() < 1000 else 6
        for row, column in np.argwhere(counts):
            colour = "#fefefe" if shares[row, column] > 0.5 else "#111111"
            style = {"ha": "center", "va": "center", "color": colour, "size": size}
            panel.text(column, row, str(counts[row, column]), **style)
    panel.set_xlabel("taken for")
    panel.set_ylabel("class")
    panel.set_title(f"accuracy {100 * scores['accuracy']:.2f} %")
    return made


def by_class(scores: Mapping[str, Any]) -> Any:
    """The accuracy of each class; of many, the worst."""
    named = [*zip(map(short, scores["classes"]), scores["by_class"], strict=True)]
    found = [(name, 100 * share) for name, share in named if share is not None]
    title = "accuracy of the classes in %"
    if len(found) > NAMED:
        title = f"accuracy in % of the {NAMED} worst of {len(found)} classes"
        found = sorted(found, key=lambda pair: pair[1])[:NAMED]
    made = figure(6, 1.2 + 0.24 * len(found))
    panel = made.subplots()
    places, shares = range(len(found)), [share for _, share in found]
    panel.barh(places, shares, color="C0")
    for place, share in enumerate(shares):
        panel.text(102, place, f"{share:.1f}", va="center", size=8)
    panel.set_yticks(places, [name for name, _ in found], **PLAIN)
    panel.axvline(100 * scores["accuracy"], color="C1", linestyle="--", label="all together")
    panel.set_xlim(0, 112)
    panel.set_ylim(len(found) - 0.4, -0.6)
    panel.set_title(title)
    made.legend(loc="outside lower center")
    return made
