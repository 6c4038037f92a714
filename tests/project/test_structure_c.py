"""Includes of the C sources run downward, and each family of kernels keeps to itself."""

import re
from pathlib import Path

import pytest

CSRC = Path(__file__).resolve().parents[2] / "csrc"
FILES = sorted(
    str(p.relative_to(CSRC)) for p in CSRC.rglob("*") if p.suffix in (".c", ".h", ".def")
)

# From the bottom up. A file may include what stands below its own line, and its own family.
LAYERS = [
    ["integers.h", "isa.def", "ops.def"],
    ["kernels.h", "parallel.h"],
    ["simd"],
    ["kernels/vectors.h", "kernels/rows"],
    ["kernels"],
    ["record/record.h"],
    ["record"],
    ["parallel.c", "table.c", "dispatch.c"],
]
GENERATED = {"calls.inc"}


def level(name):
    """The place of a file: of the longest entry that it is in."""
    fits = [
        (len(entry), i)
        for i, layer in enumerate(LAYERS)
        for entry in layer
        if name == entry or name.startswith(entry + "/")
    ]
    return max(fits)[1] if fits else None


def family(name):
    """The folder of a family of kernels, of headers for one purpose, or of what records."""
    return str(Path(name).parent) if "/" in name else name


def includes(name):
    """The project's files that a file includes: beside it, or below csrc/."""
    for path in re.findall(r'^#include "([^"]+)"', (CSRC / name).read_text(), re.MULTILINE):
        if path in GENERATED:
            continue
        assert ".." not in path, f"{name} includes {path}: paths are those below csrc/"
        beside = Path(name).parent / path
        yield str(beside) if (CSRC / beside).exists() else path


@pytest.mark.parametrize("name", FILES)
def test_includes_run_downward(name):
    mine = level(name)
    assert mine is not None, f"{name} has no layer: say in LAYERS where it belongs"
    for other in includes(name):
        assert (CSRC / other).exists(), f"{name} includes {other}"
        assert level(other) < mine or family(other) == family(name), f"{name} includes {other}"


def test_no_file_includes_itself_through_others():
    below = {name: set(includes(name)) for name in FILES}
    for _ in FILES:
        below = {
            name: found.union(*(below[other] for other in found)) for name, found in below.items()
        }
    assert not [name for name in FILES if name in below[name]]


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("kernels/")])
def test_families_of_kernels_do_not_know_each_other(name):
    for other in includes(name):
        if other.startswith("kernels/") and other.count("/") == 2:
            assert family(other) in (family(name), "kernels/rows"), f"{name} includes {other}"


@pytest.mark.parametrize("name", FILES)
def test_files_open_with_what_they_are_and_stay_small(name):
    text = (CSRC / name).read_text()
    assert text.startswith("/* ")
    assert len(text.splitlines()) <= 400
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".h")])
def test_guards_have_the_name_of_their_file(name):
    text = (CSRC / name).read_text()
    guards = re.findall(r"^#ifndef (LG_\w+_H)\n#define \1$", text, re.MULTILINE)
    wanted = "LG_" + re.sub(r"\W", "_", name.removeprefix("kernels/").upper())
    assert guards in ([], [wanted]), f"{name}: {wanted}"


def test_static_functions_have_no_prefix_of_their_own():
    """lg_ is for what is linked from elsewhere, and for the types and constants of the common headers."""
    for name in FILES:
        text = (CSRC / name).read_text()
        found = re.findall(
            r"^(?:static|SPECIALIZE|V_INLINE|V_CALL)\b[^(=;]*?\b(lg_\w+)\(", text, re.MULTILINE
        )
        assert not found, f"{name}: {found}"
