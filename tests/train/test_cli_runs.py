"""Runs of the command line: what they leave, how they go on, and what eval and predict make of them."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import lanegrad
from lanegrad import cli, serialization
from lanegrad.cli import _train
from lanegrad.cli._runs import network_of
from lanegrad.cli._settings import settings_of

pytestmark = pytest.mark.once

RUN = "runs/digits-digits-1"
COMMAND = [sys.executable, "-m", "lanegrad"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    try:
        return cli.main([*arguments])
    except SystemExit as exit_:
        return exit_.code


def weights(folder):
    return serialization.load(f"{folder}/best.safetensors")["model"]


def assert_same_weights(one, other):
    one, other = weights(one), weights(other)
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value.numpy(), other[name].numpy())


def test_a_run_leaves_a_folder(capsys):
    assert run("train", "--epochs", "2", "--valid", "0.1", "--schedule", "cosine") == 0
    found = {path.name for path in Path(RUN).iterdir()}
    assert found == {
        "before.safetensors", "best.safetensors", "config.toml", "environment.json", "last.safetensors",
        "log.csv", "log.jsonl", "report.html", "scores.json",
    }  # fmt: skip
    printed = capsys.readouterr().out
    assert printed.startswith(
        "1299 pictures for training, 143 for validation, 355 for testing; 10 cl"
    )
    assert f"\nrun: {RUN}\n" in printed
    lines = [json.loads(line) for line in Path(RUN, "log.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines] == [1, 2]
    with open(f"{RUN}/log.csv", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [float(row["loss"]) for row in rows] == [line["loss"] for line in lines]
    scores = json.loads(Path(RUN, "scores.json").read_text())
    assert f"test accuracy {100 * scores['accuracy']:.2f} % of 355 images\n" in printed
    assert scores["part"] == "test"
    environment = json.loads(Path(RUN, "environment.json").read_text())
    assert environment["lanegrad"] == lanegrad.__version__
    assert run("train", "--epochs", "1", "--quiet") == 0
    assert Path("runs/digits-digits-2").is_dir()


def test_several_seeds(capsys):
    assert (
        run("train", "--epochs", "1", "--seed", "4", "--seeds", "2", "--out", "several", "--quiet")
        == 0
    )
    *each, last = capsys.readouterr().out.splitlines()
    reached = [float(re.match(r"test accuracy ([\d.]+) %", line)[1]) for line in each]
    found = re.fullmatch(
        r"accuracy ([\d.]+) % in the mean of 2 seeds, standard deviation ([\d.]+)", last
    )
    assert float(found[1]) == pytest.approx(np.mean(reached), abs=0.011)
    assert float(found[2]) == pytest.approx(np.std(reached, ddof=1), abs=0.011)
    assert run("train", "--epochs", "1", "--seed", "5", "--out", "alone", "--quiet") == 0
    assert_same_weights("several/seed-5", "alone")


def test_the_config_is_complete_and_runs_again_with_the_same_bits(monkeypatch):
    options = [
        "--epochs", "1", "--batch-size", "64", "--optimizer", "adamw", "--lr", "0.01", "--warm-up", "5",
        "--schedule", "linear", "--label-smoothing", "0.1", "--clip", "1", "--ema", "0.5", "--flip", "--crop",
        "1", "--valid", "0.2", "--seed", "7", "--weight-decay", "0.1", "--patience", "3", "--steps", "20",
    ]  # fmt: skip
    assert run("train", *options, "--quiet", "--out", "one") == 0
    with open("one/config.toml", "rb") as file:
        config = tomllib.load(file)
    plain = settings_of(cli._parser().parse_args(["train"]))
    without = {"size", "root", "minutes", "cutout", "bias_lr", "head_lr"}  # which have no value
    assert {*config} == {name.replace("_", "-") for name in {*plain} - {*_train.APART} - without}
    assert (config["flip"], config["crop"], config["lr"]) == (True, 1, 0.01)
    # Defaults are not asked for.
    monkeypatch.setitem(_train.RECIPES, "digits", _train.Recipe("lenet", 99, 1, 9.0))
    assert run("train", "--config", "one/config.toml", "--out", "two", "--quiet") == 0
    assert_same_weights("one", "two")
    assert Path("one/config.toml").read_text() == Path("two/config.toml").read_text()
    again = ["train", "--config", "one/config.toml", "--seed", "8", "--out", "three", "--quiet"]
    assert run(*again) == 0
    assert tomllib.loads(Path("three/config.toml").read_text())["seed"] == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed = 3", "it.toml: there is no option speed"),
        ("lr = 'fast'", "argument --lr: expected a number, 0 or more; found 'fast'"),
        ("lr = ", "it.toml: Invalid value"),
        ("lr = [1, 2]", "it.toml: lr is one value, not several"),
        ("resume = 'runs/1'", "it.toml: there is no option resume"),
    ],
)
def test_a_config_that_is_wrong_is_one_line_and_code_2(text, message, capsys):
    Path("it.toml").write_text(text)
    assert run("train", "--config", "it.toml") == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_wrong_use_of_runs_is_one_line_and_code_2(capsys):
    assert run("train", "--epochs", "1", "--quiet", "--out", "one") == 0
    capsys.readouterr()
    for arguments, message in [
        (
            ["train", "--out", "one"],
            "one has a run in it: go on with --resume one, or name another folder",
        ),
        (
            ["train", "--resume", "one", "--batch-size", "4"],
            "leave --batch-size out, or start another run",
        ),
        (["train", "--resume", "two"], "two/config.toml is not there"),
        (["train", "--config", "two.toml"], "two.toml is not there"),
        (["train", "--patience", "2"], "--patience needs pictures for validation: give --valid"),
        (
            ["train", "--minutes", "1", "--schedule", "cosine"],
            "--schedule and --warm-up need --epochs or",
        ),
        (
            ["train", "--steps", "5", "--warm-up", "6"],
            "--warm-up 6 is longer than training: 5 steps",
        ),
        (["train", "--size", "8"], "--size is for folders of pictures"),
        (["eval", "two"], "two is not there: give the folder of a run"),
        (["predict", "two", "x.png"], "two is not there: give the folder of a run"),
        (["summary", "two"], "two is neither a run's folder nor one of lenet, digits"),
        (["summary", "one", "--size", "9"], "a run has its own"),
        (["predict", "one", "x.png"], "x.png: no such file or directory"),
        (["predict", "one", "one"], "one is a folder: give files, such as one/*.jpg"),
        (["eval", "one", "--data", "nothing"], "nothing is neither a folder nor one of"),
    ]:
        assert run(*arguments) == 2, arguments
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


def test_folders_that_are_of_no_run_say_so(capsys):
    Path("runs").mkdir()
    assert run("eval", "runs") == 1
    assert "runs has no best.safetensors: it is no folder of a run" in capsys.readouterr().err


def test_a_run_can_be_made_longer_but_not_another_one(capsys):
    assert run("train", "--epochs", "1", "--out", "one", "--quiet") == 0
    config = Path("one/config.toml")
    text = config.read_text()
    config.write_text(text.replace("lr = 0.02", "lr = 0.03"))
    assert run("train", "--resume", "one") == 1
    assert "one/last.safetensors is of another training: --lr is 0.02 there and 0.03 here" in (
        capsys.readouterr().err
    )
    config.write_text(text.replace("epochs = 1", "epochs = 2"))
    assert run("train", "--resume", "one") == 0
    assert "\nrun: one, 91 steps are done\nepoch 2: loss" in capsys.readouterr().out
    assert run("train", "--epochs", "2", "--out", "two", "--quiet") == 0
    assert_same_weights("one", "two")


def test_a_damaged_run_is_one_line_and_code_1(capsys):
    assert run("train", "--epochs", "1", "--quiet", "--out", "one") == 0
    for name in ("best", "last", "before"):
        Path("one", f"{name}.safetensors").write_bytes(b"\0" * 99)
    capsys.readouterr()
    for arguments in (["train", "--resume", "one"], ["eval", "one"]):
        assert run(*arguments) == 1
        error = capsys.readouterr().err
        assert "safetensors file, or a damaged one" in error
        assert error.count("\n") == 1
    assert run("eval", "one", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_what_was_not_finite_is_kept(capsys):
    assert run("train", "--lr", "1e30", "--quiet", "--out", "one") == 1
    values = serialization.load("one/not_finite.safetensors")
    assert values["inputs"].shape == (16, 1, 8, 8)
    assert not np.isfinite(values["loss"])
    assert {"fc1.weight", "fc1.bias"} <= {*values["trainer"]["model"]}
    assert all(np.isfinite(value.numpy()).all() for value in saved_model("one").values())


def saved_model(folder):
    return serialization.load(f"{folder}/last.safetensors")["trainer"]["model"]


def started(*arguments, **options):
    """The command in a process of its own, which has printed the line of its first epoch."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
    while not process.stdout.readline().startswith("epoch 1:"):
        assert process.poll() is None, process.stderr.read()
    return process


def test_ctrl_c_saves_and_resuming_ends_with_the_same_bits(capsys):
    process = started("train", "--epochs", "16", "--out", "one")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(
        r"lanegrad: stopped after \d+ steps; to go on: lanegrad train --resume one\n", error
    )
    killed = started("train", "--epochs", "16", "--out", "two")
    killed.kill()
    killed.communicate(timeout=60)
    for folder in ("one", "two"):
        assert run("train", "--resume", folder, "--quiet") == 0
    assert run("train", "--epochs", "16", "--out", "three", "--quiet") == 0
    assert_same_weights("one", "three")
    assert_same_weights("two", "three")
    last = capsys.readouterr().out.splitlines()
    assert last[0] == last[1] == last[2]
    assert run("train", "--resume", "one", "--quiet") == 0  # it is done: nothing changes
    assert_same_weights("one", "three")


def test_a_second_ctrl_c_leaves_at_once(monkeypatch):
    left = []
    monkeypatch.setattr(os, "_exit", left.append)
    trainer = lanegrad.train.Trainer(
        model := lanegrad.models.DigitsNet(), lanegrad.optim.SGD(model.parameters(), lr=0.1)
    )
    before = signal.getsignal(signal.SIGINT)
    with _train._stopped_by_the_user(trainer):
        signal.raise_signal(signal.SIGINT)
        assert trainer.stopped
        assert not left
        signal.raise_signal(signal.SIGINT)
        assert left == [130]
        assert trainer.fit([], epochs=1) == []  # it was stopped before it began
    assert signal.getsignal(signal.SIGINT) is before


INTERRUPTED = """
import signal, sys, lanegrad_command

class Interrupt:
    def find_spec(name, path, target=None):
        if name == {name!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt)
sys.argv = ["lanegrad", "summary", "digits"]
sys.exit(lanegrad_command.main())
"""


@pytest.mark.parametrize("name", ["lanegrad", "lanegrad.cli._train", "nothing"])
def test_ctrl_c_while_it_starts_ends_it_quietly(name):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0 if name == "nothing" else 130, "")


def test_a_closed_pipe_ends_quietly():
    process = started("train", "--epochs", "500")
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == ""
    process.stderr.close()
    listing = subprocess.Popen(
        [*COMMAND, "summary", "lenet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    listing.stdout.close()
    assert listing.wait(timeout=60) == 1
    assert listing.stderr.read() == ""
    listing.stderr.close()


def test_a_full_disk_is_one_line_and_code_1(capsys, monkeypatch):
    assert run("train", "--epochs", "1", "--out", "one", "--quiet") == 0
    capsys.readouterr()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(_train, "write", lambda *_: None)
    assert run("train", "--epochs", "1", "--out", "two", "--quiet") == 1
    error = capsys.readouterr().err
    assert re.fullmatch(r"lanegrad: error: .*No space left on device.*--resume two\n", error)


@pytest.fixture
def folder(tmp_path):
    """Pictures of three classes in a user's folder, of several sizes."""
    image = pytest.importorskip("PIL.Image")
    draws = np.random.default_rng(0)
    for name, colour in (("blue", (30, 30, 220)), ("green", (30, 200, 30)), ("red", (220, 30, 30))):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(10):
            height, width = draws.integers(16, 24, 2)
            pixels = np.clip(np.array(colour) + draws.normal(0, 20, (height, width, 3)), 0, 255)
            suffix = ("png", "jpg")[number % 2]
            picture = image.fromarray(pixels.astype(np.uint8))
            picture.save(tmp_path / "pictures" / name / f"{number}.{suffix}")
    return tmp_path / "pictures"


def test_a_folder_of_pictures_to_a_prediction(folder, capsys):
    options = ["--model", "lenet", "--epochs", "20", "--batch-size", "8", "--optimizer", "adam"]
    assert run("train", "--data", "pictures", *options, "--lr", "0.003", "--out", "one") == 0
    printed = capsys.readouterr().out
    assert "24 pictures for training, 6 for validation; 3 classes, 16 x 16 pixels\n" in printed
    assert "validation accuracy 100.00 % of 6 images\nreport: one/report.html\n" in printed
    files = ["pictures/red/3.jpg", "pictures/blue/2.png"]
    assert run("predict", "one", *files) == 0
    head, red, blue = capsys.readouterr().out.splitlines()
    assert head.split() == ["picture", *["class", "probability"] * 3]
    assert red.split()[:2] == ["pictures/red/3.jpg", "red"]
    assert blue.split()[:2] == ["pictures/blue/2.png", "blue"]
    assert run("predict", "one", *files, "--json", "--top", "2") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["classes"][0]["class"] for line in found] == ["red", "blue"]
    assert [len(line["classes"]) for line in found] == [2, 2]
    assert f"{found[0]['classes'][0]['probability']:.4f}" == red.split()[2]

    # The split is the same one, found from elsewhere too, and other pictures can be tested on.
    scores = json.loads(Path("one/scores.json").read_text())
    Path("elsewhere").mkdir()
    os.chdir("elsewhere")
    assert run("eval", "../one", "--json") == 0
    assert json.loads(capsys.readouterr().out)["loss"] == scores["loss"]
    assert run("eval", "../one", "--json", "--tta", "mirror") == 0
    assert 0 < abs(json.loads(capsys.readouterr().out)["loss"] - scores["loss"]) < 0.1
    assert run("eval", "../one", "--data", "../pictures") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" of 30 images")
    assert [line.split()[:2] for line in lines[3:]] == [
        ["blue", "10"],
        ["green", "10"],
        ["red", "10"],
    ]
    assert run("eval", "../one", "--data", "digits") == 2
    assert "digits has other classes than the run: 0, 1, 2, 3, 4 and 5 more instead of blue" in (
        capsys.readouterr().err
    )


def test_parts_of_a_folder(folder, capsys):
    for part in ("train", "val", "test"):
        (folder.parent / "parts").mkdir(exist_ok=True)
        os.symlink(folder, folder.parent / "parts" / part)
    assert run("train", "--data", "parts", "--epochs", "1", "--model", "digits") == 0
    printed = capsys.readouterr().out
    assert "30 pictures for training, 30 for validation, 30 for testing; 3 classes" in printed
    assert "test accuracy" in printed
    (folder.parent / "parts" / "train").unlink()
    assert run("train", "--data", "parts") == 2
    assert "parts has val and test, but no folder train" in capsys.readouterr().err
    for name in ("blue", "green"):
        shutil.rmtree(folder / name)
    assert run("train", "--data", "pictures") == 2
    assert "pictures has the class red alone" in capsys.readouterr().err


def test_export(capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    assert run("train", "--epochs", "1", "--quiet") == 0
    assert run("export", RUN, "digits.onnx") == 0
    printed = capsys.readouterr().out
    assert "digits.onnx: pictures (N, 1, 8, 8) to scores of 10 classes: 0, 1, 2" in printed
    assert "bytes / 255, then Normalize([0.5000], [0.5000])" in printed
    network, _ = network_of(RUN)
    pictures = np.random.default_rng(0).random((7, 1, 8, 8), np.float32)
    (scores,) = onnxruntime.InferenceSession("digits.onnx").run(None, {"pictures": pictures})
    np.testing.assert_allclose(
        scores, network(lanegrad.tensor(pictures)).detach().numpy(), atol=1e-5
    )


def test_summary(capsys):
    assert run("summary", "lenet", "--classes", "7") == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines[1:-3]]
    assert [row[0] for row in rows] == ["conv1", "pool", "conv2", "pool", "fc1", "fc2", "fc3"]
    assert (rows[0][-2:], rows[-1][-2:]) == (["456", "352,800"], ["595", "588"])
    assert lines[-2:] == [
        "61,751 parameters (0.25 MB)",
        "651,468 multiply-adds, results of 0.03 MB",
    ]
