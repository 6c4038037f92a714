"""``lanegrad compare``: several runs in one table, and in one picture."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ..models._table import table
from ._arguments import UsageError
from ._plots import curves, log_of
from ._runs import kept_scores
from ._settings import CONFIG, settings_in


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "compare",
        help="show runs beside one another",
        description="Print the options in which runs differ, and what they reached.",
        epilog="Example: lanegrad compare runs/* --plot runs.png",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folders of runs")
    parser.add_argument("--plot", metavar="FILE", help="draw loss, accuracy and rate of all")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and draw."""
    logs = {name: log_of(name) for name in arguments.runs}
    settings = {
        name: settings_in(os.path.join(name, CONFIG), ": give the folder of a run") for name in logs
    }
    columns = dict.fromkeys(option for found in settings.values() for option in found)
    differing = [
        option
        for option in columns
        if len({str(found.get(option)) for found in settings.values()}) > 1
    ]
    rows = []
    for name, epochs in logs.items():
        options = {option: settings[name].get(option) for option in differing}
        rows.append({"run": name, **options, **reached(name, epochs)})
    print("\n".join(shown(rows)))
    if arguments.plot:
        try:
            curves(logs).savefig(arguments.plot, dpi=150)
        except ValueError as error:
            raise UsageError(f"--plot {arguments.plot}: {error}") from error


def reached(run: str, epochs: list[dict[str, Any]]) -> dict[str, Any]:
    """How far a run is, loss and accuracy at the end, and of which pictures they are."""
    found = kept_scores(run)
    if found is not None:
        last = found["loss"], found["accuracy"], found["part"]
    elif epochs:
        last = epochs[-1]["loss"], epochs[-1]["accuracy"], "training"
    else:
        last = None, None, None
    names = ("epochs done", "seconds", "loss", "accuracy", "of")
    return dict(zip(names, (len(epochs), sum(e["seconds"] for e in epochs), *last), strict=True))


FORMATS = {"seconds": "{:.1f}", "loss": "{:.4f}"}
PERCENTS = ("accuracy", "deviation", "validation")


def shown(rows: list[dict[str, Any]]) -> list[str]:
    """A table of rows that have the same columns."""
    return table([[*rows[0]], *([_cell(*item) for item in row.items()] for row in rows)])


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in PERCENTS:
        return f"{100 * value:.2f} %"
    return FORMATS.get(column, "{}").format(value)
