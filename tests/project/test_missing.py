"""What is not there says so, why, and what to use; Python adds no suggestion of its own."""

import copy
import importlib
import pickle
import subprocess
import sys

import pytest

import lanegrad
from lanegrad import nn
from lanegrad._missing.table import LEFT_OUT

RECURRENT = "lanegrad.nn has no LSTM: recurrent layers are left out on purpose"
SPARSE = "Tensor has no to_sparse: sparse tensors are left out on purpose"


@pytest.mark.parametrize(("expression", "text"), [
    ("lanegrad.nn.LSTM", RECURRENT),
    ("lanegrad.float64", "lanegrad has no float64: lanegrad computes in float32: use lanegrad.float32"),
    ("lanegrad.nn.Linaer", "lanegrad.nn has no Linaer: the nearest name is Linear"),
    ("lanegrad.nn.functional.crossentropy",
     "lanegrad.nn.functional has no crossentropy: the nearest name is cross_entropy"),
    ("lanegrad.nothing_like_it", "lanegrad has no nothing_like_it"),
    ("lanegrad.nn._private", "lanegrad.nn has no _private"),
    ("lanegrad.jit.save",
     "lanegrad.jit has no save: code is not compiled: save net.state_dict() with lanegrad.save"),
    ("lanegrad.ones(1).to_sparse()", SPARSE),
    ("lanegrad.Tensor.to_sparse", SPARSE),
    ("nn.Parameter([1.0]).to_sparse()", SPARSE),
])  # fmt: skip
def test_attributes(expression, text):
    with pytest.raises(AttributeError) as caught:
        eval(expression)
    assert str(caught.value) == text


@pytest.mark.parametrize(("line", "text"), [
    ("from lanegrad.nn import LSTM", RECURRENT),
    ("from lanegrad.nn import Linear, LSTM as L", RECURRENT),
    ("from lanegrad import fft", "lanegrad has no fft: use numpy.fft of x.detach().numpy()"),
    ("from lanegrad.nn import Linaer", "lanegrad.nn has no Linaer: the nearest name is Linear"),
    ("from lanegrad.optim import Adamm", "lanegrad.optim has no Adamm: the nearest name is Adam"),
    ("from lanegrad.utils.tensorboard import SummaryWriter",
     "lanegrad.utils.tensorboard has no SummaryWriter: use tensorboardX: "
     "from tensorboardX import SummaryWriter"),
])  # fmt: skip
def test_imports(line, text):
    with pytest.raises(ImportError) as caught:
        exec(line)
    assert str(caught.value) == text


@pytest.mark.parametrize(("code", "last"), [
    ("lanegrad.nn.LSTM", f"AttributeError: {RECURRENT}"),
    ("from lanegrad.nn import LSTM", f"ImportError: {RECURRENT}"),
    ("lanegrad.ones(1).to_sparse", f"AttributeError: {SPARSE}"),
    ("lanegrad.nn.Linaer", "AttributeError: lanegrad.nn has no Linaer: the nearest name is Linear"),
])  # fmt: skip
def test_python_adds_nothing(code, last):
    done = subprocess.run(
        [sys.executable, "-c", f"import lanegrad\n{code}"], capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1] == last


def test_names_that_are_asked_for_are_not_there():
    assert not hasattr(nn, "LSTM")
    assert not hasattr(lanegrad.ones(1), "to_sparse")
    assert getattr(nn, "LSTM", None) is None


@pytest.mark.parametrize(("name", "text"), [
    ("lanegrad.fft", r"^lanegrad has no fft: use numpy\.fft"),
    ("lanegrad.nn.attention", r"^lanegrad\.nn has no attention: attention"),
    ("lanegrad.foo", "^No module named 'lanegrad.foo'$"),
    ("lanegrad.foo.fft", "^No module named 'lanegrad.foo'$"),
    ("foo.fft", "^No module named 'foo'$"),
])  # fmt: skip
def test_modules(name, text):
    with pytest.raises(ModuleNotFoundError, match=text) as caught:
        importlib.import_module(name)
    assert name.startswith(caught.value.name)


@pytest.mark.parametrize("name", ["cuda", "double", "half"])
def test_methods_that_refuse(name):
    with pytest.raises(RuntimeError, match=rf"leave \.{name}\(\) out") as caught:
        getattr(lanegrad.ones(1), name)()
    assert "\n" not in str(caught.value)


def test_tensors_are_copied_and_pickled_as_ever():
    x = lanegrad.ones(2, requires_grad=True)
    for y in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.tolist() == [1, 1]


def test_the_table_names_nothing_twice():
    for owner, reasons in LEFT_OUT.items():
        names = " ".join(reasons.values()).split()
        assert len(names) == len(set(names)), owner
        for reason in reasons:
            assert "\n" not in reason
            assert len(reason) <= 90
