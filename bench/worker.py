"""The process that holds one framework: reads one JSON request a line, answers each with one line.

``python -m bench.worker FRAMEWORK THREADS``; the harness starts it.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def main(framework: str, threads: int) -> None:
    """Answer requests until there are no more."""
    # A framework may print; that must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        module = importlib.import_module(f"bench.frameworks.{framework}")
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=answers)
        return
    module.set_threads(threads)
    print(json.dumps({"about": module.describe()}), file=answers)
    call: Callable[[], object] = int
    calls = 1
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            call = getattr(module, request["prepare"])(*request["arguments"])
            calls = calibrate(call, request["seconds"])
            answer: Any = {"calls": calls}
        else:
            seconds(call, max(1, calls // 10))  # wakes threads and caches after the others' turn
            answer = {"seconds": seconds(call, calls)}
        print(json.dumps(answer), file=answers)


def calibrate(call: Callable[[], object], target: float) -> int:
    """How many calls take about `target` seconds."""
    calls = 1
    while True:
        elapsed = seconds(call, calls) * calls
        if elapsed >= target / 2:
            return max(1, round(calls * target / elapsed))
        calls *= 2


def seconds(call: Callable[[], object], calls: int) -> float:
    """Seconds for one of so many calls."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
