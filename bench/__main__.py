"""Command line of the benchmarks."""

import argparse
import json
from pathlib import Path

from .harness import available_cores, compare, print_comparison
from .imports import compare_imports
from .problems import PROBLEMS


def main() -> None:
    """Run one benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("benchmark", choices=[*PROBLEMS, "import"])
    parser.add_argument("--threads", type=int, default=available_cores(), metavar="N")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="turns of each")
    parser.add_argument("--seconds", type=float, default=0.1, metavar="X", help="length of a turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all turns there too")
    arguments = parser.parse_args()
    if arguments.threads < 1 or arguments.rounds < 1 or arguments.seconds <= 0:
        parser.error("--threads, --rounds and --seconds must be positive")
    if arguments.benchmark == "import":
        result = compare_imports(arguments.rounds)
    else:
        result = compare(
            arguments.benchmark,
            threads=arguments.threads,
            rounds=arguments.rounds,
            seconds=arguments.seconds,
        )
    print_comparison(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
