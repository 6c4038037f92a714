"""The benchmarks run and print their tables. No timing is asserted."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORKS = ["lanegrad", *(["PyTorch eager"] if find_spec("torch") else [])]


def bench(*arguments):
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("benchmark_name", "cases"),
    [
        ("loss", ["128 x 10", "65536 x 10", "8192 x 1000"]),
        ("train", ["batch 4", "batch 32", "batch 128"]),
    ],
)
def test_comparison(tmp_path, benchmark_name, cases):
    path = tmp_path / "result.json"
    finished = bench(
        benchmark_name, "--rounds", "2", "--seconds", "0.001", "--threads", "2", "--json", path
    )
    assert finished.returncode == 0, finished.stderr
    result = json.loads(path.read_text())
    assert list(result["seconds"]) == cases
    for turns in result["seconds"].values():
        assert list(turns) == FRAMEWORKS
        assert all(len(seconds) == 2 and min(seconds) > 0 for seconds in turns.values())
    assert result["threads"] == 2
    lines = finished.stdout.splitlines()
    assert result["machine"] in lines[1]
    for case in cases:
        (line,) = [line for line in lines if line.startswith(case + " ")]
        assert line.count("±") == len(FRAMEWORKS)
        assert line.endswith("x") == (len(FRAMEWORKS) > 1)
    if len(FRAMEWORKS) == 1:
        assert any(line.startswith("PyTorch eager: not here") for line in lines)


def test_import(tmp_path):
    path = tmp_path / "result.json"
    finished = bench("import", "--rounds", "1", "--json", path)
    assert finished.returncode == 0, finished.stderr
    assert "lanegrad / numpy" in finished.stdout
    assert list(json.loads(path.read_text())["seconds"]["import"]) == ["numpy", "lanegrad"]


def test_missing_framework_is_named(tmp_path):
    """With a broken torch in the way, the others are still timed."""
    (tmp_path / "torch.py").write_text("raise ImportError('not on this machine')\n")
    program = (
        f"import sys, os; os.environ['PYTHONPATH'] = {str(tmp_path)!r}; "
        "sys.argv = 'bench loss --rounds 1 --seconds 0.001'.split(); "
        "from bench.__main__ import main; main()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    assert "PyTorch eager: not here (not on this machine)" in finished.stdout
    assert "lanegrad" in finished.stdout


@pytest.mark.parametrize(
    "arguments", [["fly"], ["loss", "--rounds", "0"], ["loss", "--threads", "x"]]
)
def test_wrong_arguments(arguments):
    finished = bench(*arguments)
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
