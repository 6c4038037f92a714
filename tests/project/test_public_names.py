"""Public names: every public module is there after `import lanegrad`, and no name hides one."""

import importlib
import importlib.util
import json
import pickle
import pickletools
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import lanegrad
from lanegrad import nn

ROOT = Path(lanegrad.__file__).parent
# What needs a package that is not installed.
ABSENT = set() if importlib.util.find_spec("sklearn") else {"lanegrad.sklearn"}
MODULES = [m.name for m in pkgutil.walk_packages(lanegrad.__path__, "lanegrad.")]
MODULES = [name for name in MODULES if name not in ABSENT]
PUBLIC = [name for name in MODULES if "._" not in name]

LOOK = """
import json, sys
names = json.loads(sys.argv[1])
import lanegrad

loaded = [name for name in names if name in sys.modules]
kinds = {}
for name in names:
    thing = lanegrad
    for part in name.split(".")[1:]:
        thing = getattr(thing, part, None)
    kinds[name] = "the module" if thing is sys.modules.get(name, 0) else repr(thing)
print(json.dumps([loaded, kinds]))
"""


def test_the_public_modules():
    assert {name for name in PUBLIC if name.count(".") == 1} | ABSENT == {
        f"lanegrad.{name}"
        for name in (
            "accelerator", "amp", "autograd", "backends", "cli", "cuda", "data", "distributed", "hub", "jit",
            "linalg", "models", "mps", "multiprocessing", "nn", "onnx", "ops", "optim", "random",
            "serialization", "sklearn", "train", "utils", "version", "vision", "xpu",
        )
    }  # fmt: skip
    assert {"lanegrad.nn.conv", "lanegrad.nn.functional.conv"} <= set(PUBLIC)


def test_public_modules_are_attributes_after_the_import():
    done = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(PUBLIC)], capture_output=True, text=True, check=True
    )
    loaded, kinds = json.loads(done.stdout)
    assert kinds == dict.fromkeys(PUBLIC, "the module")
    core = {
        "lanegrad.autograd",
        "lanegrad.ops",
        "lanegrad.random",
    }  # others are loaded when asked for
    assert {".".join(name.split(".")[:2]) for name in loaded} == core


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_no_name_hides_a_module(name):
    module = importlib.import_module(name)
    package, _, stem = name.rpartition(".")
    assert getattr(sys.modules[package], stem) is module


def test_what_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="lanegrad has no tensors: the nearest name is tensor"):
        _ = lanegrad.tensors


def test_folders_are_public_packages_or_have_an_underscore():
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py")} - {"."}
    public = {
        "autograd", "backends", "cli", "cuda", "models", "nn", "nn/functional", "nn/utils", "onnx", "optim",
        "optim/lr_scheduler", "train", "utils", "utils/data", "vision", "vision/datasets", "vision/models",
        "vision/transforms", "vision/transforms/functional",
    }  # fmt: skip
    assert public <= folders
    inside = {folder for folder in folders if folder.rpartition("/")[2].startswith("_")}
    assert folders - inside - public == {"data"}


@pytest.mark.parametrize("make", [lanegrad.Tensor, nn.Parameter])
def test_pickled_tensors_name_what_is_public_alone(make):
    opcodes = pickletools.genops(pickle.dumps(make([1.0]), 4))
    strings = [arg for _, arg, _ in opcodes if isinstance(arg, str)]
    assert "lanegrad" in {string.split(".")[0] for string in strings}
    assert not [string for string in strings if string.startswith("lanegrad.") and "._" in string]
