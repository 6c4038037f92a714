"""torchvision's public names are in lanegrad.vision, or the table of what is left out has them."""

import importlib
import types

import pytest

import lanegrad
from lanegrad._missing.pictures import PICTURES
from lanegrad._missing.table import left_out

pytest.importorskip("torch")
NOT_THEIRS = {"Any", "Enum", "Module", "Optional", "PILImage", "Union"}


def names(module, vision):
    """Of one of torchvision's modules."""
    theirs = importlib.import_module("torchvision" + module.removeprefix("lanegrad.vision"))
    found = getattr(theirs, "__all__", None) or [
        name
        for name, thing in vars(theirs).items()
        if getattr(thing, "__module__", "torchvision").startswith("torchvision")
        and not (
            isinstance(thing, types.ModuleType)
            and not thing.__name__.startswith(f"{theirs.__name__}.")
        )
    ]
    return {name for name in found if not name.startswith("_")} - NOT_THEIRS


@pytest.fixture(scope="module")
def vision():
    from script_runner import torchvision

    return torchvision()


@pytest.mark.parametrize("module", PICTURES)
def test_names_are_here_or_left_out_on_purpose(module, vision):
    ours = importlib.import_module(module)
    missing = {name for name in names(module, vision) if not hasattr(ours, name)}
    assert missing - left_out(module).keys() <= {"extension", "transforms", "version"}


@pytest.mark.parametrize("module", PICTURES)
def test_what_is_left_out_is_not_here(module):
    ours = importlib.import_module(module)
    assert not [name for name in left_out(module) if hasattr(ours, name)]


def test_reasons_are_short_and_names_stand_once():
    for reasons in PICTURES.values():
        listed = " ".join(reasons.values()).split()
        assert len(listed) == len(set(listed))
        assert max(len(reason) for reason in reasons) <= 90


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("datasets.CelebA", "read its pictures with ImageFolder"),
        ("models.ResNet18_Weights", "pass weights=None"),
        ("models.densenet121", "take the file of its class, with its imports changed"),
        ("transforms.Scale", "torchvision has it as Resize now"),
    ],
)
def test_errors_say_what_to_use(expression, text):
    with pytest.raises(AttributeError) as error:
        eval(f"lanegrad.vision.{expression}")
    assert text in str(error.value)


def test_version():
    assert lanegrad.vision.__version__ == lanegrad.__version__
