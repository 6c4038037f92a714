"""Imports run downward from layer to layer, and files stay small."""

import ast
import re
from pathlib import Path

import pytest

import lanegrad

ROOT = Path(lanegrad.__file__).parent

FUNCTIONS = [path.stem for path in sorted((ROOT / "nn" / "functional").glob("[!_]*.py"))]
COMPOSED = [
    "normalization",
    "pooling1d",
    "signals",
    "special_pooling",
    "transposed",
    "upsampling",
    "windows",
]

# From the bottom up. A module may import from the layers below its own; others in the same line it must not
# know. nn.* is the package nn and its modules, which may know each other.
LAYERS = [
    ["_core"],
    ["_machine", "_machine.compiling", "_machine.devices", "_machine.settings", "_machine.threads"],
    ["_machine.openmp"],
    ["_machine.config"],
    ["_layer_names", "_missing.*", "_plans.*"],  # which know nothing of the package
    ["amp", "autograd.anomaly", "autograd.modes", "distributed", "hub", "multiprocessing", "version"],
    ["__config__", "accelerator", "backends.*", "cuda.*", "mps", "xpu"],
    ["ops"],
    # Tensors: conversions of arrays and arguments, then operations, which do not know the class,
    ["_tensor.axes", "_tensor.dtypes", "_tensor.kinds", "_tensor.layouts", "_tensor.results"],
    ["_tensor.special", "_tensor.rules"],
    ["_tensor.symbols"],
    ["_tensor.tracing"],
    ["_tensor.broadcasting", "_tensor.convert", "_tensor.inside", "random"],
    ["_tensor.placement"],
    ["_tensor.format", "_tensor.movement", "_tensor.options", "_tensor.promotion", "_tensor.type_info"],
    ["_tensor.conversion", "_tensor.views"],
    ["autograd.function", "autograd.gradients", "autograd.variable"],
    ["autograd.checking"],
    ["autograd"],
    ["_tensor.in_place", "_tensor.parts", "_tensor.places", "_tensor.pointwise", "_tensor.resizing"],
    ["_tensor.creation", "_tensor.distributions", "_tensor.indexing"],
    ["_tensor.facts", "_tensor.forms", "_tensor.products", "_tensor.reduction"],
    ["_tensor.counting", "_tensor.joining", "_tensor.rearranging", "_tensor.selecting", "_tensor.softmaxes"],
    ["_tensor.choice", "_tensor.division", "_tensor.operators", "_tensor.ranges", "_tensor.unary"],
    ["_tensor.contraction", "_tensor.grids", "_tensor.linear_systems", "_tensor.new_like"],
    ["_tensor.sampling"],
    ["_tensor.comparison", "_tensor.extremes", "_tensor.functions", "_tensor.scan", "_tensor.scattering"],
    ["_tensor.areas", "_tensor.product_sums", "_tensor.sorting", "_tensor.spread"],
    ["_tensor.statistics", "_tensor.written"],
    ["_tensor.changes", "_tensor.middle"],
    # the class, which has them as methods,
    ["_tensor.in_place_functions", "_tensor.methods"],
    ["_tensor.top_level"],
    ["_tensor.tensor"],
    ["_tensor"],
    # and what is made of tensors.
    ["_tensor.legacy", "linalg"],
    ["nn._arguments"],
    ["nn.functional._*"],
    [f"nn.functional.{name}" for name in FUNCTIONS if name not in COMPOSED],
    [f"nn.functional.{name}" for name in COMPOSED if name != "pooling1d"],  # of the others
    ["nn.functional.pooling1d"],
    ["nn.functional"],
    ["_layers", "nn.*"],
    ["_saving.*", "jit", "optim.*"],
    ["serialization", "utils.checkpoint", "utils.model_zoo", "utils.tensorboard", "utils.data.*"],
    ["utils"],
    ["onnx.*", "train.*", "vision.*"],
    ["data", "models.*"],
    ["cli._*", "sklearn"],
    ["cli"],
    ["__main__"],
]  # fmt: skip
ALLOWED_ABOVE = {
    ("_machine.config", "lanegrad"): "the version, read when show_config is called",
    ("version", "lanegrad"): "the version, read when it is asked for",
    ("vision", "lanegrad"): "the version",
    **{
        (name, "lanegrad"): "the command line uses the top level as a user does"
        for name in ("cli", "cli._config", "cli._train")
    },
}


def place(name):
    """The index of a module's layer, and the module or package that stands there for it."""
    parts = name.split(".")
    wider = [".".join([*parts[:n], "*"]) for n in range(len(parts), 0, -1)]
    if parts[-1][0] == "_":  # what a folder keeps for itself
        wider.insert(0, ".".join([*parts[:-1], "_*"]))
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
    """The modules of the package that a file imports when it runs, without the prefix "lanegrad."."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = ["lanegrad", *filter(None, package)]
    for node in run(ast.parse(path.read_text())):
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


def run(tree):
    """All nodes of a tree but those that are there for types alone."""
    yield tree
    children = ast.iter_child_nodes(tree)
    if isinstance(tree, ast.If) and getattr(tree.test, "id", "") == "TYPE_CHECKING":
        children = tree.orelse
    for child in children:
        yield from run(child)


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
    assert {"_tensor", "nn.functional", "nn._convolution"} <= found
    assert "nn" in set(imports("models", ROOT / "models" / "__init__.py"))
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
    assert {"activation", "conv", "loss"} <= set(FUNCTIONS)
    assert set(FUNCTIONS) <= layers
    for name in FUNCTIONS:
        uses = set(imports(f"nn.{name}", ROOT / "nn" / f"{name}.py"))
        assert {"nn.functional", f"nn.functional.{name}"} & uses, name


def test_what_a_tensor_has_is_known_to_its_own_modules_alone():
    """Others ask inside.py."""
    attributes = {"_value", "_edge"}
    assert attributes <= set(vars(lanegrad._core.BaseTensor))
    found = {
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in attributes
    }
    assert found == {"_tensor.conversion", "_tensor.tensor"}


def test_the_tape_is_compiled_and_knows_no_op():
    assert set(imports("autograd.modes", ROOT / "autograd" / "modes.py")) == {"_core"}
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
