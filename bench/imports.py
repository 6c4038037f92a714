"""How long a fresh process takes to import lanegrad and numpy."""

import os
import subprocess
import sys
import tempfile
from typing import Any

from .machine import machine
from .summary import summarize

MODULES = ("numpy", "lanegrad")
PROGRAM = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def compare_imports(rounds: int) -> dict[str, Any]:
    """Seconds for each import, in alternating fresh processes."""
    turns: dict[str, list[float]] = {module: [] for module in MODULES}
    with tempfile.TemporaryDirectory() as folder:
        # Both are to find their bytecode, as after a plain `pip install`.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for round_number in range(rounds + 1):
            for module in MODULES if round_number % 2 else reversed(MODULES):
                command = [sys.executable, "-c", PROGRAM.format(module=module)]
                printed = subprocess.check_output(command, env=environment, text=True)
                if round_number:  # the first round writes the bytecode
                    turns[module].append(float(printed))
    table = summarize("Import", "comparison", MODULES, {"import": turns}, competitors=MODULES[1:])
    return {
        "title": "Import in a fresh process",
        "machine": machine(),
        "rounds": rounds,
        "tables": {"import": table},
    }
