"""Devices as PyTorch's, of which there is the CPU."""

import pickle

import pytest

import lanegrad
from lanegrad._tensor.placement import check_placement, device


@pytest.mark.parametrize(
    "args", [("cpu",), ("cuda",), ("cuda:1",), ("cpu", 0), ("mps",), ("cpu:0",), ("meta",)]
)
def test_devices_are_pytorchs(torch, args):
    ours, theirs = device(*args), torch.device(*args)
    assert (repr(ours), str(ours)) == (repr(theirs), str(theirs))
    assert (ours.type, ours.index) == (theirs.type, theirs.index)
    assert device(ours) == ours == pickle.loads(pickle.dumps(ours))
    assert ours != str(ours)
    assert len({ours, device(*args), device("xpu")}) == 2


@pytest.mark.parametrize("args", [("foo",), (0,), ("cuda:1", 2), ("cuda:x",)])
def test_what_is_no_device_is_an_error(torch, args):
    for make in (device, torch.device):
        with pytest.raises(RuntimeError):
            make(*args)


def test_a_device_as_a_context():
    with device("cpu") as place:
        assert place.type == "cpu"
    with pytest.raises(RuntimeError, match="runs on the CPU"), device("cuda"):
        pass


def test_what_is_neither_place_nor_type():
    with pytest.raises(TypeError, match=r"found \[1.0\]"):
        check_placement([1.0])
    assert check_placement(None, None, True) is None


def test_to_copies_where_it_is_to():
    x = lanegrad.ones(2)
    assert x.to(lanegrad.float32) is x
    assert x.to("cpu", lanegrad.float32, True) is x
    for copy in (x.to("cpu", copy=True), x.to(lanegrad.float32, False, True), x.to(x, True, True)):
        copy.zero_()
        assert x.tolist() == [1.0, 1.0]
