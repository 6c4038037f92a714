"""``lanegrad data``: fetch data sets, and show what is in them."""

from __future__ import annotations

import argparse
from typing import Any

from ..models._table import table
from ..vision.datasets._files import DatasetNotFoundError, data_folder
from ..vision.datasets.named import NAMES, open_dataset
from ..vision.datasets.summary import Summary, sheet_of, summary_of
from ._arguments import Failure, UsageError
from ._parts import parts_of

COLOURS = {1: ["gray"], 3: ["red", "green", "blue"]}


def add(commands: Any) -> None:
    """Add the command's parsers."""
    parser = commands.add_parser(
        "data",
        help="fetch data sets, show what is in them",
        epilog="Examples: lanegrad data fetch cifar10; lanegrad data show pictures",
    )
    actions = parser.add_subparsers(required=True, dest="action", metavar="{fetch,show}")
    fetch = actions.add_parser(
        "fetch",
        help="fetch the files of data sets",
        description="Fetch the files of data sets. What is there already is not fetched again, and what was "
        "cut off goes on. The default folder is data in LANEGRAD_HOME, or in ~/.cache/lanegrad.",
        epilog="Example: lanegrad data fetch cifar10",
    )
    fetch.add_argument("names", nargs="+", metavar="NAME", choices=NAMES, help=", ".join(NAMES))
    fetch.add_argument("--root", metavar="DIR", help="the folder to put them into")
    fetch.does(run_fetch)
    show = actions.add_parser(
        "show",
        help="count the pictures of a data set",
        description="Print how many pictures of each class a data set has, their size, and the mean and "
        "standard deviation of each channel.",
        epilog="Example: lanegrad data show cifar10 --sheet cifar10.png",
    )
    show.add_argument(
        "name",
        metavar="NAME|FOLDER",
        help="a data set, as in lanegrad data fetch; or a folder with a folder of pictures for each class, "
        "or with such folders called train, valid and test",
    )
    show.add_argument("--root", metavar="DIR", help="the folder of the data set's files")
    show.add_argument("--skip-corrupted", action="store_true", help="as in lanegrad train")
    show.add_argument("--sheet", metavar="FILE", help="write some pictures of each class as one")
    show.does(run_show)


def run_fetch(arguments: argparse.Namespace) -> None:
    """Fetch data sets, and open them, so that what is there is known to be good."""
    for name in arguments.names:
        try:
            train, test = (
                open_dataset(name, arguments.root, part, download=True) for part in (True, False)
            )
        except DatasetNotFoundError as error:
            raise Failure(error) from error
        where = "lanegrad itself" if name == "digits" else data_folder(arguments.root)
        print(f"{name}: {len(train)} pictures for training and {len(test)} for testing in {where}")


def run_show(arguments: argparse.Namespace) -> None:
    """Print what is in a data set, and write the sheet."""
    parts = parts_of(arguments.name, arguments.root, skip_corrupted=arguments.skip_corrupted)
    found = {part: summary_of(dataset) for part, dataset in parts.items()}
    print("\n".join(_lines(found)))
    if arguments.sheet:
        sheet = sheet_of(next(iter(parts.values())))
        try:
            sheet.save(arguments.sheet)
        except ValueError as error:
            raise UsageError(f"--sheet {arguments.sheet}: {error}") from error


def _lines(found: dict[str, Summary]) -> list[str]:
    first = next(iter(found.values()))
    # By their names: the parts of a folder may have different classes.
    counts = [dict(zip(part.classes, part.counts, strict=True)) for part in found.values()]
    names = list(dict.fromkeys(name for part in counts for name in part))
    rows: list[list[Any]] = [["class", *found]]
    rows += [[name, *(part.get(name, 0) for part in counts)] for name in names]
    if len(names) > 1:
        rows.append(["sum", *(sum(part.values()) for part in counts)])
    smallest, largest = (" x ".join(map(str, size)) for size in (first.smallest, first.largest))
    size = smallest if smallest == largest else f"{smallest} to {largest}"
    channels = COLOURS.get(len(first.mean), [str(n) for n in range(len(first.mean))])
    statistics = [["channel", *channels]]
    for title, several in (("mean", first.mean), ("deviation", first.std)):
        statistics.append([title, *(f"{value:.4f}" for value in several)])
    mean, std = (f"[{', '.join(f'{x:.4f}' for x in part)}]" for part in (first.mean, first.std))
    return [
        *table(rows),
        "",
        f"height x width: {size}",
        "",
        *table(statistics),
        f"Normalize({mean}, {std})",
    ]
