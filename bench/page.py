"""Pages of the documentation whose tables come from a benchmark: what stands between two marks is
replaced by what the benchmark prints.
"""

from pathlib import Path


def update(page: Path, benchmark: str, text: str | None = None) -> None:
    """Put a benchmark's tables into a page; without `text` only see whether that can be done.

    Raises
    ------
    OSError, ValueError
        The page cannot be read, or the marks of this benchmark are not in it.
    """
    begin, end = f"<!-- {benchmark} -->\n", f"<!-- end of {benchmark} -->"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page} has no lines {begin.strip()} and {end}")
    if text is not None:
        page.write_text(f"{before}{begin}\n{_as_page(text)}\n\n{end}{after}")


def _as_page(text: str) -> str:
    """The report with its first lines, what ran where, as a list."""
    head, _, tables = text.partition("\n\n")
    _title, *facts = head.splitlines()
    return "\n".join(f"- {fact}" for fact in facts) + "\n\n" + tables
