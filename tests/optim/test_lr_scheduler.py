"""Learning-rate schedules, beside PyTorch's."""

import pytest

from lanegrad import Tensor, optim

SCHEDULES = [
    ("StepLR", {"step_size": 3}),
    ("StepLR", {"step_size": 1, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.3}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 8}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (epoch + 1), lambda epoch: epoch]}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 20}),
    ("OneCycleLR", {"max_lr": [0.3, 0.2], "epochs": 10, "steps_per_epoch": 2, "pct_start": 0.4}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 21, "three_phase": True, "div_factor": 10.0}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 20, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 20, "pct_start": 0.0, "cycle_momentum": False}),
]


def optimizers(torch, name="SGD"):
    mine = [{"params": [Tensor([1.0], requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    theirs = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    return getattr(optim, name)(mine), getattr(torch.optim, name)(theirs)


def options(optimizer):
    names = ("lr", "momentum", "betas")
    return [[group.get(name) for name in names] for group in optimizer.param_groups]


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_rates_are_pytorchs(torch, name, arguments, optimizer):
    a, b = optimizers(torch, optimizer)
    mine = getattr(optim.lr_scheduler, name)(a, **arguments)
    theirs = getattr(torch.optim.lr_scheduler, name)(b, **arguments)
    for _ in range(20):
        assert options(a) == options(b)
        assert mine.get_last_lr() == theirs.get_last_lr()
        assert mine.last_epoch == theirs.last_epoch
        b.step()
        mine.step()
        theirs.step()
    assert mine.base_lrs == theirs.base_lrs


def test_schedules_multiply(torch):
    a, b = optimizers(torch)
    mine = optim.lr_scheduler.LinearLR(a), optim.lr_scheduler.ExponentialLR(a, 0.9)
    schedulers = torch.optim.lr_scheduler
    theirs = schedulers.LinearLR(b), schedulers.ExponentialLR(b, 0.9)
    b.step()
    for _ in range(10):
        for scheduler in (*mine, *theirs):
            scheduler.step()
        assert options(a) == options(b)


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_going_on(torch, name, arguments):
    a, _ = optimizers(torch)
    whole = getattr(optim.lr_scheduler, name)(a, **arguments)
    for _ in range(4):
        whole.step()
    state, optimizer_state = whole.state_dict(), a.state_dict()
    c, _ = optimizers(torch)
    again = getattr(optim.lr_scheduler, name)(c, **arguments)
    c.load_state_dict(optimizer_state)
    again.load_state_dict(state)
    for _ in range(5):
        whole.step()
        again.step()
        assert options(a) == options(c)


def test_last_epoch(torch):
    a, b = optimizers(torch)
    with pytest.raises(KeyError, match="initial_lr"):
        optim.lr_scheduler.StepLR(a, 2, last_epoch=3)
    for optimizer in (a, b):
        for group in optimizer.param_groups:
            group["initial_lr"] = 0.5
    mine = optim.lr_scheduler.StepLR(a, 2, last_epoch=2)
    theirs = torch.optim.lr_scheduler.StepLR(b, 2, last_epoch=2)
    b.step()
    for _ in range(4):
        assert options(a) == options(b)
        mine.step()
        theirs.step()


def test_a_cycle_ends(torch):
    a, _ = optimizers(torch)
    scheduler = optim.lr_scheduler.OneCycleLR(a, 0.1, total_steps=3)
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ValueError, match="step 4 of a schedule of 3 steps"):
        scheduler.step()
    assert scheduler.last_epoch == 3


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("StepLR", {"step_size": 0}, "step_size"),
        ("LinearLR", {"start_factor": 0.0}, "start_factor"),
        ("LinearLR", {"end_factor": 1.5}, "end_factor"),
        ("CosineAnnealingLR", {"T_max": 0}, "T_max"),
        ("LambdaLR", {"lr_lambda": [lambda epoch: 1.0]}, "1 functions do not fit 2 groups"),
        ("OneCycleLR", {"max_lr": 0.1}, "total_steps"),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 0}, "at least 1"),
        ("OneCycleLR", {"max_lr": 0.1, "total_steps": 5, "pct_start": 1.5}, "pct_start"),
        (
            "OneCycleLR",
            {"max_lr": 0.1, "total_steps": 5, "anneal_strategy": "x"},
            "anneal_strategy",
        ),
        ("OneCycleLR", {"max_lr": [0.1], "total_steps": 5}, "max_lr has 1 values for 2 groups"),
    ],
)
def test_bad_arguments(torch, name, arguments, message):
    a, _ = optimizers(torch)
    with pytest.raises(ValueError, match=message):
        getattr(optim.lr_scheduler, name)(a, **arguments)
    with pytest.raises(TypeError, match="takes an optimizer"):
        optim.lr_scheduler.StepLR([], 2)
