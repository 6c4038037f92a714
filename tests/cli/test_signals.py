"""Signals and pipes, while the command starts too."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import lanegrad

pytestmark = pytest.mark.once

COMMAND = [sys.executable, "-m", "lanegrad"]
PACKAGES = str(Path(lanegrad.__file__).resolve().parents[1])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(name, path, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt)
"""


@pytest.mark.parametrize("name", ["numpy", "lanegrad.nn", "lanegrad.cli._train", "nothing"])
def test_ctrl_c_while_python_imports_it_ends_it_quietly(name, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED.format(name=name))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), PACKAGES]))
    done = subprocess.run([*COMMAND, "summary", "digits"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0 if name == "nothing" else 130, "")


def test_others_that_import_lanegrad_keep_their_ctrl_c():
    program = "import signal; before = signal.getsignal(2); import lanegrad; "
    program += "assert signal.getsignal(2) is before"
    assert subprocess.run([sys.executable, "-c", program, "-m", "lanegrad"]).returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_training_that_is_asked_to_end_saves(number, code):
    process = subprocess.Popen(
        [*COMMAND, "train", "--epochs", "5000", "--out", "one"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not process.stdout.readline().startswith("epoch 1:"):
        assert process.poll() is None
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code
    assert re.fullmatch(
        r"lanegrad: stopped after \d+ steps; to go on: lanegrad train --resume one\n", error
    )


@pytest.mark.parametrize(
    ("words", "redirection", "code", "error"),
    [
        ("--help", "| true", 1, ""),
        ("summary densenet-bc", "| true", 1, ""),
        ("summary densenet-bc", ">&-", 0, ""),
        ("summary densenet-bc", "> /dev/full", 1, "No space left on device"),
        ("train --epochs 0", "2>&1 | true", 2, ""),
        ("train --epochs 1", ">&- 2>&- <&-", 0, ""),
    ],
)
def test_where_output_goes_nowhere(words, redirection, code, error):
    command = f"{' '.join(COMMAND)} {words} {redirection}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode == code
    assert error in done.stderr
    assert done.stderr.count("\n") == (1 if error else 0)
