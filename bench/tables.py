"""What each benchmark compares: its tables, their columns (kinds of call) and rows (shapes)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .frameworks import FRAMEWORKS, SUBJECT
from .problems import VARIANTS

SHAPES = [
    (4, 10),
    (128, 10),
    (1024, 10),
    (65536, 10),
    (128, 100),
    (128, 1000),
    (1024, 1000),
    (8192, 1000),
    (64, 32000),
    (256, 50257),
    (64, 128256),
]
VARIANT_SHAPES = [(65536, 10), (8192, 1000)]
BATCHES = [4, 32, 128]

WORTH_THREADS = 1 << 20  # bytes of logits
BEYOND_CACHE = 48 << 20  # bytes of logits and gradient


@dataclass(frozen=True)
class Column:
    """Calls of one kind: the function of a framework's module that makes them, and its first
    arguments.
    """

    title: str
    framework: str
    function: str
    arguments: tuple[Any, ...] = ()
    threads: int | None = None  # None: as many as the run has


@dataclass(frozen=True)
class Table:
    """Columns that take turns on each row. Times are compared with those of the first column.

    `kind` is how it is printed: "comparison", "bandwidth", "threads" or "variants".
    """

    title: str
    kind: str
    columns: list[Column]
    rows: dict[str, Sequence[int]]

    @property
    def competitors(self) -> list[str]:
        """The titles of the columns of other frameworks."""
        own = self.columns[0].framework
        return [column.title for column in self.columns if column.framework != own]


def loss_tables(threads: int, others: Sequence[str]) -> dict[str, Table]:
    """The loss: against other frameworks, against the memory, and against fewer threads."""
    in_place = Column("in place", SUBJECT, "in_place")
    backward = _frameworks("forward_backward", others)
    tables = {
        "forward": Table(
            "Forward: the loss alone", "comparison", _frameworks("forward", others), _rows(SHAPES)
        ),
        "forward + backward": Table(
            "Forward + backward: the loss and its gradient",
            "comparison",
            [backward[0], in_place, *backward[1:]],
            _rows(SHAPES),
        ),
        "bandwidth": Table(
            "Bandwidth: each logit read once and each gradient written once, in GB/s",
            "bandwidth",
            [
                backward[0],
                Column("copy", SUBJECT, "copy"),
                in_place,
                Column("negate in place", SUBJECT, "negate"),
            ],
            _rows([(n, c) for n, c in SHAPES if 2 * 4 * n * c > BEYOND_CACHE]),
        ),
    }
    if threads > 1:
        counts = [1 << i for i in range(threads.bit_length()) if 1 << i < threads] + [threads]
        tables["threads"] = Table(
            "Threads: how many times as fast as one",
            "threads",
            [
                Column(
                    f"{count} thread{'s' if count > 1 else ''}",
                    SUBJECT,
                    "forward_backward",
                    threads=count,
                )
                for count in counts
            ],
            _rows([(n, c) for n, c in SHAPES if 4 * n * c > WORTH_THREADS]),
        )
    return tables


def options_tables(threads: int, others: Sequence[str]) -> dict[str, Table]:
    """The loss with an option each, against the plain loss of the same framework."""
    return {
        FRAMEWORKS[framework]: Table(
            f"{FRAMEWORKS[framework]}, forward + backward: microseconds, "
            "and how many times the plain case",
            "variants",
            [Column(name, framework, "variant", (name,)) for name in VARIANTS],
            _rows(VARIANT_SHAPES),
        )
        for framework in (SUBJECT, *others)
    }


def train_tables(threads: int, others: Sequence[str]) -> dict[str, Table]:
    """A training step, with the loss as one part of many."""
    rows = {f"batch {n}": [n] for n in BATCHES}
    return {"train": Table("Training step", "comparison", _frameworks("train", others), rows)}


# For each benchmark: its title, the frameworks that lanegrad may be compared with, and its tables.
BENCHMARKS = {
    "loss": (
        "Cross-entropy, mean over the rows (rows x classes, float32)",
        list(FRAMEWORKS)[1:],
        loss_tables,
    ),
    "options": (
        "Cross-entropy with an option each (rows x classes, float32)",
        ["pytorch"],
        options_tables,
    ),
    "train": (
        "Training step of the tutorial's Net (zero_grad, forward, loss, backward, SGD step)",
        ["pytorch"],
        train_tables,
    ),
}


def _frameworks(function: str, others: Sequence[str]) -> list[Column]:
    return [Column(FRAMEWORKS[name], name, function) for name in (SUBJECT, *others)]


def _rows(shapes: Sequence[tuple[int, int]]) -> dict[str, Sequence[int]]:
    return {f"{rows} x {classes}": (rows, classes) for rows, classes in shapes}
