"""docs/command-line.md: its files are written and its commands run, in order."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from lanegrad import cli
from lanegrad.cli import COMMANDS
from lanegrad.vision._images import picture_of

pytestmark = pytest.mark.once

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What the page takes for granted: a digit, and pictures of two classes."""
    pytest.importorskip("shtab")
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)
    picture_of(draws.integers(256, size=(1, 8, 8), dtype=np.uint8)).save("digit.png")
    for name in ("cat", "dog"):
        Path("pictures", name).mkdir(parents=True)
        for number in range(1, 6):
            planes = draws.integers(256, size=(3, 40, 48), dtype=np.uint8)
            picture_of(planes).save(f"pictures/{name}/{number}.jpg")


def test_its_commands_run(folder, capfd):
    words = []
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S):
        if language == "toml":
            Path(re.match(r"# (\S+)", block)[1]).write_text(block)
            continue
        assert language == "console"
        for line in block.splitlines():
            command, _, target = line.removeprefix("$ lanegrad ").partition(" > ")
            words.append(shlex.split(command))
            assert cli.main(words[-1]) == 0, (line, capfd.readouterr().err)
            printed = capfd.readouterr()
            assert not printed.err, line
            if target:
                Path(target).write_text(printed.out)
    names = {command.__name__.rpartition("._")[2] for command in COMMANDS}
    assert {arguments[0] for arguments in words} == names
    for name in names:
        assert f"| `{name}` |" in TEXT
