"""CONTRIBUTING.md names the files that an activation is in, which are all that there are."""

import re
from pathlib import Path

import pytest

from activations import ACTIVATIONS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SAMPLE = "silu"
WRITTEN = "pkg/lanegrad/_core.pyi"  # by csrc/generate.py


def listed(heading):
    """The files that a list of CONTRIBUTING.md names."""
    part = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    items = re.findall(r"^\d\. `([^`]+)`", part, re.MULTILINE)
    assert len(items) == len(re.findall(r"^\d\. ", part, re.MULTILINE))
    return items


def files_with(word, folder):
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".c", ".h", ".def", ".py", ".pyi", ".pyx", ".pxi"}
        and re.search(rf"(?i)\b(v_)?{word}(_slope|_backward)?\b", path.read_text())
    }


def test_an_activation_is_where_the_list_says():
    assert SAMPLE in ACTIVATIONS
    items = listed("Adding an activation")
    assert len(items) <= 8
    found = set().union(*(files_with(SAMPLE, folder) for folder in ("csrc", "pyx", "pkg", "bench")))
    assert {name for name in items if not name.startswith("tests/")} | {WRITTEN} == found
    tests = {name for name in items if name.startswith("tests/")}
    assert tests
    assert tests <= files_with(SAMPLE, "tests")


def test_the_list_is_right_for_each_activation():
    always = {WRITTEN} | {
        f"{folder}/{name}"
        for folder, name in [
            ("csrc", "ops.def"),
            ("csrc/kernels", "activation.c"),
            ("pkg/lanegrad/nn/functional", "activation.py"),
        ]
    }
    assert always - {WRITTEN} <= {*listed("Adding an activation")}
    for name in ACTIVATIONS:
        assert always <= files_with(name, "csrc") | files_with(name, "pkg")


@pytest.mark.parametrize("heading", ["Adding an activation", "Adding another operation"])
def test_what_is_listed_is_there(heading):
    for name in listed(heading):
        path = re.sub(r"/?<\w+>.*", "", name)
        assert (ROOT / path).exists(), name
