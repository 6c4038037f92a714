"""The pages for newcomers: what they show runs, and what they say of names is so."""

import importlib.util
import shlex

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, vision
from lanegrad.vision._images import picture_of
from pages import ROOT, Page, lanegrad_command
from script_runner import torchvision, with_imports_changed
from torch_names import resolve

pytestmark = pytest.mark.once

COMING, START = Page("docs/coming-from-pytorch.md"), Page("docs/quick-start.md")
HAS_TORCH = importlib.util.find_spec("torch") is not None


def spans(cell):
    """What stands between backticks."""
    return cell.split("`")[1::2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a newcomer works: with four pictures of each of two classes."""
    folder = tmp_path_factory.mktemp("quick-start")
    draws = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "pictures" / name).mkdir(parents=True)
        for n in range(4):
            picture = picture_of(draws.integers(256, size=(3, 24, 30), dtype=np.uint8))
            picture.save(folder / "pictures" / name / f"{n}.jpg")
    return folder


def test_quick_start(folder, monkeypatch, capsys):
    """The commands in their order, then Python's blocks, which read what the commands have left."""
    printed = ""
    for command in START.commands():
        program, *arguments = shlex.split(command)
        if program == "lanegrad":
            new = arguments[0] == "train" and "--resume" not in arguments
            printed += lanegrad_command(arguments + ["--epochs", "2"] * new, folder)
        else:
            assert program in ("python3", "pip"), command
    assert "test accuracy" in printed
    assert "pictures/dog/1.jpg" in printed
    for name in ("digits-digits-1/report.html", "digits-digits-1/curves.png", "digits-digits-2"):
        assert (folder / "runs" / name).exists()

    monkeypatch.chdir(folder)
    monkeypatch.setenv("MPLBACKEND", "agg")
    namespace = {"__name__": "quick_start"}
    START.run_python(namespace)
    assert namespace["history"][-1].valid_accuracy > 0.9
    assert namespace["loss"].item() < 0.1
    assert "epoch 5: loss" in capsys.readouterr().out


def test_blocks_for_those_who_come_from_pytorch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lanegrad.save(nn.Linear(2, 2).state_dict(), "net.safetensors")
    if HAS_TORCH:
        import torch

        (tmp_path / "net.safetensors").unlink()
        torch.save({"model": torch.nn.Linear(2, 2).state_dict(), "epoch": 3}, "net.pt")
    COMING.run_python({}, lambda block: HAS_TORCH or "import torch\n" not in block)


def test_imports_are_those_that_change():
    rows = [[*map(spans, row)] for row in COMING.rows("write")]
    assert len(rows) >= 5
    for [theirs], [ours] in rows:
        assert with_imports_changed(theirs) == ours
        exec(ours, {})


@pytest.mark.parametrize("page", [COMING, START], ids=lambda page: page.path.stem)
def test_names_are_there(page):
    for name in page.names():
        assert resolve(name) is not None, name


def test_tables_compare_names_that_are_there():
    pytest.importorskip("torch")
    rows = COMING.rows("lanegrad")
    assert len(rows) > 25
    for theirs, ours, _ in rows:
        assert spans(ours)
        for name in spans(ours):
            assert name.startswith("lanegrad."), name
        for name in spans(theirs):
            if name.startswith("torchvision."):
                assert eval(name, {"torchvision": torchvision()}), name
            elif name.startswith("torch."):
                assert resolve(name) is not None, name


@pytest.mark.parametrize(("code", "text"), COMING.rows("what you are told"))
def test_what_is_missing_says_so(code, text):
    x = lanegrad.ones(2, requires_grad=True)
    names = {"torch": lanegrad, "torchvision": vision, "nn": nn, "net": nn.Linear(2, 2)}
    with pytest.raises((AttributeError, NotImplementedError, RuntimeError)) as caught:
        eval(code.strip("`"), names | {"x": x, "loss": x.sum()})
    assert str(caught.value) == text


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_links_to_files_exist(path):
    assert not Page(path).missing_links()
