"""What a module is made of: attributes, live mappings, registration, and where it can be moved to."""

import copy
import pickle

import numpy as np
import pytest

import lanegrad
from lanegrad import as_tensor, nn
from lanegrad._tensor.placement import device


def test_live_mappings_read_and_write():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert list(net._modules) == ["0", "1"]
    net._modules["0"] = nn.Identity()
    assert repr(net[0]) == "Identity()"
    net._modules["extra"] = nn.ReLU()
    assert [name for name, _ in net.named_children()] == ["0", "1", "extra"]
    assert net._modules.pop("extra") is not None
    del net._modules["0"]
    assert not hasattr(net, "0")
    bn = net[0]
    assert list(bn._parameters) == ["weight", "bias"]
    assert list(bn._buffers) == ["running_mean", "running_var", "num_batches_tracked"]
    bn._parameters["bias"] = None
    assert bn.bias is None
    assert "bias" in bn._parameters
    assert "bias" not in bn.state_dict()
    with pytest.raises(KeyError):
        bn._buffers["weight"]
    assert list(reversed(bn._parameters)) == ["bias", "weight"]
    assert bn._parameters.copy() == {"weight": bn.weight, "bias": None}


def attributes(nn, tensor):
    """How names move from kind to kind, by listing after each step; or the error's type."""
    module = nn.Module()
    parameter = nn.Parameter(tensor([1.0]))
    steps = [
        ("a", parameter), ("a", None), ("a", nn.ReLU()), ("a", 3), ("a", tensor([2.0])),
        ("b", nn.ReLU()), ("b", None), ("b", tensor([1.0])), ("b", parameter), ("b", 5),
        ("c", 3), ("c", tensor([1.0])), ("c", nn.ReLU()), ("c", parameter),
        ("d", nn.Buffer(tensor([1.0]))), ("d", tensor([2.0])), ("d", None), ("d", 2),
        ("d", nn.ReLU()), ("e", nn.Buffer(tensor([1.0]), persistent=False)), ("e", parameter),
    ]  # fmt: skip
    for name, value in steps:
        try:
            setattr(module, name, value)
            error = None
        except Exception as caught:
            error = type(caught).__name__
        kinds = [list(kind) for kind in (module._parameters, module._buffers, module._modules)]
        yield name, error, kinds, list(module.state_dict())
    del module.c
    yield list(module._parameters), hasattr(module, "c")


def test_attributes_are_of_pytorchs_kinds(torch):
    ours = list(attributes(nn, lanegrad.tensor))
    assert ours == list(attributes(torch.nn, torch.tensor))


def before_init(nn, value):
    class Early(nn.Module):
        def __init__(self):
            self.early = value
            super().__init__()
            self.late = nn.ReLU()

    try:
        return type(Early().early).__name__
    except AttributeError as error:
        return str(error)


@pytest.mark.parametrize(
    "make",
    [
        lambda nn, t: 3,
        lambda nn, t: t([1.0]),
        lambda nn, t: nn.ReLU(),
        lambda nn, t: nn.Parameter(t([1.0])),
        lambda nn, t: nn.Buffer(t([1.0])),
    ],
)
def test_attributes_before_init_are_pytorchs(torch, make):
    ours = before_init(nn, make(nn, lanegrad.tensor))
    assert ours == before_init(torch.nn, make(torch.nn, torch.tensor))


REGISTER = [
    lambda m, nn, t: m.register_buffer("a.b", t([1.0])),
    lambda m, nn, t: m.register_buffer("", t([1.0])),
    lambda m, nn, t: m.register_buffer(3, t([1.0])),
    lambda m, nn, t: m.register_buffer("forward", t([1.0])),
    lambda m, nn, t: m.register_buffer("weight", t([1.0])),
    lambda m, nn, t: m.register_parameter("weight", t([1.0])),
    lambda m, nn, t: m.register_parameter("weight", nn.Parameter(t([1.0]))),
    lambda m, nn, t: m.register_parameter("steps", nn.Parameter(t([1.0]))),
    lambda m, nn, t: m.register_parameter("forward", None),
    lambda m, nn, t: m.add_module("weight", nn.ReLU()),
    lambda m, nn, t: m.add_module("act", 3),
    lambda m, nn, t: m.register_module("act", None),
    lambda m, nn, t: m.get_submodule("weight"),
    lambda m, nn, t: m.get_submodule("absent.too"),
    lambda m, nn, t: m.get_parameter("steps"),
    lambda m, nn, t: m.get_buffer("weight"),
    lambda m, nn, t: m.get_buffer("absent"),
    lambda m, nn, t: m.set_submodule("act", 3),
    lambda m, nn, t: m.set_submodule("", nn.ReLU()),
    lambda m, nn, t: m.set_submodule("absent.act", nn.ReLU()),
    lambda m, nn, t: m.set_submodule("absent", nn.ReLU(), strict=True),
    lambda m, nn, t: m.set_submodule("absent", nn.ReLU()),
    lambda m, nn, t: m.train("yes"),
    lambda m, nn, t: m.absent,
    lambda m, nn, t: m.load_state_dict([1]),
    lambda m, nn, t: m(1, 2, 3),
    lambda m, nn, t: nn.Module()(1),
    lambda m, nn, t: nn.Linear(200.0, 10),
    lambda m, nn, t: nn.Conv2d(3, 6.0, 3),
    lambda m, nn, t: nn.BatchNorm2d(3.0),
    lambda m, nn, t: nn.Linear(2, 2, device="cuda"),
    lambda m, nn, t: nn.Dropout(1.5),
    lambda m, nn, t: nn.Conv2d(4, 6, 3, groups=3),
    lambda m, nn, t: nn.Conv2d(4, 6, 3, padding="full"),
    lambda m, nn, t: nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"),
    lambda m, nn, t: nn.GroupNorm(3, 4),
    lambda m, nn, t: nn.Upsample()(t([[[[1.0]]]])),
    lambda m, nn, t: nn.Upsample(2, mode="bilinear")(t([[[1.0]]])),
    lambda m, nn, t: nn.Upsample(2, align_corners=True)(t([[[1.0]]])),
    lambda m, nn, t: nn.Embedding(3, 2)(t([3])),
    lambda m, nn, t: nn.Embedding(3, 2)(t([1.0])),
    lambda m, nn, t: nn.Embedding(3, 2, padding_idx=3),
    lambda m, nn, t: nn.PixelShuffle(2)(t([[[1.0]]])),
    lambda m, nn, t: nn.InstanceNorm2d(1)(t([[[[1.0]]]])),
    lambda m, nn, t: nn.LayerNorm(3)(t([[1.0]])),
    lambda m, nn, t: nn.ModuleList([3]),
    lambda m, nn, t: nn.ModuleList(3),
    lambda m, nn, t: nn.ModuleDict({"a": nn.ReLU()})["b"],
    lambda m, nn, t: nn.Sequential(nn.ReLU())[1],
    lambda m, nn, t: nn.Sequential(nn.ReLU()) * 0,
    lambda m, nn, t: nn.Sequential(nn.ReLU()) * 1.5,
    lambda m, nn, t: nn.Sequential(nn.ReLU()) + 3,
    lambda m, nn, t: nn.LazyLinear(2).weight.shape,
    lambda m, nn, t: nn.Unflatten(1, (2, 3))(t([[1.0]])),
    lambda m, nn, t: nn.Unflatten(1, 3),
]


@pytest.mark.parametrize("number", range(len(REGISTER)))
def test_errors_are_of_pytorchs_types(torch, number):
    def outcome(nn, tensor):
        module = nn.Linear(2, 2)
        module.register_buffer("steps", tensor([0]))
        try:
            REGISTER[number](module, nn, tensor)
        except Exception as error:
            return type(error), error
        return None, None

    (ours, error), (theirs, _) = outcome(nn, lanegrad.tensor), outcome(torch.nn, torch.tensor)
    if theirs is AssertionError and ours is RuntimeError:
        return  # a PyTorch without CUDA
    assert (ours is None) == (theirs is None), error
    assert ours is None or issubclass(ours, theirs), error
    assert error is None or "\n" not in str(error)


def test_buffers_persist_or_not(torch):
    def make(nn, tensor):
        net = nn.Sequential(nn.Linear(2, 2))
        net.register_buffer("kept", tensor([1.0]))
        net.register_buffer("passing", tensor([2.0]), persistent=False)
        net[0].register_buffer("none", None)
        names = [name for name, _ in net.named_buffers()]
        return list(net.state_dict()), names, len(list(net.buffers(recurse=False)))

    assert make(nn, lanegrad.tensor) == make(torch.nn, torch.tensor)


def test_listings_take_prefixes_and_repeat_on_demand(torch):
    def make(nn):
        shared = nn.Linear(2, 2)
        net = nn.Sequential(shared, nn.Sequential(shared, nn.BatchNorm1d(2)))
        every = {"remove_duplicate": False}
        return [
            [name for name, _ in net.named_parameters("net", **every)],
            [name for name, _ in net.named_parameters("net", False)],
            [name for name, _ in net.named_modules(None, "net", False)],
            [name for name, _ in net.named_modules({shared})],
            [name for name, _ in net.named_buffers("net", **every)],
            list(net.state_dict(prefix="net.")),
            len(list(net.modules())),
            len(list(net.modules(False))),
        ]

    assert make(nn) == make(torch.nn)


def test_an_overridden_train_of_a_child_is_called():
    class Frozen(nn.BatchNorm2d):
        def train(self, mode=True):
            return super().train(False)

    net = nn.Sequential(nn.Sequential(Frozen(3)), nn.ReLU())
    assert net.train() is net
    assert net[1].training
    assert not net[0][0].training


def test_an_overridden_reset_parameters_is_called():
    class Zero(nn.Linear):
        def reset_parameters(self):
            nn.init.constant_(self.weight, 0.0)
            self.bias = None

    assert Zero(2, 2)([1.0, 1.0]).tolist() == [0.0, 0.0]
    for layer in (nn.Conv2d(2, 2, 1), nn.BatchNorm1d(2), nn.LayerNorm(2), nn.Embedding(2, 2)):
        before = layer.weight.tolist()
        nn.init.constant_(layer.weight, 7.0)
        layer.reset_parameters()
        assert layer.weight.tolist() != [[7.0, 7.0]] * 2
        assert np.shape(before) == layer.weight.shape


def test_gradients_are_forgotten_or_zero():
    layer = nn.Linear(2, 1)
    layer([1.0, 1.0]).backward([1.0])
    grad = layer.weight.grad
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad is grad
    assert grad.tolist() == [[0.0, 0.0]]
    layer.zero_grad()
    assert layer.weight.grad is None


def test_copies_keep_what_is_shared_and_leave_gradients():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    net.register_buffer("passing", as_tensor([2.0]), persistent=False)
    net([1.0, 1.0]).sum().backward()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin[1].weight is twin[0].weight
        assert list(twin.state_dict()) == list(net.state_dict())
        assert twin.passing.tolist() == [2.0]
    twin = copy.deepcopy(net)
    assert twin[0].weight.grad is None
    shallow = copy.copy(net)
    assert shallow[0] is net[0]
    shallow.extra = nn.ReLU()
    del shallow[1]
    assert [name for name, _ in net.named_children()] == ["0", "1"]


@pytest.mark.parametrize(
    "where", ["cpu", "cpu:0", None, np.float32, device("cpu"), as_tensor([1.0])]
)
def test_moving_to_where_it_is_gives_the_module(torch, where):
    net = nn.Linear(2, 2)
    assert net.to(where) is net
    assert net.to(torch.device("cpu"), non_blocking=True) is net
    assert net.to(device="cpu", dtype=np.float32) is net
    assert net.cpu().float().type(np.float32) is net
    assert net.compile() is None


@pytest.mark.parametrize(
    ("move", "error", "text"),
    [
        (lambda m: m.to("cuda"), RuntimeError, "leave .to('cuda') out"),
        (lambda m: m.to(device("cuda", 1)), RuntimeError, "leave .to('cuda:1') out"),
        (lambda m: m.to(0), RuntimeError, "leave .to('0') out"),
        (lambda m: m.cuda(), RuntimeError, "leave .cuda() out"),
        (lambda m: m.double(), RuntimeError, "leave .double() out"),
        (lambda m: m.half(), RuntimeError, "leave .half() out"),
        (lambda m: m.to(np.float64), RuntimeError, "no tensors of float64"),
        (lambda m: m.to(np.int64), TypeError, "float32, found int64"),
        (lambda m: m.to(as_tensor([1])), TypeError, "float32, found int64"),
        (lambda m: m.to(speed=3), TypeError, "no argument speed"),
        (lambda m: m.share_memory(), RuntimeError, "processes"),
    ],
)
def test_moving_elsewhere_is_refused(move, error, text):
    with pytest.raises(error) as caught:
        move(nn.Linear(2, 2))
    assert text in str(caught.value)
