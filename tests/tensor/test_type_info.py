"""Types of elements and what is known of them, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad
from lanegrad import as_tensor
from lanegrad._tensor.kinds import Kinds

NAMES = [
    "float32", "float", "int8", "int16", "short", "int32", "int", "int64", "long", "uint8", "bool"
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_types(torch, name):
    dtype = getattr(lanegrad, name)
    assert isinstance(dtype, lanegrad.dtype)
    assert f"torch.{dtype}" == str(getattr(torch, name))
    assert as_tensor(np.zeros(2, dtype)).dtype == dtype


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("info", ["finfo", "iinfo"])
def test_limits(torch, info, name):
    ours, theirs = getattr(lanegrad, info), getattr(torch, info)
    try:
        expected = theirs(getattr(torch, name))
    except TypeError:
        with pytest.raises(TypeError):
            ours(getattr(lanegrad, name))
        return
    found = ours(getattr(lanegrad, name))
    assert repr(found) == repr(expected)
    assert found == ours(getattr(lanegrad, name))
    for attribute in [a for a in dir(expected) if not a.startswith("_")]:
        ours, theirs = getattr(found, attribute), getattr(expected, attribute)
        assert (type(ours), ours) == (type(theirs), theirs)


def test_limits_without_a_type(torch):
    assert repr(lanegrad.finfo()) == repr(torch.finfo())
    with pytest.raises(TypeError):
        lanegrad.iinfo()
    for info in (lanegrad.finfo, lanegrad.iinfo):
        for bad in ("float32", 3, None, float, np.float64):
            with pytest.raises(TypeError):
                info(bad)


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8", "bool", "int16"])
def test_questions_about_tensors(torch, dtype):
    a = np.zeros(2, dtype)
    x, y = as_tensor(a), torch.from_numpy(a)
    for question in ("is_tensor", "is_floating_point", "is_complex"):
        assert getattr(lanegrad, question)(x) is getattr(torch, question)(y)
    assert lanegrad.typename(x).removeprefix("lanegrad.") == torch.typename(y).removeprefix(
        "torch."
    )


@pytest.mark.parametrize("thing", [3, "a", None, int, print, [1]])
def test_names_of_other_things(torch, thing):
    assert lanegrad.typename(thing) == torch.typename(thing)
    assert lanegrad.is_tensor(thing) is torch.is_tensor(thing)


@pytest.mark.parametrize("name", [n for n in dir(Kinds) if n.startswith("is_")])
def test_kinds_that_no_tensor_is(torch, name):
    x, y = as_tensor([1.0]), torch.tensor([1.0])
    ours, theirs = getattr(x, name), getattr(y, name)
    assert (ours() if callable(ours) else ours) is (theirs() if callable(theirs) else theirs)


@pytest.mark.parametrize("name", ["conj", "conj_physical", "resolve_conj", "resolve_neg"])
def test_real_tensors_stay_what_they_are(name):
    x = as_tensor([1.0])
    assert getattr(x, name)() is x.real is x.to_dense() is x


def test_dense_tensors_keep_their_type():
    x = as_tensor([1.0])
    assert x.to_dense(lanegrad.float32) is x
    with pytest.raises(TypeError, match="changes no dtype"):
        x.to_dense(lanegrad.int64)
