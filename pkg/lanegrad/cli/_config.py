"""``lanegrad config``: how this installation was built, and what options a command would run with."""

from __future__ import annotations

import argparse
from typing import Any

import lanegrad

from ._arguments import UsageError
from ._settings import parsed, settings_of, text_of

EXAMPLES = """\
examples:
  lanegrad config                                      version, instruction set, compiler and threads
  lanegrad config train --data cifar10 --lr 0.1 > cifar10.toml
  lanegrad train --config cifar10.toml --seed 2        the same, but for the seed
"""


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "config",
        help="show how lanegrad was built, or the options of a command",
        description="Show version, instruction set, compiler and threads. With a command and its arguments: "
        "the options that it would run with, defaults too, as a TOML file for its --config.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "words", metavar="COMMAND", nargs=argparse.REMAINDER, help="a command with its arguments"
    )
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> None:
    """Show it."""
    if not arguments.words:
        lanegrad.show_config()
        return
    asked = parsed(arguments.program, arguments.words)
    if asked.command == "config":
        raise UsageError("lanegrad config has no options to show")
    asked.fill_in(asked)
    print(text_of(settings_of(asked)), end="")
