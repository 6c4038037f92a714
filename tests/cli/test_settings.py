"""Options of commands in TOML files."""

import re
import tomllib
from pathlib import Path

import pytest

from lanegrad import cli
from lanegrad.cli import _data, _predict

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def leaves(parser):
    """The parsers of all commands, each with its words."""
    for action in parser._actions:
        if isinstance(action.choices, dict) and action.dest in ("command", "action"):
            for inner in action.choices.values():
                yield from leaves(inner)
            return
    yield parser


def test_every_command_but_config_takes_options_from_a_file():
    commands = [parser.prog for parser in leaves(cli._parser())]
    assert {"lanegrad train", "lanegrad data fetch", "lanegrad predict"} <= {*commands}
    for parser in leaves(cli._parser()):
        assert ("--config" in parser._option_string_actions) == (parser.prog != "lanegrad config")
        wanted = {name[2:] for name in parser._option_string_actions if name.startswith("--")}
        assert {*parser.options()} == wanted - {"help", "debug", "config", "resume"}


def test_options_go_before_those_of_the_file(capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(_predict, "run", seen.append)
    monkeypatch.setattr(_data, "run_fetch", seen.append)
    Path("it.toml").write_text("top = 5\njson = true\n")
    assert cli.main(["predict", "run", "x.png", "--config", "it.toml"]) == 0
    assert cli.main(["--debug", "predict", "run", "x.png", "--top", "2", "--config=it.toml"]) == 0
    assert [(a.top, a.json, a.pictures) for a in seen] == [
        (5, True, ["x.png"]),
        (2, True, ["x.png"]),
    ]
    Path("it.toml").write_text("root = 'my data'")
    assert cli.main(["data", "fetch", "--config", "it.toml", "mnist", "digits"]) == 0
    assert (seen[-1].root, seen[-1].names) == ("my data", ["mnist", "digits"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jsn = true", "it.toml: there is no option jsn: did you mean json?"),
        ("speed = 3", "it.toml: there is no option speed of lanegrad predict"),
        ("debug = true", "it.toml: there is no option debug of lanegrad predict"),
        ("json = 1", "it.toml: json is true or false; found 1"),
        ("json = 'yes'", 'it.toml: json is true or false; found "yes"'),
        ("top = true", "it.toml: top is not true or false, but takes a value"),
        ("top = [1, 2]", "it.toml: top is one value, not several"),
        ("[top]\na = 1", "it.toml: top is one value, not several"),
        ("top = 1.5", "it.toml: argument --top: expected a whole number, 1 or more; found '1.5'"),
    ],
)
def test_wrong_files_are_one_line_that_names_them(text, message, capsys):
    Path("it.toml").write_text(text)
    assert cli.main(["predict", "run", "x.png", "--config", "it.toml"]) == 2
    assert capsys.readouterr().err == f"lanegrad: error: {message}\n"


def test_config_shows_what_a_command_would_run_with(capsys):
    Path("it.toml").write_text("epochs = 7\nflip = true\n")
    assert cli.main(["config", "train", "--config", "it.toml", "--lr", "0.5"]) == 0
    text = capsys.readouterr().out
    found = tomllib.loads(text)
    assert (found["epochs"], found["flip"], found["lr"]) == (7, True, 0.5)
    assert (found["model"], found["batch-size"]) == ("digits", 16)  # of the data set
    Path("all.toml").write_text(text)
    assert cli.main(["config", "train", "--config", "all.toml"]) == 0
    assert capsys.readouterr().out == text
    for words, message in [
        (["config"], "lanegrad config has no options to show"),
        (["train", "--epochs", "0"], "argument --epochs: expected a whole number, 1 or more"),
    ]:
        assert cli.main(["config", *words]) == 2
        assert message in capsys.readouterr().err


def test_faults_are_one_line_and_debug_shows_where(capsys, monkeypatch):
    def fault(arguments):
        raise KeyError("x")

    monkeypatch.setattr(_predict, "run", fault)
    command = ["predict", "run", "x.png"]
    assert cli.main(command) == 1
    error = capsys.readouterr().err
    assert re.fullmatch(
        r"lanegrad: error: KeyError: 'x': a fault of lanegrad's; --debug .*\n", error
    )
    assert cli.main([*command, "--debug"]) == 1
    assert capsys.readouterr().err.startswith("Traceback")
