"""Imports run downward from layer to layer, and files stay small."""

import ast
import re
from pathlib import Path

import pytest

import lanegrad

ROOT = Path(lanegrad.__file__).parent

FUNCTIONS = [path.stem for path in sorted((ROOT / "nn" / "functional").glob("[!_]*.py"))]

# From the bottom up. A module may import from the layers below its own; others in the same line it must not
# know. nn.* is the package nn and its modules, which may know each other.
LAYERS = [
    ["_core"],
    ["_machine", "_machine.openmp", "_machine.threads", "_machine.compiling"],
    ["_plans.*"],  # which knows nothing of the package
    ["_tensor.convert", "random", "autograd"],
    ["ops", "_machine.config", "_tensor.arithmetic", "_tensor.format"],
    ["_tensor.inside"],
    ["_tensor.indexing", "_tensor.in_place"],
    ["_tensor.tensor"],
    ["_tensor"],
    ["_tensor.creation", "_tensor.joining", "nn._arguments"],
    ["nn.functional._class_loss", "nn.functional._norms", "nn.functional._pointwise"],
    ["nn.functional._reduction"],
    [f"nn.functional.{name}" for name in FUNCTIONS],
    ["nn.functional"],
    ["nn.*", "optim.*", "data.*"],
    ["models"],
    ["train"],
    ["cli"],
    ["__main__"],
]
ALLOWED_ABOVE = {
    ("_machine.config", "lanegrad"): "the version, read when show_config is called",
    ("cli", "lanegrad"): "the command line uses the top level as a user does",
}


def place(name):
    """The index of a module's layer, and the module or package that stands there for it."""
    parts = name.split(".")
    wider = [".".join([*parts[:n], "*"]) for n in range(len(parts), 0, -1)]
    for entry in [name, *wider]:
        for i, names in enumerate(LAYERS):
            if entry in names:
                return i, entry
    return None


def level(name):
    return place(name)[0]


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
    mine = place(name)
    assert mine is not None, f"{name} has no layer: say in LAYERS where it belongs"
    for target in imports(name, path):
        if (name, target) in ALLOWED_ABOVE:
            continue
        theirs = place(target)
        assert theirs is not None, f"{name} imports {target}"
        assert theirs[0] < mine[0] or theirs == mine, f"{name} imports {target}"


def test_the_rule_sees_what_it_should():
    found = set(imports("nn.conv", ROOT / "nn" / "conv.py"))
    assert {"_tensor", "nn.functional", "nn.module", "nn._parameters"} <= found
    assert "nn" in set(imports("models", ROOT / "models.py"))
    order = [
        "nn.module",
        "nn.functional",
        "nn.functional.conv",
        "_tensor",
        "_tensor.tensor",
        "autograd",
    ]
    assert [level(name) for name in order] == sorted({level(name) for name in order}, reverse=True)


def test_functions_stand_under_the_names_of_their_layers():
    layers = {path.stem for path in (ROOT / "nn").glob("[!_]*.py")}
    without_layer = {"padding"}  # which Conv2d's padding_mode asks for
    assert {"activation", "conv", "loss"} <= set(FUNCTIONS)
    assert set(FUNCTIONS) - layers == without_layer
    for name in set(FUNCTIONS) - without_layer:
        uses = set(imports(f"nn.{name}", ROOT / "nn" / f"{name}.py"))
        assert {"nn.functional", f"nn.functional.{name}"} & uses, name


def test_what_a_tensor_has_is_known_to_its_own_modules_alone():
    """Others ask inside.py."""
    attributes = {"_value", "_edge"}
    assert attributes <= set(vars(lanegrad.Tensor.__base__))
    found = {
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in attributes
    }
    assert found == {"_tensor.in_place", "_tensor.inside", "_tensor.tensor"}


def test_the_tape_is_compiled_and_knows_no_op():
    assert set(imports("autograd", ROOT / "autograd.py")) == {"_core"}
    sources = Path(__file__).resolve().parents[2]
    kernels = set(
        re.findall(r"^OP\((\w+),", (sources / "csrc" / "ops.def").read_text(), re.MULTILINE)
    )
    tape = re.sub(r'#.*|"""[^"]*"""', "", (sources / "pyx" / "tensors" / "tape.pxi").read_text())
    assert "class Node" in tape
    # Gradients that meet are added.
    assert kernels & set(re.findall(r"\w+", tape)) <= {"add", "copy"}


@pytest.mark.parametrize(("name", "path"), [m for m in modules() if m[0].startswith("_plans")])
def test_what_decides_about_plans_knows_no_kernel(name, path):
    assert not list(imports(name, path))


def test_the_array_api_knows_no_tensor():
    assert set(imports("ops", ROOT / "ops.py")) == {"_core"}


@pytest.mark.parametrize(("name", "path"), modules())
def test_files_open_with_what_they_are_and_stay_small(name, path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{path.name} does not say what it is"
    assert len(text.splitlines()) <= 450
