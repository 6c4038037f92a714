"""Imports run downward from layer to layer, and files stay small."""

import ast
import re
from pathlib import Path

import pytest

import lanegrad

ROOT = Path(lanegrad.__file__).parent

OPS = [f"nn.{path.stem}" for path in sorted((ROOT / "nn").glob("_*.py"))]
OPS = [name for name in OPS if name not in ("nn.__init__", "nn._arguments", "nn._parameters")]

# From the bottom up. A module may import from the layers below its own and from its own package
# (nn, data, optim); others in the same line it must not know.
LAYERS = [
    ["_core"],
    ["_openmp"],
    ["planning", "compiling"],  # which know nothing of the package
    ["_convert", "random", "threads", "autograd"],
    ["ops", "config", "arithmetic", "_format"],
    ["elementwise", "indexing"],
    ["tensor"],
    ["creation", "joining", "nn._arguments"],
    OPS,
    ["nn.functional"],
    ["nn", "optim", "data"],
    ["models"],
    ["train"],
    ["cli"],
    ["__main__"],
]
ALLOWED_ABOVE = {
    ("config", "lanegrad"): "the version, read when show_config is called",
    ("cli", "lanegrad"): "the command line uses the top level as a user does",
    ("elementwise", "tensor"): "a name for type checkers, not imported when it runs",
}


def level(name):
    """The index of a module's layer; nn.module is of layer nn, nn.functional of its own."""
    while name:
        for i, names in enumerate(LAYERS):
            if name in names:
                return i
        name = name.rpartition(".")[0]
    return None


def modules():
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


def imports(name, path):
    """The modules of the package that a file imports, without the prefix "lanegrad."."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = ["lanegrad", *filter(None, package)]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *filter(None, [node.module])])
            found = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in found:
            if target.split(".")[0] != "lanegrad":
                continue
            parts = target.split(".")[1:]
            while parts and not exists(parts):
                parts.pop()  # a name in a module, not a module
            yield ".".join(parts) or "lanegrad"


def exists(parts):
    path = ROOT.joinpath(*parts)
    return path.with_suffix(".py").exists() or path.is_dir() or parts == ["_core"]


@pytest.mark.parametrize(("name", "path"), [m for m in modules() if m[0]])
def test_imports_run_downward(name, path):
    mine = level(name)
    assert mine is not None, f"{name} has no layer: say in LAYERS where it belongs"
    for target in imports(name, path):
        if (name, target) in ALLOWED_ABOVE:
            continue
        theirs = level(target)
        same_package = target.split(".")[0] == name.split(".")[0]
        assert theirs is not None, f"{name} imports {target}"
        assert theirs < mine or (theirs == mine and same_package), f"{name} imports {target}"


def test_the_rule_sees_what_it_should():
    found = set(imports("nn.conv", ROOT / "nn" / "conv.py"))
    assert {"tensor", "nn.functional", "nn.module", "nn._parameters"} <= found
    assert "nn" in set(imports("models", ROOT / "models.py"))
    assert level("nn.module") > level("nn.functional") > level("tensor") > level("autograd")


def test_the_tape_is_compiled_and_knows_no_op():
    assert set(imports("autograd", ROOT / "autograd.py")) == {"_core"}
    sources = Path(__file__).resolve().parents[2]
    kernels = set(
        re.findall(r"^OP\((\w+),", (sources / "csrc" / "ops.def").read_text(), re.MULTILINE)
    )
    tape = re.sub(r'#.*|"""[^"]*"""', "", (sources / "pyx" / "tape.pxi").read_text())
    assert "class Node" in tape
    # Gradients that meet are added.
    assert kernels & set(re.findall(r"\w+", tape)) <= {"add", "copy"}


@pytest.mark.parametrize("name", ["planning", "compiling"])
def test_what_decides_about_plans_knows_no_kernel(name):
    assert not list(imports(name, ROOT / f"{name}.py"))


def test_the_array_api_knows_no_tensor():
    assert set(imports("ops", ROOT / "ops.py")) == {"_core"}


@pytest.mark.parametrize(("name", "path"), modules())
def test_files_open_with_what_they_are_and_stay_small(name, path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{path.name} does not say what it is"
    assert len(text.splitlines()) <= 460
