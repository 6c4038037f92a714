"""The processes that are timed: they take turns, and what is missing is named. No timing is asserted."""

import json
import os

import pytest

from bench import tables
from bench.harness import measure
from bench.machine import OtherLoad
from bench.report import report
from benchmarks import INSTALLED, PYTORCH, small_table


def test_measure_takes_turns_and_names_what_is_missing(tmp_path, monkeypatch):
    """With a broken torch in the way, the others are still timed."""
    (tmp_path / "torch.py").write_text("raise ImportError('not on this machine')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    result = measure(
        "Loss",
        {"both": small_table("pytorch", "onnxruntime"), "other": small_table()},
        threads=1,
        rounds=3,
        seconds=0.001,
        missing={"X": "left out"},
    )
    assert result["missing"]["X"] == "left out"
    assert result["missing"][PYTORCH] == "not on this machine"
    assert f"{PYTORCH}: not here (not on this machine)" in report(result)
    assert next(iter(result["frameworks"])) == "lanegrad"
    table = result["tables"]["both"]
    if "onnxruntime" in INSTALLED:
        assert table["columns"] == ["lanegrad", "onnxruntime"]
        assert "gradients" in table["notes"]["onnxruntime"]
    else:
        assert "onnx" in result["missing"]["onnxruntime"]
        assert table["columns"] == ["lanegrad"]
    assert list(table["seconds"]) == ["4 x 10", "8 x 3"]
    for row, turns in table["seconds"].items():
        assert list(turns) == ["lanegrad"], row
        assert len(turns["lanegrad"]) == 3
        assert min(turns["lanegrad"]) > 0
    assert json.loads(json.dumps(result)) == result


def test_a_process_that_dies_at_import_is_missing(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("import os; os._exit(7)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    table = {"both": small_table("pytorch")}
    result = measure("Loss", table, threads=1, rounds=1, seconds=0.001)
    assert "ended with status 7" in result["missing"][PYTORCH]


def test_results_that_differ_end_the_run():
    columns = [tables.Column(name, "lanegrad", name) for name in ("forward", "copy")]
    table = tables.Table("Both", "comparison", columns, {"4 x 10": (4, 10)}, compare=True)
    with pytest.raises(SystemExit, match=r"both, 4 x 10: the first result of copy is nan and"):
        measure("Loss", {"both": table}, threads=1, rounds=1, seconds=0.001)


def test_other_load(monkeypatch):
    # The clock, seconds of all cores, seconds of this process: 25 in 10 seconds, 5 of them its own.
    answers = iter([(100.0, 1000.0, 3.0), (110.0, 1025.0, 8.0), None])
    monkeypatch.setattr(OtherLoad, "_seconds", staticmethod(lambda: next(answers)))
    load = OtherLoad()
    assert load.cores() == 2
    assert load.cores() is None
