"""Runs the frameworks' processes in turns, one at a time."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .frameworks import FRAMEWORKS, SUBJECT
from .machine import OtherLoad, machine
from .summary import summarize
from .tables import Column, Table

ROOT = Path(__file__).resolve().parents[1]
AGREEMENT = 1e-3  # of the frameworks' first results
SHORT = 0.001  # seconds: some steps, for a peak of memory
SETTLE = 0.02  # seconds between turns, in which the last one's threads stop spinning


class Failed(Exception):
    """A framework cannot do what was asked; the message says why."""


class Worker:
    """One framework in a process of its own. `missing` says why where it cannot run."""

    def __init__(self, framework: str, threads: int) -> None:
        self.title = FRAMEWORKS[framework]
        variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", framework, str(threads)],
            cwd=ROOT,
            env=os.environ | dict.fromkeys(variables, str(threads)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.missing: str | None = None
        self.about = ""

    def greet(self) -> None:
        """Wait until the framework has been imported, or has failed to be."""
        try:
            hello = self._answer()
        except RuntimeError as error:
            hello = {"missing": str(error)}
        self.missing = hello.get("missing")
        self.about = hello.get("about", "")

    def forget(self) -> None:
        """Free what was prepared."""
        self._ask(forget=True)

    def prepare(
        self, function: str, arguments: list[Any], seconds: float, compare: bool = False
    ) -> tuple[int, float | None]:
        """Make a call and find how often it fits into so many seconds; returns its number, and how
        large its first result was where results are compared.
        """
        answer = self._ask(function=function, arguments=arguments, seconds=seconds, compare=compare)
        if "failed" in answer:
            raise Failed(answer["failed"])
        return answer["call"], answer["size"]

    def peak(self) -> int:
        """The most bytes that the process has had in memory."""
        return self._ask(peak=True)["bytes"]

    def turn(self, call: int) -> float:
        """Seconds for one call, from one turn."""
        time.sleep(SETTLE)
        return self._ask(turn=call)["seconds"]

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise RuntimeError(
                f"the process of {self.title} ended with status {status}; what it printed is above"
            )
        return json.loads(line)


Workers = dict[tuple[str, int], Worker]


def measure(
    title: str,
    tables: dict[str, Table],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    missing: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Time all tables of a benchmark.

    Parameters
    ----------
    title : str
    tables : dict of Table
    threads : int
        For each framework, unless a column says otherwise.
    rounds : int
        Turns of each column on each row, unless a table wants fewer; the order changes from round to
        round.
    seconds : float
        Length of a turn.
    missing : dict, optional
        Frameworks that were left out, each with the reason.

    Returns
    -------
    dict
        What was timed with what: `title`, `machine`, `threads`, `rounds`, `turn` (its seconds),
        `others` (cores that other processes kept busy), `frameworks` and `missing` (by title); and
        `tables`, each as `summarize` returns it, those of memory with `bytes` by row and column. All
        of it can be written as JSON.
    """
    load = OtherLoad()
    columns = [column for table in tables.values() for column in table.columns]
    with _workers(list(dict.fromkeys(_key(column, threads) for column in columns))) as workers:
        for worker in workers.values():
            if worker.missing and worker.title == FRAMEWORKS[SUBJECT]:
                raise SystemExit(f"{worker.title}: {worker.missing}")
        results = {}
        for name, table in tables.items():
            pairs = [(column, workers[_key(column, threads)]) for column in table.columns]
            pairs = [(column, worker) for column, worker in pairs if not worker.missing]
            if pairs and table.kind == "memory":
                results[name] = _peaks(name, table, [column for column, _ in pairs], threads)
            elif pairs:
                turns = min(rounds, table.most_rounds or rounds)
                results[name] = _time(name, table, pairs, turns, seconds)
    return {
        "title": title,
        "machine": machine(),
        "threads": threads,
        "rounds": rounds,
        "turn": seconds,
        "others": load.cores(),
        "frameworks": {
            worker.title: worker.about
            for (_, count), worker in workers.items()
            if count == threads and not worker.missing
        },
        "missing": (missing or {})
        | {worker.title: worker.missing for worker in workers.values() if worker.missing},
        "tables": results,
    }


@contextmanager
def _workers(keys: list[tuple[str, int]]) -> Iterator[Workers]:
    workers: Workers = {}
    try:
        for key in keys:
            workers[key] = Worker(*key)
        for worker in workers.values():
            worker.greet()
        yield workers
    finally:
        for worker in workers.values():
            worker.close()


def _key(column: Column, threads: int) -> tuple[str, int]:
    return column.framework, column.threads or threads


def _time(
    name: str, table: Table, columns: list[tuple[Column, Worker]], rounds: int, seconds: float
) -> dict[str, Any]:
    workers = dict.fromkeys(worker for _, worker in columns)
    turns: dict[str, dict[str, list[float]]] = {}
    notes: dict[str, str] = {}
    for row, arguments in table.rows.items():
        _progress(f"{name}, {row}")
        calls: list[tuple[str, Worker, int]] = []
        sizes: dict[str, float | None] = {}
        for column, worker in columns:
            try:
                call, sizes[column.title] = worker.prepare(
                    column.function, [*column.arguments, *arguments], seconds, table.compare
                )
                calls.append((column.title, worker, call))
            except Failed as error:
                notes[column.title] = str(error)
        if not calls or calls[0][0] != table.columns[0].title:
            why = notes[table.columns[0].title]
            raise SystemExit(f"{name}, {row}: {columns[0][1].title} fails: {why}")
        if table.compare:
            _require_agreement(f"{name}, {row}", sizes)
        turns[row] = {title: [] for title, _, _ in calls}
        for round_number in range(rounds):
            first = round_number % len(calls)
            for title, worker, call in calls[first:] + calls[:first]:
                turns[row][title].append(worker.turn(call))
        for worker in workers:
            worker.forget()
    _progress("")
    present = [column.title for column, _ in columns]
    return summarize(
        table.title,
        table.kind,
        present,
        turns,
        competitors=[title for title in table.competitors if title in present],
        shapes={row: list(arguments) for row, arguments in table.rows.items()},
        notes=notes,
    )


def _require_agreement(where: str, sizes: dict[str, Any]) -> None:
    """Frameworks that compute different things are not compared."""
    (subject, expected), *others = sizes.items()
    for title, size in others:
        if not abs(size - expected) <= AGREEMENT * abs(expected):
            raise SystemExit(
                f"{where}: the first result of {title} is {size:.6g} and that of {subject} "
                f"{expected:.6g}; they do not compute the same"
            )


def _peaks(name: str, table: Table, columns: list[Column], threads: int) -> dict[str, Any]:
    """The peak of each column on each row, in a fresh process each; a row without arguments is of a
    process that has imported the framework and done nothing.
    """
    peaks: dict[str, dict[str, int]] = {row: {} for row in table.rows}
    notes: dict[str, str] = {}
    for row, arguments in table.rows.items():
        for column in columns:
            _progress(f"{name}, {row}")
            with _workers([_key(column, threads)]) as workers:
                (worker,) = workers.values()
                try:
                    if arguments:
                        worker.prepare(column.function, [*column.arguments, *arguments], SHORT)
                    peaks[row][column.title] = worker.peak()
                except Failed as error:
                    notes[column.title] = str(error)
    _progress("")
    return {
        "title": table.title,
        "kind": table.kind,
        "columns": [column.title for column in columns],
        "bytes": peaks,
        "notes": notes,
    }


def _progress(text: str) -> None:
    """What is being timed, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{text:60}\r", end="", file=sys.stderr, flush=True)
