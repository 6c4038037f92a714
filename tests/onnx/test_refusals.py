"""What cannot be exported is an error, whatever way a program takes; nothing is silently wrong."""

import builtins
import io
import os

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import models, nn
from lanegrad.onnx import ExportError
from onnx_runs import exported, normal

pytestmark = pytest.mark.once


class Counter(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step
        self.register_buffer("count", lanegrad.zeros(1))

    def forward(self, x):
        self.count += self.step(x)
        return x * self.count


class Chosen(nn.Module):
    """Adds one of two parameters, or of a parameter and values, by the size of the batch."""

    def __init__(self, other):
        super().__init__()
        self.one = nn.Parameter(lanegrad.ones(12))
        self.other = None if other is None else nn.Parameter(other)

    def forward(self, x):
        other = lanegrad.ones(12) if self.other is None else self.other
        return x + (self.one if x.shape[0] == 2 else other)


def read_after_a_change(x):
    y = x * 1
    shown = y.view(-1, 3, 4)
    y.relu_()
    return shown


def write_to_a_part(x):
    y = x * 1
    y[:, 0] = 0
    return y


def write_through_a_part(x):
    y = x * 1
    y[:, :3].relu_()
    return y


VALUES = {
    "bool": lambda x: x * 2 if x.sum() > 0 else x,
    "item": lambda x: x * x.max().item(),
    "numpy": lambda x: lanegrad.tensor(x.numpy() * 2),
    "asarray": lambda x: lanegrad.tensor(np.asarray(x)),
    "list": lambda x: lanegrad.tensor(x.tolist()),
    "float": lambda x: lanegrad.tensor([float(x[0, 0])]),
    "ufunc": lambda x: lanegrad.as_tensor(np.maximum(x, 0)),
    "text": lambda x: x * len(f"{x.sum():.3f}"),
    "equal": lambda x: x * lanegrad.equal(x, x),
    "contains": lambda x: x * (3 in x),
    "nonzero": lambda x: x.nonzero(),
    "data": lambda x: x * x.data_ptr(),
}
OTHERS = {
    "mask": (lambda x: x[x > 0], "get .*places_of"),
    "sort": (lambda x: x.sort(1)[0], r"sort \(.*test_refusals.py, line \d+\) cannot be exported"),
    "loss": (lambda x: F.cross_entropy(x, x.softmax(1)), "cross_entropy"),
    "grid": (lambda x: F.unfold(x[:, None, None], (1, 3)), "unfold"),
    "shown": (read_after_a_change, "changed in place"),
    "part": (write_to_a_part, "changed in place"),
    "through": (write_through_a_part, "changed in place"),
    "state": (Counter(lambda x: x.mean()), "writes what depends on the input"),
    "counter": (Counter(lambda x: 1), "not the same for every batch"),
    "random": (lambda x: x + lanegrad.rand(12), "not the same for every batch"),
    "dropout": (lambda x: F.dropout(x), "training=self.training"),
    "a batch of one": (lambda x: x if x.shape[0] == 1 else x * 2, "not the same for every batch"),
    "its number": (lambda x: x * x.shape[0], "not the same for every batch"),
    "half of it": (lambda x: x[: x.shape[0] // 2], "not the same for every batch"),
    "all of it": (lambda x: sum(row for row in x), "not the same for every batch"),
    "squeeze": (lambda x: x.squeeze(), "not the same for every batch"),
    "a number of it": (lambda x: x.view(2, 12), r"fails with inputs of shapes \(1, 12\)"),
    "as many parts": (lambda x: lanegrad.cat([x] * x.shape[0]), "not the same for every batch"),
    "one of two": (Chosen(lanegrad.ones(12)), "not the same for every batch"),
    "itself or a row": (Chosen(None), "not the same for every batch"),
    "whole numbers": (lambda x: F.pad(x.long(), (1, 1)), r"pad \(.*cannot be exported"),
    "no tensor": (lambda x: 3, "gives tensors, found int"),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_depend_on_the_input(name):
    with pytest.raises(ExportError, match=r"test_refusals.py, line \d+.*values are not known"):
        exported(VALUES[name], normal(2, 12), verify=False)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_graph(name):
    model, message = OTHERS[name]
    with pytest.raises(ExportError, match=message):
        exported(model, normal(2, 12), verify=False)


def test_chance_shows_for_one_batch_too():
    with pytest.raises(ExportError, match="chance"):
        exported(lambda x: x + lanegrad.rand(12), normal(2, 12), dynamic_axes={}, verify=False)


def test_what_differs_is_not_written(monkeypatch, tmp_path):
    from lanegrad.onnx import _pointwise

    monkeypatch.setitem(_pointwise.NUMERIC, "add", "Sub")
    with pytest.raises(ExportError, match="differs by"):
        lanegrad.onnx.export(lambda x: x + 1, normal(2, 3), tmp_path / "x.onnx")
    assert os.listdir(tmp_path) == []


def test_arguments():
    x, net = normal(2, 4), nn.Linear(4, 3)
    for options, message in (
        ({"opset_version": 9}, "opset_version must be from 18"),
        ({"input_names": ["a", "b"]}, "1 different names"),
        ({"output_names": ["input"]}, "names that are no others"),
        ({"input_names": ["weight"]}, "named as a parameter"),
        ({"dynamic_axes": {"input": {1: "width"}}}, "only axis 0"),
    ):
        with pytest.raises(ValueError, match=message):
            exported(net, x, **options)
    with pytest.raises(ValueError, match="first axis of a, b is to be the batch"):
        exported(lambda a, b: a @ b, normal(2, 3), normal(3, 4))


def test_a_file_is_whole_and_the_model_as_before(tmp_path):
    net = models.DigitsNet()
    before = [p.detach().numpy().copy() for p in net.parameters()]
    relu, call = F.relu, type(lanegrad.add).__call__
    lanegrad.onnx.export(net, normal(1, 1, 8, 8), tmp_path / "net.onnx")
    assert os.listdir(tmp_path) == ["net.onnx"]
    assert net.training
    assert F.relu is relu
    assert type(lanegrad.add).__call__ is call
    assert not hasattr(lanegrad._core.reshape, "__wrapped__")
    for p, values in zip(net.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), values)
        assert p.requires_grad


def without(monkeypatch, package):
    """Makes a package one that is not installed."""
    real = builtins.__import__

    def imported(name, *args, **kwargs):
        if name == package:
            raise ImportError(f"no {package}")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_the_extra_is_named(monkeypatch):
    without(monkeypatch, "onnx")
    with pytest.raises(ImportError, match=r"pip install 'lanegrad\[onnx\]'"):
        lanegrad.onnx.export(nn.ReLU(), normal(1, 2), io.BytesIO())


def test_without_onnxruntime_onnx_itself_compares(monkeypatch):
    without(monkeypatch, "onnxruntime")
    lanegrad.onnx.export(models.LeNet(image_size=16), normal(1, 3, 16, 16), io.BytesIO())
