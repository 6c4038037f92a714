"""A table as text: of a network's layers, and of what the command line shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(rows: Iterable[Sequence[Any]]) -> list[str]:
    """Rows as lines, the first column to the left.

    Examples
    --------
    >>> print("\\n".join(table([["class", "images"], ["cat", 3]])))
    class  images
    cat         3
    """
    texts = [[str(cell) for cell in row] for row in rows]
    first, *others = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return [
        "  ".join([name.ljust(first), *map(str.rjust, cells, others)]) for name, *cells in texts
    ]
