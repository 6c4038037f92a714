"""Modules: names, modes, copies and saved states."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import lanegrad
import lanegrad.nn as nn
import lanegrad.nn.functional as F
from lanegrad import Tensor
from lanegrad.nn import init

rng = np.random.default_rng(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1, bias=False)
        self.scale = nn.Parameter(np.ones(2))
        self.register_buffer("steps", np.zeros(1, np.int64))
        self.register_buffer("absent", None)
        self.register_parameter("offset", None)
        self.note = Tensor([1.0])  # neither parameter nor buffer

    def forward(self, x):
        return F.relu(self.conv(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.twice = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.head = nn.Linear(4, 3)
        self.bias = nn.Parameter([1.0, 2.0])

    def forward(self, x):
        return self.head(self.twice(x))


NAMES = [
    "bias",
    "block.scale",
    "block.steps",
    "block.conv.weight",
    "twice.0.weight",
    "twice.0.bias",
    "head.weight",
    "head.bias",
]


def test_names_and_order_are_pytorchs(torch):
    class TorchBlock(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(2, 2, 3, padding=1, bias=False)
            self.scale = torch.nn.Parameter(torch.ones(2))
            self.register_buffer("steps", torch.zeros(1, dtype=torch.int64))

    class TorchNet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.block = TorchBlock()
            self.twice = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU())
            self.head = torch.nn.Linear(4, 3)
            self.bias = torch.nn.Parameter(torch.ones(2))

    mine, theirs = Net(), TorchNet()
    for listing in (nn.Module.named_parameters, nn.Module.named_modules, nn.Module.named_children):
        name = listing.__name__
        assert [n for n, _ in listing(mine)] == [n for n, _ in getattr(theirs, name)()], name
    assert list(mine.state_dict()) == list(theirs.state_dict()) == NAMES
    mine.load_state_dict(theirs.state_dict())
    for name, array in mine.state_dict().items():
        np.testing.assert_array_equal(array, theirs.state_dict()[name].numpy())


def test_listings_agree():
    net = Net()
    assert list(net.parameters()) == [p for _, p in net.named_parameters()]
    assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in net.parameters())
    assert next(iter(net.modules())) is net
    assert [type(m) for m in net.children()] == [Block, nn.Sequential, nn.Linear]


def test_shared_parts_are_listed_once_but_saved_under_each_name():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    net[2].weight = net[0].weight
    assert [n for n, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.bias"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    twice = nn.Sequential(net, net)
    assert len(list(twice.modules())) == 5
    assert len(list(twice.parameters())) == 3


def test_repr_is_pytorchs(torch):
    def build(nn):
        class Inner(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(2, 3, bias=False)

            def extra_repr(self):
                return "an inner one"

        return nn.Sequential(
            nn.Conv2d(3, 6, 5),
            nn.Conv2d(4, 8, (3, 2), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False),
            nn.Conv2d(1, 1, 3, padding="same"),
            nn.MaxPool2d(2),
            nn.MaxPool2d((3, 2), (2, 1), padding=1, dilation=(1, 2)),
            nn.ReLU(),
            nn.Flatten(),
            nn.Flatten(0, -2),
            nn.Linear(4, 2),
            nn.Softmax(dim=1),
            nn.LogSoftmax(dim=-1),
            nn.CrossEntropyLoss(),
            nn.NLLLoss(),
            Inner(),
            nn.Sequential(OrderedDict(first=nn.ReLU(), second=nn.Sequential())),
        )

    assert repr(build(nn)) == repr(build(torch.nn))
    assert repr(Block().scale) == repr(torch.nn.Parameter(torch.ones(2)))


def test_training_mode_reaches_all_modules():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())
    net.block.train(False)
    assert net.training
    assert not net.block.conv.training


def test_zero_grad_and_requires_grad():
    net = Net()
    net(np.ones((2, 4))).sum().backward()
    assert net.head.weight.grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.requires_grad_(False)
    assert not net(np.ones((2, 4))).requires_grad


def test_apply_goes_inside_out():
    seen = []
    net = Net()
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["Conv2d", "Block", "Linear", "ReLU", "Sequential", "Linear", "Net"]


def test_forgetting_super_init_is_explained():
    class Forgetful(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(2, 2)

    with pytest.raises(
        AttributeError, match=r"cannot assign module before Module.__init__\(\) call"
    ):
        Forgetful()


def test_a_parameter_is_not_replaced_by_something_else_unnoticed():
    layer = nn.Linear(2, 2)
    for value in (np.zeros((2, 2)), Tensor([1.0]), 3):
        with pytest.raises(TypeError, match=r"as parameter 'weight' \(Parameter or None"):
            layer.weight = value
    layer.bias = None
    layer.weight = nn.Parameter(np.eye(2))
    assert [n for n, _ in layer.named_parameters()] == ["weight"]
    block = Block()
    with pytest.raises(TypeError, match=r"'ndarray' as buffer 'steps' \(Tensor or None"):
        block.steps = np.ones(1)
    block.steps = Tensor([5])
    assert block.state_dict()["steps"].tolist() == [5]
    with pytest.raises(TypeError, match="'gain'"):
        layer.register_parameter("gain", np.ones(2))
    with pytest.raises(TypeError, match="'sub'"):
        layer.add_module("sub", np.ones(2))
    with pytest.raises(AttributeError, match="missing"):
        layer.missing  # noqa: B018


def test_forward_must_be_defined():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no forward"):
        Empty()(1)


def test_modules_are_copied_whole():
    net = Net()
    for twin in (
        copy.deepcopy(net),
        copy.deepcopy(net.twice),
        pickle.loads(pickle.dumps(net.twice)),
    ):
        x = np.ones((2, 4))
        twin(x).sum().backward()
        assert all(p.grad is None for p in net.parameters())
        with lanegrad.no_grad():
            for p in twin.parameters():
                p *= 0.0
    assert net.head.weight.detach().numpy().any()


# -------------------------------------------------------------------------------- saved states


def test_state_is_of_the_same_memory():
    layer = nn.Linear(2, 2)
    state = layer.state_dict()
    copies = {name: tensor.clone() for name, tensor in state.items()}
    before = state["weight"].tolist()
    init.constant_(layer.weight, 7.0)
    assert state["weight"].tolist() == [[7.0, 7.0], [7.0, 7.0]]
    assert copies["weight"].tolist() == before
    assert all(type(t) is Tensor and not t.requires_grad for t in state.values())
    state["bias"].numpy()[:] = 3
    assert layer.bias.tolist() == [3.0, 3.0]


def test_loading_keeps_the_parameters_themselves():
    net, other = Net(), Net()
    weight = net.head.weight
    assert net.load_state_dict(other.state_dict()) == ([], [])
    assert net.head.weight is weight
    np.testing.assert_array_equal(weight.detach().numpy(), other.head.weight.detach().numpy())
    assert not np.shares_memory(weight.detach().numpy(), other.head.weight.detach().numpy())


def test_loading_anything_array_like():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": [[1, 2]], "bias": np.float64([3])})
    assert layer([1.0, 1.0]).tolist() == [6.0]
    other = nn.Linear(2, 1)
    layer.load_state_dict(dict(other.named_parameters()))  # tensors that require a gradient
    assert layer.weight.tolist() == other.weight.tolist()


def test_loading_reports_all_that_is_wrong_and_changes_nothing():
    net = Net()
    before = net.state_dict()
    state = Net().state_dict()
    state["head.wieght"] = state.pop("head.weight")
    state["twice.0.weight"] = np.zeros((5, 4))
    state["bias"] = [float("nan"), 1.0]
    state["block.scale"] = ["a", "b"]
    with pytest.raises(ValueError, match="Net") as caught:
        net.load_state_dict(state)
    message = str(caught.value)
    for part in [
        "head.weight is missing",
        "head.wieght is not part of the module",
        "twice.0.weight has shape (5, 4) instead of (4, 4)",
        "bias holds NaN",
        "block.scale cannot be read: ",
    ]:
        assert part in message
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_loading_part_of_a_state():
    net = Net()
    state = {"bias": [5.0, 6.0], "other": [1.0]}
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert missing == NAMES[1:]
    assert unexpected == ["other"]
    assert net.bias.tolist() == [5, 6]
    with pytest.raises(ValueError, match="shape"):  # never ignored
        net.load_state_dict({"bias": [1.0]}, strict=False)


def test_what_loading_gives_reads_as_pytorchs(torch):
    ours, theirs = nn.Linear(2, 2), torch.nn.Linear(2, 2)
    for state, strict in ((None, True), ({}, False)):
        mine = ours.load_state_dict(ours.state_dict() if state is None else state, strict)
        want = theirs.load_state_dict(theirs.state_dict() if state is None else state, strict)
        assert str(mine).replace("IncompatibleKeys", "_IncompatibleKeys") == str(want)
        assert mine.missing_keys == want.missing_keys
        assert mine.unexpected_keys == want.unexpected_keys
    assert type(ours.state_dict()) is OrderedDict


def test_loading_from_the_modules_own_memory():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    state = net.state_dict()
    first, second = state["0.weight"].tolist(), state["1.weight"].tolist()
    swapped = {**state, "0.weight": state["1.weight"], "1.weight": state["0.weight"]}
    net.load_state_dict(swapped)
    assert net[0].weight.tolist() == second
    assert net[1].weight.tolist() == first
    net.load_state_dict({**state, "0.weight": state["0.weight"].T})
    assert net[0].weight.tolist() == np.transpose(second).tolist()


def test_loading_by_assignment(torch):
    def assigned(nn, tensor):
        layer = nn.BatchNorm1d(2)
        layer.weight.requires_grad = False
        state = {name: tensor(value.tolist()) for name, value in layer.state_dict().items()}
        state["running_mean"] = tensor([5.0, 6.0])
        before = layer.weight
        layer.load_state_dict(state, assign=True)
        assert layer.running_mean is state["running_mean"]
        assert layer.weight is not before
        return [type(layer.weight).__name__, layer.weight.requires_grad, layer.bias.requires_grad]

    assert assigned(nn, lanegrad.tensor) == assigned(torch.nn, torch.tensor)


@pytest.mark.parametrize("assign", [False, True])
def test_nan_is_refused_and_infinities_are_loaded(assign):
    layer = nn.BatchNorm1d(1)
    before = {name: value.tolist() for name, value in layer.state_dict().items()}
    for name in ("weight", "running_var"):
        state = {**layer.state_dict(), "bias": lanegrad.ones(1), name: lanegrad.tensor([np.nan])}
        for error in (ValueError, RuntimeError):
            with pytest.raises(error, match=f"{name} holds NaN"):
                layer.load_state_dict(state, assign=assign)
        assert {name: value.tolist() for name, value in layer.state_dict().items()} == before
    state = {**layer.state_dict(), "weight": lanegrad.tensor([-np.inf])}
    layer.load_state_dict(state, assign=assign)
    assert layer.weight.tolist() == [-np.inf]
