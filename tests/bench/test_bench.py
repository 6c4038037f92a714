"""The benchmarks run, compute what they say, and print, save and draw it. No timing is asserted."""

import importlib
import json
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec
from pathlib import Path

import mpmath
import numpy as np
import pytest

from bench import accuracy, kernels, memory, page, plot, problems, summary, tables, worker
from bench.frameworks import FRAMEWORKS
from bench.harness import measure
from bench.machine import OtherLoad
from bench.net import make_net
from bench.problems import VARIANTS, logits_and_target, loss_variant
from bench.report import markdown, report

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
TRAINING = [
    name
    for name, package in {
        "lanegrad": "lanegrad",
        "pytorch": "torch",
        "pytorch_channels_last": "torch",
        "jax": "jax",
        "tensorflow": "tensorflow",
    }.items()
    if find_spec(package)
]
# Of three steps on three images, and the norm of Net's logits before them: as PyTorch 2.13 has them.
LOSSES = {
    "Net": [2.2613999844, 2.2609121799, 2.2599852085],
    "VGG": [2.2987191677, 2.2956991196, 2.2899768353],
    "ResNet-20": [2.7338516712, 2.6149847507, 2.4289550781],
}
LOGITS = 0.4765282949


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


# What is timed


@pytest.mark.parametrize("name", INSTALLED)
def test_frameworks_compute_the_loss_and_its_gradient(name):
    framework = importlib.import_module(f"bench.frameworks.{name}")
    logits, target = logits_and_target(6, 5)
    losses, gradient = accuracy.exact(logits, target)
    loss = framework.forward(6, 5)()
    np.testing.assert_allclose(np.ravel(loss), [losses.mean()], rtol=1e-6)
    if name == "onnxruntime":
        with pytest.raises(NotImplementedError, match="gradients"):
            framework.forward_backward(6, 5)
        return
    loss, found = framework.forward_backward(6, 5)()
    np.testing.assert_allclose(getattr(loss, "detach", lambda: loss)(), losses.mean(), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(found), gradient / 6, atol=1e-7)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_have_the_plain_case_s_logits(name):
    logits, target, options = loss_variant(name, 2048, 3)
    plain, labels, _ = loss_variant("plain", 2048, 3)
    assert logits.dtype == np.float32
    assert set(options) <= {"label_smoothing", "weight"}
    assert logits.flags.c_contiguous == (name != "Fortran order")
    if name == "N-d input":
        assert logits.shape == (2, 3, 32, 32)
        logits, target = logits.transpose(0, 2, 3, 1).reshape(-1, 3), target.ravel()
    np.testing.assert_array_equal(logits, plain)
    if name == "probabilities":
        np.testing.assert_allclose(target.sum(axis=1), 1, rtol=1e-6)
    else:
        np.testing.assert_array_equal(target, labels)


@pytest.mark.parametrize("threads", [1, 3])
def test_loops_over_memory_reach_every_part(threads):
    ones = np.ones(10, np.float32)
    copied = np.zeros(10, np.float32)
    memory._on_threads(threads, np.copyto, copied, ones)()
    memory._on_threads(threads, np.negative, ones, ones)()
    np.testing.assert_array_equal(copied, 1)
    np.testing.assert_array_equal(ones, -1)
    memory.copy(10, threads)()
    memory.negate(10, threads)()


def test_threads_are_doubled_up_to_all():
    columns = tables.loss_tables(6, [])["threads"].columns
    assert [column.threads for column in columns] == [1, 2, 4, 6]
    assert "threads" not in tables.loss_tables(1, [])


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("network", LOSSES)
def test_frameworks_train_alike(name, network):
    """The loss of each of three steps, and the logits before."""
    framework = importlib.import_module(f"bench.frameworks.{name}")
    expected = LOSSES[network]
    step = framework.train(network, 3)
    np.testing.assert_allclose([step() for _ in expected], expected, rtol=1e-4)
    if network in tables.INFERENCE:
        assert worker.magnitude(framework.infer(network, 3)()) == pytest.approx(LOGITS, rel=1e-5)


@pytest.mark.parametrize("name", sorted({"lanegrad", "pytorch"} & set(INSTALLED)))
def test_an_epoch_has_all_images(name):
    framework = importlib.import_module(f"bench.frameworks.{name}")
    assert framework.epoch("Net", 20, 8)() == pytest.approx(math.log(10), abs=0.1)


@pytest.mark.parametrize("network", LOSSES)
def test_weights_are_those_of_the_network(network):
    nn, F = (importlib.import_module(f"lanegrad.{name}") for name in ("nn", "nn.functional"))
    weights = problems.initial_weights(network)
    net = make_net(network, nn, F, weights)
    found = {name: parameter.detach().numpy() for name, parameter in net.named_parameters()}
    assert list(found) == list(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array)


def test_peak_memory():
    before = worker.peak_memory()
    assert before > 10e6
    np.ones(before >> 2)  # twice as much
    assert worker.peak_memory() > 1.5 * before


# What follows from it


def test_summary_of_made_up_turns():
    table = made_up()
    # Round by round: 2, 2.5 and 2 times lanegrad's time, and 4, 3 and 1 times.
    assert table["ratios"] == {
        "A": {"4 x 10": pytest.approx(2), "8 x 10": pytest.approx(0.5)},
        "B": {"4 x 10": pytest.approx(3)},
    }
    assert table["summary"]["A"] == {
        "geometric mean": pytest.approx(1),
        "minimum": pytest.approx(0.5),
    }
    assert table["summary"]["B"]["geometric mean"] == pytest.approx(3)
    assert summary.spread([1.0]) == 0
    assert summary.spread([1.0, 2.0, 3.0]) == pytest.approx(0.5)


def test_the_best_of_made_up_competitors():
    best = made_up(competitors=["A", "B"])["best"]
    assert best == {"lanegrad": {"4 x 10": pytest.approx(2), "8 x 10": pytest.approx(0.5)}}
    # A is a column of lanegrad's own.
    assert "best" not in made_up(competitors=["B"])
    printed = report({"title": "", "machine": "", "tables": {"both": made_up()}})
    assert [line for line in printed.splitlines() if line.startswith("| 4 x 10")][-1] == (
        "| 4 x 10 |    2.00x |"
    )


def test_bandwidth_of_made_up_turns():
    columns = ["lanegrad", "copy", "in place", "negate"]
    turns = {"lanegrad": [2e-3], "copy": [1e-3], "in place": [4e-3], "negate": [3e-3]}
    table = summary.summarize(
        "Bandwidth", "bandwidth", columns, {"row": turns}, shapes={"row": [1000, 250]}
    )
    figures = table["bandwidth"]["row"]
    assert figures["megabytes"] == 2
    assert figures["lanegrad"] == pytest.approx(1)  # 2 MB in 2 ms
    assert figures["copy"] == pytest.approx(2)
    assert figures["lanegrad / copy"] == pytest.approx(0.5)
    assert figures["in place / negate"] == pytest.approx(0.75)
    printed = report({"title": "", "machine": "", "tables": {"bandwidth": table}})
    cells = [cell.strip() for cell in printed.splitlines()[-1].split("|")[1:-1]]
    assert cells == ["row", "2.0", "1.0", "2.0", "50 %", "0.5", "0.7", "75 %"]


def test_roofline_of_made_up_turns():
    kernel = kernels.Kernel("conv2d", (), flops=10 * kernels.FMA_FLOPS, moved=1000)
    turns = {"kernel": [4e-3, 2e-3], "copy loop": [5e-4, 6e-4]}
    figures = summary.roofline(turns, 1e-4, kernel)
    assert figures["bound"] == "fma"
    assert figures["share"] == pytest.approx(0.5)  # ten loops take 1 ms, the quickest turn 2
    assert figures["GFLOP/s"] == pytest.approx(10 * kernels.FMA_FLOPS / 2e-3 / 1e9)
    assert figures["fma loop"] == pytest.approx(2 * figures["GFLOP/s"])
    assert figures["GB/s"] == pytest.approx(4000 / 2e-3 / 1e9)
    idle = summary.roofline(turns, 1e-4, kernels.Kernel("pack_lanes", (), flops=0, moved=1000))
    assert (idle["bound"], idle["share"]) == ("copy", pytest.approx(0.25))


def test_work_of_kernels():
    layer, weight = kernels.convolution(3, 32, 3, 32, padding=1).values()
    assert layer.flops == weight.flops == 2 * 128 * 32 * 32 * 32 * 3 * 9
    assert layer.moved == 128 * 32 * 32 * (3 + 32) + 32 * 3 * 9
    assert len(kernels.convolution(16, 32, 3, 32, stride=2, padding=1)) == 3
    (step,) = kernels.sgd("Net").values()
    assert step.moved == 5 * 62006


def test_report_of_made_up_turns():
    lines = report(made_up_result()).splitlines()
    assert lines[:6] == [
        "Made up",
        "machine: none",
        "threads: 2",
        "lanegrad: 0",
        "A: 1",
        "C: not here (not installed)",
    ]
    assert "| 4 x 10 | 2.0 ±50 % | 5.0 ±40 % | 4.0 ±38 % |" in lines
    assert "| 8 x 10 |  2.0 ±0 % |  1.0 ±0 % |       n/a |" in lines
    assert "| 4 x 10         | 2.00x | 3.00x |" in lines
    assert "| 8 x 10         | 0.50x |   n/a |" in lines
    assert "| geometric mean | 1.00x | 3.00x |" in lines
    assert "| minimum        | 0.50x | 3.00x |" in lines
    assert "B: n/a (no room)" in lines


def test_markdown():
    assert markdown(["", "a"], [["long", "1"], ["b", "22"]]) == [
        "|      |  a |",
        "|------|---:|",
        "| long |  1 |",
        "| b    | 22 |",
    ]


# The processes


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


# The command line


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
    against = [name for name in ("pytorch", "pytorch_channels_last") if "pytorch" in INSTALLED]
    arguments = ["--threads", 2, "--only", "Net, batch", "--against", *against]
    result, printed = results_of(tmp_path, "train", *arguments)
    assert list(result["tables"]) == ["train", "infer", "memory", "threads"]
    train, infer, memory, threads = result["tables"].values()
    titles = [FRAMEWORKS[name] for name in against]
    for table in (train, infer):
        assert table["columns"] == ["lanegrad", "op by op", *titles]
        assert table["competitors"] == titles
        assert list(table["seconds"]) == ["Net, batch 4"]
        if titles:
            assert list(table["best"]) == ["lanegrad", "op by op"]
            ratios = [table["ratios"][title]["Net, batch 4"] for title in titles]
            assert table["best"]["lanegrad"]["Net, batch 4"] == min(ratios)
    assert list(threads["seconds"]["Net, batch 4"]) == ["1 thread", "2 threads"]
    assert list(memory["bytes"]) == ["Net, batch 4"]
    assert min(memory["bytes"]["Net, batch 4"].values()) > 10e6
    assert printed.count("| Net, batch 4 |") == (8 if titles else 6)


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


# Pictures


def test_plot(tmp_path):
    saved = tmp_path / "result.json"
    saved.write_text(json.dumps(made_up_result()))
    finished = bench("plot", saved, tmp_path / "v1.2 picture")
    if not find_spec("matplotlib"):
        assert 'pip install "lanegrad[bench]"' in finished.stderr
        return
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "v1.2 picture.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    svg = (tmp_path / "v1.2 picture.svg").read_text()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("arguments", [["loss", "--plot", "picture"], ["plot", "FILE", "picture"]])
def test_plot_without_matplotlib_says_what_to_install(tmp_path, arguments):
    """And says so before anything is timed."""
    (tmp_path / "matplotlib.py").write_text("raise ImportError('not on this machine')\n")
    (tmp_path / "result.json").write_text(json.dumps(made_up_result()))
    arguments = [str(tmp_path / "result.json") if a == "FILE" else a for a in arguments]
    finished = bench(*arguments, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 1
    assert finished.stderr.strip() == (
        'drawing needs Matplotlib (not on this machine): pip install "lanegrad[bench]"'
    )
    assert not finished.stdout


def test_nothing_to_draw():
    result = made_up_result() | {"tables": {"both": made_up(competitors=[])}}
    with pytest.raises(SystemExit, match=r"nothing to draw|lanegrad\[bench\]"):
        plot.draw(result, Path("picture"))


# Pages


def test_update_of_a_page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("a\n<!-- x -->\n<!-- end of x -->\nb")
    page.update(path, "x", "title\nfact\n\ntable")
    written = "a\n<!-- x -->\n\n- fact\n\ntable\n\n<!-- end of x -->\nb"
    assert path.read_text() == written
    page.update(path, "x")
    page.update(path, "x", "title\nfact\n\ntable")
    assert path.read_text() == written
    with pytest.raises(ValueError, match="has no lines <!-- y --> and <!-- end of y -->"):
        page.update(path, "y", "title")


# Accuracy


def test_accuracy(tmp_path):
    result, printed = results_of(tmp_path, "accuracy")
    assert list(result["errors"]) == ["10", "1000"]
    for by_margin in result["errors"].values():
        assert list(by_margin) == list(accuracy.MARGINS)
        for by_title in by_margin.values():
            assert max(by_title["lanegrad"].values()) <= 2
        if "pytorch" in INSTALLED:
            assert by_margin["right by 20-50"][PYTORCH]["loss"] > accuracy.HOPELESS
    assert (">1e6" in printed) == ("pytorch" in INSTALLED)
    assert printed.count("| wrong by 10-100 |") == 2


@pytest.mark.parametrize(("low", "high"), accuracy.MARGINS.values())
def test_rows_have_the_margin_they_should(low, high):
    logits, target = accuracy.rows_of_margin(np.random.default_rng(0), 1000, low, high)
    every = np.arange(len(logits))
    own = logits[every, target].copy()
    logits[every, target] = -np.inf
    margin = own - logits.max(axis=1)
    assert low - 1e-5 <= margin.min() <= margin.max() <= high + 1e-5


def test_oracle_against_mpmath():
    logits = np.array([[90, 1, 2], [3, 3, 3], [-5, 60, 1]], np.float32)
    target = np.array([0, 1, 2])
    losses, gradient = accuracy.exact(logits, target)
    with mpmath.workdps(60):
        for row, label, loss, found in zip(logits, target, losses, gradient, strict=True):
            terms = [mpmath.exp(mpmath.mpf(float(x))) for x in row]
            shares = [term / mpmath.fsum(terms) for term in terms]
            right = [share - (j == label) for j, share in enumerate(shares)]
            assert math.isclose(loss, -mpmath.log(shares[label]), rel_tol=1e-14)
            np.testing.assert_allclose(found, np.array(right, float), rtol=1e-14)


def test_ulps():
    one = np.ones(1)
    assert accuracy.ulps(np.float32(one), one) == 0
    assert accuracy.ulps(np.nextafter(np.float32(one), np.float32(2)), one) == 1
    assert accuracy.ulps(np.zeros(1, np.float32), np.array([2.0**-149])) == 1
