"""``lanegrad config``: how this installation was built."""

from __future__ import annotations

import argparse
from typing import Any

import lanegrad


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "config", help="show version, instruction set, compiler and threads"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Show it."""
    lanegrad.show_config()
