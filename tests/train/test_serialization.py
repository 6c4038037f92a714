"""save and load: what goes in comes out, and nothing else gets in."""

import math
import os
import pickle
import resource
import stat
import struct
import sys
from argparse import Namespace
from collections import Counter, OrderedDict, defaultdict, namedtuple
from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim
from lanegrad.serialization import load, save
from saved import key, passed_on

safetensors = pytest.importorskip("safetensors")
Point = namedtuple("Point", "x y")
Colour = IntEnum("Colour", "RED GREEN")
NAN = struct.unpack(">d", bytes.fromhex("fff8000000000123"))[0]

VALUES = {
    "none": None, "bools": [True, False], "ints": [0, -1, 2**63, -(2**63), 2**64, -(10**5000)],
    "floats": [0.0, -0.0, 0.1, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, NAN, 3.0],
    "strings": ["", "ü\n\0", "\ud800", "__metadata__"], "tuple": (1, (2, [3]), ()),
    "keys": {1: "a", "1": "b", None: 2, False: 3, 2.5: 4, -math.inf: 5},
    "dicts": [OrderedDict(b=1, a=2), Counter({30: 1, 80: 2}), {}],
    "dtypes": [np.dtype("float32"), np.dtype(bool)],
    "arrays": [
        np.arange(6.0).reshape(2, 3).T, np.zeros((0, 3), np.int8), np.array(2.5, ">f4"),
        np.array([1, 2, 3, 4], np.uint16)[::2], np.array([1 + 2j], np.complex64),
    ],
    "scalars": [np.float64(0.1), np.float32(0.1), np.bool_(True), np.int8(-3), np.float16(1)],
    "tensors": [
        lanegrad.Tensor([[1.5, math.nan]]), lanegrad.Tensor([]), lanegrad.Tensor(np.float32(3)),
        lanegrad.Tensor([[1.0, 2.0], [3.0, 4.0]]).T, lanegrad.Tensor([1, 2]),
        lanegrad.Tensor([True]), lanegrad.ones(2, requires_grad=True),
        nn.Parameter([1.0]), nn.Parameter([1.0], requires_grad=False),
    ],
    "shape": lanegrad.zeros(2, 3).shape,
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values_come_back_with_types_and_bits(name):
    assert key(passed_on(VALUES[name])) == key(VALUES[name])
    assert key(passed_on({name: [VALUES[name]]})) == key({name: [VALUES[name]]})


def network():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2)
    )


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, 0.1, momentum=0.9), lambda p: optim.Adam(p), lambda p: optim.RMSprop(p)
])  # fmt: skip
def test_a_checkpoint_goes_on_where_it_was(make, tmp_path):
    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), np.array([0, 1, 1])).backward()
        optimizer.step()
        schedule.step()

    rng = np.random.default_rng(0)
    x = lanegrad.Tensor(rng.standard_normal((3, 1, 6, 6), np.float32))
    net = network()
    optimizer = make(net.parameters())
    schedule = optim.lr_scheduler.MultiStepLR(optimizer, [1, 3])
    step()
    checkpoint = {
        "epoch": 3, "model": net.state_dict(), "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(), "acc": 0.93,
    }  # fmt: skip
    save(checkpoint, tmp_path / "net.pt")
    step()
    expected = key(dict(net.state_dict()))

    net = network()
    optimizer = make(net.parameters())
    schedule = optim.lr_scheduler.MultiStepLR(optimizer, [1, 3])
    loaded = load(tmp_path / "net.pt", map_location="cpu", weights_only=True)
    assert loaded.keys() == checkpoint.keys()
    net.load_state_dict(loaded["model"])
    optimizer.load_state_dict(loaded["optimizer"])
    schedule.load_state_dict(loaded["schedule"])
    step()
    assert key(dict(net.state_dict())) == expected


def test_results_still_in_lanes_are_saved():
    y = nn.Conv2d(1, 3, 3)(lanegrad.ones(9, 1, 5, 5))
    loaded = passed_on(y)
    assert loaded.requires_grad
    assert loaded.is_leaf
    np.testing.assert_array_equal(loaded.detach().numpy(), y.detach().numpy())


def test_what_is_one_stays_one():
    shared, array = lanegrad.ones(2, 2), np.ones(2)
    value = [shared, {"again": shared}, shared.detach(), array, array, shared[0], shared.T, shared]
    a, again, same, x, y, part, turned, last = passed_on(value)
    assert a is again["again"] is last
    assert x is y
    a[0, 0] = 7
    assert same.tolist() == [[7, 1], [1, 1]]
    assert part.tolist() == [1, 1]  # views of a part, or in another order, have memory of their own
    assert turned.tolist() == [[1, 1], [1, 1]]


def test_temporary_memory_is_not_taken_for_shared():
    values = [np.float32(i) for i in range(100)]
    assert passed_on(values) == values


def test_names_in_the_file_are_those_of_the_state_dict(tmp_path):
    net, path = network(), tmp_path / "net.safetensors"
    save(net.state_dict(), path)
    with safetensors.safe_open(path, "numpy") as file:
        assert set(file.keys()) == set(net.state_dict())


def test_names_that_meet_are_told_apart():
    value = {
        "a": {"b": lanegrad.ones(1)},
        "a.b": lanegrad.zeros(1),
        "__metadata__": lanegrad.ones(2),
    }
    assert key(passed_on(value)) == key(value)
    assert key(passed_on({"ü\ud800": lanegrad.ones(1)})) == key({"ü\ud800": lanegrad.ones(1)})


def looped():
    value = []
    value.append(value)
    return value


REFUSED = [
    (network(), TypeError, r"no Sequential as a whole: .*save\(net\.state_dict\(\), path\)"),
    ({"net": network()}, TypeError, r"no Sequential as a whole, at \['net'\]"),
    (optim.SGD(network().parameters(), 0.1), TypeError, "no SGD as a whole"),
    ([b""], TypeError, r"save takes no bytes, at \[0\]: save a list"),
    ({1: {2}}, TypeError, r"no set, at \[1\]: save a list, sorted"),
    (defaultdict(int), TypeError, r"no defaultdict: save dict\(\.\.\.\)"),
    ({"args": Namespace(lr=1)}, TypeError, r"no Namespace, at \['args'\]: save its dict, vars"),
    (Point(1, 2), TypeError, "no Point: save tuple"),
    (Colour.RED, TypeError, r"no Colour: save its \.value"),
    (Path("a"), TypeError, r"save str\(\.\.\.\)"),
    (1j, TypeError, "no complex"),
    (len, TypeError, "no builtin_function_or_method: save dicts, lists"),
    (lanegrad, TypeError, "no module"),
    ({(1, 2): 3}, TypeError, "keys that are strings"),
    ({np.int64(1): 3}, TypeError, "keys that are strings"),
    (np.array(["a"]), TypeError, "no arrays of dtype <U1"),
    (np.zeros(1, complex), TypeError, "complex128"),
    (np.dtype(object), TypeError, "object"),
    (looped(), ValueError, "nested deeper than 100, or one contains itself"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "error", "match"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_saved_says_what_to_do_and_leaves_the_file(value, error, match, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(error, match=match) as caught:
        save(value, path)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == b"old"


def test_deep_values_up_to_the_limit():
    value = 1
    for _ in range(100):
        value = [value]
    assert passed_on(value) == value
    with pytest.raises(ValueError, match="deeper"):
        passed_on([value])


@pytest.mark.parametrize("make", [str, os.fspath, Path])
def test_paths(make, tmp_path):
    save([1], make(tmp_path / "a"))
    assert load(make(tmp_path / "a")) == [1]


def test_file_objects(tmp_path):
    with open(tmp_path / "a", "w+b") as file:
        file.write(b"before")
        save([1], file)
        file.seek(6)
        assert load(file) == [1]
    with open(tmp_path / "b", "w+") as file:
        with pytest.raises(TypeError):
            save([1], file)
        with pytest.raises(TypeError, match="mode 'rb'"):
            load(file)
    for bad in (3, None, b"path"):
        with pytest.raises(TypeError, match="a path or a file object"):
            save([1], bad)
        with pytest.raises(TypeError, match="a path or a file object"):
            load(bad)


def test_permissions_and_links_are_as_ever(tmp_path):
    before = os.umask(0o027)
    try:
        save([1], tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    (tmp_path / "link").symlink_to("a")
    save([2], tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert load(tmp_path / "a") == [2]


def test_errors_of_the_system_name_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.*a\.pt"):
        save([1], tmp_path / "nowhere" / "a.pt")
    with pytest.raises(IsADirectoryError):
        save([1], tmp_path)
    with pytest.raises(IsADirectoryError):
        load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"a\.pt"):
        load(tmp_path / "a.pt")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_device_is_written_to():
    save([1], "/dev/null")
    with pytest.raises(OSError, match="No space left"):
        save([1], "/dev/full")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_the_old_file_stays_until_the_new_one_is_whole(where, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device", "aside")

    path = tmp_path / "a"
    save([1], path)
    if where == "write":
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    else:
        monkeypatch.setattr(os, where, fail)
    try:
        with pytest.raises(OSError, match=r"(No space left|too large).*/a'$"):
            save(lanegrad.zeros(10000), path)
    finally:
        if where == "write":
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert load(path) == [1]


def test_an_interrupt_leaves_no_droppings(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save([1], tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_arguments_that_scripts_pass(tmp_path):
    save([1], tmp_path / "a", _use_new_zipfile_serialization=False)
    for location in ("cpu", lambda storage, location: storage, {"cuda:0": "cpu"}, None):
        assert load(tmp_path / "a", location, weights_only=False, mmap=True) == [1]
    with pytest.raises(RuntimeError, match="lanegrad runs on the CPU"):
        load(tmp_path / "a", "cuda:0")
    for call in (
        lambda: save([1], tmp_path / "a", pickle),
        lambda: load(tmp_path / "a", None, pickle),
    ):
        with pytest.raises(ValueError, match="pickle_module must be None"):
            call()
    with pytest.raises(AttributeError, match="nothing is unpickled, so leave it out"):
        _ = lanegrad.serialization.add_safe_globals


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r'pip install "lanegrad\[save\]"'):
        save([1], tmp_path / "a")
    (tmp_path / "a").write_bytes(b"12345678")
    with pytest.raises(ImportError, match=r'pip install "lanegrad\[save\]"'):
        load(tmp_path / "a")
