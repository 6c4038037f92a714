"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import lanegrad

MODULES = ["lanegrad"] + [
    module.name
    for module in pkgutil.walk_packages(lanegrad.__path__, "lanegrad.")
    if not module.name.endswith(("__main__", "_core"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    if name == "lanegrad.sklearn":
        pytest.importorskip("sklearn")
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_examples_of_tensors():
    """Whose class says that it is the top level's, where its methods are not from."""
    finder, runner = doctest.DocTestFinder(exclude_empty=True), doctest.DocTestRunner()
    tests = [
        test for test in finder.find(lanegrad.Tensor, "Tensor", False, globs={}) if test.examples
    ]
    assert "Tensor.backward" in [test.name for test in tests]
    assert all(runner.run(test).failed == 0 for test in tests)


def test_public_functions_have_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in (lanegrad.ops, lanegrad.nn.functional):
        for name in module.__all__:
            function = getattr(module, name)
            assert finder.find(function, name), f"{name} has no docstring"
            assert any(test.examples for test in finder.find(function, name)), (
                f"{name} has no example"
            )
