"""``lanegrad report``: a run as one page, with its pictures."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections.abc import Callable
from typing import Any

from .. import nn
from .._saving.files import write
from ..train.checkpoints import BEST, read
from . import _html as html
from ._eval import own_pictures, rows_of, scores_on, tta_of
from ._pictures import Pictures
from ._plots import by_class, confusion, curves, figure, log_of, saved
from ._runs import network_of
from ._settings import CONFIG, settings_in
from ._tiles import filters, mistakes

REPORT = "report.html"


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "report",
        help="draw runs, and write a page on each",
        description="Draw the pictures of runs, of those too that were stopped, and write report.html anew.",
        epilog="Example: lanegrad report runs/*",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folders of runs")
    parser.add_argument("--root", metavar="DIR", help="the folder of the data set's files")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Draw and write."""
    figure(1, 1)  # or the error
    for folder in arguments.runs:
        log_of(folder)  # or the error
        network = about = scores = None
        if os.path.exists(os.path.join(folder, BEST)):  # else it was killed before there were any
            network, about = network_of(folder)
        pictures = own_pictures(folder, arguments.root, about)
        if network is not None:
            scores = scores_on(network, pictures, tta_of(folder))
        print(report(folder, pictures, network, scores, True))


def report(
    folder: str,
    pictures: Pictures,
    network: nn.Module | None,
    scores: dict[str, Any] | None,
    plot: bool,
) -> str:
    """Write the page of a run, and draw its pictures if asked; the page's path.

    `network` is that of the best weights, `scores` what it reaches, as far as there are any.
    """
    name, log = os.path.basename(os.path.abspath(folder)), log_of(folder)
    figures: dict[str, Any] = {}
    if plot:
        figures["curves"] = curves({name: log})
        if network is not None:
            figures["filters"] = filters(network, pictures.about)
        if scores is not None:
            _, part = pictures.tested
            figures["classes"], figures["confusion"] = by_class(scores), confusion(scores)
            figures["mistakes"] = mistakes(scores["mistakes"], part, pictures.about)
    shown = {
        kind: html.picture(saved(made, os.path.join(folder, kind))) if made else ""
        for kind, made in figures.items()
    }
    best = 0 if network is None else read(os.path.join(folder, BEST))["epoch"]
    with open(os.path.join(folder, "environment.json"), encoding="utf-8") as file:
        environment = json.load(file)
    started = environment["started"].replace("T", " ").replace("+00:00", " UTC")
    parts = [
        html.paragraph(f"lanegrad {environment['lanegrad']}, {started}"),
        html.facts(_reached(log, best, scores)),
        html.section("Training", shown.get("curves", ""), html.table(_epochs(log), best=best - 1)),
    ]
    if scores is not None:
        table = html.table(rows_of(scores))
        drawn = (shown.get(kind, "") for kind in ("confusion", "classes"))
        parts.append(html.section(f"Classes ({scores['part']})", *drawn, table))
        right = "" if scores["mistakes"] else html.paragraph("All answers are right.")
        parts.append(html.section("Worst mistakes", shown.get("mistakes", ""), right))
    about = pictures.about
    options = settings_in(os.path.join(folder, CONFIG)).items()
    statistics = [["channel", "mean", "deviation"]]
    for channel, (mean, std) in enumerate(zip(about.mean, about.std, strict=True)):
        statistics.append([str(channel), f"{mean:.4f}", f"{std:.4f}"])
    parts += [
        html.section("First layer", shown.get("filters", "")),
        html.section("Data", html.paragraph(str(pictures)), html.table(statistics)),
        html.section("Options", html.table([("option", "value"), *options], texts=True)),
        html.section("Environment", html.table(_surroundings(environment), texts=True)),
    ]
    path = os.path.join(folder, REPORT)
    write(html.page(name, filter(None, parts)).encode(), path)
    return path


def _reached(
    log: list[dict[str, Any]], best: int, scores: dict[str, Any] | None
) -> list[tuple[str, str]]:
    """What is to be seen first."""
    found = []
    if scores is not None:
        found = [
            (f"{scores['part']} accuracy", _percent(scores["accuracy"])),
            (f"{scores['part']} loss", f"{scores['loss']:.4f}"),
        ]
        if scores["top5"] is not None:
            found.append(("among the best five", _percent(scores["top5"])))
    seconds = sum(epoch["seconds"] for epoch in log)
    return [
        *found,
        ("epochs done", str(len(log))),
        ("weights of epoch", str(best or "none")),
        ("training took", f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "number": ("epoch", str),
    "steps": ("steps", str),
    "lr": ("learning rate", "{:.3g}".format),
    "loss": ("loss", "{:.4f}".format),
    "accuracy": ("accuracy", _percent),
    "valid_loss": ("validation loss", "{:.4f}".format),
    "valid_accuracy": ("validation accuracy", _percent),
    "valid_top5": ("among the best five", _percent),
    "seconds": ("seconds", "{:.1f}".format),
    "images_per_second": ("images/s", "{:.0f}".format),
}


def _epochs(log: list[dict[str, Any]]) -> list[list[str]]:
    """A table of the epochs, with the columns that have anything."""
    names = [name for name in COLUMNS if any(epoch[name] is not None for epoch in log)]
    rows = [
        ["" if epoch[name] is None else COLUMNS[name][1](epoch[name]) for name in names]
        for epoch in log
    ]
    return [[COLUMNS[name][0] for name in names], *rows]


def _surroundings(environment: dict[str, Any]) -> list[tuple[str, str]]:
    """A table of what a run ran on."""
    found = {**environment, "command": shlex.join(environment["command"])}
    found["configuration"] = "; ".join(map(str.strip, environment["configuration"]))
    return [("name", "value"), *found.items()]
