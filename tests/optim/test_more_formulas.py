"""The optimizers in NumPy, and what all of PyTorch's optimizers have in common, beside PyTorch's."""

import copy
import inspect
import itertools

import numpy as np
import pytest

from lanegrad import Tensor, optim

rng = np.random.default_rng(0)
SHAPES = [(), (1,), (33,), (4, 3, 5, 5), (0, 2)]
WITH_KERNEL = ["SGD", "Adam", "AdamW", "RMSprop"]
IN_NUMPY = ["ASGD", "Adadelta", "Adafactor", "Adagrad", "Adamax", "NAdam", "RAdam", "Rprop"]
ALL = [*WITH_KERNEL, *IN_NUMPY, "LBFGS", "Muon"]

OWN = {
    "ASGD": {"lambd": (1e-4, 0.3), "alpha": (0.75, 0.2), "t0": (1e6, 3.0)},
    "Adadelta": {"rho": (0.9, 0.4), "eps": (1e-6, 0.1)},
    "Adafactor": {"eps": ((None, 1e-3), (1e-4, 0.5)), "d": (1.0, 3.0), "beta2_decay": (-0.8, -0.1)},
    "Adagrad": {
        "lr_decay": (0.0, 0.3),
        "initial_accumulator_value": (0.0, 0.2),
        "eps": (1e-10, 0.1),
    },
    "Adamax": {"betas": ((0.9, 0.999), (0.4, 0.5)), "eps": (1e-8, 1e-2)},
    "NAdam": {"betas": ((0.9, 0.999), (0.4, 0.5)), "decoupled_weight_decay": (False, True)},
    "RAdam": {"betas": ((0.9, 0.999), (0.4, 0.9)), "decoupled_weight_decay": (False, True)},
    "Rprop": {"etas": ((0.5, 1.2), (0.3, 2.0)), "step_sizes": ((1e-6, 50), (0.005, 0.02))},
}
CASES = [
    (name, dict(zip(choices, values, strict=True)))
    for name, own in OWN.items()
    for choices in [{"maximize": (False, True), "weight_decay": (0.0, 0.1), **own}]
    for values in itertools.product(*choices.values())
    if not (name == "Rprop" and values[1])
]


def twins(torch, shapes=SHAPES):
    starts = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    mine = [Tensor(s.copy(), requires_grad=True) for s in starts]
    return mine, [torch.tensor(s, requires_grad=True) for s in starts]


def give_gradients(torch, mine, theirs):
    for p, q in zip(mine, theirs, strict=True):
        g = rng.normal(0.3, size=p.shape).astype(np.float32)
        p.grad, q.grad = Tensor(g), torch.tensor(g)


def compare(mine, theirs, **tolerance):
    for p, q in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), **tolerance)


def without_rprops(name, options):
    return {k: v for k, v in options.items() if not (name == "Rprop" and k == "weight_decay")}


@pytest.mark.parametrize(("name", "options"), CASES)
def test_ten_steps(torch, name, options):
    shapes = SHAPES[:-1] if name == "Adafactor" else SHAPES  # whose mean of nothing is an error
    options = without_rprops(name, options)
    mine, theirs = twins(torch, shapes)
    a = getattr(optim, name)(mine, lr=0.01, **options)
    b = getattr(torch.optim, name)(theirs, lr=0.01, foreach=False, **options)
    for _ in range(10):
        give_gradients(torch, mine, theirs)
        a.step()
        b.step()
        compare(mine, theirs, rtol=1e-6, atol=1e-6)
    for p, q in zip(mine, theirs, strict=True):
        assert list(a.state[p]) == list(b.state[q])
        for key, value in a.state[p].items():
            np.testing.assert_allclose(value, b.state[q][key].numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [*IN_NUMPY, "Muon"])
def test_state_of_pytorchs_optimizer_can_be_loaded_and_back(torch, name):
    tolerance = {"rtol": 1e-5, "atol": 1e-6 if name != "Muon" else 1e-4}
    mine, theirs = twins(torch, [(3, 4), (5, 2)])
    theirs_first = getattr(torch.optim, name)(theirs, lr=0.02)
    for _ in range(3):
        give_gradients(torch, mine, theirs)
        theirs_first.step()
    mine = [Tensor(q.detach().numpy().copy(), requires_grad=True) for q in theirs]
    a = getattr(optim, name)(mine)
    a.load_state_dict(theirs_first.state_dict())
    for _ in range(3):
        give_gradients(torch, mine, theirs)
        a.step()
        theirs_first.step()
    compare(mine, theirs, **tolerance)
    state = a.state_dict()
    torch_state = {
        number: {k: torch.tensor(v.numpy()) for k, v in values.items()}
        for number, values in state["state"].items()
    }
    b = getattr(torch.optim, name)(theirs)
    b.load_state_dict({"state": torch_state, "param_groups": state["param_groups"]})
    give_gradients(torch, mine, theirs)
    a.step()
    b.step()
    compare(mine, theirs, **tolerance)


@pytest.mark.parametrize("name", [*IN_NUMPY, "Muon", *WITH_KERNEL])
def test_going_on_from_a_copy(torch, name):
    mine, _ = twins(torch, [(3, 4), (5, 2)])
    a = getattr(optim, name)(mine)
    give_gradients(torch, mine, twins(torch, [(3, 4), (5, 2)])[1])
    a.step()
    others, b = copy.deepcopy((mine, a))
    for params, optimizer in ((mine, a), (others, b)):
        for p, q in zip(params, mine, strict=True):
            p.grad = q.grad
        optimizer.step()
    for p, q in zip(mine, others, strict=True):
        assert p.tolist() == q.tolist()


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (1, 3), (5, 5)])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("adjust", [None, "match_rms_adamw"])
def test_muon(torch, shape, nesterov, adjust):
    mine, theirs = twins(torch, [shape])
    options = {"nesterov": nesterov, "adjust_lr_fn": adjust}
    a, b = optim.Muon(mine, **options), torch.optim.Muon(theirs, **options)
    for _ in range(10):
        give_gradients(torch, mine, theirs)
        a.step()
        b.step()
    compare(mine, theirs, atol=1e-3 * 0.02)  # bfloat16: 2^-8 of a step, where roundings part
    with pytest.raises(ValueError, match="two axes"):
        optim.Muon([Tensor([1.0], requires_grad=True)])


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
@pytest.mark.parametrize("options", [{}, {"history_size": 2, "max_iter": 6}, {"max_eval": 5}])
@pytest.mark.parametrize("power", [2, 4])
def test_lbfgs(torch, search, options, power):
    draw = np.random.default_rng(1)
    x, w, b = (draw.normal(size=size).astype(np.float32) for size in [(20, 3), (3, 2), (2,)])
    y = x @ draw.normal(size=(3, 2)).astype(np.float32)
    lr = 0.3 if search is None else 1

    def run(make, module):
        params = [make(start.copy(), requires_grad=True) for start in (w, b)]
        optimizer = module.LBFGS(params, lr=lr, line_search_fn=search, **options)

        def closure():
            optimizer.zero_grad()
            loss = ((make(x) @ params[0] + params[1] - make(y)) ** power).mean()
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(4)]
        return losses, params, optimizer.state[params[0]]

    losses, params, state = run(Tensor, optim)
    their_losses, their_params, their_state = run(torch.tensor, torch.optim)
    # Roundings grow with each move: later steps are alike, and no more.
    np.testing.assert_allclose(losses, their_losses, rtol=2e-3, atol=1e-4)
    compare(params, their_params, rtol=1e-2, atol=1e-2)
    assert losses[3] < losses[0] / 2
    assert abs(state["func_evals"] - their_state["func_evals"]) <= 3
    assert set(state) == set(their_state) - {"al"}


def test_lbfgs_goes_on_from_a_state(torch):
    def run(params, optimizer, steps):
        def closure():
            optimizer.zero_grad()
            loss = ((params[0] ** 2 - Tensor([2.0, 3.0])) ** 2).sum()
            loss.backward()
            return loss

        return [optimizer.step(closure).item() for _ in range(steps)]

    p = [Tensor([1.0, 1.0], requires_grad=True)]
    a = optim.LBFGS(p, lr=0.1, max_iter=3)
    run(p, a, 2)
    q = [Tensor(p[0].detach().numpy().copy(), requires_grad=True)]
    b = optim.LBFGS(q)
    b.load_state_dict(copy.deepcopy(a.state_dict()))
    assert run(p, a, 3) == run(q, b, 3)
    with pytest.raises(ValueError, match="groups"):
        optim.LBFGS([{"params": p}, {"params": q}])
    with pytest.raises(TypeError, match="closure"):
        a.step()
    with pytest.raises(RuntimeError, match="strong_wolfe"):
        optim.LBFGS(p, line_search_fn="armijo")


@pytest.mark.parametrize("name", ALL)
def test_signatures_and_defaults_are_pytorchs(torch, name):
    mine, theirs = getattr(optim, name), getattr(torch.optim, name)
    own, other = (
        [(p.name, p.kind, p.default) for p in inspect.signature(f).parameters.values()]
        for f in (mine, theirs)
    )
    assert own == other
    a, b = (
        mine([Tensor([[1.0]], requires_grad=True)]),
        theirs([torch.ones(1, 1, requires_grad=True)]),
    )
    assert a.defaults == b.defaults
    assert repr(a) == repr(b)


@pytest.mark.parametrize("name", [*WITH_KERNEL, *IN_NUMPY])
def test_a_rate_that_is_a_tensor(torch, name):
    mine, theirs = twins(torch, [(3, 4)])
    a = getattr(optim, name)(mine, lr=Tensor(0.05))
    b = getattr(torch.optim, name)(theirs, lr=torch.tensor(0.05), foreach=False)
    for _ in range(3):
        give_gradients(torch, mine, theirs)
        a.step()
        b.step()
    compare(mine, theirs, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="1-element"):
        getattr(optim, name)(mine, lr=Tensor([0.1, 0.2]))


@pytest.mark.parametrize("name", IN_NUMPY)
def test_pytorchs_wrong_inputs(torch, name):
    from torch.testing._internal.common_optimizers import optim_db

    info = next(info for info in optim_db if info.optim_cls.__name__ == name)
    refused = 0
    for error in info.optim_error_inputs_func("cpu", torch.float32):
        kwargs, params = error.optimizer_error_input.kwargs, error.optimizer_error_input.params
        if params is None and not any(isinstance(v, torch.Tensor) for v in kwargs.values()):
            with pytest.raises(error.error_type):
                getattr(optim, name)([Tensor([1.0], requires_grad=True)], **kwargs)
            refused += 1
    assert refused


@pytest.mark.parametrize("name", [*IN_NUMPY, "Muon"])
def test_nothing_is_changed_if_something_is_wrong(name):
    good, bad = (Tensor([[1.0, 2.0]], requires_grad=True) for _ in range(2))
    optimizer = getattr(optim, name)([good, bad])
    good.grad, bad.grad = Tensor([[1.0, 1.0]]), Tensor([[1.0, 1.0]])
    bad._edge.grad = Tensor([1.0])  # behind the back of the setter
    with pytest.raises(ValueError, match="shape"):
        optimizer.step()
    assert good.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("name", ALL)
def test_what_has_no_meaning_here(name):
    p = Tensor([[1.0]], requires_grad=True)
    make = getattr(optim, name)
    names = inspect.signature(make).parameters
    make([p], **{k: True for k in ("foreach", "capturable") if k in names})
    if "differentiable" in names:
        with pytest.raises(RuntimeError, match="differentiable"):
            make([p], differentiable=True)
    if "fused" in names:
        with pytest.raises(RuntimeError, match="fused"):
            make([p], fused=True, foreach=True)
