"""Functions of users' own, and modes, beside PyTorch: results, gradients, flags and errors."""

import copy

import numpy as np
import pytest

import lanegrad

torch = pytest.importorskip("torch")


def leaf(m, *values):
    return m.tensor(values or (1.0, 2.0, 3.0), requires_grad=True)


def shown(x):
    """What is seen of results, for comparing."""
    if isinstance(x, list | tuple):
        return [shown(y) for y in x]
    if hasattr(x, "detach"):
        return x.detach().tolist(), x.requires_grad, x.is_leaf
    return x


def outcome(m, case):
    try:
        return shown(case(m))
    except Exception as error:
        return error
    finally:
        m.set_grad_enabled(True)


def function(m, forward, backward, **more):
    """A Function of these functions."""
    members = {"forward": forward, "backward": backward, **more}
    return type("Op", (m.autograd.Function,), {k: staticmethod(f) for k, f in members.items()})


def several_results(m):
    def forward(ctx, x, y, k):
        ctx.save_for_backward(x, y)
        return x * y * k, x + y, "text", 5, None

    def backward(ctx, a, b, *others):
        x, y = ctx.saved_tensors
        return a * y * 3 + b, a * x * 3 + b, None

    x, y = leaf(m), leaf(m, 2.0, 3.0, 4.0)
    a, b, *others = function(m, forward, backward).apply(x, y, 3)
    (a.sum() + (b * b).sum()).backward()
    return a, b, others, x.grad, y.grad


def gradients_that_do_not_come(m, materialize):
    came = []

    def forward(ctx, x):
        ctx.set_materialize_grads(materialize)
        return x * 1, x * 2

    def backward(ctx, a, b):
        came.append(None if a is None else a.tolist())
        return b

    x = leaf(m)
    function(m, forward, backward).apply(x)[1].sum().backward()
    return came, x.grad


def no_gradient(m):
    x, y = leaf(m), leaf(m)
    function(m, lambda ctx, x, y: x + y, lambda ctx, g: (None, g)).apply(x, y).sum().backward()
    z = leaf(m)
    function(m, lambda ctx, x: x + 1, lambda ctx, g: None).apply(z).sum().backward()
    return x.grad, y.grad, z.grad


def broadcast_argument(m):
    x = leaf(m)
    function(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(2, 3)).apply(x).sum().backward()
    return x.grad


def named_arguments(m):
    op = function(m, lambda ctx, x, k=2: x * k, lambda ctx, g: (g, None))
    return op.apply(leaf(m), k=3), op.apply(leaf(m))


def changed_argument(m, start):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2)
        return x

    x = leaf(m)
    y = start(x)
    z = function(m, forward, lambda ctx, g: g * 2).apply(y)
    z.sum().backward()
    return z is y, z, x.grad


def saved_and_changed(m):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    x = leaf(m) * 1
    y = function(m, forward, lambda ctx, g: 2 * ctx.saved_tensors[0] * g).apply(x).sum()
    x.add_(1)
    y.backward()


def saved_number(m):
    return function(m, lambda ctx, x: ctx.save_for_backward(3), None).apply(leaf(m))


def an_argument_as_result(m):
    x = leaf(m)
    y = function(m, lambda ctx, x: x, lambda ctx, g: g * 10).apply(x)
    y.sum().backward()
    return y is x, y, x.grad


def once(m):
    backward = m.autograd.function.once_differentiable(lambda ctx, g: g * 2)
    x = leaf(m)
    function(m, lambda ctx, x: x * 2, backward).apply(x).sum().backward()
    return x.grad


def defaults_with_setup(m):
    def setup(ctx, inputs, output):
        ctx.k = inputs[1]

    x = leaf(m)
    op = function(m, lambda x, k=4: x * k, lambda ctx, g: (g * ctx.k, None), setup_context=setup)
    op.apply(x).sum().backward()
    return x.grad


def generator(m):
    seen = []

    @m.no_grad()
    def steps():
        seen.append(m.is_grad_enabled())
        seen.append(((yield 1), m.is_grad_enabled()))
        try:
            yield 2
        except KeyError:
            yield m.is_grad_enabled()
        finally:
            seen.append(m.is_grad_enabled())
        return 4

    running = steps()
    got = [next(running), m.is_grad_enabled(), running.send("sent"), running.throw(KeyError("x"))]
    seen.append(m.is_grad_enabled())
    try:
        next(running)
    except StopIteration as end:
        got.append(end.value)
    closed = steps()
    next(closed)
    closed.close()
    return got, seen, m.is_grad_enabled()


def twice_through_views(m):
    x = leaf(m)
    y = x.view(3, 1).t()
    for _ in range(2):  # two losses
        (y * y).sum().backward()
    return x.grad


def of_some_alone(m):
    """Gradients of tensors whose way is free, though others' is not."""
    x, y = leaf(m), leaf(m)
    z = x.exp()
    z.add_(1)  # what exp needs is gone
    return m.autograd.grad((z * y).sum(), y)


def copies_that_share(m):
    base = m.arange(6).float()
    base, part, other = copy.deepcopy((base, base.view(2, 3)[1], m.ones(2, requires_grad=True)))
    part[0] = 9
    return base, part, other


def kept_gradient(m):
    x = leaf(m) * 1
    x.retain_grad()
    y = x * 2
    y.sum().backward()
    before = x.grad.tolist()
    x[:1].mul_(3)
    return before, x.grad, x.retains_grad


def gradient_of_what_requires_none(m):
    x = m.ones(2)
    x.grad = m.ones(2)
    x.grad += 1
    return x.grad, x.requires_grad


def step_of_a_frozen_parameter(m):
    layer = m.nn.Linear(1, 1)
    with m.no_grad():
        layer.weight.fill_(2)
    layer(m.ones(1, 1)).sum().backward()
    layer.weight.requires_grad = False
    m.optim.SGD(layer.parameters(), lr=0.5).step()
    return layer.weight.tolist()


CASES = [
    several_results,
    lambda m: gradients_that_do_not_come(m, True),
    lambda m: gradients_that_do_not_come(m, False),
    no_gradient,
    broadcast_argument,
    named_arguments,
    lambda m: changed_argument(m, lambda x: x * 1),
    lambda m: changed_argument(m, lambda x: x),
    saved_and_changed,
    saved_number,
    an_argument_as_result,
    once,
    defaults_with_setup,
    generator,
    twice_through_views,
    of_some_alone,
    copies_that_share,
    kept_gradient,
    gradient_of_what_requires_none,
    step_of_a_frozen_parameter,
]


@pytest.mark.parametrize("case", CASES)
def test_functions_and_modes(case):
    want, got = outcome(torch, case), outcome(lanegrad, case)
    if isinstance(want, Exception):
        assert isinstance(got, type(want)), got
    else:
        assert got == want


def test_gradients_of_indices_beside_numbers_add_up():
    for m in (torch, lanegrad):
        x = m.tensor(np.ones((2, 3), np.float32), requires_grad=True)
        (x[0, [1, 1, 2]] * m.tensor([1.0, 2.0, 4.0])).sum().backward()
        assert x.grad.tolist() == [[0, 3, 4], [0, 0, 0]]
