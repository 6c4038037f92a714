"""README.md: its Python blocks run, and its commands are ones that work."""

import os
import re
import shlex
import subprocess
import sys
import tomllib

import numpy as np
import pytest

from lanegrad.vision._images import picture_of
from pages import ROOT, Page, lanegrad_command

README = Page("README.md")
BENCHMARKS = (ROOT / "tests" / "bench" / "test_commands.py").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


COMMANDS = README.commands()


@pytest.fixture
def data(tmp_path):
    """Folders `data` and `pictures` as README's code expects them, with forty images and four."""
    folder = tmp_path / "data" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    records = np.random.default_rng(0).integers(256, size=(40, 3073), dtype=np.uint8)
    records[:, 0] %= 10
    for n in range(5):
        (folder / f"data_batch_{n + 1}.bin").write_bytes(records[n::5].tobytes())
    (folder / "test_batch.bin").write_bytes(records.tobytes())
    for n, name in enumerate(("cat", "cat", "dog", "dog")):
        (tmp_path / "pictures" / name).mkdir(parents=True, exist_ok=True)
        planes = records[n, 1:].reshape(3, 32, 32)
        picture_of(planes).save(tmp_path / "pictures" / name / f"{n}.jpg")
    return tmp_path


def test_python_blocks_run_in_order(data, capsys, monkeypatch):
    monkeypatch.chdir(data)
    namespace = {"__name__": "readme"}
    README.run_python(namespace)
    assert namespace["in_two_steps"].item() > 0
    assert re.search(r"^epoch 4: loss [\d.]+$", capsys.readouterr().out, re.MULTILINE)


def test_the_two_commands_come_first():
    install_and_train, install_and_test = COMMANDS[:2]
    assert install_and_train.endswith("lanegrad train")
    assert install_and_test.endswith("python -m pytest -n 2 --dist loadfile")


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_work(command, data):
    for part in command.split(" && "):
        words = shlex.split(part.replace(".venv/bin/", ""))
        environment = {}
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        match words:
            case ["python3", "-m", "venv", ".venv"]:
                continue
            case ["pip", "install", target]:
                extra = re.fullmatch(r"\.\[(\w+)\]", target)[1]
                assert PROJECT["project"]["optional-dependencies"][extra]
                continue
            case ["python", "-m", "pytest", *_]:
                for folder in PROJECT["tool"]["pytest"]["ini_options"]["testpaths"]:
                    assert (ROOT / folder).is_dir()
                continue
            case ["python", "-m", "bench", name]:
                if f"def test_{name}(" in BENCHMARKS:
                    continue  # it is run there
                run = [sys.executable, *words[1:], "--rounds", "1", "--seconds", "0.001"]
                subprocess.run(run, cwd=ROOT, env=os.environ | environment, check=True)
            case ["lanegrad", *arguments]:
                assert PROJECT["project"]["scripts"]["lanegrad"] == "lanegrad_command:main"
                new = arguments[0] == "train" and "--resume" not in arguments
                lanegrad_command(arguments + ["--epochs", "1"] * new, data, environment)
            case _:
                pytest.fail(f"README shows a command that this test does not know: {part}")


def test_links_to_files_of_the_repository_exist():
    assert not README.missing_links()
