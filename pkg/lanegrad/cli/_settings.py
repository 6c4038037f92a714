"""Options in TOML files: each option of a command may stand there under its name."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from ._arguments import Parser, UsageError

CONFIG = "config.toml"  # of a run
ANYWAY = {
    "resume",
    "threads",
    "plot",
    "tensorboard",
    "quiet",
    "debug",
}  # what may be given beside --resume


def parsed(parser: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, with those of the file that --config names, or of the run of --resume, before them."""
    arguments = parser.parse_args(argv)
    resume = getattr(arguments, "resume", None)
    path = getattr(arguments, "config", None)
    if resume:
        plain = vars(parser.parse_args([arguments.command]))
        for name, value in vars(arguments).items():
            if name not in ANYWAY and value != plain.get(name, value):
                raise UsageError(
                    f"--resume goes on with the options of the run: leave --{name.replace('_', '-')} out, or "
                    f"start another run with --config {os.path.join(resume, CONFIG)}"
                )
        path = os.path.join(resume, CONFIG)
    if not path:
        return arguments
    place = list(argv).index(arguments.command) + 1
    options = options_in(path, {*vars(arguments)})
    return parser.parse_args([*argv[:place], *options, *argv[place:]])


def settings_in(path: str, remedy: str = "") -> dict[str, Any]:
    """What a file has; the error where it is not there ends in the remedy."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} is not there{remedy}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def options_in(path: str, known: set[str]) -> list[str]:
    """The options of a file as arguments."""
    options = []
    for name, value in settings_in(path).items():
        if name.replace("-", "_") not in known - {"config", "resume", "run", "out", "command"}:
            raise UsageError(f"{path}: there is no option {name}")
        if isinstance(value, dict | list):
            raise UsageError(f"{path}: {name} is one value, not several")
        if value is not False:
            options.append(f"--{name}" if value is True else f"--{name}={value}")
    return options


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


def _value(value: Any) -> str:
    if isinstance(value, str):  # as in JSON, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)
