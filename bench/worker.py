"""The process that holds one framework: reads one JSON request a line, answers each with one line.

``python -m bench.worker FRAMEWORK THREADS``; the harness starts it.
"""

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[[], object]

WARM_UP = 4  # calls before any is timed, where they do not take longer than
LONG = 1.0  # seconds
SPINNING = 0.01


def main(framework: str, threads: int) -> None:
    """Answer requests until there are no more."""
    # A framework may print; that must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    pin(threads)
    try:
        module = importlib.import_module(f"bench.frameworks.{framework}")
        module.set_threads(threads)
        print(json.dumps({"about": module.describe()}), file=answers)
    except Exception as error:
        print(json.dumps({"missing": reason(error)}), file=answers)
        return
    prepared: list[tuple[Call, int]] = []
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), module, prepared)), file=answers)


def answer(request: dict[str, Any], module: Any, prepared: list[tuple[Call, int]]) -> Any:
    """Forget all calls, make one with a function of the module, time one that has been made, or say
    how much memory the process has had.
    """
    if "forget" in request:
        prepared.clear()
        return {}
    if "function" in request:
        try:
            call = getattr(module, request["function"])(*request["arguments"])
            size = magnitude(call()) if request["compare"] else None  # may compile
            prepared.append((call, calibrate(call, request["seconds"])))
        except Exception as error:
            return {"failed": reason(error)}
        return {"call": len(prepared) - 1, "size": size}
    if "peak" in request:
        return {"bytes": peak_memory()}
    call, calls = prepared[request["turn"]]
    time.sleep(SPINNING)  # until threads that wait for more of the others' work have gone to sleep
    if calls > 1:
        seconds(call, max(1, calls // 10))  # wakes threads and caches after the others' turn
    return {"seconds": seconds(call, calls)}


def magnitude(result: Any) -> float:
    """One number for what a call returned, by which frameworks are compared: the Euclidean norm."""
    return float(np.linalg.norm(np.asarray(result, np.float64)))


def peak_memory() -> int:
    """The most bytes that this process has had in memory."""
    # Linux counts in ru_maxrss what the process that forked this one had.
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) << 10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


def pin(threads: int) -> None:
    """Stay on as many cores as there are threads: some frameworks know no other limit."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def calibrate(call: Call, target: float) -> int:
    """How many calls take about `target` seconds."""
    started = time.perf_counter()
    for _ in range(WARM_UP):  # may compile or record, and touches new memory
        call()
        if time.perf_counter() - started > LONG:
            break
    calls = 1
    while True:
        elapsed = seconds(call, calls) * calls
        if elapsed >= target / 2:
            return max(1, round(calls * target / elapsed))
        calls *= 2


def seconds(call: Call, calls: int) -> float:
    """Seconds for one of so many calls."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def reason(error: Exception) -> str:
    """An error in a line."""
    first_line = next(iter(str(error).strip().splitlines()), "")
    if isinstance(error, ImportError | NotImplementedError):
        return first_line
    return f"{type(error).__name__}: {first_line}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
