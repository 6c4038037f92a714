"""The command ``lanegrad``: train and test small networks, use them, fetch and show data."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

import lanegrad

from ..train import CheckpointError
from . import (
    _compare,
    _completion,
    _config,
    _data,
    _eval,
    _export,
    _predict,
    _report,
    _summary,
    _sweep,
    _train,
)
from ._arguments import Failure, Parser, UsageError
from ._settings import parsed

COMMANDS = (
    _train,
    _sweep,
    _eval,
    _predict,
    _export,
    _report,
    _compare,
    _summary,
    _data,
    _config,
    _completion,
)
"""A module each: its `add` adds the command's parser, with the function `run` that gets the arguments."""

EXAMPLES = """\
examples:
  lanegrad train                                          the digits that come with lanegrad
  lanegrad train --data pictures                          pictures/cat/1.jpg, pictures/dog/1.jpg and so on
  lanegrad predict runs/pictures-resnet20-1 photo.jpg
  lanegrad train --help                                   all of a command
"""

FAILURES = (Failure, CheckpointError, ImportError, MemoryError)
USAGE = (UsageError, OSError, OverflowError, ValueError)
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # failures that are nobody's mistake


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
    debug = "--debug" in argv
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        try:
            arguments = parsed(_parser(), argv)
            debug = getattr(arguments, "debug", False)
            arguments.run(arguments)
            sys.stdout.flush()
        except Exception as error:
            if debug:
                traceback.print_exc()
            return _fail(error)
        except KeyboardInterrupt as error:
            _say(f"lanegrad: {error if str(error) else 'stopped'}")
            return getattr(error, "code", 130)
    return 0


def _fail(error: Exception) -> int:
    """Print it in one line, and give the exit code."""
    _flush(sys.stdout)
    if isinstance(error, BrokenPipeError):  # whoever read it has seen enough
        return 1
    text = str(error)
    if isinstance(error, MemoryError):
        text = f"not enough memory: {text}" if text else "not enough memory"
    elif isinstance(error, OSError) and error.filename and error.strerror:
        text = f"{error.filename}: {error.strerror.lower()}"
    elif not isinstance(error, FAILURES + USAGE):
        text = f"{type(error).__name__}: {text}: a fault of lanegrad's; --debug shows where"
    _say(f"lanegrad: error: {text}")
    wrong = isinstance(error, USAGE) and getattr(error, "errno", None) not in DISK
    return 2 if wrong and not isinstance(error, FAILURES) else 1


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    _say(f"lanegrad: warning: {message}")


def _say(line: str) -> None:
    """Print it for the user, if there is somebody."""
    with suppress(OSError):
        print(line, file=sys.stderr)
    _flush(sys.stderr)


def _flush(file: TextIO) -> None:
    """Once more where nobody takes what is printed: else Python would try it at its end."""
    try:
        file.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


def _parser() -> Parser:
    parser = Parser(
        prog="lanegrad",
        description="Train small networks on the CPU.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lanegrad {lanegrad.__version__}")
    parser.set_defaults(program=parser)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
