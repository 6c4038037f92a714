"""Options in TOML files: each option of a command may stand there under its name."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ._arguments import Parser, UsageError

CONFIG = "config.toml"  # of a run
# What may be given beside --resume.
ANYWAY = {"threads", "jobs", "plot", "tensorboard", "quiet"}


def parsed(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with those of the file that --config names, or of the run of --resume, before them."""
    arguments = parser.parse_args(argv)
    command: Parser = arguments.parser
    resume, path = getattr(arguments, "resume", None), getattr(arguments, "config", None)
    if resume:
        for name, action in command.options().items():
            if name not in ANYWAY and getattr(arguments, action.dest) != action.default:
                raise UsageError(
                    f"--resume goes on with the options of the run: leave --{name} out, or "
                    f"start another run with --config {os.path.join(resume, CONFIG)}"
                )
        path = os.path.join(resume, CONFIG)
    if not path:
        return arguments
    place = 0
    for word in command.prog.split()[1:]:
        place = argv.index(word, place) + 1
    options = arguments_of(checked(path, settings_in(path), command))
    try:
        return parser.parse_args([*argv[:place], *options, *argv[place:]])
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def settings_in(path: str, remedy: str = "") -> dict[str, Any]:
    """What a file has; the error where it is not there ends in the remedy."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} is not there{remedy}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def settings_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of a command that may stand in a file, with their values."""
    return {a.dest: getattr(arguments, a.dest) for a in arguments.parser.options().values()}


def from_anywhere(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with folders of data as they are found from other folders too."""
    return {
        name: os.path.abspath(value)
        if name in ("data", "root") and value and os.path.isdir(value)
        else value
        for name, value in settings.items()
    }


def checked(path: str, settings: Mapping[str, Any], command: Parser) -> dict[str, Any]:
    """The settings of a file, where they are options of the command and values of the right kind."""
    known, found = command.options(), {}
    for name, value in settings.items():
        action = known.get(name.replace("_", "-"))
        if action is None:
            close = get_close_matches(name, known, 1)
            remedy = f": did you mean {close[0]}?" if close else f" of {command.prog}"
            raise UsageError(f"{path}: there is no option {name}{remedy}")
        if isinstance(action, argparse._AppendAction):
            value = _lines(value)
        elif isinstance(value, dict | list):
            raise UsageError(f"{path}: {name} is one value, not several")
        elif action.nargs == 0 and not isinstance(value, bool):
            raise UsageError(f"{path}: {name} is true or false; found {_value(value)}")
        elif isinstance(value, bool) and action.nargs != 0:
            raise UsageError(f"{path}: {name} is not true or false, but takes a value")
        found[name] = value
    return found


def _lines(value: Any) -> list[Any]:
    """What may be given several times: a value or a list, or a table as ``name=value,value``."""
    if isinstance(value, dict):
        several = {name: v if isinstance(v, list) else [v] for name, v in value.items()}
        return [f"{name}={','.join(map(word, values))}" for name, values in several.items()]
    return value if isinstance(value, list) else [value]


def arguments_of(settings: Mapping[str, Any]) -> list[str]:
    """Settings as arguments of a command.

    Examples
    --------
    >>> arguments_of({"lr": 0.1, "flip": True, "plot": False, "grid": ["lr=1,2", "seed=3,4"]})
    ['--lr=0.1', '--flip', '--grid=lr=1,2', '--grid=seed=3,4']
    """
    found = []
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            found.append(option)
        elif value is not False and value is not None:
            found += [f"{option}={v}" for v in (value if isinstance(value, list) else [value])]
    return found


def text_of(settings: Mapping[str, Any]) -> str:
    """The text of a file with these options; those that are None have no line.

    Examples
    --------
    >>> print(text_of({"data": "my \\"pictures\\"", "lr": 0.1, "epochs": None, "flip": True}), end="")
    data = "my \\"pictures\\""
    lr = 0.1
    flip = true
    """
    return "".join(
        f"{name.replace('_', '-')} = {_value(value)}\n"
        for name, value in settings.items()
        if value is not None
    )


def word(value: Any) -> str:
    """A value as it is given on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(value: Any) -> str:
    if isinstance(value, str):  # as in JSON, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return word(value)
