"""Containers beside PyTorch's: the same steps give the same contents and errors of the same types."""

from collections import OrderedDict

import pytest

import lanegrad
from lanegrad import nn


def layers(nn, n, first=1):
    return [nn.Linear(first + i, first + i) for i in range(n)]


STEPS = [
    lambda nn, t: nn.Sequential(*layers(nn, 3)).append(nn.ReLU()),
    lambda nn, t: nn.Sequential(*layers(nn, 3)).insert(1, nn.ReLU()),
    lambda nn, t: nn.Sequential(*layers(nn, 3)).insert(-1, nn.ReLU()),
    lambda nn, t: nn.Sequential(*layers(nn, 3)).extend(layers(nn, 2, 7)),
    lambda nn, t: nn.Sequential(*layers(nn, 5))[1:4],
    lambda nn, t: nn.Sequential(*layers(nn, 5))[-2],
    lambda nn, t: nn.Sequential(*layers(nn, 5))[7],
    lambda nn, t: nn.Sequential(*layers(nn, 5)).pop(1),
    lambda nn, t: nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))[:1],
    lambda nn, t: nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh())).append(nn.ReLU()),
    lambda nn, t: nn.Sequential(*layers(nn, 2)) + nn.Sequential(nn.ReLU()),
    lambda nn, t: nn.Sequential(*layers(nn, 2)) * 2,
    lambda nn, t: 3 * nn.Sequential(nn.ReLU()),
    lambda nn, t: nn.Sequential(nn.Sequential(), nn.Sequential(nn.ReLU())),
    lambda nn, t: nn.ModuleList(layers(nn, 3)).append(nn.ReLU()),
    lambda nn, t: nn.ModuleList(layers(nn, 3)).extend([nn.ReLU()] * 2),
    lambda nn, t: nn.ModuleList(layers(nn, 3)) + nn.ModuleList(layers(nn, 2)),
    lambda nn, t: nn.ModuleList([nn.ReLU(), *layers(nn, 1), *layers(nn, 1), nn.ReLU()]),
    lambda nn, t: nn.ModuleList(layers(nn, 5))[1:3],
    lambda nn, t: nn.ModuleList(layers(nn, 5))[-1],
    lambda nn, t: nn.ModuleList(layers(nn, 5))[-6],
    lambda nn, t: nn.ModuleList([nn.Sequential(nn.ReLU()) for _ in range(2)]),
    lambda nn, t: nn.ModuleList(),
    lambda nn, t: nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()}),
    lambda nn, t: nn.ModuleDict([("a", nn.ReLU())]),
    lambda nn, t: nn.ModuleDict({"a": nn.ReLU()}).pop("a"),
    lambda nn, t: list(nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})),
    lambda nn, t: nn.ModuleDict({"a": 3}),
    lambda nn, t: nn.ModuleDict(3),
    lambda nn, t: nn.ModuleDict({"keys": nn.ReLU()}),
    lambda nn, t: list(nn.ParameterList([t([1.0]), nn.Parameter(t([2.0]))]).state_dict()),
    lambda nn, t: list(nn.ParameterList([t([1.0])]).append(t([2.0])).state_dict()),
    lambda nn, t: len(nn.ParameterList([t([1.0]), 3, "x"])[1:]),
    lambda nn, t: nn.ParameterList([t([1.0])])[1],
    lambda nn, t: nn.ParameterList(3),
    lambda nn, t: nn.ParameterList([1, "a"]),
    lambda nn, t: list(nn.ParameterDict({"b": t([1.0]), "a": t([2.0])}).state_dict()),
    lambda nn, t: list(nn.ParameterDict({"b": t([1.0]), "a": t([2.0])})),
    lambda nn, t: nn.ParameterDict({"a": t([1.0])}).pop("a").requires_grad,
    lambda nn, t: nn.ParameterDict({"a": t([1.0])})["b"],
    lambda nn, t: nn.ParameterDict({"a": t([1.0])}).get("b"),
    lambda nn, t: sorted((nn.ParameterDict({"a": t([1.0])}) | nn.ParameterDict({"b": 3})).keys()),
    lambda nn, t: nn.ParameterDict({"a": t([1.0])}).popitem()[0],
    lambda nn, t: nn.ParameterDict({3: t([1.0])}),
    lambda nn, t: nn.DataParallel(nn.Linear(2, 3)),
    lambda nn, t: list(nn.DataParallel(nn.Linear(2, 3)).state_dict()),
    lambda nn, t: nn.DataParallel(nn.Linear(2, 3)).load_state_dict(nn.Linear(2, 3).state_dict()),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_containers_are_pytorchs(torch, number):
    def outcome(nn, tensor):
        try:
            return repr(STEPS[number](nn, tensor)), None
        except Exception as error:
            return None, error

    (ours, error), (theirs, wanted) = outcome(nn, lanegrad.tensor), outcome(torch.nn, torch.tensor)
    assert ours == theirs, error
    assert error is None or isinstance(error, type(wanted)), error


def in_place(nn):
    row = nn.Sequential(*layers(nn, 4))
    row[-1] = nn.ReLU()
    del row[0]
    del row[1:]
    row += nn.Sequential(nn.Tanh())
    row *= 2
    yield repr(row), len(row)
    these = nn.ModuleList(layers(nn, 4))
    these[1] = nn.ReLU()
    these.insert(0, nn.Tanh())
    del these[-2:]
    these += [nn.ReLU()]
    popped = these.pop(0)
    yield repr(these), repr(popped), these[0] in these, nn.ReLU() in these
    heads = nn.ModuleDict()
    heads["a"] = nn.ReLU()
    heads.update({"b": nn.Tanh(), "a": nn.Sigmoid()})
    del heads["b"]
    yield repr(heads), "a" in heads, "b" in heads, [key for key, _ in heads.items()]
    heads.clear()
    yield len(heads), list(heads.values())


def test_containers_change_in_place_as_pytorchs(torch):
    assert list(in_place(nn)) == list(in_place(torch.nn))


def test_parameters_in_lists_are_trained():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.scales = nn.ParameterList([lanegrad.ones(1) for _ in range(2)])
            self.named = nn.ParameterDict({"shift": lanegrad.zeros(1)})

        def forward(self, x):
            for scale in self.scales:
                x = x * scale
            return x + self.named["shift"]

    net = Net()
    net(lanegrad.tensor([3.0])).sum().backward()
    assert [p.grad.tolist() for p in net.parameters()] == [[3.0], [3.0], [1.0]]
    assert repr(net.scales).startswith("ParameterList(\n    (0): Parameter containing: [")


def test_data_parallel_calls_its_module():
    net = nn.DataParallel(nn.Linear(2, 2), device_ids=[0, 1])
    assert net([1.0, 1.0]).tolist() == net.module([1.0, 1.0]).tolist()
    with pytest.raises(RuntimeError, match=r"nn\.DataParallel\(net\)"):
        nn.Linear(2, 2).load_state_dict(net.state_dict())
