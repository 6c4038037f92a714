"""The command ``lanegrad``: train and test small networks, use them, fetch and show data."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import lanegrad

from ..train import CheckpointError
from . import _compare, _config, _data, _eval, _export, _predict, _report, _summary, _train
from ._arguments import Failure, Parser, UsageError
from ._settings import parsed

COMMANDS = (_train, _eval, _predict, _export, _report, _compare, _summary, _data, _config)
"""A module each: its `add` adds the command's parser, with the function `run` that gets the arguments."""

FAILURES = (Failure, CheckpointError, ImportError, MemoryError)
USAGE = (UsageError, OSError, OverflowError, ValueError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        The exit code: 0, 1 where what was asked for failed, 2 for wrong arguments or missing data, 130 where
        the user has stopped it.

    Examples
    --------
    >>> from lanegrad.cli import main
    >>> main(["summary", "digits"])  # doctest: +ELLIPSIS
    layer ...
    0
    """
    argv = sys.argv[1:] if argv is None else argv
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        try:
            arguments = parsed(_parser(), argv)
            arguments.run(arguments)
            sys.stdout.flush()
        except Exception as error:
            if "--debug" in argv:
                traceback.print_exc()
            return _fail(error)
        except KeyboardInterrupt as error:
            print(f"lanegrad: {error if str(error) else 'stopped'}", file=sys.stderr)
            return 130
    return 0


def _fail(error: Exception) -> int:
    """Print it in one line, and give the exit code."""
    if isinstance(error, BrokenPipeError):  # whoever read what is printed has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if not isinstance(error, FAILURES + USAGE):
        raise error  # a fault of lanegrad's
    text = str(error)
    if isinstance(error, MemoryError):
        text = f"not enough memory: {text}" if text else "not enough memory"
    print(f"lanegrad: error: {text}", file=sys.stderr)
    return 1 if isinstance(error, FAILURES) else 2


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"lanegrad: warning: {message}", file=sys.stderr)


def _parser() -> Parser:
    parser = Parser(prog="lanegrad", description="Train small networks on the CPU.")
    parser.add_argument("--version", action="version", version=f"lanegrad {lanegrad.__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
