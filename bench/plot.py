"""Pictures of a result: how many times as long as lanegrad the others take, by shape."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which also the colour-blind tell apart; markers tell them apart in print.
STYLES = [
    ("#E69F00", "o"),
    ("#D55E00", "s"),
    ("#CC79A7", "D"),
    ("#009E73", "^"),
    ("#0072B2", "v"),
    ("#56B4E9", "P"),
]
TICKS = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
TIMES = "\N{MULTIPLICATION SIGN}"
MIN_WIDTH = 7.0  # inches


def require_matplotlib() -> None:
    """Exit with a message that says what to install where Matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise SystemExit(
            f'drawing needs Matplotlib ({error}): pip install "lanegrad[bench]"'
        ) from error


def draw(result: dict[str, Any], prefix: Path) -> None:
    """Write ``prefix.png`` and ``prefix.svg``, a panel for each table with competitors.

    Parameters
    ----------
    result : dict
        What `measure` returned, or a file that was saved with ``--json``.
    prefix : path
        The pictures' path without ``.png`` and ``.svg``.
    """
    require_matplotlib()
    import matplotlib
    from matplotlib.figure import Figure

    tables = [t for t in result.get("tables", {}).values() if _drawn(t)]
    if not tables:
        raise SystemExit("this result compares lanegrad with nothing: there is nothing to draw")
    titles = list(dict.fromkeys(title for table in tables for title in _drawn(table)))
    styles = dict(zip(titles, STYLES * len(titles), strict=False))

    rows = max(len(table["seconds"]) for table in tables)
    size = (max(MIN_WIDTH, 1.5 + 0.75 * rows), 1.7 + 3.0 * len(tables))
    figure = Figure(size, layout="constrained")
    panels = figure.subplots(len(tables), squeeze=False)[:, 0]
    for panel, table in zip(panels, tables, strict=True):
        _draw_panel(panel, table, styles)
    handles = {}
    for panel in panels:
        lines, labels = panel.get_legend_handles_labels()
        handles |= dict(zip(labels, lines, strict=True))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False
    )
    figure.suptitle(f"{_wrapped(result['title'])}\n{_wrapped(_where(result))}", fontsize="medium")
    # The same result gives the same file: no date, no random names.
    with matplotlib.rc_context({"svg.hashsalt": "lanegrad"}):
        figure.savefig(f"{prefix}.svg", metadata={"Date": None})
    figure.savefig(f"{prefix}.png", dpi=150)


def _where(result: dict[str, Any]) -> str:
    threads = result.get("threads")
    count = f", {threads} thread{'s' if threads > 1 else ''}" if threads else ""
    return result["machine"] + count


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 90)


def _drawn(table: dict[str, Any]) -> list[str]:
    """The columns of a table that are drawn."""
    if table["kind"] != "comparison":
        return []
    return [title for title in table["competitors"] if table["ratios"][title]]


def _group(row: str) -> str:
    """The network of "Net, batch 4"; nothing where rows are sizes alone."""
    return row.rpartition(", ")[0]


def _draw_panel(panel: "Axes", table: dict[str, Any], styles: dict[str, tuple[str, str]]) -> None:
    rows = list(table["seconds"])
    highest, lowest = 1.0, 1.0
    for title in _drawn(table):
        ratios = table["ratios"][title]
        places = [i for i, row in enumerate(rows) if row in ratios]
        heights = [ratios[rows[i]] for i in places]
        highest, lowest = max(highest, *heights), min(lowest, *heights)
        colour, marker = styles[title]
        # A line for each network: between two of them there is nothing to read.
        for group in dict.fromkeys(map(_group, rows)):
            of_group = [i for i, place in enumerate(places) if _group(rows[place]) == group]
            panel.plot(
                [places[i] for i in of_group],
                [heights[i] for i in of_group],
                color=colour,
                marker=marker,
                markeredgecolor="white",
                markersize=7,
                linewidth=1.2,
                label=title,
                clip_on=False,
            )
    subject = table["columns"][0]
    panel.axhline(1, color="black", linewidth=1.4, zorder=1, clip_on=False)
    panel.axhspan(min(lowest, 1) / 10, 1, color="#f2f2f2", zorder=0)  # where lanegrad is slower
    panel.annotate(
        f" {subject}", (1, 1), xycoords=("axes fraction", "data"), va="center", fontsize="small"
    )
    panel.set_title(table["title"], loc="left", fontsize="medium", fontweight="bold")
    panel.set_ylabel(f"time / {subject}'s")
    names = [row.replace(" x ", f" {TIMES} ") for row in rows]
    panel.set_xticks(range(len(rows)), names, rotation=30, ha="right", rotation_mode="anchor")
    panel.set_xlim(-0.4, len(rows) - 0.6)
    panel.set_yscale("log")
    # One tick below the lowest ratio and one above the highest, so that the axis ends on numbers.
    first = max(i for i, tick in enumerate(TICKS) if tick <= lowest or i == 0)
    last = min(i for i, tick in enumerate(TICKS) if tick >= highest or i == len(TICKS) - 1)
    ticks = TICKS[first : max(last, first + 1) + 1]
    panel.set_ylim(min(ticks[0], lowest), max(ticks[-1], highest))
    panel.set_yticks(ticks, [f"{tick:g}{TIMES}" for tick in ticks])
    panel.minorticks_off()
    panel.grid(axis="y", color="#dddddd", linewidth=0.8)
    panel.set_axisbelow(True)
    panel.tick_params(length=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
