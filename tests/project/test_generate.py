"""What is generated of the list of kernels: it is complete, and what says too little does not build."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

CSRC = Path(__file__).resolve().parents[2] / "csrc"
OPS, HEADER = (CSRC / "ops.def").read_text(), (CSRC / "kernels.h").read_text()


def load(path):
    spec = importlib.util.spec_from_file_location("generate", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


generate = load(CSRC / "generate.py")
KERNELS, STRUCTS, CONSTANTS = generate.load()
CALLS = "\n".join(generate.calls())
PXI = "\n".join(generate.pxi())


def test_the_kernels_are_those_of_the_list():
    listed = re.findall(r"^OP\((\w+),", OPS, re.MULTILINE)
    assert [kernel.name for kernel in KERNELS] == listed
    assert len(set(listed)) == len(listed)
    assert {kernel.trait for kernel in KERNELS} == set(generate.TRAITS)


@pytest.mark.parametrize(
    "line",
    [
        "OP(relu, (const float *x, ptrdiff_t size, OUT float *y))",
        "OP(relu, PLANES, (const float *x, ptrdiff_t size, OUT float *y))",
        "OP(relu, elements, (const float *x, ptrdiff_t size, OUT float *y))",
    ],
)
def test_a_kernel_without_a_trait_is_an_error(line):
    with pytest.raises(generate.Malformed, match="a kernel has one of ELEMENTS, IMAGES, WHOLE"):
        generate.read_kernels(line)


@pytest.mark.parametrize("trait", [trait for trait in generate.TRAITS if trait != "AT_ONCE"])
@pytest.mark.parametrize("pointer", ["float *y", "int64_t *y", "uint8_t *y", "double *y"])
def test_a_pointer_without_a_role_is_an_error(trait, pointer):
    line = f"OP(relu, {trait}, (const float *x, ptrdiff_t size, {{}}{pointer}))"
    with pytest.raises(generate.Malformed, match="pointer y has no role"):
        generate.read_kernels(line.format(""))
    (kernel,) = generate.read_kernels(line.format("OUT "))
    assert [argument.role for argument in kernel.arguments] == ["IN", "", "OUT"]


def test_a_pointer_of_a_struct_without_a_role_is_an_error():
    text = "typedef struct lg_thing {\n    const float *x;\n    %sfloat *y;\n} lg_thing;\n"
    with pytest.raises(generate.Malformed, match="pointer y has no role"):
        generate.read_structs(text % "")
    assert [f.role for f in generate.read_structs(text % "INOUT ")[0]["lg_thing"]] == [
        "IN",
        "INOUT",
    ]


@pytest.mark.parametrize("argument", ["wchar_t", "unsigned x", "float (*f)(void)", "struct a *b"])
def test_an_argument_that_cannot_be_read_is_an_error(argument):
    with pytest.raises((generate.Malformed, AttributeError)):
        generate.read_kernels(f"OP(relu, WHOLE, ({argument}))")


def test_structs_for_cython_are_those_of_the_header():
    text = generate.without_comments(HEADER)
    bodies = dict(re.findall(r"typedef struct (lg_\w+) \{(.*?)\} \1;", text, flags=re.DOTALL))
    bodies.pop("lg_kernels", None)
    assert set(STRUCTS) == set(bodies)
    for name, body in bodies.items():
        wanted = [
            re.sub(r"\[.*", "", variable).strip().split()[-1].strip("*")
            for declaration in filter(None, map(str.strip, body.split(";")))
            for variable in declaration.split(",")
        ]
        assert [field.name for field in STRUCTS[name]] == wanted
        declared = re.search(rf"ctypedef struct {name}:\n((?:        .*\n?)+)", PXI)[1].splitlines()
        assert len(declared) == len(wanted)
        for line, field in zip(declared, wanted, strict=True):
            assert re.search(rf"[ *]{field}(\[\d+\])?$", line)


def test_each_kernel_has_its_note_and_what_is_known_of_it():
    for table, prefix in (("lg_noting", "note"), ("lg_at_once", "at_once")):
        entries = re.search(rf"const lg_kernels {table} = {{(.*?)}};", CALLS, re.DOTALL)[1]
        found = dict(re.findall(r"\.(\w+) = (\w+),", entries))
        assert set(found) == {kernel.name for kernel in KERNELS}
        for kernel in KERNELS:
            kind = "at_once" if kernel.trait == "AT_ONCE" else prefix
            assert found[kernel.name] == f"{kind}_{kernel.name}"
            assert f"static void {found[kernel.name]}(" in CALLS


def pointers_of(kernel):
    """Pointers to data, those of structs included: names and roles; then those of the rows of a table."""
    found, rows = [], []
    for argument, following in zip(kernel.arguments, [*kernel.arguments[1:], None], strict=True):
        if argument.kind not in STRUCTS:
            found += [(argument.name, argument.role)] if argument.stars else []
            continue
        table = following is not None and following.name == "count"
        into = rows if table else found
        for field in STRUCTS[argument.kind]:
            if field.stars:
                into += [(field.name, field.role)] * (field.length or 1)
    return found, rows


@pytest.mark.parametrize(
    "kernel", [k for k in KERNELS if k.trait != "AT_ONCE"], ids=lambda k: k.name
)
def test_each_pointer_has_its_role(kernel):
    found, rows = pointers_of(kernel)
    for prefix, wanted in (("pointers", found), ("row_pointers", rows)):
        items = re.search(rf"lg_pointer {prefix}_{kernel.name}\[\] = {{(.*?)}};", CALLS)[1]
        listed = re.findall(r"offsetof\(\w+, ([\w.\[\]]+)\), (LG_\w+)", items)
        names = [re.sub(r"\[\d+\]", "", place).rpartition(".")[2] for place, _ in listed]
        roles = [role.removeprefix("LG_") for _, role in listed]
        assert list(zip(names, roles, strict=True)) == [w for w in wanted if w[1] != "VERDICT"]


def check(tree):
    """Whether a copy of the sources' calls.c is right C, with what is generated there."""
    module = load(tree / "generate.py")
    (tree / "calls.inc").write_text("\n".join(module.calls()) + "\n")
    includes = [tree, sysconfig.get_paths()["include"], sysconfig.get_paths()["platinclude"]]
    build = (CSRC.parent / "setup.py").read_text()
    assigned = re.findall(r"^(?:C_FLAGS|WARNINGS) \+?= (\[.*\])$", build, re.MULTILINE)
    flags = [flag for items in assigned for flag in ast.literal_eval(items)]
    assert "-std=c11" in flags
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    assert compiler, "there is no C compiler"
    return subprocess.run(
        [compiler, "-fsyntax-only", *flags, *(f"-I{path}" for path in includes),
         str(tree / "record" / "calls.c")],
        capture_output=True,
        text=True,
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    shutil.copytree(CSRC, tmp_path / "csrc")
    yield tmp_path / "csrc"
    load(CSRC / "generate.py")


def test_the_sources_compile(tree):
    done = check(tree)
    assert done.returncode == 0, done.stderr


IMAGES = [kernel.name for kernel in KERNELS if kernel.trait == "IMAGES"]


@pytest.mark.parametrize("name", IMAGES)
def test_a_kernel_of_images_without_a_rule_does_not_compile(tree, name):
    path = tree / "record" / "split.h"
    text = path.read_text()
    by_macro = re.sub(rf"^[A-Z_]+\({name}[,)].*\n", "", text, count=1, flags=re.MULTILINE)
    by_hand = re.sub(
        rf"^(static int )split_{name}\(", r"\1other_than(", text, count=1, flags=re.MULTILINE
    )
    changed = by_macro if by_macro != text else by_hand
    assert changed != text
    path.write_text(changed)
    done = check(tree)
    assert done.returncode != 0
    assert f"split_{name}" in done.stderr


def test_a_new_kernel_of_images_does_not_compile_without_a_rule(tree):
    path = tree / "ops.def"
    path.write_text(path.read_text() + "OP(new_kernel, IMAGES, (const float *x, OUT float *y))\n")
    done = check(tree)
    assert done.returncode != 0
    assert "split_new_kernel" in done.stderr
