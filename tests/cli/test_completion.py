"""Completion, in the shells that are there: bash always, zsh and fish where they are installed."""

import shutil
import subprocess
import sys

import pytest

from lanegrad import cli

pytestmark = pytest.mark.once

# What stands on the line, and some of what is to be offered for its last word.
LINES = [
    ("lanegrad tr", {"train"}),
    ("lanegrad train --ep", {"--epochs"}),
    ("lanegrad train --optimizer ad", {"adam", "adamw"}),
    ("lanegrad train --data cifar", {"cifar10", "cifar100"}),
    ("lanegrad train --data pict", {"pictures"}),
    ("lanegrad train --config a", {"all.toml"}),
    ("lanegrad eval ru", {"runs"}),
    ("lanegrad data f", {"fetch"}),
    ("lanegrad data fetch svh", {"svhn"}),
    ("lanegrad completion z", {"zsh"}),
]
BASH = """
source ./script
COMP_WORDS=({line}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMPREPLY=()
_shtab_lanegrad lanegrad "${{COMP_WORDS[COMP_CWORD]}}"
printf '%s\\n' "${{COMPREPLY[@]}}" ""
"""
FISH = "source ./script; complete -C '{line}' | string split -f 1 \\t; echo"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    pytest.importorskip("shtab")
    monkeypatch.chdir(tmp_path)
    for name in ("pictures", "runs"):
        (tmp_path / name).mkdir()
    (tmp_path / "all.toml").touch()


def offered(shell, template):
    """What a shell offers for each line, as the script of `lanegrad completion` has it."""
    finished = subprocess.run(
        [shell, "-c", "\n".join(template.format(line=line) for line, _ in LINES)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return [part.split() for part in finished.stdout.split("\n\n")]


@pytest.mark.parametrize(
    ("shell", "template"),
    [(shell, text) for shell, text in (("bash", BASH), ("fish", FISH)) if shutil.which(shell)],
)
def test_a_shell_completes(shell, template, capsys):
    assert cli.main(["completion", shell]) == 0
    with open("script", "w") as file:
        file.write(capsys.readouterr().out)
    *answers, rest = offered(shell, template)
    assert not rest
    for (line, wanted), found in zip(LINES, answers, strict=True):
        assert wanted <= {word.rstrip("/") for word in found}, line
        last = line.split()[-1]
        assert all(word.startswith(last) for word in found), line


def test_without_shtab(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert cli.main(["completion", "zsh"]) == 2
    assert 'pip install "lanegrad[cli]"' in capsys.readouterr().err
    assert cli.main(["completion", "tcsh"]) == 2
    assert "invalid choice: 'tcsh'" in capsys.readouterr().err
