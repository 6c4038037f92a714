"""Sweeps: their settings, their runs, and how they are stopped and gone on with."""

import csv
import json
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lanegrad import cli, serialization
from lanegrad.cli._grid import Range, axes_of, names_of, some_of

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_grid_is_run_and_shown_the_best_first(capfd):
    words = ["--grid", "lr=1e30,0.02", "--grid", "flip=false,true", "--epochs", "1", "--jobs", "2"]
    assert cli.main(["sweep", *words, "--quiet", "--valid", "0.1"]) == 1
    printed = capfd.readouterr()
    assert printed.err == "lanegrad: error: 2 of 4 runs have failed\n"
    head, *rows, one, two = (line.split() for line in printed.out.splitlines())
    columns = "lr flip epochs done seconds validation loss accuracy of"
    assert head == columns.split()
    assert [row[0] for row in rows] == ["0.02", "0.02", "1e+30", "1e+30"]
    assert [row[-1] for row in rows] == ["test", "test", "failed", "failed"]
    assert float(rows[0][4]) >= float(rows[1][4])
    assert (one[1], two[1]) == ("lr=1e+30,flip=false:", "lr=1e+30,flip=true:")
    assert "loss became" in " ".join(one)
    with open("runs/sweep-1/sweep.csv", newline="") as file:
        table = [*csv.DictReader(file)]
    assert [row["lr"] for row in table] == [row[0] for row in rows]
    scores = json.loads(
        Path("runs/sweep-1", f"lr=0.02,flip={rows[0][1].lower()}", "scores.json").read_text()
    )
    assert float(table[0]["accuracy"]) == scores["accuracy"]
    config = tomllib.loads(Path("runs/sweep-1/lr=0.02,flip=true/config.toml").read_text())
    assert (config["lr"], config["flip"], config["valid"]) == (0.02, True, 0.1)


def test_seeds_are_runs_and_done_ones_are_not_repeated(capfd):
    Path("it.toml").write_text(
        "epochs = 1\nseed = 3\nquiet = true\n[grid]\nbatch-size = [64, 128]\n"
    )
    assert cli.main(["sweep", "--config", "it.toml", "--seeds", "2", "--out", "one"]) == 0
    table = capfd.readouterr().out
    head, first, second = (line.split() for line in table.splitlines())
    assert head[:2] + head[-2:] == ["batch-size", "seeds", "deviation", "of"]
    assert [first[:2], second[:2]] == [["64", "2"], ["128", "2"]]
    places = {path.parent.name for path in Path("one").glob("*/scores.json")}
    assert places == {f"batch-size={n},seed={seed}" for n in (64, 128) for seed in (3, 4)}
    before = {path: path.stat().st_mtime_ns for path in Path("one").glob("*/*")}
    assert cli.main(["sweep", "--resume", "one", "--quiet"]) == 0
    assert capfd.readouterr().out == table
    assert {path: path.stat().st_mtime_ns for path in Path("one").glob("*/*")} == before
    config = Path("one/config.toml")
    config.write_text(config.read_text().replace("=64,128", "=64,128,256"))
    assert cli.main(["sweep", "--resume", "one", "--quiet"]) == 0
    assert {line.split()[0] for line in capfd.readouterr().out.splitlines()[1:]} == {
        "64",
        "128",
        "256",
    }
    assert (
        before.items()
        <= {path: path.stat().st_mtime_ns for path in Path("one").glob("*/*")}.items()
    )
    config.write_text(config.read_text().replace("epochs = 1", "epochs = 2"))
    assert cli.main(["sweep", "--resume", "one"]) == 2
    assert "epochs was 1 and is 2 now; sweep into another folder" in capfd.readouterr().err
    assert cli.main(["sweep", "--grid", "lr=1,2", "--out", "one"]) == 2
    assert "go on with --resume one" in capfd.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_runs_which_go_on_to_the_same_bits(number, code):
    command = [sys.executable, "-m", "lanegrad", "sweep"]
    words = ["--grid", "lr=0.02,0.01", "--epochs", "16", "--out", "one"]
    process = subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not process.stdout.readline().startswith("lr=0.02: epoch 1:"):
        assert process.poll() is None
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    assert process.returncode == code
    assert re.search(r"^lr=0.02: lanegrad: stopped after \d+ steps; to go on:", out, re.M)
    assert error == (
        "lanegrad: stopped; 0 of 2 runs are done; to go on: lanegrad sweep --resume one\n"
    )
    assert not Path("one/lr=0.01/last.safetensors").exists()
    done = subprocess.run([*command, "--resume", "one"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^lr=0.02: run: one/lr=0.02, \d+ steps are done$", done.stdout, re.M)
    assert cli.main(["train", "--epochs", "16", "--quiet", "--out", "two"]) == 0
    one, two = (
        serialization.load(f"{folder}/best.safetensors")["model"]
        for folder in ("one/lr=0.02", "two")
    )
    assert all((one[name].numpy() == two[name].numpy()).all() for name in two)


def test_nothing_runs_where_a_value_is_wrong(capsys):
    for words, message in [
        (["--grid", "lr=0.1,fast"], "lr=0.1,fast: argument --lr: expected a number, 0 or more"),
        (["--grid", "model=lenet,net"], "model=lenet,net: argument --model: invalid choice: 'net'"),
        (["--grid", "lr=0.1,0.10"], "--grid lr=0.1,0.10: a value stands there twice"),
        (["--grid", "lr"], "--grid lr: expected the name of an option, = and values"),
        (["--grid", "out=a,b"], "--grid out=a,b: there is no option out that a sweep can change"),
        (["--range", "lr=1..2"], "--range lr needs --random"),
        (["--random", "2", "--range", "lr=2..1"], "--range lr=2..1: expected the smaller number"),
        (
            ["--random", "2", "--range", "model=a..b"],
            "expected an option that is a number, and LOW",
        ),
        (["--random", "3", "--grid", "flip=true,false"], "there are only 2 different settings"),
        (["--grid", "lr=1,2", "--range", "lr=1..2"], "the option is in --grid too"),
        ([], "there is nothing to sweep over: give --grid, or --random and --range"),
    ]:
        assert cli.main(["sweep", *words]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert not Path("runs").exists()


def test_random_settings():
    command = cli._parser().parse_args(["sweep"]).parser
    axes = axes_of(["optimizer=sgd,adam"], ["lr=0.001..1", "batch-size=2..9"], command, ())
    drawn = some_of(axes, 400, 0)
    assert drawn[:7] == some_of(axes, 7, 0) != some_of(axes, 7, 1)
    rates = [setting["lr"] for setting in drawn]
    for low in (0.001, 0.01, 0.1):  # of three decades a third each
        assert 100 < sum(low <= rate < 10 * low for rate in rates) < 170
    sizes = [setting["batch_size"] for setting in drawn]
    assert {*sizes} == {*range(2, 10)}
    assert max(map(sizes.count, range(2, 10))) < 2 * min(map(sizes.count, range(2, 10)))
    assert {setting["optimizer"] for setting in drawn} == {"sgd", "adam"}
    assert [Range(1, 10).draw(share) for share in (0, 1 - 1e-9)] == [1, 10]
    assert [Range(0.1, 0.2).draw(share) for share in (0, 0.5)] == [0.1, 0.15]
    names = names_of([{"data": "a/b c"}, {"data": "x/b c"}, {"data": 500 * "x"}])
    assert names[:2] == ["data=b-c", "data=b-c-2"]
    assert len(names[2]) < 255
