"""Public names and signatures are PyTorch's, or the table of what is left out has them.

``python tests/support/torch_names.py`` prints all that differs.
"""

import inspect

import pytest

import torch_names as names
from lanegrad._missing.table import LEFT_OUT, left_out

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("torch")]


@pytest.mark.parametrize("path", names.NAMESPACES)
def test_names_are_here_or_left_out_on_purpose(path):
    assert not names.missing(path)


def test_what_is_left_out_is_not_here():
    assert not names.wrongly_left_out()


@pytest.mark.parametrize("path", names.NAMESPACES)
def test_signatures_are_pytorchs(path):
    assert not dict(names.signature_differences(path))


# PyTorch's own tensorboard module needs another package.
@pytest.mark.parametrize("owner", [name for name in LEFT_OUT if "tensorboard" not in name])
def test_what_is_left_out_is_pytorchs(owner):
    there = names.resolve(owner.replace("lanegrad", "torch", 1))
    lacking = [name for name in left_out(owner) if not hasattr(there, name)]
    assert not [name for name in lacking if names.resolve(f"{there.__name__}.{name}") is None]


def theirs(a, b=2, *, c=None):
    pass


@pytest.mark.parametrize(("ours", "text"), [
    (lambda a, b=2, *, c=None: 0, None),
    (lambda a, b=2, c=None, d=0: 0, None),
    (lambda a, b=2, **options: 0, None),
    (lambda *args, **options: 0, None),
    (lambda a, *, c=None: 0, "lacks b"),
    (lambda a, *, b=2, c=None: 0, "has b in another place"),
    (lambda b, a, c=None: 0, "has a in another place"),
    (lambda a, b=3, c=None: 0, "has default 3 of b instead of 2"),
    (lambda a, b=2, *, c: 0, "has default none of c instead of None"),
])  # fmt: skip
def test_differences_are_seen(ours, text):
    assert names.difference(inspect.signature(ours), inspect.signature(theirs)) == text


def test_documented_signatures_are_read():
    head = """
    add(input, other, *, alpha=1, out=None) -> Tensor
    .. function:: add(input, dim=-1)
       :noindex:
    add(of something else)
    """
    found = names.documented("add", head)
    assert [list(s.parameters) for s in found] == [
        ["input", "other", "alpha", "out"],
        ["input", "dim"],
    ]
    assert names.same_default(1, found[0].parameters["alpha"].default)
    assert not names.same_default(2, found[0].parameters["alpha"].default)
