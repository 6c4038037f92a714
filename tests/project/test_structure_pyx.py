"""The files of pyx/ say which others they use, and those stand above them in _core.pyx."""

import re
from pathlib import Path

import pytest

PYX = Path(__file__).resolve().parents[2] / "pyx"
CORE = (PYX / "_core.pyx").read_text()
FILES = re.findall(r'^include "(\w+(?:/\w+)?)\.pxi"', CORE, re.MULTILINE)
GENERATED = {"kernels", "bindings"}  # of csrc/ops.def
FOLDERS = ["record", "shared", "kernels", "tensors"]  # from the bottom up; then what stands in none


def without_texts(source):
    """The code, without comments and strings but for what f-strings compute."""
    source = re.sub(r'"""(?:.|\n)*?"""', '""', source)
    source = re.sub(
        r'f"((?:[^"\\\n]|\\.)*)"', lambda m: " ".join(re.findall(r"\{([^{}]*)\}", m[1])), source
    )
    return re.sub(r'#.*|"(?:[^"\\\n]|\\.)*"', "", source)


def defined(code):
    """What a file defines for others: functions, classes, constants, variables and what C headers declare."""
    found, inside = set(), ""
    for line in code.splitlines():
        if re.match(r"cdef (extern|enum)\b", line):
            inside = "extern" if "extern" in line else "enum"
            continue
        if line and not line[0].isspace():
            inside = ""
        if inside == "enum":
            found |= set(re.findall(r"^\s+(\w+)", line))
        elif inside == "extern":
            found |= set(re.findall(r"^    (?:ctypedef|cdef) (?:struct|enum) (\w+)|$", line))
            found |= set(re.findall(r"^    (?!ctypedef|cdef|enum)\S.*?(\w+)(?:\(.*\).*)?$", line))
        elif re.match(r"(cdef|cpdef|def|class|ctypedef)\b", line):
            if match := re.match(r"(?:cdef )?class (\w+)|.*?(\w+)\(|ctypedef .*\(\*(\w+)\)", line):
                found.add(next(filter(None, match.groups())))
            if match := re.match(r"ctypedef .*?\(\*(\w+)\)", line):
                found.add(match[1])
            elif "(" not in line.split("=")[0]:
                names = re.sub(r"\[[^\]]*\]", "", line.split("=")[0]).split(",")
                found |= {name.split()[-1].strip("*:") for name in names}
        elif re.match(r"\w+(, \w+)* =", line):
            found |= set(re.findall(r"\w+", line.split("=")[0]))
    return {name for name in found if name}


def local(code):
    """Names that a file has for itself: arguments, methods, fields and variables of functions."""
    found = set()
    for arguments in re.findall(
        r"^\s*(?:cdef|def|ctypedef)\b[^(\n=]*\(([^)]*)\)", code, re.MULTILINE
    ):
        found |= {
            re.split(r"=", part)[0].split()[-1].strip("*")
            for part in arguments.split(",")
            if part.split()
        }
    found |= set(re.findall(r"^\s+(?:cdef|def)\b[^(\n=]*?(\w+)\(", code, re.MULTILINE))
    for names in re.findall(r"^\s+cdef ([^(\n=]*)(?:=.*)?$", code, re.MULTILINE):
        for part in re.sub(r"\[[^\]]*\]", "", names).split(","):
            if words := re.findall(r"\w+", part.split("=")[0]):
                found.add(words[-1])
    found |= set(re.findall(r"^\s+(?:[\w*]+ )+\**(\w+)(?:\[\w*\])?$", code, re.MULTILINE))
    found |= set(re.findall(r"\bfor (\w+) in", code))
    for names in re.findall(r"^\s+(\w+(?:, \w+)*) = ", code, re.MULTILINE):
        found |= set(re.findall(r"\w+", names))
    return found


CODE = {
    name: without_texts((PYX / f"{name}.pxi").read_text())
    for name in FILES
    if name not in GENERATED
}
DEFINED = {name: defined(code) for name, code in CODE.items()}


def used(name):
    """The files that one uses."""
    code = CODE[name]
    words = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*(?!\w*\s*=[^=])", code)) | set(
        re.findall(r"(?<=>)[A-Za-z_]\w*", code)
    )
    shared = re.findall(r"\w+", " ".join(re.findall(r"^\s+global (.*)", code, re.MULTILINE)))
    words -= DEFINED[name] | (local(code) - set(shared))
    words |= set(shared) - DEFINED[name]
    return [other for other in CODE if other != name and DEFINED[other] & words]


def said(name):
    text = (PYX / f"{name}.pxi").read_text()
    lines = re.search(r"^# Uses: ((?:.|\n#)*?)\.$", text, re.MULTILINE)
    return re.findall(r"[\w/]+", lines[1].replace("#", "")) if lines else []


def test_there_is_one_list_of_files():
    there = {str(path.relative_to(PYX).with_suffix("")) for path in PYX.rglob("*.pxi")}
    assert there == set(FILES) - GENERATED
    assert len(FILES) == len(set(FILES))
    folders = [
        name.partition("/")[0] if "/" in name else "" for name in FILES if name not in GENERATED
    ]
    assert list(dict.fromkeys(folders)) == [*FOLDERS, ""]
    assert folders == sorted(folders, key=[*FOLDERS, ""].index)


@pytest.mark.parametrize("name", CODE)
def test_a_file_says_what_it_uses(name):
    assert said(name) == used(name)


@pytest.mark.parametrize("name", CODE)
def test_a_file_uses_what_stands_above_it(name):
    for other in used(name):
        words = DEFINED[other] & set(re.findall(r"\w+", CODE[name]))
        assert FILES.index(other) < FILES.index(name), f"{name} uses {words} of {other}"


def test_names_are_defined_once():
    seen = {}
    for name, names in DEFINED.items():
        for word in names:
            assert seen.setdefault(word, name) == name, f"{word} is in {seen[word]} and {name}"


def test_the_rule_sees_what_it_should():
    assert {"Storage", "take_memory", "KEEP", "new_ndarray", "kept"} <= DEFINED["record/memory"]
    assert {"CallList", "begin", "lg_mine", "deferred", "forking_thread"} <= DEFINED["record/lists"]
    assert {"Node", "BaseTensor", "record_op"} <= DEFINED["tensors/tape"]
    assert {"shared/kinds", "shared/options", "kernels/lanes"} <= set(used("kernels/conv2d"))
    assert "kernels/lanes" in used("tensors/ops")
    assert "shared/arrays" not in used("record/plans")


@pytest.mark.parametrize("name", [*(f"{name}.pxi" for name in CODE), "_core.pyx"])
def test_lines_and_files_are_short(name):
    lines = (PYX / name).read_text().splitlines()
    assert len(lines) <= 450
    assert max(map(len, lines)) <= 110, [i + 1 for i, line in enumerate(lines) if len(line) > 110]
