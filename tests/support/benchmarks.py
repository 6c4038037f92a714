"""What the tests of the benchmarks share: runs of the command, and made-up results."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench import summary, tables
from bench.frameworks import FRAMEWORKS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "lanegrad": ["lanegrad"],
    "numpy_scipy": ["scipy"],
    "pytorch": ["torch"],
    "jax": ["jax"],
    "tensorflow": ["tensorflow"],
    "onnxruntime": ["onnxruntime", "onnx"],
}
INSTALLED = [name for name, packages in PACKAGES.items() if all(map(find_spec, packages))]
PYTORCH = "PyTorch eager"


def bench(*arguments, **variables):
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | variables
    )


def results_of(tmp_path, *arguments):
    """What a run saves and what it prints."""
    path = tmp_path / "result.json"
    finished = bench(*arguments, "--rounds", 1, "--seconds", 0.001, "--json", path)
    assert finished.returncode == 0, finished.stderr
    return json.loads(path.read_text()), finished.stdout


def small_table(*others):
    names = ["lanegrad", *others]
    columns = [tables.Column(FRAMEWORKS[name], name, "forward_backward") for name in names]
    return tables.Table("Both", "comparison", columns, {"4 x 10": (4, 10), "8 x 3": (8, 3)})


def made_up(**changes):
    """A table of made-up turns: twice and then half as long as lanegrad, once missing."""
    seconds = {
        "4 x 10": {
            "lanegrad": [1e-6, 2e-6, 3e-6],
            "A": [2e-6, 5e-6, 6e-6],
            "B": [4e-6, 6e-6, 3e-6],
        },
        "8 x 10": {"lanegrad": [2e-6, 2e-6, 2e-6], "A": [1e-6, 1e-6, 1e-6]},
    }
    settings = {"competitors": ["A", "B"], "notes": {"B": "no room"}} | changes
    return summary.summarize("Both", "comparison", ["lanegrad", "A", "B"], seconds, **settings)


def made_up_result():
    return {
        "title": "Made up",
        "machine": "none",
        "threads": 2,
        "frameworks": {"lanegrad": "0", "A": "1"},
        "missing": {"C": "not installed"},
        "tables": {"both": made_up()},
    }
