"""Files that comments and documents name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("csrc", "pyx", "pkg", "bench", "docs", "tests")
KINDS = {".c", ".h", ".def", ".pyx", ".pxi", ".py", ".md"}
FILES = sorted(
    path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS
)
FILES += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "setup.py")]
THERE = {f"/{path.relative_to(ROOT)}" for path in FILES}
ELSEWHERE = {
    "kernels.pxi",
    "bindings.pxi",
    "Python.h",
    "_tpl.h",
}  # generated, a system's, an ending
NAME = re.compile(r"(?<![\w.<>/-])[\w/]*\w\.(?:c|h|def|pyx|pxi)\b(?![\w(=])")


def comments(path):
    """What is said in a file: comments and docstrings; of a document, everything."""
    text = path.read_text()
    if path.suffix == ".md":
        return text
    if path.suffix in (".c", ".h", ".def"):
        return "\n".join(re.findall(r"/\*.*?\*/", text, re.DOTALL))
    return "\n".join(re.findall(r'"""(?:.|\n)*?"""|#.*', text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(path):
    for name in NAME.findall(comments(path)):
        found = name in ELSEWHERE or any(there.endswith(f"/{name}") for there in THERE)
        assert found, f"{path.name} names {name}"
