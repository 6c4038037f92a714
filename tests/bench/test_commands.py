"""The command line of the benchmarks: what it runs, prints and saves, and how it fails."""

import importlib
import json
import math
import sys
from importlib.util import find_spec

import pytest

from bench import kernels, tables
from bench.frameworks import FRAMEWORKS
from bench.problems import VARIANTS
from benchmarks import INSTALLED, bench, made_up_result, results_of


def test_loss(tmp_path, monkeypatch, capsys):
    """All tables, of fewer shapes; README's test runs the command with all of them."""
    shapes = {"4 x 10": (4, 10), "65536 x 10": (65536, 10), "8192 x 1000": (8192, 1000)}
    monkeypatch.setattr(tables, "SHAPES", list(shapes.values()))
    against = [name for name in ("pytorch", "numpy_scipy") if name in INSTALLED]
    titles = [FRAMEWORKS[name] for name in ("numpy_scipy", "pytorch") if name in INSTALLED]
    saved, picture = tmp_path / "result.json", tmp_path / "picture"
    arguments = ["--threads", 2, "--rounds", 2, "--seconds", 0.001, "--json", saved]
    if find_spec("matplotlib") and against:
        arguments += ["--plot", picture]
    monkeypatch.setattr(sys, "argv", ["bench", "loss", *map(str, arguments), "--against", *against])
    importlib.import_module("bench.__main__").main()
    assert picture.with_suffix(".svg").exists() == ("--plot" in arguments)

    result = json.loads(saved.read_text())
    assert (result["threads"], result["rounds"], result["turn"]) == (2, 2, 0.001)
    assert list(result["tables"]) == ["forward", "forward + backward", "bandwidth", "threads"]
    forward, backward, bandwidth, threads = result["tables"].values()
    assert forward["columns"] == ["lanegrad", *titles]
    assert backward["columns"] == ["lanegrad", "in place", *titles]
    assert forward["competitors"] == backward["competitors"] == titles
    for table in (forward, backward):
        assert list(table["seconds"]) == list(shapes)
        for turns in table["seconds"].values():
            assert list(turns) == table["columns"]
            assert all(len(seconds) == 2 and min(seconds) > 0 for seconds in turns.values())
    assert list(bandwidth["bandwidth"]) == ["8192 x 1000"]
    assert list(threads["seconds"]) == ["65536 x 10", "8192 x 1000"]
    assert list(threads["seconds"]["65536 x 10"]) == ["1 thread", "2 threads"]

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"machine: {result['machine']}"
    found = [sum(line.startswith(f"| {shape} ") for line in lines) for shape in shapes]
    # Times and ratios; of the best of several; threads; bandwidth.
    assert found == ([6, 7, 8] if len(titles) > 1 else [4, 5, 6])
    if len(titles) > 1:
        assert list(forward["best"]) == ["lanegrad"]
        assert list(backward["best"]) == ["lanegrad", "in place"]
        for shape, least in forward["best"]["lanegrad"].items():
            assert least == min(forward["ratios"][title][shape] for title in titles)
    for title in titles:
        ratios = forward["ratios"][title].values()
        mean = forward["summary"][title]["geometric mean"]
        assert math.isclose(mean, math.prod(ratios) ** (1 / len(shapes)))
        assert f"{mean:.2f}x" in next(line for line in lines if line.startswith("| geometric mean"))


def test_the_loss_has_all_shapes():
    assert len(tables.loss_tables(2, ["pytorch"])["forward"].rows) == len(tables.SHAPES) == 11
    assert list(tables.loss_tables(2, [])["bandwidth"].rows) == [
        "8192 x 1000",
        "256 x 50257",
        "64 x 128256",
    ]


def test_options(tmp_path):
    result, printed = results_of(tmp_path, "options", "--threads", 2, "--against")
    table = result["tables"]["lanegrad"]
    assert table["columns"] == VARIANTS
    assert list(table["seconds"]) == ["65536 x 10", "16384 x 100", "8192 x 1000"]
    assert not table["notes"]
    for name in VARIANTS[1:]:
        (line,) = [line for line in printed.splitlines() if line.startswith(f"| {name} ")]
        assert line.count("x |") == 3


def test_train(tmp_path):
    """All tables of one network; README's test runs the command with all networks."""
    against = [name for name in ("pytorch_channels_last",) if "pytorch" in INSTALLED]
    arguments = ["--threads", 2, "--only", "Net, batch", "--against", *against]
    result, printed = results_of(tmp_path, "train", *arguments)
    assert list(result["tables"]) == ["train", "infer", "memory", "threads"]
    train, infer, memory, threads = result["tables"].values()
    titles = [FRAMEWORKS[name] for name in against]
    for table in (train, infer):
        assert table["columns"] == ["lanegrad", "op by op", *titles]
        assert table["competitors"] == titles
        assert list(table["seconds"]) == ["Net, batch 4"]
    assert list(threads["seconds"]["Net, batch 4"]) == ["1 thread", "2 threads"]
    assert list(memory["bytes"]) == ["Net, batch 4"]
    assert min(memory["bytes"]["Net, batch 4"].values()) > 10e6
    assert printed.count("| Net, batch 4 |") == 6


def test_only(tmp_path):
    result, printed = results_of(tmp_path, "train", "--only", "images", "--against")
    assert list(result["tables"]) == ["epoch"]
    assert "| Net, 40 images |" in printed
    finished = bench("train", "--only", "no such row", "--against")
    assert finished.returncode == 1
    assert "no such row" in finished.stderr


def test_the_full_benchmark_of_training():
    full = tables.train_tables(2, ["pytorch", "jax"])
    assert list(full["train"].rows)[:2] == ["Net, batch 4", "Net, batch 32"]
    assert list(full["infer"].rows) == ["Net, batch 1", "Net, batch 256"]
    assert list(full["epoch"].rows) == ["Net, 50,000 images"]
    assert [column.framework for column in full["epoch"].columns] == ["lanegrad", "pytorch"]
    assert "threads" not in tables.train_tables(1, [])


def test_kernels(tmp_path):
    text = "before\n<!-- kernels -->\nold\n<!-- end of kernels -->\nafter\n"
    (tmp_path / "page.md").write_text(text)
    arguments = ["--threads", 2, "--only", "5 x 5", "--page", tmp_path / "page.md"]
    result, printed = results_of(tmp_path, "kernels", *arguments)
    assert not result["missing"]
    for table in result["tables"].values():
        assert table["columns"] == ["kernel", "fma loop", "copy loop"]
        for row, kernel in table["roofline"].items():
            assert kernel["bound"] in ("fma", "copy")
            assert kernel["share"] > 0
            assert f"| {row} " in printed
    updated = (tmp_path / "page.md").read_text()
    assert updated.startswith("before\n<!-- kernels -->\n\n- machine: ")
    assert updated.endswith(" |\n\n<!-- end of kernels -->\nafter\n")
    assert printed.partition("\n\n")[2].strip() in updated


@pytest.mark.parametrize(
    ("family", "name"), [(f, n) for f in kernels.FAMILIES for n in kernels.FAMILIES[f]]
)
def test_each_kernel_can_be_called(family, name):
    importlib.import_module("bench.kernel_calls").kernel(family, name)()


def test_import(tmp_path):
    result, printed = results_of(tmp_path, "import")
    assert list(result["tables"]["import"]["seconds"]["import"]) == ["numpy", "lanegrad"]
    assert "times divided by those of numpy" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        [],
        ["loss", "--rounds", "0"],
        ["loss", "--threads", "x"],
        ["loss", "--against", "abacus"],
        ["loss", "--json", "no/such/folder/result.json"],
        ["plot", "no-such-file.json", "picture"],
        ["train", "--page", "no-such-page.md"],
        ["train", "--page", "LICENSE"],
    ],
)
def test_wrong_arguments(arguments):
    finished = bench(*arguments)
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr


def test_compiling_is_left_out_of_trials(monkeypatch, capsys):
    program = importlib.import_module("bench.__main__")
    asked = []
    monkeypatch.setattr(
        program, "measure", lambda *a, **options: asked.append(options) or made_up_result()
    )
    for arguments in (["0.001"], ["0.1"], ["0.001", "--against", "pytorch_compiled"]):
        monkeypatch.setattr(sys, "argv", ["bench", "loss", "--seconds", *arguments])
        program.main()
    assert [list(options["missing"]) for options in asked] == [["PyTorch compiled"], [], []]
    assert "A: 1" in capsys.readouterr().out
