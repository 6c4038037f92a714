"""The formulas of SGD, Adam, AdamW and RMSprop, against the oracle and PyTorch."""

import itertools

import numpy as np
import pytest

import lanegrad
import reference_optim as reference
from lanegrad import Tensor, optim

rng = np.random.default_rng(0)
SHAPES = [(), (1,), (33,), (4, 3, 5, 5), (0, 2), (5000,)]


def combinations(**choices):
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


BOTH = (False, True)
CASES = [
    ("SGD", options)
    for options in combinations(
        momentum=(0.0, 0.9),
        dampening=(0.0, 0.5),
        weight_decay=(0.0, 0.1),
        nesterov=BOTH,
        maximize=BOTH,
    )
    if not (options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0))
]
CASES += [
    (name, options)
    for name in ("Adam", "AdamW")
    for options in combinations(
        betas=((0.9, 0.999), (0.4, 0.5)),
        eps=(1e-8, 1e-2),
        weight_decay=(0.0, 0.1),
        amsgrad=BOTH,
        maximize=BOTH,
    )
]
CASES += [
    ("RMSprop", options)
    for options in combinations(
        alpha=(0.99, 0.8),
        weight_decay=(0.0, 0.1),
        momentum=(0.0, 0.9),
        centered=BOTH,
        maximize=BOTH,
    )
]


def oracle(name, param, grad, state, lr, options):
    if name == "SGD":
        param, state["buffer"] = reference.sgd_step(param, grad, state.get("buffer"), lr, **options)
        return param
    if name == "RMSprop":
        return reference.rmsprop_step(param, grad, state, lr, **options)
    return reference.adam_step(
        param, grad, state, lr, **options, decoupled_weight_decay=name == "AdamW"
    )


@pytest.mark.parametrize(("name", "options"), CASES)
def test_twenty_steps(torch, name, options):
    starts = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
    mine = [Tensor(s.copy(), requires_grad=True) for s in starts]
    theirs = [torch.tensor(s, requires_grad=True) for s in starts]
    exact, states = [s.astype(np.float64) for s in starts], [{} for _ in starts]
    a = getattr(optim, name)(mine, lr=0.01, **options)
    b = getattr(torch.optim, name)(theirs, lr=0.01, **options)
    atol = 2e-5 if options.get("centered") else 2e-6  # there a difference of squares is a divisor
    for _ in range(20):
        for i, shape in enumerate(SHAPES):
            g = rng.normal(1, size=shape).astype(np.float32)
            mine[i].grad, theirs[i].grad = Tensor(g), torch.tensor(g)
            exact[i] = oracle(name, exact[i], g, states[i], 0.01, options)
        a.step()
        b.step()
        for p, q, e in zip(mine, theirs, exact, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), e, rtol=1e-5, atol=atol)
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=atol)
    for p, q in zip(mine, theirs, strict=True):
        assert list(a.state.get(p, {})) == list(b.state.get(q, {}))
        for key, array in a.state.get(p, {}).items():
            np.testing.assert_allclose(array, b.state[q][key].numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_pytorchs_own_inputs(torch, name):
    from torch.testing._internal.common_optimizers import optim_db

    info = next(info for info in optim_db if info.optim_cls.__name__ == name)
    for case in info.optim_inputs_func("cpu"):
        start = rng.normal(size=(7, 5)).astype(np.float32)
        p, q = Tensor(start.copy(), requires_grad=True), torch.tensor(start, requires_grad=True)
        a, b = (
            getattr(optim, name)([p], **case.kwargs),
            getattr(torch.optim, name)([q], **case.kwargs),
        )
        for _ in range(20):
            g = rng.normal(size=start.shape).astype(np.float32)
            p.grad, q.grad = Tensor(g), torch.tensor(g)
            a.step()
            b.step()
        np.testing.assert_allclose(
            p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6, err_msg=case.desc
        )
    refused = 0
    for error in info.optim_error_inputs_func("cpu", torch.float32):
        kwargs, params = error.optimizer_error_input.kwargs, error.optimizer_error_input.params
        tensors = any(isinstance(v, torch.Tensor) for v in kwargs.values())
        if (
            params is None
            and not tensors
            and "betas must be" not in error.optimizer_error_input.desc
        ):
            if "as a Tensor" in error.optimizer_error_input.desc:
                continue
            with pytest.raises(error.error_type):
                getattr(optim, name)([Tensor([1.0], requires_grad=True)], **kwargs)
            refused += 1
    assert refused


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_defaults_are_pytorchs(torch, name):
    mine = getattr(optim, name)([Tensor([1.0], requires_grad=True)]).defaults
    theirs = getattr(torch.optim, name)([torch.ones(1, requires_grad=True)]).defaults
    assert list(mine.items()) == list(theirs.items())


@pytest.mark.parametrize(("name", "options"), [
    ("SGD", {"momentum": 0.9}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
])  # fmt: skip
def test_state_of_pytorchs_optimizer_can_be_loaded(torch, name, options):
    start = rng.normal(size=(3, 4)).astype(np.float32)
    q = torch.tensor(start, requires_grad=True)
    theirs = getattr(torch.optim, name)([q], lr=0.02, **options)
    for _ in range(3):
        q.grad = torch.tensor(rng.normal(size=start.shape).astype(np.float32))
        theirs.step()
    p = Tensor(q.detach().numpy().copy(), requires_grad=True)
    mine = getattr(optim, name)([p])
    mine.load_state_dict(theirs.state_dict())
    for _ in range(3):
        g = rng.normal(size=start.shape).astype(np.float32)
        p.grad, q.grad = Tensor(g), torch.tensor(g)
        mine.step()
        theirs.step()
    np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6)
    # And back: the layout is PyTorch's too.
    state = mine.state_dict()
    assert list(state["state"][0]) == list(theirs.state_dict()["state"][0])
    torch_state = {k: torch.tensor(v.numpy()) for k, v in state["state"][0].items()}
    again = getattr(torch.optim, name)([q])
    again.load_state_dict({**theirs.state_dict(), "state": {0: torch_state}})
    again.step()
    mine.step()
    np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_nan_and_infinite_gradients_do_what_pytorchs_do(torch, name):
    start = np.ones(20, np.float32)
    options = {"amsgrad": True} if name.startswith("Adam") else {"momentum": 0.9}
    p, q = Tensor(start.copy(), requires_grad=True), torch.tensor(start, requires_grad=True)
    a, b = getattr(optim, name)([p], **options), getattr(torch.optim, name)([q], **options)
    for step in range(3):
        g = np.linspace(-1, 1, 20, dtype=np.float32)
        if step == 1:
            g[:3] = [np.nan, np.inf, -np.inf]
        p.grad, q.grad = Tensor(g), torch.tensor(g)
        a.step()
        b.step()
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)


def test_parameters_count_their_own_steps(torch):
    p, q = (Tensor([1.0], requires_grad=True) for _ in range(2))
    r, s = (torch.ones(1, requires_grad=True) for _ in range(2))
    a, b = optim.Adam([p, q], lr=0.1), torch.optim.Adam([r, s], lr=0.1)
    for step in range(5):
        p.grad, r.grad = Tensor([1.0]), torch.ones(1)
        if step > 2:
            q.grad, s.grad = Tensor([float(step)]), torch.full((1,), float(step))
        a.step()
        b.step()
    assert (a.state[p]["step"], a.state[q]["step"]) == (5, 2)
    np.testing.assert_allclose([p.item(), q.item()], [r.item(), s.item()], rtol=1e-6)


def test_options_changed_between_steps_count(torch):
    p, q = Tensor([1.0, 2.0], requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = optim.RMSprop([p]), torch.optim.RMSprop([q])
    for step in range(4):
        for group in (a.param_groups[0], b.param_groups[0]):
            group["lr"], group["weight_decay"] = 0.1 / (step + 1), 0.01 * step
        p.grad, q.grad = Tensor([1.0, -1.0]), torch.tensor([1.0, -1.0])
        a.step()
        b.step()
    np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)
    a.param_groups[0].update(momentum=0.5, centered=True)  # state that was not there starts at zero
    a.step()
    assert set(a.state[p]) == {"step", "square_avg", "momentum_buffer", "grad_avg"}


def test_a_constant_gradient_leaves_no_negative_variance():
    p = Tensor(np.ones(100), requires_grad=True)
    optimizer = optim.RMSprop([p], lr=1e-12, centered=True, alpha=0.5)
    p.grad = Tensor(rng.normal(size=100))
    for _ in range(100):
        optimizer.step()
    assert np.isfinite(p.detach().numpy()).all()


def test_after_very_many_steps():
    p = Tensor([1.0], requires_grad=True)
    optimizer = optim.Adam([p], lr=0.5)
    p.grad = Tensor([2.0])
    optimizer.step()
    optimizer.state[p]["step"][...] = 1e9
    before = p.item()
    optimizer.step()
    m, v = optimizer.state[p]["exp_avg"][0], optimizer.state[p]["exp_avg_sq"][0]
    assert p.item() == pytest.approx(before - 0.5 * m / (np.sqrt(v) + 1e-8))


def test_nothing_is_changed_if_something_is_wrong():
    good, bad = Tensor([1.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.Adam([{"params": [good]}, {"params": [bad]}])
    good.grad, bad.grad = Tensor([1.0]), Tensor([1.0, 1.0])
    bad._edge.grad = Tensor([1.0])  # behind the back of the setter
    with pytest.raises(ValueError, match=r"gradient has shape \(1,\).*parameter has shape \(2,\)"):
        optimizer.step()
    assert good.item() == 1
    assert not optimizer.state
    bad.grad = Tensor([1.0, 1.0])
    optimizer.step()
    optimizer.state[bad]["exp_avg"] = lanegrad.zeros(3)
    before = good.item()
    with pytest.raises(ValueError, match=r"exp_avg has shape \(3,\)"):
        optimizer.step()
    optimizer.state[bad]["exp_avg"] = lanegrad.zeros(2)
    optimizer.state[bad]["step"] = Tensor(-1.0)
    with pytest.raises(ValueError, match="steps must not be negative"):
        optimizer.step()
    frozen = np.ones(2, np.float32)
    frozen.flags.writeable = False
    optimizer.state[bad]["step"] = Tensor(1.0)
    bad._value = Tensor(frozen)._value
    with pytest.raises(ValueError, match="read-only"):
        optimizer.step()
    assert good.item() == before
    assert optimizer.state[good]["step"] == 1


def test_adams_state_does_not_make_an_adam_of_adamw():
    p = Tensor([1.0], requires_grad=True)
    optimizer = optim.AdamW([p])
    optimizer.load_state_dict(optim.Adam([p]).state_dict())
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("Adam", {"lr": -1}, "learning rate: -1"),
        ("Adam", {"eps": -1e-8}, "eps"),
        ("Adam", {"betas": (0.9, 1.0)}, r"betas.*\(0.9, 1.0\)"),
        ("Adam", {"betas": (-0.1, 0.9)}, "betas"),
        ("Adam", {"betas": (0.1,)}, "betas"),
        ("AdamW", {"weight_decay": float("nan")}, "weight_decay.*nan"),
        ("RMSprop", {"alpha": -1}, "alpha"),
        ("RMSprop", {"momentum": -1}, "momentum"),
        ("RMSprop", {"eps": -1}, "eps"),
    ],
)
def test_options_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(optim, name)([Tensor([1.0], requires_grad=True)], **options)


@pytest.mark.parametrize(
    ("make", "options", "averages"),
    [
        (optim.SGD, {"momentum": 0.9}, {"momentum_buffer"}),
        (optim.Adam, {"betas": (0.9, 0.8)}, {"exp_avg", "exp_avg_sq"}),
        (
            optim.RMSprop,
            {"momentum": 0.9, "alpha": 0.8, "centered": True},
            {"square_avg", "momentum_buffer", "grad_avg"},
        ),
    ],
)
def test_averages_end_at_zero(isa, make, options, averages):
    p = Tensor(np.ones(21, np.float32), requires_grad=True)
    optimizer = make([p], lr=0.1, **options)
    p.grad = Tensor(np.linspace(-1, 1, 21, dtype=np.float32))
    optimizer.step()
    p.grad = Tensor(np.zeros(21, np.float32))
    for _ in range(1000):  # 0.9^830 is below the smallest normal number
        optimizer.step()
        state = optimizer.state[p]
        for name in averages:
            size = np.abs(np.asarray(state[name]))
            assert not ((size != 0) & (size < np.finfo(np.float32).tiny)).any(), name
    for name in averages:
        assert not np.asarray(state[name]).any(), name
