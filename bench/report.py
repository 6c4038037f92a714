"""Results as text: a few lines on what ran where, then Markdown tables."""

import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from .summary import spread

SPREAD = "median of the rounds ± half the distance between the quartiles"
UNITS = {"microseconds": 1e-6, "milliseconds": 1e-3, "seconds": 1.0}


def report(result: dict[str, Any]) -> str:
    """All tables of a result of `measure` or of `compare_imports`."""
    lines = [result["title"], f"machine: {result['machine']}"]
    if "threads" in result:
        lines.append(f"threads: {result['threads']}")
    if result.get("others") is not None:
        lines.append(f"other processes meanwhile: {result['others']:.2f} cores")
    lines += [f"{title}: {about}" for title, about in result.get("frameworks", {}).items()]
    lines += [f"{title}: not here ({why})" for title, why in result.get("missing", {}).items()]
    for table in result["tables"].values():
        lines += ["", *TABLES[table["kind"]](table)]
        if table.get("best"):
            lines += ["", *_best(table)]
        lines += [f"{title}: n/a ({why})" for title, why in table["notes"].items()]
    return "\n".join(lines)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in (header, *rows)
    ]
    rule = ["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]
    head, *body = (f"| {' | '.join(cells)} |" for cells in lines)
    return [head, f"|{'|'.join(rule)}|", *body]


def _comparison(table: dict[str, Any]) -> Iterator[str]:
    columns, seconds, ratios = table["columns"], table["seconds"], table["ratios"]
    unit = _unit(seconds)
    yield f"{table['title']} ({unit}, {SPREAD})"
    yield ""
    yield from markdown(
        ["", *columns],
        [
            [row, *(_time(turns.get(title), unit) for title in columns)]
            for row, turns in seconds.items()
        ],
    )
    if not ratios:
        return
    yield ""
    yield f"{table['title']} (times divided by those of {columns[0]})"
    yield ""
    rows = [[row, *(_ratio(ratios[title].get(row)) for title in ratios)] for row in seconds]
    if len(rows) > 1:
        rows += [
            [name, *(_ratio(table["summary"].get(title, {}).get(name)) for title in ratios)]
            for name in ("geometric mean", "minimum")
        ]
    yield from markdown(["", *ratios], rows)


def _best(table: dict[str, Any]) -> Iterator[str]:
    yield f"{table['title']} (the quickest other's times divided by those of lanegrad)"
    yield ""
    best = table["best"]
    rows = [[row, *(_ratio(best[title].get(row)) for title in best)] for row in table["seconds"]]
    yield from markdown(["", *best], rows)


def _memory(table: dict[str, Any]) -> Iterator[str]:
    yield f"{table['title']} (megabytes, each in a process of its own)"
    yield ""
    rows = [
        [
            row,
            *(
                f"{peaks[title] / 1e6:,.0f}" if title in peaks else "n/a"
                for title in table["columns"]
            ),
        ]
        for row, peaks in table["bytes"].items()
    ]
    yield from markdown(["", *table["columns"]], rows)


def _bandwidth(table: dict[str, Any]) -> Iterator[str]:
    yield table["title"]
    yield ""
    header = list(next(iter(table["bandwidth"].values())))
    rows = [
        [
            row,
            *(
                f"{100 * figure:.0f} %" if " / " in name else f"{figure:,.1f}"
                for name, figure in figures.items()
            ),
        ]
        for row, figures in table["bandwidth"].items()
    ]
    yield from markdown(["", *("MB" if name == "megabytes" else name for name in header)], rows)


def _roofline(table: dict[str, Any]) -> Iterator[str]:
    yield table["title"]
    yield ""
    figures = ("microseconds", "GFLOP/s", "GB/s", "fma loop", "copy loop")
    rows = [
        [
            row,
            _figure(kernel["flops"] / 1e6),
            _figure(kernel["bytes"] / 1e6),
            *(_figure(kernel[name]) for name in figures),
            kernel["bound"],
            f"{100 * kernel['share']:.0f} %",
        ]
        for row, kernel in table["roofline"].items()
    ]
    yield from markdown(["", "MFLOP", "MB", *figures, "bound", "share"], rows)


def _threads(table: dict[str, Any]) -> Iterator[str]:
    first, *others = table["columns"]
    unit = _unit(table["seconds"])
    yield f"{table['title']} (and {unit}, {SPREAD})"
    yield ""
    rows = [
        [row, _time(turns[first], unit)]
        + [
            cell
            for title in others
            for cell in (_time(turns[title], unit), _speedup(table, title, row))
        ]
        for row, turns in table["seconds"].items()
    ]
    yield from markdown(
        ["", first, *(name for title in others for name in (title, "faster"))], rows
    )


def _ops(table: dict[str, Any]) -> Iterator[str]:
    """One line for each row, the worst last."""
    columns, seconds, ratios = table["columns"], table["seconds"], table["ratios"]
    yield f"{table['title']} (microseconds, {SPREAD})"
    yield ""
    rows = [
        [
            f"`{row}`",
            *(_time(turns.get(title)) for title in columns),
            *(_ratio(ratios[title].get(row)) for title in ratios),
        ]
        for row, turns in seconds.items()
    ]
    if ratios:
        order = dict(zip(seconds, rows, strict=True))
        rows = [order[row] for row in sorted(seconds, key=lambda row: -_least(ratios, row))]
        blank = [""] * len(columns)
        for name in ("geometric mean", "minimum"):
            rows.append([name, *blank, *(_ratio(table["summary"][t][name]) for t in ratios)])
        counts = (sum(ratio >= 1 for ratio in ratios[title].values()) for title in ratios)
        rows.append(["1 or more", *blank, *(f"{count} of {len(seconds)}" for count in counts)])
    yield from markdown(["", *columns, *(f"{title} / {columns[0]}" for title in ratios)], rows)


def _least(ratios: dict[str, dict[str, float]], row: str) -> float:
    return min(by_row.get(row, 0.0) for by_row in ratios.values())


def _speedup(table: dict[str, Any], title: str, row: str) -> str:
    return _ratio(1 / table["ratios"][title][row])


def _variants(table: dict[str, Any]) -> Iterator[str]:
    plain, *others = table["columns"]
    yield table["title"]
    yield ""
    seconds, ratios = table["seconds"], table["ratios"]
    rows = [[plain, *(cell for turns in seconds.values() for cell in (_time(turns[plain]), ""))]]
    rows += [
        [
            title,
            *(
                cell
                for row, turns in seconds.items()
                for cell in (_time(turns.get(title)), _ratio(ratios[title].get(row)))
            ),
        ]
        for title in others
        if ratios[title]
    ]
    yield from markdown(["", *(cell for row in seconds for cell in (row, "/ plain"))], rows)


TABLES = {
    "comparison": _comparison,
    "bandwidth": _bandwidth,
    "threads": _threads,
    "variants": _variants,
    "ops": _ops,
    "memory": _memory,
    "roofline": _roofline,
}


def _unit(seconds: dict[str, dict[str, list[float]]]) -> str:
    """The largest unit in which no time is below 0.1."""
    least = min(statistics.median(t) for turns in seconds.values() for t in turns.values())
    return next((name for name in reversed(UNITS) if least >= UNITS[name] / 10), "microseconds")


def _time(turns: Sequence[float] | None, unit: str = "microseconds") -> str:
    if not turns:
        return "n/a"
    time = statistics.median(turns) / UNITS[unit]
    digits = 0 if time >= 1000 else 1 if unit == "microseconds" else 2
    return f"{time:,.{digits}f} ±{100 * spread(turns):.0f} %"


def _ratio(ratio: float | None) -> str:
    return "n/a" if ratio is None else f"{ratio:.2f}x"


def _figure(number: float) -> str:
    return f"{number:,.{0 if number >= 100 else 1 if number >= 10 else 2}f}"
