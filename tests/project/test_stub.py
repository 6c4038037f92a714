"""The stub of the compiled module says what there is, with the arguments that it takes."""

import ast
import inspect
from pathlib import Path

import pytest

import lanegrad
from lanegrad import _core

STUB = ast.parse((Path(lanegrad.__file__).parent / "_core.pyi").read_text())
# Not for others: what Cython adds, modules and helpers that stand in the module's own files.
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def arguments(node):
    """Names, those of arguments with a default, and whether there are more."""
    given = [*node.args.posonlyargs, *node.args.args]
    optional = [argument.arg for argument in given[len(given) - len(node.args.defaults) :]]
    return [argument.arg for argument in given], optional, node.args.vararg is not None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_what_the_stub_says(name):
    function = getattr(_core, name)
    if FUNCTIONS[name].args.vararg is not None and name.endswith("_gradient"):
        assert callable(function)  # of the tape: what it takes is up to what was saved
        return
    parameters = inspect.signature(function).parameters.values()
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert arguments(FUNCTIONS[name]) == (
        [p.name for p in positional],
        [p.name for p in positional if p.default is not p.empty],
        any(p.kind is p.VAR_POSITIONAL for p in parameters),
    )


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_what_the_stub_says(name):
    there = getattr(_core, name)
    for node in CLASSES[name].body:
        if isinstance(node, ast.FunctionDef):
            assert hasattr(there, node.name)
        elif isinstance(node, ast.AnnAssign):
            assert hasattr(there, node.target.id) or name == "BaseTensor"


def test_the_stub_leaves_no_function_out():
    there = {
        name
        for name, thing in vars(_core).items()
        if callable(thing) and getattr(thing, "__module__", None) == _core.__name__
        if not name.startswith("_") and not inspect.isclass(thing)
    }
    assert there == {name for name in FUNCTIONS if not name.startswith("_")}
