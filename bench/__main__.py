"""Command line of the benchmarks."""

import argparse
import json
from pathlib import Path
from typing import Any

from .accuracy import accuracy, accuracy_report
from .frameworks import FRAMEWORKS
from .harness import measure
from .imports import compare_imports
from .machine import available_cores
from .page import update
from .plot import draw, require_matplotlib
from .report import report
from .tables import BENCHMARKS, only

# Compiling takes seconds for each shape, too long for a run that only tries whether all works.
SLOW_TO_START = "pytorch_compiled"
TRIAL = 0.01


def main() -> None:
    """Run one benchmark and print its tables."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.benchmark == "plot":
        try:
            result = json.loads(arguments.file.read_text())
        except (OSError, ValueError) as error:
            parser.error(f"{arguments.file} is not a result saved with --json: {error}")
        draw(result, arguments.prefix)
        return
    if arguments.threads < 1 or arguments.rounds < 1 or arguments.seconds <= 0:
        parser.error("--threads, --rounds and --seconds must be positive")
    prefix = getattr(arguments, "plot", None)
    if arguments.page:
        try:
            update(arguments.page, arguments.benchmark)
        except (OSError, ValueError) as error:
            parser.error(str(error))
    for path in filter(None, (arguments.json, prefix)):
        if not path.parent.is_dir():
            parser.error(f"there is no folder {path.parent}")
    if prefix:
        require_matplotlib()
    result = _run(arguments)
    text = accuracy_report(result) if arguments.benchmark == "accuracy" else report(result)
    print(text)
    if arguments.page:
        update(arguments.page, arguments.benchmark, text)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    if prefix:
        draw(result, prefix)


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.benchmark == "accuracy":
        return accuracy(arguments.rounds)
    if arguments.benchmark == "import":
        return compare_imports(arguments.rounds)
    title, others, tables = BENCHMARKS[arguments.benchmark]
    missing, trial = {}, arguments.seconds < TRIAL
    against = getattr(arguments, "against", None)
    if against is not None:
        others = [name for name in others if name in against]
    elif trial and SLOW_TO_START in others:
        others = [name for name in others if name != SLOW_TO_START]
        missing[FRAMEWORKS[SLOW_TO_START]] = (
            f"compiles for too long for turns under {TRIAL} s, unless named by --against"
        )
    chosen = tables(arguments.threads, others, trial)
    if arguments.only is not None:
        chosen = only(chosen, arguments.only)
        if not chosen:
            raise SystemExit(f"no row has {arguments.only!r} in its name")
    return measure(
        title,
        chosen,
        threads=arguments.threads,
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        missing=missing,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="benchmark", required=True, metavar="BENCHMARK")

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--threads", type=int, default=available_cores(), metavar="N")
    common.add_argument("--rounds", type=int, default=15, metavar="N", help="turns of each")
    common.add_argument("--seconds", type=float, default=0.1, metavar="X", help="length of a turn")
    common.add_argument("--json", type=Path, metavar="FILE", help="write all results there too")
    common.add_argument(
        "--page",
        type=Path,
        metavar="FILE.md",
        help="write the tables there too, between <!-- NAME --> and <!-- end of NAME -->",
    )

    for name, (title, others, _) in BENCHMARKS.items():
        benchmark = benchmarks.add_parser(name, parents=[common], help=title)
        if others:
            benchmark.add_argument(
                "--against",
                nargs="*",
                choices=others,
                metavar="NAME",
                help=f"other frameworks to time, of {', '.join(others)}; all if not given",
            )
        benchmark.add_argument(
            "--only", metavar="TEXT", help="only the rows that have this in their names"
        )
        if others and name not in ("options", "ops", "written"):
            benchmark.add_argument(
                "--plot", type=Path, metavar="PREFIX", help="draw to PREFIX.png and PREFIX.svg"
            )
    benchmarks.add_parser("import", parents=[common], help="Import in a fresh process")
    benchmarks.add_parser(
        "accuracy", parents=[common], help="Largest errors of the loss and its gradient, in ULP"
    )
    plot = benchmarks.add_parser("plot", help="Draw a result that was saved with --json")
    plot.add_argument("file", type=Path, metavar="FILE.json")
    plot.add_argument("prefix", type=Path, metavar="PREFIX")
    return parser


if __name__ == "__main__":
    main()
