"""Tensor operations, and parts of networks written by hand: all frameworks and forms compute the same."""

import importlib

import numpy as np
import pytest

from bench import tensor_ops, worker
from bench.written import FORMS, PARTS
from benchmarks import INSTALLED, results_of

FRAMEWORKS = sorted({"lanegrad", "pytorch"} & set(INSTALLED))


@pytest.fixture
def small(monkeypatch):
    """Operands that are small, in which all shapes fit as in large ones."""
    monkeypatch.setattr(tensor_ops, "SIDE", 64)
    monkeypatch.setattr(tensor_ops, "IMAGES", (16, 16, 4, 4))


def size_of_result(framework, function, *arguments):
    module = importlib.import_module(f"bench.frameworks.{framework}")
    return worker.magnitude(getattr(module, function)(*arguments)())


@pytest.mark.parametrize("name", [*tensor_ops.CHAINS, *tensor_ops.operations()])
def test_operations_compute_the_same(name, small):
    sizes = [size_of_result(framework, "operation", name) for framework in FRAMEWORKS]
    assert np.isfinite(sizes).all()
    np.testing.assert_allclose(sizes[1:], sizes[:1] * len(sizes[1:]), rtol=1e-4)


def test_operands_are_a_megabyte():
    found = tensor_ops.operands()
    assert {found[name].nbytes for name in ("x", "i", "a")} == {1 << 20}


@pytest.mark.parametrize("part", PARTS)
def test_parts_by_hand_compute_the_same(part):
    losses = [
        size_of_result(framework, "train_written", form, part, 3)
        for framework in FRAMEWORKS
        for form in FORMS
        if (framework, form, part)
        != ("pytorch", "built in", "focal loss")  # which is torchvision's
    ]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_ops(tmp_path):
    result, printed = results_of(tmp_path, "ops", "--threads", 2, "--only", "x + ")
    table = result["tables"]["ops"]
    assert list(table["seconds"]) == ["x + y", "x + 1", "x + row"]
    lines = [line.split(" |")[0] for line in printed.splitlines() if line.startswith("| `")]
    least = [min(ratios[line[3:].strip().strip("`")] for ratios in table["ratios"].values())
             for line in lines if table["ratios"]]  # fmt: skip
    assert least == sorted(least, reverse=True)
    assert len(lines) == 3


def test_written(tmp_path):
    result, printed = results_of(
        tmp_path, "written", "--threads", 2, "--only", "focal", "--against"
    )
    assert result["tables"]["written"]["columns"] == list(FORMS)
    assert "divided by those of built in" in printed
