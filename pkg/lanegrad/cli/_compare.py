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
    rows: list[list[Any]] = [
        ["run", *differing, "epochs done", "seconds", "loss", "accuracy", "of"]
    ]
    for name, epochs in logs.items():
        seconds = sum(epoch["seconds"] for epoch in epochs)
        loss, accuracy, part = _reached(name, epochs)
        options = [settings[name].get(option, "") for option in differing]
        rows.append([name, *options, len(epochs), f"{seconds:.1f}", loss, accuracy, part])
    print("\n".join(table(rows)))
    if arguments.plot:
        try:
            curves(logs).savefig(arguments.plot, dpi=150)
        except ValueError as error:
            raise UsageError(f"--plot {arguments.plot}: {error}") from error


def _reached(run: str, epochs: list[dict[str, Any]]) -> tuple[str, str, str]:
    """Loss and accuracy at the end, and of which pictures they are."""
    found = kept_scores(run)
    if found is not None:
        return f"{found['loss']:.4f}", f"{100 * found['accuracy']:.2f} %", found["part"]
    if not epochs:
        return "", "", ""
    accuracy = epochs[-1]["accuracy"]
    return f"{epochs[-1]['loss']:.4f}", f"{100 * accuracy:.2f} %", "training"
