"""Learning-rate schedules, beside PyTorch's."""

import warnings

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, optim


class Half:
    """What can be called and has attributes: a state keeps those."""

    def __init__(self):
        self.base = 0.5

    def __call__(self, epoch):
        return self.base**epoch


SCHEDULES = [
    ("StepLR", {"step_size": 3}),
    ("StepLR", {"step_size": 1, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.3}),
    ("MultiStepLR", {"milestones": (40, 3)}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.7, "total_iters": 12}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 37, "power": 0.9}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("CosineAnnealingLR", {"T_max": 60}),
    ("CosineAnnealingWarmRestarts", {"T_0": 5}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.001}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 8}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (epoch + 1), Half()]}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.9 + 0.001 * epoch}),
    ("MultiplicativeLR", {"lr_lambda": (lambda epoch: 0.9, Half())}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 7}),
    (
        "CyclicLR",
        {
            "base_lr": [0.01, 0.02],
            "max_lr": [0.1, 0.5],
            "step_size_up": 4,
            "step_size_down": 6,
            "mode": "triangular2",
            "base_momentum": 0.7,
        },
    ),
    (
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": 1, "step_size_up": 5, "mode": "exp_range", "gamma": 0.9},
    ),
    (
        "CyclicLR",
        {
            "base_lr": 0.1,
            "max_lr": 1.0,
            "step_size_up": 5,
            "scale_fn": lambda x: 1 / (5 ** (x * 0.01)),
            "scale_mode": "iterations",
            "cycle_momentum": False,
        },
    ),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 60}),
    ("OneCycleLR", {"max_lr": [0.3, 0.2], "epochs": 30, "steps_per_epoch": 2, "pct_start": 0.4}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 61, "three_phase": True, "div_factor": 10.0}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 60, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 60, "pct_start": 0.0, "cycle_momentum": False}),
]
WITH_FORMULA = [case for case in SCHEDULES if case[0] not in ("OneCycleLR", "MultiplicativeLR")]


def optimizers(torch, name="SGD"):
    mine = [{"params": [Tensor([1.0], requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    theirs = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.02)]
    return getattr(optim, name)(mine), getattr(torch.optim, name)(theirs)


def options(optimizer):
    names = ("lr", "momentum", "betas")
    return [[group.get(name) for name in names] for group in optimizer.param_groups]


def numbers(optimizer):
    return [[lr, *(betas or [momentum])] for lr, momentum, betas in options(optimizer)]


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_rates_are_pytorchs(torch, name, arguments, optimizer):
    a, b = optimizers(torch, optimizer)
    mine = getattr(optim.lr_scheduler, name)(a, **arguments)
    theirs = getattr(torch.optim.lr_scheduler, name)(b, **arguments)
    for _ in range(60):
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-12)
        np.testing.assert_allclose(mine.get_last_lr(), theirs.get_last_lr(), rtol=1e-12)
        assert mine.last_epoch == theirs.last_epoch
        for thing in (a, b, mine, theirs):
            thing.step()
    assert mine.base_lrs == theirs.base_lrs
    state, their_state = mine.state_dict(), theirs.state_dict()
    own = {"base_momentums", "max_momentums"} if name == "OneCycleLR" else set()
    assert set(state) - own == set(their_state)


def test_schedules_multiply(torch):
    a, b = optimizers(torch)
    mine = optim.lr_scheduler.LinearLR(a), optim.lr_scheduler.ExponentialLR(a, 0.9)
    schedulers = torch.optim.lr_scheduler
    theirs = schedulers.LinearLR(b), schedulers.ExponentialLR(b, 0.9)
    a.step()
    b.step()
    for _ in range(10):
        for scheduler in (*mine, *theirs):
            scheduler.step()
        assert options(a) == options(b)


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_going_on(torch, name, arguments):
    a, _ = optimizers(torch)
    a.step()
    whole = getattr(optim.lr_scheduler, name)(a, **arguments)
    for _ in range(4):
        whole.step()
    state, optimizer_state = whole.state_dict(), a.state_dict()
    c, _ = optimizers(torch)
    c.step()
    again = getattr(optim.lr_scheduler, name)(c, **arguments)
    c.load_state_dict(optimizer_state)
    plain = {k: dict(v) if isinstance(v, dict) else v for k, v in state.items()}
    again.load_state_dict(plain)
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
    a.step()
    b.step()
    for _ in range(4):
        assert options(a) == options(b)
        mine.step()
        theirs.step()


def test_a_cycle_ends(torch):
    a, _ = optimizers(torch)
    a.step()
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
        ("LambdaLR", {"lr_lambda": [lambda epoch: 1.0]}, "lr_lambda has 1 values for 2 groups"),
        ("ConstantLR", {"factor": 1.5}, "factor"),
        ("CosineAnnealingWarmRestarts", {"T_0": 0}, "T_0"),
        ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 1.5}, "T_mult"),
        ("ReduceLROnPlateau", {"factor": 1.0}, "factor"),
        ("ReduceLROnPlateau", {"mode": "up"}, "mode"),
        ("ReduceLROnPlateau", {"min_lr": [0.1]}, "min_lr has 1 values for 2 groups"),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "mode": "x"}, "mode"),
        ("SequentialLR", {"schedulers": [], "milestones": []}, "at least one"),
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


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize(("name", "arguments"), WITH_FORMULA)
def test_a_step_of_a_given_number(torch, name, arguments):
    a, b = optimizers(torch)
    mine = getattr(optim.lr_scheduler, name)(a, **arguments)
    theirs = getattr(torch.optim.lr_scheduler, name)(b, **arguments)
    for epoch in (1, 7, 6, 12, 40, 0, None, 3, None):
        for thing in (a, b):
            thing.step()
        for thing in (mine, theirs):
            thing.step(epoch)
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-12)
        assert mine.last_epoch == theirs.last_epoch


@pytest.mark.parametrize("arguments", [{"T_0": 4}, {"T_0": 2, "T_mult": 3, "eta_min": 0.01}])
def test_warm_restarts_between_steps(torch, arguments):
    a, b = optimizers(torch)
    mine = optim.lr_scheduler.CosineAnnealingWarmRestarts(a, **arguments)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(b, **arguments)
    for epoch in [0.25 * k for k in range(60)] + [0, None, None, 7.5, None]:
        mine.step(epoch)
        theirs.step(epoch)
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-12)
        assert (mine.last_epoch, mine.T_cur, mine.T_i) == (
            theirs.last_epoch,
            theirs.T_cur,
            theirs.T_i,
        )
    with pytest.raises(ValueError, match="-1"):
        mine.step(-1)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"factor": 0.5, "patience": 1, "threshold": 0.1},
        {"patience": 0, "cooldown": 3, "min_lr": [0.01, 0.001]},
        {"patience": 2, "min_lr": 1e-3, "eps": 1e-3, "threshold": 0.0},
    ],
)
def test_plateau(torch, mode, threshold_mode, arguments):
    a, b = optimizers(torch)
    both = {"mode": mode, "threshold_mode": threshold_mode, **arguments}
    mine = optim.lr_scheduler.ReduceLROnPlateau(a, **both)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(b, **both)
    for number in np.random.default_rng(0).integers(-20, 20, 60) / 8:
        mine.step(Tensor(number))
        theirs.step(number)
        assert options(a) == options(b)
        assert mine.num_bad_epochs == theirs.num_bad_epochs
    assert mine.state_dict() == theirs.state_dict()
    c, _ = optimizers(torch)
    again = optim.lr_scheduler.ReduceLROnPlateau(c)
    again.load_state_dict(theirs.state_dict())
    assert again.state_dict() == mine.state_dict()


def combined(module, kind, optimizer):
    linear = module.LinearLR(optimizer, 0.2, total_iters=6)
    exponential = module.ExponentialLR(optimizer, 0.9)
    if kind == "chained":
        return module.ChainedScheduler([linear, exponential])
    cosine = module.CosineAnnealingLR(optimizer, T_max=9)
    if kind == "sequential":
        return module.SequentialLR(optimizer, [linear, exponential, cosine], [6, 20])
    inner = module.SequentialLR(optimizer, [linear, exponential], milestones=[5])
    return module.SequentialLR(optimizer, schedulers=[inner, cosine], milestones=[11])


@pytest.mark.filterwarnings("ignore::UserWarning")  # nested ones step as they are made
@pytest.mark.parametrize("kind", ["sequential", "chained", "nested"])
def test_schedules_made_of_others(torch, kind):
    a, b = optimizers(torch)
    mine = combined(optim.lr_scheduler, kind, a)
    theirs = combined(torch.optim.lr_scheduler, kind, b)
    for step in range(60):
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-12)
        np.testing.assert_allclose(mine.get_last_lr(), theirs.get_last_lr(), rtol=1e-12)
        if step == 17:
            state, optimizer_state = mine.state_dict(), a.state_dict()
            a, _ = optimizers(torch)
            mine = combined(optim.lr_scheduler, kind, a)
            a.step()
            a.load_state_dict(optimizer_state)
            mine.load_state_dict(state)
        for thing in (a, b, mine, theirs):
            thing.step()


@pytest.mark.parametrize("base", ["LRScheduler", "_LRScheduler"])
def test_a_users_own_schedule(base):
    class WarmUp(getattr(optim.lr_scheduler, base)):
        def __init__(self, optimizer, total_iters, last_epoch=-1):
            self.total_iters = total_iters
            super().__init__(optimizer, last_epoch)

        def get_lr(self):
            assert self._get_lr_called_within_step
            return [lr * self.last_epoch / (self.total_iters + 1e-8) for lr in self.base_lrs]

    optimizer = optim.SGD([Tensor([1.0], requires_grad=True)], lr=0.1)
    scheduler = WarmUp(optimizer, 4)
    assert isinstance(scheduler, optim.lr_scheduler.LRScheduler)
    assert optimizer.param_groups[0]["lr"] == 0
    optimizer.step()
    for step in range(1, 5):
        scheduler.step()
        assert optimizer.param_groups[0]["lr"] == pytest.approx(0.025 * step)
    with pytest.raises(NotImplementedError, match="get_lr"):
        getattr(optim.lr_scheduler, base)(optimizer)


def test_a_rate_that_is_a_tensor(torch):
    rate, their_rate = Tensor(0.1), torch.tensor(0.1)
    a = optim.SGD([Tensor([1.0], requires_grad=True)], lr=rate)
    b = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=their_rate)
    mine = optim.lr_scheduler.CosineAnnealingLR(a, 5)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(b, 5)
    for _ in range(7):
        for thing in (a, b, mine, theirs):
            thing.step()
        assert a.param_groups[0]["lr"] is rate
        np.testing.assert_allclose(rate.item(), their_rate.item(), atol=1e-7)
        np.testing.assert_allclose(mine.get_last_lr()[0].item(), rate.item())
    assert mine.base_lrs[0].item() == theirs.base_lrs[0].item()


def test_a_step_before_the_optimizers_first_warns():
    optimizer = optim.SGD([Tensor([1.0], requires_grad=True)], lr=0.1)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match="first rate"):
        scheduler.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()
        optimizer.step()
        optim.lr_scheduler.StepLR(optimizer, 1).step()


def test_where_schedules_are():
    from lanegrad.optim import lr_scheduler
    from lanegrad.optim.lr_scheduler import StepLR

    assert lr_scheduler is lanegrad.optim.lr_scheduler
    assert StepLR is lr_scheduler.StepLR


@pytest.mark.parametrize("name", optim.lr_scheduler.__all__)
def test_signatures_are_pytorchs(torch, name):
    import inspect

    mine = inspect.signature(getattr(optim.lr_scheduler, name)).parameters
    theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
    assert [(p.name, p.kind, p.default) for p in mine.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]
