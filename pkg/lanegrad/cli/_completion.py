"""``lanegrad completion``: what a shell needs to complete commands, options, values and files."""

from __future__ import annotations

import argparse
from typing import Any

from ..vision.datasets.named import NAMES
from ._arguments import Parser, UsageError

SHELLS = ("bash", "zsh", "fish")
FILES, FOLDERS = (
    ("FILE", "PICTURE"),
    ("DIR", "RUN", "SWEEP", "MODEL|RUN"),
)  # what arguments are called
DATA = "NAME|FOLDER"

EXAMPLES = """\
examples:
  lanegrad completion bash > ~/.local/share/bash-completion/completions/lanegrad
  lanegrad completion zsh > ~/.zfunc/_lanegrad        with fpath+=~/.zfunc before compinit in ~/.zshrc
  lanegrad completion fish > ~/.config/fish/completions/lanegrad.fish
"""


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "completion",
        help="print a script that has a shell complete lanegrad's commands",
        description="Print a script that has a shell complete commands, options, their values and files. It "
        "is made anew after an update of lanegrad.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS)
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Print it."""
    try:
        import shtab
    except ModuleNotFoundError:
        raise UsageError('completion needs shtab: pip install "lanegrad[cli]"') from None
    names = " ".join(NAMES)
    found = {
        **dict.fromkeys(FILES, shtab.FILE),
        **dict.fromkeys(FOLDERS, shtab.DIRECTORY),
        DATA: {
            "bash": "_lanegrad_data_or_dir",
            "zsh": f"{{compadd {names}; _files -/}}",
            "fish": f"(string split ' ' '{names}'; __fish_complete_directories)",
            "preamble": {
                "bash": f'_lanegrad_data_or_dir() {{ compgen -W "{names}" -- $1; compgen -d -- $1; }}'
            },
        },
    }
    _mark(arguments.program, found)
    print(shtab.complete(arguments.program, arguments.shell))


def _mark(parser: Parser, found: dict[str, Any]) -> None:
    """Say of all arguments that are files what is to be found."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _mark(command, found)
        elif isinstance(action.metavar, str) and action.metavar in found:
            action.complete = found[action.metavar]  # type: ignore[attr-defined]
