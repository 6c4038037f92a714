"""What each benchmark compares: its tables, their columns (kinds of call) and rows (shapes)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .frameworks import FRAMEWORKS, OTHERS, SUBJECT
from .kernels import FAMILIES
from .problems import VARIANTS
from .summary import KERNEL_COLUMNS
from .tensor_ops import CHAINS, operations
from .written import BY_HAND, FORMS, PARTS

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
VARIANT_SHAPES = [(65536, 10), (16384, 100), (8192, 1000)]
TRAINING = {"Net": [4, 32, 128, 512], "VGG": [32, 128], "ResNet-20": [128]}
INFERENCE = {"Net": [1, 256]}
MEMORY_BATCH = WRITTEN_BATCH = 128
EPOCH = (50_000, 128)  # images, batch

TORCH_LIKE = ["pytorch", "pytorch_channels_last", "pytorch_compiled"]

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

    `kind` is how it is printed: "comparison", "bandwidth", "threads", "variants", "ops", "roofline" or
    "memory"; the last is of peaks, each in a process of its own, and not of times. With `compare` each
    column's first results must be the first column's, before any are timed.
    """

    title: str
    kind: str
    columns: list[Column]
    rows: dict[str, Sequence[Any]]
    compare: bool = False
    most_rounds: int | None = None

    @property
    def competitors(self) -> list[str]:
        """The titles of the columns of other frameworks."""
        own = self.columns[0].framework
        return [column.title for column in self.columns if column.framework != own]


def loss_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
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
        rows = _rows([(n, c) for n, c in SHAPES if 4 * n * c > WORTH_THREADS])
        tables["threads"] = _thread_table("forward_backward", threads, rows)
    return tables


def options_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
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


def train_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
    """Training steps, inference, peak memory and an epoch of each network."""
    training = {network: [4] for network in TRAINING} if trial else TRAINING
    inference = {network: [4] for network in INFERENCE} if trial else INFERENCE
    memory = {network: [4 if trial else MEMORY_BATCH] for network in TRAINING}
    count, batch = (40, 16) if trial else EPOCH
    tables = {
        "train": Table(
            "Training step", "comparison", _recorded_too("train", others), _batches(training), True
        ),
        "infer": Table(
            "Inference", "comparison", _recorded_too("infer", others), _batches(inference), True
        ),
        "memory": Table(
            "Peak memory of a process that trains",
            "memory",
            _frameworks("train", others),
            {"import only": [], **_batches(memory)},
        ),
        "epoch": Table(
            f"Epoch at batch {batch}, loader and optimizer included",
            "comparison",
            _frameworks("epoch", [name for name in others if name == "pytorch"]),
            {f"Net, {count:,} images": ["Net", count, batch]},
            most_rounds=5,
        ),
    }
    if threads > 1:
        tables["threads"] = _thread_table("train", threads, _batches(training))
    return tables


def kernels_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
    """Each kernel, with the loops that it is held against."""
    columns = [Column(name, SUBJECT, name.replace(" ", "_")) for name in KERNEL_COLUMNS]
    return {
        family: Table(family, "roofline", columns, {name: [family, name] for name in kernels})
        for family, kernels in FAMILIES.items()
    }


def ops_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
    """Operations on tensors of a megabyte, and losses made of some."""
    rows = [*CHAINS, *operations()]
    columns = _frameworks("operation", others)
    title = "Tensor operations, 1 MB: times, and how many times lanegrad's the other's are"
    return {"ops": Table(title, "ops", columns, {row: [row] for row in rows}, True)}


def written_tables(threads: int, others: Sequence[str], trial: bool = False) -> dict[str, Table]:
    """Training steps with a loss or a layer that is built in, and with one written by hand."""
    columns = [Column(form, SUBJECT, "train_written", (form,)) for form in FORMS]
    columns += [
        Column(f"{FRAMEWORKS[name]} {BY_HAND}", name, "train_written", (BY_HAND,))
        for name in others
    ]
    batch = 4 if trial else WRITTEN_BATCH
    rows = {part: [part, batch] for part in PARTS}
    return {"written": Table(f"Training step, batch {batch}", "comparison", columns, rows, True)}


def only(tables: dict[str, Table], word: str) -> dict[str, Table]:
    """Those rows whose names contain a word, and the tables that have some."""
    left = {
        name: replace(table, rows={row: args for row, args in table.rows.items() if word in row})
        for name, table in tables.items()
    }
    return {name: table for name, table in left.items() if table.rows}


# For each benchmark: its title, the frameworks that lanegrad may be compared with, and its tables.
BENCHMARKS = {
    "loss": (
        "Cross-entropy, mean over the rows (rows x classes, float32)",
        [name for name in OTHERS if name != "pytorch_channels_last"],
        loss_tables,
    ),
    "options": (
        "Cross-entropy with an option each (rows x classes, float32)",
        ["pytorch"],
        options_tables,
    ),
    "train": (
        "Training of small networks (zero_grad, forward, loss, backward, SGD step with momentum)",
        [*TORCH_LIKE, "tensorflow", "jax"],
        train_tables,
    ),
    "kernels": (
        "Kernels against the machine's peaks: multiply-adds in registers, and a copy of as many bytes",
        [],
        kernels_tables,
    ),
    "ops": (
        "Operations on tensors of 1 MB, each alone, and losses of several with their gradients",
        ["pytorch"],
        ops_tables,
    ),
    "written": (
        "Losses and layers written by hand in tensor operations, next to those that are built in",
        ["pytorch"],
        written_tables,
    ),
}


def _frameworks(function: str, others: Sequence[str]) -> list[Column]:
    return [Column(FRAMEWORKS[name], name, function) for name in (SUBJECT, *others)]


def _recorded_too(function: str, others: Sequence[str]) -> list[Column]:
    """lanegrad with a recorded step and without, and the others."""
    recorded, *rest = _frameworks(function, others)
    return [recorded, Column("op by op", SUBJECT, f"{function}_op_by_op"), *rest]


def _thread_table(function: str, threads: int, rows: dict[str, Sequence[Any]]) -> Table:
    counts = [1 << i for i in range(threads.bit_length()) if 1 << i < threads] + [threads]
    columns = [
        Column(f"{count} thread{'s' if count > 1 else ''}", SUBJECT, function, threads=count)
        for count in counts
    ]
    return Table("Threads: how many times as fast as one", "threads", columns, rows)


def _batches(batches: dict[str, list[int]]) -> dict[str, Sequence[Any]]:
    return {f"{net}, batch {n}": [net, n] for net, sizes in batches.items() for n in sizes}


def _rows(shapes: Sequence[tuple[int, int]]) -> dict[str, Sequence[Any]]:
    return {f"{rows} x {classes}": (rows, classes) for rows, classes in shapes}
