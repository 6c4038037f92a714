"""Runs the frameworks' processes in turns, one at a time, and prints their medians side by side."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .frameworks import FRAMEWORKS
from .problems import PROBLEMS

ROOT = Path(__file__).resolve().parents[1]
SETTLE = 0.02  # seconds between turns, in which the last one's threads stop spinning


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
        hello = self._answer()
        self.missing: str | None = hello.get("missing")
        self.about: str = hello.get("about", "")

    def prepare(self, problem: str, arguments: list[int], seconds: float) -> None:
        """Set up a case and find how many calls fill so many seconds."""
        self._ask(prepare=problem, arguments=arguments, seconds=seconds)

    def turn(self) -> float:
        """Seconds for one call, from one turn."""
        time.sleep(SETTLE)
        return self._ask()["seconds"]

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
            raise RuntimeError(f"the process of {self.title} ended; what it printed is above")
        return json.loads(line)


def compare(problem: str, *, threads: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Time every case of a problem on every framework there is.

    Parameters
    ----------
    problem : str
        A key of `PROBLEMS`.
    threads : int
        For each framework.
    rounds : int
        Turns of each framework for each case; the order changes from round to round.
    seconds : float
        Length of a turn.

    Returns
    -------
    dict
        What `print_comparison` prints; it can be written as JSON.
    """
    title, cases = PROBLEMS[problem]
    workers = [Worker(framework, threads) for framework in FRAMEWORKS]
    present = [worker for worker in workers if not worker.missing]
    try:
        if not present:
            raise SystemExit(f"none of {', '.join(FRAMEWORKS.values())} is installed here")
        results = {}
        for case, arguments in cases.items():
            for worker in present:
                worker.prepare(problem, arguments, seconds)
            turns: dict[str, list[float]] = {worker.title: [] for worker in present}
            for round_number in range(rounds):
                first = round_number % len(present)
                for worker in present[first:] + present[:first]:
                    turns[worker.title].append(worker.turn())
            results[case] = turns
    finally:
        for worker in workers:
            worker.close()
    return {
        "title": title,
        "machine": machine(),
        "threads": threads,
        "frameworks": {worker.title: worker.about for worker in present},
        "missing": {worker.title: worker.missing for worker in workers if worker.missing},
        "seconds": results,
    }


def machine() -> str:
    """This machine in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"{model}, {available_cores()} cores, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def print_comparison(result: dict[str, Any]) -> None:
    """Print medians in microseconds with their spread, and the others' times as multiples of the
    first one's.
    """
    print(result["title"])
    print(f"machine: {result['machine']}")
    for title, about in result.get("frameworks", {}).items():
        print(f"{title}: {about}")
    for title, reason in result.get("missing", {}).items():
        print(f"{title}: not here ({reason})")
    titles = list(next(iter(result["seconds"].values())))
    subject = titles[0]
    header = f"{'':14}" + "".join(f"{title:>24}" for title in titles)
    print(header + "".join(f"{f'{title} / {subject}':>28}" for title in titles[1:]))
    for case, turns in result["seconds"].items():
        row = f"{case:14}" + "".join(f"{_median_and_spread(turns[title]):>24}" for title in titles)
        for title in titles[1:]:
            # The machine's speed drifts; within a round it is nearly the same for all.
            ratios = [a / b for a, b in zip(turns[title], turns[subject], strict=True)]
            row += f"{statistics.median(ratios):>27.2f}x"
        print(row)
    print("median of the rounds in microseconds, and half the distance between the quartiles")


def _median_and_spread(seconds: list[float]) -> str:
    median = statistics.median(seconds)
    low, _, high = statistics.quantiles(seconds, n=4) if len(seconds) > 1 else (median,) * 3
    return f"{median * 1e6:,.1f} ±{50 * (high - low) / median:.0f} %"
