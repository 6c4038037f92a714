"""The command line: what it trains, what it prints, and how it fails."""

import re
import runpy
import subprocess
import sys

import numpy as np
import pytest

import lanegrad
from lanegrad import cli
from lanegrad.cli import _optimizers, _pictures, _progress, _train
from lanegrad.train import Trainer

pytestmark = pytest.mark.once

TINY = ["train", "--epochs", "1", "--batch-size", "8"]


@pytest.fixture
def cifar(tmp_path):
    """A folder with CIFAR-10's files, forty images whose brightness is their class."""
    records = np.zeros((40, 3073), np.uint8)
    records[:, 0] = np.arange(40) % 10
    records[:, 1:] = 25 * records[:, :1]
    for n in range(5):
        (tmp_path / f"data_batch_{n + 1}.bin").write_bytes(records[n::5].tobytes())
    (tmp_path / "test_batch.bin").write_bytes(records.tobytes())
    return tmp_path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("LANEGRAD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    threads = lanegrad.get_num_threads()
    yield
    lanegrad.set_num_threads(threads)


def test_defaults_reach_the_promised_accuracy(capsys):
    assert cli.main(["train"]) == 0
    printed = capsys.readouterr()
    losses = [float(loss) for loss in re.findall(r"^epoch \d+: loss ([\d.]+), ", printed.out, re.M)]
    assert len(losses) == _train.RECIPES["digits"].epochs
    assert losses[-1] < 0.1 < losses[0]
    accuracy = re.search(r"^test accuracy ([\d.]+) % of 355 images$", printed.out, re.M)
    assert float(accuracy[1]) >= 97
    assert not printed.err


def test_on_a_terminal_there_is_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(_progress, "BETWEEN", 0.0)
    assert cli.main(TINY) == 0
    printed = capsys.readouterr()
    shown = printed.err.split("\r")
    assert re.search(r"epoch 1: .*\d images/s, loss [\d.]+, accuracy [\d.]+ %", printed.err)
    assert not re.search(r"\S", shown[-1])  # it is taken away
    assert "\nepoch 1: loss" in printed.out


def test_quiet_prints_one_line(capsys):
    assert cli.main([*TINY, "--quiet"]) == 0
    printed = capsys.readouterr()
    assert re.fullmatch(r"test accuracy [\d.]+ % of 355 images\n", printed.out)
    assert not printed.err


def test_seed_decides_the_result(capsys):
    def losses(*arguments):
        cli.main([*TINY, *arguments])
        return re.findall(r"loss ([\d.]+)", capsys.readouterr().out)

    assert losses() == losses("--seed", "1") == losses("--threads", "2") == losses("--threads", "1")
    assert losses() != losses("--seed", "2")


def test_cifar10_trains_lenet_as_the_tutorial_does(cifar, capsys, monkeypatch):
    made = {}

    def spy(name, original):
        def call(*positional, **named):
            made[name] = (positional, named)
            return original(*positional, **named)

        return call

    monkeypatch.setattr(_optimizers.optim, "SGD", spy("SGD", lanegrad.optim.SGD))
    monkeypatch.setattr(lanegrad.models, "build", spy("build", lanegrad.models.build))
    arguments = ["train", "--data", "cifar10", "--root", str(cifar)]
    assert cli.main([*arguments, "--model", "lenet", "--epochs", "2", "--batch-size", "4"]) == 0
    assert made["build"][0] == ("lenet", 3, 32, 10)
    options = {"lr": 0.001, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False}
    assert made["SGD"][1] == options
    assert "of 40 images" in capsys.readouterr().out
    assert cli.main([*arguments, "--lr", "0.5", "--momentum", "0", "--weight-decay", "0.1"]) == 0
    assert made["SGD"][1] == {**options, "lr": 0.5, "momentum": 0.0, "weight_decay": 0.1}


def test_rates_of_biases_and_of_the_last_layer(cifar, monkeypatch):
    made = []
    monkeypatch.setattr(
        _train,
        "Trainer",
        lambda *given, **options: made.append(given[:2]) or Trainer(*given, **options),
    )
    arguments = ["train", "--data", "cifar10", "--root", str(cifar), "--steps", "1", "--quiet"]
    arguments += ["--lr", "0.25", "--bias-lr", "0.5", "--head-lr", "0.125"]
    for optimizer in ("sgd", "adamw", "muon"):
        assert cli.main([*arguments, "--optimizer", optimizer]) == 0
        network, trained = made.pop()
        rates = {p: group["lr"] for group in trained.param_groups for p in group["params"]}
        assert rates.keys() == {*network.parameters()}
        for p in network.parameters():
            assert rates[p] == (0.5 if p.ndim == 1 else 0.125 if p is network.fc3.weight else 0.25)


def test_pictures_are_changed_as_it_is_asked_for(cifar):
    found = _pictures.pictures_of(
        "lenet", "cifar10", str(cifar), changes=_pictures.Changes(False, True, 2, "reflect", 4)
    )
    steps = found.train.transform.transforms
    kinds = [type(step).__name__ for step in steps]
    assert kinds == ["AlternatingFlip", "RandomCrop", "ToTensor", "Normalize", "Cutout"]
    assert (steps[1].padding, steps[1].padding_mode, steps[4].size) == (2, "reflect", 4)
    mixed = _pictures.pictures_of(
        "lenet", "cifar10", str(cifar), changes=_pictures.Changes(mixup=0.5, cutmix=1.0)
    )
    assert (mixed.train.mixup, mixed.train.cutmix, mixed.train.num_classes) == (0.5, 1.0, 10)
    same, whole = found.some(20), found.some(100)
    assert same.shape == (20, 3, 32, 32)
    assert whole.shape == (40, 3, 32, 32)
    flat = np.arange(40) % 10 * 25 / 127.5 - 1
    np.testing.assert_allclose(np.sort(whole[:, 0, 0, 0]), np.sort(flat), atol=1e-6)


@pytest.mark.parametrize("model", ["vgg", "resnet20"])
def test_other_networks_train(cifar, capsys, model):
    arguments = ["train", "--data", "cifar10", "--root", str(cifar), "--model", model]
    assert cli.main([*arguments, "--epochs", "1", "--batch-size", "8", "--quiet"]) == 0
    assert "of 40 images" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        cli.main(["train", "--help"])
    assert model in capsys.readouterr().out


def test_threads(monkeypatch):
    asked = []
    monkeypatch.setattr(lanegrad, "set_num_threads", asked.append)
    assert cli.main([*TINY, "--quiet", "--threads", "3"]) == 0
    assert cli.main([*TINY, "--quiet"]) == 0
    assert asked == [3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required"),
        (["fly"], "invalid choice: 'fly'"),
        (["train", "--data", "imagenet"], "imagenet is neither a folder nor one of digits, mnist"),
        (["train", "--model", "resnet"], "argument --model: invalid choice: 'resnet'"),
        (
            ["train", "--epochs", "0"],
            "argument --epochs: expected a whole number, 1 or more; found",
        ),
        (["train", "--epochs", "1.5"], "--epochs: expected a whole number, 1 or more; found '1.5'"),
        (["train", "--batch-size", "-4"], "argument --batch-size: expected a whole number, 1 or"),
        (["train", "--lr", "fast"], "argument --lr: expected a number, 0 or more; found 'fast'"),
        (["train", "--lr", "nan"], "argument --lr: expected a number, 0 or more; found 'nan'"),
        (["train", "--lr", "inf"], "argument --lr: expected a number, 0 or more; found 'inf'"),
        (["train", "--lr", "1e400"], "argument --lr: expected a number, 0 or more; found '1e400'"),
        (["train", "--weight-decay=-1e-9"], "--weight-decay: expected a number, 0 or more; found"),
        (["train", "--seed", "9" * 5000], "argument --seed: expected a whole number, 0 or more"),
        (["train", "--epochs", "1e3"], "--epochs: expected a whole number, 1 or more; found '1e3'"),
        (["train", "--momentum", "inf"], "--momentum: expected a number, 0 or more; found 'inf'"),
        (["train", "--seed", "-1"], "argument --seed: expected a whole number, 0 or more"),
        (["train", "--threads", "0"], "argument --threads: expected a whole number, 1 to 1024;"),
        (["train", "--threads", "1025"], "expected a whole number, 1 to 1024; found '1025'"),
        (["train", "--threads", "100000"], "expected a whole number, 1 to 1024; found '100000'"),
        (["train", "--threads", "9" * 30], "--threads: expected a whole number, 1 to 1024; found"),
        (["train", "--threads", "9" * 5000], "--threads: expected a whole number, 1 to 1024"),
        (["train", "--threads", "2.0"], "expected a whole number, 1 to 1024; found '2.0'"),
        (["train", "--threads", "nan"], "expected a whole number, 1 to 1024; found 'nan'"),
        (["train", "--speed", "9"], "unrecognized arguments: --speed 9"),
        (["train", "--data", "cifar10"], "or run lanegrad data fetch cifar10\n"),
        (["train", "--epoch", "1"], "unrecognized arguments: --epoch 1"),
        (
            ["train", "--data", "mnist", "--root", "/no/such/folder"],
            "MNIST: found none of train-im",
        ),
        (["train", "--model", "lenet"], "lenet needs images of 16 x 16 or more; found 8"),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(arguments, message, capsys):
    try:
        code = cli.main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    printed = capsys.readouterr()
    assert code == 2
    assert message in printed.err
    assert printed.err.startswith("lanegrad")
    assert printed.err.count("\n") == 1
    assert not printed.out


def test_foreign_file_is_one_line_and_code_2(cifar, capsys):
    (cifar / "data_batch_1.bin").write_bytes(b"no pictures")
    assert cli.main(["train", "--data", "cifar10", "--root", str(cifar)]) == 2
    assert re.fullmatch(r"lanegrad: error: .*data_batch_1\.bin: .*\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--lr", "1e30"], ["--lr", "1e300"], ["--momentum", "1e300"],
        ["--weight-decay", "1e300"], ["--weight-decay", "1e38", "--lr", "1e38"],
    ],
)  # fmt: skip
def test_diverging_training_is_one_line_and_code_1(arguments, capsys):
    assert cli.main(["train", *arguments, "--quiet"]) == 1
    assert re.fullmatch(
        r"lanegrad: error: the loss became (nan|inf) in epoch 1, batch \d+ \(step \d+, learning rate "
        r"[\de+.]+\): .*try a smaller learning rate.*; what it was computed from is in .*\n",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize("option", ["--batch-size", "--seed"])
def test_whole_numbers_may_be_of_any_size(option, capsys):
    assert cli.main([*TINY, option, "9" * 400, "--quiet"]) == 0
    printed = capsys.readouterr()
    assert re.fullmatch(r"test accuracy [\d.]+ % of 355 images\n", printed.out)
    assert not printed.err


def test_as_many_threads_as_there_may_be():
    command = [sys.executable, "-m", "lanegrad", *TINY, "--quiet", "--threads", "1024"]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("detail", ["", "could not allocate 64 bytes"])
def test_too_little_memory_is_one_line_and_code_1(detail, capsys, monkeypatch):
    def allocate(arguments):
        raise MemoryError(detail)

    monkeypatch.setattr(_train, "run", allocate)
    assert cli.main(["train"]) == 1
    more = f": {detail}" if detail else ""
    assert capsys.readouterr().err == f"lanegrad: error: not enough memory{more}\n"


def test_interrupt(capsys, monkeypatch):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(_train, "run", interrupt)
    assert cli.main(["train"]) == 130
    assert capsys.readouterr().err == "lanegrad: stopped\n"


def test_without_tqdm(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert cli.main(TINY) == 0  # no terminal: there is no bar
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert cli.main(TINY) == 2
    printed = capsys.readouterr().err
    assert 'pip install "lanegrad[cli]"' in printed
    assert "--quiet" in printed
    assert cli.main([*TINY, "--quiet"]) == 0


def test_config_and_version(capsys):
    assert cli.main(["config"]) == 0
    assert lanegrad.__version__ in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"lanegrad {lanegrad.__version__}\n"


def test_module_is_the_command(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lanegrad", "--version"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("lanegrad", run_name="__main__")
    assert capsys.readouterr().out.startswith("lanegrad ")


def test_process_exits_with_the_code():
    command = [sys.executable, "-m", "lanegrad", "train", "--data", "mnist"]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "Traceback" not in finished.stderr
