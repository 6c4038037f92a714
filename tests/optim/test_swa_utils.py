"""Averages of parameters, beside PyTorch's."""

import copy

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, nn, optim
from lanegrad.optim import swa_utils

rng = np.random.default_rng(0)


def network(library):
    m = library.nn
    return m.Sequential(m.Conv2d(2, 3, 3), m.BatchNorm2d(3), m.ReLU(), m.Flatten(), m.Linear(27, 2))


def twins(torch):
    mine, theirs = network(lanegrad), network(torch)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    return mine, theirs


def compare(mine, theirs, **tolerance):
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for name, value in mine.state_dict().items():
        expected = theirs.state_dict()[name].numpy()
        np.testing.assert_allclose(value.numpy(), expected, **tolerance, err_msg=name)
        assert value.dtype == expected.dtype


def arguments(kind, utils):
    return {
        "swa": {},
        "swa fn": {"avg_fn": utils.get_swa_avg_fn()},
        "swa multi": {"multi_avg_fn": utils.get_swa_multi_avg_fn()},
        "ema": {"avg_fn": utils.get_ema_avg_fn(0.8)},
        "ema multi": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.8)},
        "own": {"avg_fn": lambda averaged, new, count: 0.1 * averaged + 0.9 * new},
        "buffers": {"use_buffers": True, "multi_avg_fn": utils.get_ema_multi_avg_fn(0.8)},
    }[kind]


@pytest.mark.parametrize(
    "kind", ["swa", "swa fn", "swa multi", "ema", "ema multi", "own", "buffers"]
)
def test_averages(torch, kind):
    mine, theirs = twins(torch)
    averaged = swa_utils.AveragedModel(mine, **arguments(kind, swa_utils))
    expected = torch.optim.swa_utils.AveragedModel(theirs, **arguments(kind, torch.optim.swa_utils))
    x = rng.normal(size=(4, 2, 5, 5)).astype(np.float32)
    for _ in range(4):
        for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
            values = rng.normal(size=p.shape).astype(np.float32)
            p.data -= p.data - Tensor(values)
            q.data = torch.tensor(values)
        mine(Tensor(x))
        theirs(torch.tensor(x))
        averaged.update_parameters(mine)
        expected.update_parameters(theirs)
        compare(averaged, expected, rtol=1e-5, atol=1e-6)
    assert averaged.n_averaged.item() == 4
    averaged.eval()
    expected.eval()
    np.testing.assert_allclose(
        averaged(Tensor(x)).tolist(), expected(torch.tensor(x)).tolist(), rtol=1e-4, atol=1e-5
    )
    again = copy.deepcopy(averaged)
    again.load_state_dict(averaged.state_dict())
    compare(again, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pairs", [False, True])
def test_update_bn(torch, pairs):
    mine, theirs = twins(torch)
    mine.eval()
    batches = [rng.normal(2, 3, size=(n, 2, 5, 5)).astype(np.float32) for n in (4, 6, 3)]
    for net, make, utils in (
        (mine, Tensor, swa_utils),
        (theirs, torch.tensor, torch.optim.swa_utils),
    ):
        utils.update_bn([[make(x), 0] if pairs else make(x) for x in batches], net)
    compare(mine, theirs, rtol=1e-5, atol=1e-6)
    assert not mine.training
    assert mine[1].momentum == 0.1
    swa_utils.update_bn(
        [1, 2, 3], nn.Linear(2, 2)
    )  # nothing to compute, and no look at the batches


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 10])
@pytest.mark.parametrize("swa_lr", [0.05, [0.05, 0.3]])
def test_swalr(torch, strategy, epochs, swa_lr):
    options = {"anneal_strategy": strategy, "anneal_epochs": epochs, "swa_lr": swa_lr}
    mine = [{"params": [Tensor([1.0], requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    theirs = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    a, b = optim.SGD(mine), torch.optim.SGD(theirs)
    mine, theirs = swa_utils.SWALR(a, **options), torch.optim.swa_utils.SWALR(b, **options)
    for _ in range(60):
        np.testing.assert_allclose(mine.get_last_lr(), theirs.get_last_lr(), rtol=1e-12)
        for thing in (a, b, mine, theirs):
            thing.step()
    assert set(mine.state_dict()) == set(theirs.state_dict())


def test_wrong_arguments():
    net = nn.Linear(2, 2)
    both = {"avg_fn": swa_utils.get_swa_avg_fn(), "multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}
    with pytest.raises(AssertionError, match="Only one"):
        swa_utils.AveragedModel(net, **both)
    with pytest.raises(RuntimeError, match="CPU"):
        swa_utils.AveragedModel(net, "cuda")
    swa_utils.AveragedModel(net, "cpu")
    for make in (swa_utils.get_ema_avg_fn, swa_utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match="decay"):
            make(1.5)
    optimizer = optim.SGD(net.parameters())
    with pytest.raises(ValueError, match="anneal_strategy"):
        swa_utils.SWALR(optimizer, 0.1, anneal_strategy="x")
    with pytest.raises(ValueError, match="anneal_epochs"):
        swa_utils.SWALR(optimizer, 0.1, anneal_epochs=-1)
