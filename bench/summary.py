"""What follows from the seconds of the turns: ratios, their means, shares of the bandwidth."""

import statistics
from collections.abc import Sequence
from typing import Any

from .kernels import FAMILIES, FMA_FLOPS, Kernel

KERNEL_COLUMNS = ["kernel", "fma loop", "copy loop"]

Seconds = dict[str, dict[str, list[float]]]  # by row and column, one number for each turn


def summarize(
    title: str,
    kind: str,
    columns: Sequence[str],
    seconds: Seconds,
    *,
    competitors: Sequence[str] = (),
    shapes: dict[str, list[int]] | None = None,
    notes: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A table of turns with all that follows from them, as it is printed, drawn and saved.

    Parameters
    ----------
    title, kind : str
        As in `Table`.
    columns : sequence of str
        The titles; times are compared with those of the first.
    seconds : dict
        For each row and each column that could do it, the seconds of a call in each turn.
    competitors : sequence of str
        The columns that belong to other frameworks.
    shapes : dict, optional
        The arguments of each row.
    notes : dict, optional
        Why a column lacks some of the rows.

    Returns
    -------
    dict
        The arguments; `ratios`, by column and row; `summary`, each column's `geometric mean` and
        `minimum` over the rows; `best`, for each column that is no competitor and by row, the ratio
        of the quickest competitor, where there are several; for a table of bandwidths `bandwidth`
        and for one of kernels `roofline`, by row.
    """
    subject, *others = columns
    ratios = {
        title: {
            row: median_ratio(turns[title], turns[subject])
            for row, turns in seconds.items()
            if title in turns
        }
        for title in others
    }
    table: dict[str, Any] = {
        "title": title,
        "kind": kind,
        "columns": list(columns),
        "competitors": list(competitors),
        "shapes": shapes or {},
        "seconds": seconds,
        "notes": notes or {},
        "ratios": ratios,
        "summary": {
            title: summary(list(by_row.values())) for title, by_row in ratios.items() if by_row
        },
    }
    if len(competitors) > 1:
        table["best"] = {
            title: {
                row: min(median_ratio(turns[c], turns[title]) for c in competitors if c in turns)
                for row, turns in seconds.items()
                if title in turns and any(c in turns for c in competitors)
            }
            for title in columns
            if title not in competitors
        }
    if kind == "roofline":
        fma = min(min(turns["fma loop"]) for turns in seconds.values())
        table["roofline"] = {
            row: roofline(turns, fma, FAMILIES[shape[0]][shape[1]])
            for (row, turns), shape in zip(seconds.items(), table["shapes"].values(), strict=True)
        }
    if kind == "bandwidth":
        table["bandwidth"] = {
            row: bandwidth(turns, columns, *table["shapes"][row]) for row, turns in seconds.items()
        }
    return table


def median_ratio(turns: Sequence[float], base: Sequence[float]) -> float:
    """The median over the rounds of what one column took as a multiple of another.

    The machine's speed drifts; within a round it is nearly the same for all.
    """
    return statistics.median(a / b for a, b in zip(turns, base, strict=True))


def summary(ratios: Sequence[float]) -> dict[str, float]:
    """The geometric mean and the minimum."""
    return {"geometric mean": statistics.geometric_mean(ratios), "minimum": min(ratios)}


def spread(turns: Sequence[float]) -> float:
    """Half the distance between the quartiles as a share of the median."""
    if len(turns) < 2:
        return 0.0
    low, median, high = statistics.quantiles(turns, n=4)
    return (high - low) / 2 / median


def bandwidth(
    turns: dict[str, list[float]], columns: Sequence[str], rows: int, classes: int
) -> dict[str, float]:
    """Gigabytes per second of each column where each float is read once and written once, and the
    share that each kernel reaches of the loop in the column after it.
    """
    size = 2 * 4 * rows * classes
    figures = {"megabytes": size / 1e6}
    for kernel, loop in zip(columns[::2], columns[1::2], strict=True):
        for title in (kernel, loop):
            figures[title] = size / statistics.median(turns[title]) / 1e9
        figures[f"{kernel} / {loop}"] = median_ratio(turns[loop], turns[kernel])
    return figures


def roofline(turns: dict[str, list[float]], fma: float, kernel: Kernel) -> dict[str, Any]:
    """What a kernel reaches of the loop that takes longer for the kernel's work: the one of
    multiply-adds for as many flops, or the one that copies as many bytes; and which of them that is.

    All from the quickest turns, since a peak is what the machine does undisturbed. `fma` is that of
    the loop of multiply-adds on all rows, which does the same on each.
    """
    seconds, copy = min(turns["kernel"]), min(turns["copy loop"])
    computing, size = kernel.flops / FMA_FLOPS * fma, 4 * kernel.moved
    return {
        "flops": kernel.flops,
        "bytes": size,
        "microseconds": seconds * 1e6,
        "GFLOP/s": kernel.flops / seconds / 1e9,
        "GB/s": size / seconds / 1e9,
        "fma loop": FMA_FLOPS / fma / 1e9,
        "copy loop": size / copy / 1e9,
        "bound": "fma" if computing > copy else "copy",
        "share": max(computing, copy) / seconds,
    }
