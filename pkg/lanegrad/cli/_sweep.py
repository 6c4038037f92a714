"""``lanegrad sweep``: a training for each of many settings, and a table of what they reached."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
from collections.abc import Callable
from statistics import mean, stdev
from typing import Any, NamedTuple

from .._machine.config import get_num_threads
from .._saving.files import write
from ..train.checkpoints import LAST
from ._arguments import Failure, Interrupted, UsageError, number
from ._compare import reached, shown
from ._grid import Range, Setting, all_of, axes_of, names_of, some_of
from ._jobs import Jobs
from ._plots import log_of
from ._runs import new_folder
from ._settings import CONFIG, arguments_of, from_anywhere, settings_of, text_of
from ._train import APART, add_options

STATE, TABLE = "sweep.json", "sweep.csv"
OWN = ("grid", "range", "random", "jobs")

EXAMPLES = """\
examples:
  lanegrad sweep --epochs 3 --grid lr=0.01,0.02,0.05 --grid optimizer=sgd,adam        six runs
  lanegrad sweep --data pictures --grid model=lenet,resnet20 --grid flip=true,false --seeds 3
  lanegrad sweep --random 20 --range lr=0.001..0.1 --range batch-size=8..128 --jobs 2
  lanegrad sweep --resume runs/sweep-1        go on with a sweep that was stopped
"""


class Run(NamedTuple):
    """One training of a sweep."""

    name: str  # of its folder in the sweep's
    setting: Setting
    arguments: list[str]


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "sweep",
        help="train with many settings, and compare them",
        description="Train with each setting of a grid, or with some at random, each in a process and "
        "a folder of its own, and print a table of what they reached. It takes all options of train.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument_group("settings").add_argument
    add(
        "--grid", metavar="OPTION=VALUE,VALUE", action="append", default=[],
        help="values of an option of training; each with each of the other options' (true and false for "
        "options that take no value)",
    )  # fmt: skip
    add(
        "--range", metavar="OPTION=LOW..HIGH", action="append", default=[],
        help="numbers for --random; where the ends differ by a factor of 10 or more, logarithms are uniform",
    )  # fmt: skip
    add("--random", type=number(int, 1), metavar="N", help="draw N settings, by --seed")
    add(
        "--jobs", type=number(int, 1), default=1, metavar="N",
        help="runs at a time, which share the cores unless there is --threads; default: 1",
    )  # fmt: skip
    add_options(parser, "sweep", "sweep")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Run what is not done, and print the table."""
    settings = settings_of(arguments)
    same = {name: v for name, v in settings.items() if name not in (*OWN, *APART)}
    same = from_anywhere(same)
    axes = axes_of(arguments.grid, arguments.range, arguments.parser, (*OWN, *APART))
    if not axes:
        raise UsageError("there is nothing to sweep over: give --grid, or --random and --range")
    count = arguments.random
    found = some_of(axes, count, arguments.seed) if count else all_of(axes)
    runs = _runs(same, found, arguments.seeds)

    folder = arguments.resume or new_folder(arguments.out, "sweep", STATE)
    state = _State(folder, same)
    kept = {**settings, **same, "out": None, "jobs": 1, "threads": None}
    write(text_of(kept).encode(), os.path.join(folder, CONFIG))
    todo = [run for run in runs if not state.done(run.name)]
    jobs = min(arguments.jobs, len(todo))
    threads = arguments.threads or (max(1, get_num_threads() // jobs) if jobs > 1 else None)
    if not arguments.quiet:
        _announce(folder, axes, runs, todo, jobs, threads)
    each = arguments_of({"threads": threads, "plot": arguments.plot})
    started = {os.path.join(folder, run.name): [*_command(folder, run), *each] for run in todo}
    pool = Jobs(max(1, jobs), arguments.quiet)
    pool.run(started, state.note)
    undone = [run.name for run in runs if not state.done(run.name)]
    if pool.asked:
        raise Interrupted(
            f"stopped; {len(runs) - len(undone)} of {len(runs)} runs are done; "
            f"to go on: lanegrad sweep --resume {folder}",
            128 + pool.asked,
        )
    rows = _rows(runs, state)
    print("\n".join(shown(rows)), flush=True)
    write(_csv(rows).encode(), os.path.join(folder, TABLE))
    for name in undone:
        print(f"failed: {name}: {state.result(name)['error']}", flush=True)
    if undone:
        raise Failure(f"{len(undone)} of {len(runs)} runs have failed")


def _runs(same: Setting, settings: list[Setting], seeds: int | None) -> list[Run]:
    """The trainings: one a setting, or with several seeds one for each."""
    found = []
    for name, setting in zip(names_of(settings), settings, strict=True):
        options = {**same, **setting}
        first = options["seed"]
        for seed in range(first, first + (seeds or 1)):
            where = f"{name},seed={seed}" if seeds else name
            own = from_anywhere({**options, "seed": seed})
            found.append(Run(where, setting, arguments_of(own)))
    return found


def _command(folder: str, run: Run) -> list[str]:
    """The arguments of a run: it goes on if it has begun."""
    out = os.path.join(folder, run.name)
    if os.path.exists(os.path.join(out, LAST)):
        return ["train", "--resume", out]
    return ["train", *run.arguments, "--out", out]


def _announce(
    folder: str,
    axes: dict[str, list[Any] | Range],
    runs: list[Run],
    todo: list[Run],
    jobs: int,
    threads: int | None,
) -> None:
    done = f", {len(runs) - len(todo)} of them done" if len(todo) < len(runs) else ""
    how = f", {jobs} at a time with {threads} threads each" if jobs > 1 else ""
    print(f"{len(runs)} runs{done}{how}: {folder}", flush=True)
    for name, axis in axes.items():
        if isinstance(axis, Range):
            scale = "uniform in its logarithm" if axis.logarithmic else "uniform"
            print(
                f"{name.replace('_', '-')} from {axis.low:g} to {axis.high:g}, {scale}", flush=True
            )


class _State:
    """What is known of a sweep's runs, kept in its folder."""

    def __init__(self, folder: str, same: Setting) -> None:
        self._path = os.path.join(folder, STATE)
        self._runs: dict[str, dict[str, Any]] = {}
        self._same = json.loads(json.dumps(same))
        if os.path.exists(self._path):
            with open(self._path, encoding="utf-8") as file:
                kept = json.load(file)
            for name in {*kept["options"], *same}:
                then, now = kept["options"].get(name), self._same.get(name)
                if then != now:
                    raise UsageError(
                        f"{self._path} is of runs with other options: {name} was {then} and is {now} now; "
                        "sweep into another folder"
                    )
            self._runs = kept["runs"]
        else:
            self._save()

    def done(self, name: str) -> bool:
        return self._runs.get(name, {}).get("error", "not run") is None

    def result(self, name: str) -> dict[str, Any]:
        """What `note` has found."""
        return self._runs[name]

    def note(self, folder: str, error: str | None) -> None:
        """The run of a folder has ended."""
        epochs = [] if error else log_of(folder)
        found = reached(folder, epochs)
        validated = [e["valid_accuracy"] for e in epochs if e["valid_accuracy"] is not None]
        found["validation"] = max(validated, default=None)
        self._runs[os.path.basename(folder)] = {**found, "error": error}
        self._save()

    def _save(self) -> None:
        text = json.dumps({"options": self._same, "runs": self._runs}, indent=1)
        write(f"{text}\n".encode(), self._path)


def _rows(runs: list[Run], state: _State) -> list[dict[str, Any]]:
    """The table: a row a setting, the best first, in validation where there was one."""
    rows = []
    several: dict[str, list[Run]] = {}
    for run in runs:
        several.setdefault(repr(run.setting), []).append(run)
    validated = any(state.result(run.name)["validation"] is not None for run in runs)
    seeds = max(map(len, several.values()))
    for group in several.values():
        results = [state.result(run.name) for run in group if state.done(run.name)]

        def middle(column: str, combine: Callable[[list[float]], float] = mean) -> float | None:
            found = [r[column] for r in results if r[column] is not None]  # noqa: B023
            return combine(found) if len(found) > (combine is stdev) else None

        row: dict[str, Any] = {n.replace("_", "-"): v for n, v in group[0].setting.items()}
        if seeds > 1:
            row["seeds"] = len(results)
        row |= {"epochs done": middle("epochs done", max), "seconds": middle("seconds")}
        if validated:
            row["validation"] = middle("validation")
        row |= {"loss": middle("loss"), "accuracy": middle("accuracy")}
        if seeds > 1:
            row["deviation"] = middle("accuracy", stdev)
        row["of"] = results[0]["of"] if results else "failed"
        rows.append(row)
    key = "validation" if validated else "accuracy"
    return sorted(rows, key=lambda row: -1.0 if row[key] is None else row[key], reverse=True)


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, [*rows[0]], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()
