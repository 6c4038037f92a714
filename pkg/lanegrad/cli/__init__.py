"""The command ``lanegrad``: train a small network, fetch and show data, show how this was built."""

import sys
from collections.abc import Sequence

import lanegrad

from . import _config, _data, _train
from ._arguments import Failure, Parser, UsageError

COMMANDS = (_train, _data, _config)
"""A module each: its `add` adds the command's parser, with the function `run` that gets the arguments."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        The exit code: 0, 1 where training or fetching failed, 2 for wrong arguments or missing data.

    Examples
    --------
    >>> from lanegrad.cli import main
    >>> main(["train", "--epochs", "1", "--batch-size", "8", "--quiet"])  # doctest: +ELLIPSIS
    test accuracy ... % of 355 images
    0
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (Failure, FloatingPointError) as error:
        return _fail(error, 1)
    except (UsageError, OSError, OverflowError, ValueError) as error:
        return _fail(error, 2)
    except MemoryError as error:
        return _fail(f"not enough memory: {error}" if str(error) else "not enough memory", 1)
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    return 0


def _fail(error: object, code: int) -> int:
    print(f"lanegrad: error: {error}", file=sys.stderr)
    return code


def _parser() -> Parser:
    parser = Parser(prog="lanegrad", description="Train small networks on the CPU.")
    parser.add_argument("--version", action="version", version=f"lanegrad {lanegrad.__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
