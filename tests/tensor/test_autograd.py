"""The tape on its own: order, sharing, freeing, modes."""

import gc
import pickle
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, as_tensor, nn, optim
from lanegrad.autograd import is_grad_enabled, no_grad

pytestmark = pytest.mark.once


def leaf(values=(0.0,)):
    return Tensor(list(values), requires_grad=True)


def op(value, function, *inputs, saved=()):
    """A tensor on the tape, of a gradient function of one's own."""
    return _core.record(_core.adopt(np.array(value, np.float32)), function, saved, *inputs)


def scaled(factor, x):
    return op(np.zeros(x.shape), lambda g: _core.scale(g, factor), x)


def backward(tensor, gradient, retain_graph=False):
    _core.backward((tensor,), (_core.adopt(np.array(gradient, np.float32)),), retain_graph)


def test_chain_multiplies():
    x = leaf([0.0, 0.0])
    backward(scaled(2.0, scaled(3.0, x)), [1.0, 10.0])
    assert x.grad.tolist() == [6.0, 60.0]


def test_a_node_runs_once_with_its_whole_gradient():
    calls, x = [], leaf()

    def rule(g):
        calls.append(g.item())
        return g

    # The short way to `shared` must wait for the long one.
    shared = op([0.0], rule, x)
    long_way = scaled(5.0, scaled(2.0, shared))
    backward(op([0.0], lambda g, need: (g, g), shared, long_way), [1.0])
    assert calls == [11.0]
    assert x.grad.tolist() == [11.0]


def test_inputs_that_need_nothing_are_left_out():
    x, needs = leaf(), []

    def rule(g, need):
        needs.append(need)
        return None, g, None

    backward(op([0.0], rule, lanegrad.ones(1), x, None), [3.0])
    assert needs == [(False, True, False)]
    assert x.grad.tolist() == [3.0]
    assert op([0.0], rule, lanegrad.ones(1), None)._edge is None


def test_a_function_gets_what_was_saved():
    x, got = leaf(), []

    def rule(g, *saved):
        got.extend(saved)
        return g

    things = 1, "two", None, (3,)
    backward(op([0.0], rule, x, saved=things), [1.0])
    assert got == list(things)


def test_a_function_must_give_one_gradient_per_input():
    x, y = leaf(), leaf()
    with pytest.raises(ValueError, match="1 gradients for 2 inputs"):
        backward(op([0.0], lambda g, need: (g,), x, y), [1.0])
    assert x.grad is None
    assert y.grad is None


def test_a_gradient_that_others_see_is_not_kept():
    rules = {
        "same": (lambda g: g, True),
        "view": (lambda g: g.reshape((6,)), True),
        "fresh": (lambda g: _core.scale(g, 1.0), False),
    }
    for rule, shared in rules.values():
        for shape in [(6,), (2, 3)]:
            x = Tensor(np.zeros(6, np.float32), requires_grad=True)
            g = _core.adopt(np.ones(shape, np.float32)).reshape((6,))
            kept = []

            def keep(up, rule=rule, kept=kept):
                kept.append(rule(up))
                return kept[0]

            _core.backward((op(np.zeros(6), keep, x),), (g,))
            assert x.grad._value.shares(kept[0]) != shared
            assert not x.grad._value.shares(g)
    fresh = []

    def rule(g):
        fresh.append(_core.scale(g, 1.0))
        return fresh[0]

    _core.backward((op(np.zeros(6), rule, x),), (g,), True)
    assert not x.grad._value.shares(
        fresh[0]
    )  # the function may give the same array at the next pass


def plain_images():
    return Tensor(np.ones((3, 2, 4, 4), np.float32), requires_grad=True)


@pytest.mark.parametrize("kind", ["plain", "turned", "in lanes"])
def test_gradients_of_two_leaves_share_no_memory(kind):
    a, b = plain_images(), plain_images()
    g = lanegrad.ones(3, 2, 4, 4)
    if kind == "turned":
        g = lanegrad.ones(4, 4, 2, 3).T
    elif kind == "in lanes":
        g = F.conv2d(g, lanegrad.ones(2, 1, 1, 1), groups=2)
        assert g._value.in_lanes
    (a + b).backward(g)
    assert not np.shares_memory(a.grad.numpy(), b.grad.numpy())
    (a * 2.0).backward(lanegrad.ones(3, 2, 4, 4))
    assert (a.grad.numpy() == 3).all()
    assert (b.grad.numpy() == 1).all()


def test_gradients_add_up_in_place_whatever_their_strides():
    x = leaf(np.zeros(6)).detach().reshape(2, 3).requires_grad_()
    x.grad = as_tensor(np.arange(6, dtype=np.float32).reshape(3, 2)).T
    held = x.grad
    (x * 2.0).sum().backward()
    assert x.grad is held
    np.testing.assert_array_equal(held.numpy(), [[2, 4, 6], [3, 5, 7]])


def deep_graphs(depth):
    x = leaf()
    y = x
    for _ in range(depth):
        y = scaled(1.0, y)
    backward(y, [2.0])
    assert x.grad.tolist() == [2.0]
    y = x
    for _ in range(depth):
        y = scaled(1.0, y)
    del y  # nor does dropping one that was never used
    y = x
    for _ in range(depth):
        y = y * 1.0
    y.backward()
    assert x.grad.tolist() == [3.0]


def test_deep_graphs_need_no_recursion():
    """On a stack that has fifty bytes for each level."""
    before = threading.stack_size(1 << 20)
    try:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(deep_graphs, 20_000).result()
    finally:
        threading.stack_size(before)


def test_second_backward_says_so_and_touches_nothing():
    inner, outer = leaf(), leaf()
    shared = scaled(2.0, inner)
    backward(shared, [1.0])
    later = op([0.0], lambda g, need: (g, g), shared, outer)
    with pytest.raises(RuntimeError, match=r"freed.*forward pass.*retain_graph=True"):
        backward(later, [1.0])
    assert outer.grad is None
    assert inner.grad.tolist() == [2.0]


def test_a_change_of_something_saved_says_so_and_touches_nothing():
    x, other = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    y = x * 3.0
    view = y.detach()
    z = y * y + other
    with no_grad():
        view *= 2.0
    with pytest.raises(RuntimeError, match=r"changed in place since.*\.clone\(\)"):
        z.sum().backward()
    assert x.grad is None
    assert other.grad is None
    y = x * 3.0
    view, z = y.detach(), y.clone() * y.clone()
    with no_grad():
        view *= 2.0
    z.sum().backward()
    assert x.grad.tolist() == [18.0, 36.0]


def change_labels(x):
    labels = lanegrad.tensor(np.array([0, 1, 1]))
    loss = F.nll_loss(x, labels, reduction="sum")
    return loss, labels, as_tensor(np.array([1, 1, 1]))


def change_class_weights(x):
    weight = lanegrad.ones(3)
    return F.nll_loss(x, [0, 1, 2], weight, reduction="sum"), weight, 3.0


def change_sample_weights(x):
    weight = lanegrad.ones(3)
    loss = F.nll_loss(x, [0, 1, 2], sample_weight=weight, reduction="sum")
    return loss, weight, 3.0


def change_index(x):
    index = lanegrad.tensor(np.array([0, 1]))
    return x[index].sum(), index, 1


def change_input_of_linear_cross_entropy(x):
    given = lanegrad.ones(2, 3)
    loss = F.linear_cross_entropy(given, x, [0, 1], reduction="none").sum()
    return loss, given, 5.0


@pytest.mark.parametrize(
    "make",
    [
        change_labels,
        change_class_weights,
        change_sample_weights,
        change_index,
        change_input_of_linear_cross_entropy,
    ],
)
def test_no_change_of_an_argument_gives_another_gradient(make):
    """Either backward says so, or the gradient is that of the forward pass."""
    want = Tensor(np.eye(3, dtype=np.float32) - 2, requires_grad=True)
    make(want)[0].backward()
    x = Tensor(np.eye(3, dtype=np.float32) - 2, requires_grad=True)
    loss, argument, change = make(x)
    shown = argument.detach()
    with no_grad():
        shown += change
    said = ""
    try:
        loss.backward()
    except RuntimeError as error:
        said = str(error)
    if said:
        assert "changed in place" in said
        assert x.grad is None
    else:
        np.testing.assert_array_equal(x.grad.numpy(), want.grad.numpy())


def test_in_place_under_no_grad_leaves_the_tensor_on_the_tape():
    x = leaf([1.0, 2.0])
    y = x * 2.0
    with no_grad():
        y += 1.0
    assert y.requires_grad
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_retain_graph():
    x = leaf()
    root = scaled(2.0, x)
    backward(root, [1.0], retain_graph=True)
    backward(root, [1.0])
    assert x.grad.tolist() == [4.0]
    with pytest.raises(RuntimeError, match="freed"):
        backward(root, [1.0])


def test_what_a_function_captured_dies_right_after_it():
    class Activation:
        pass

    alive_at_first_op = []
    late, saved = Activation(), Activation()
    refs = weakref.ref(late), weakref.ref(saved)

    def first(g):
        alive_at_first_op.append([ref() is not None for ref in refs])
        return g

    def second(g, _saved, kept=late):
        return g

    root = op([0.0], second, op([0.0], first, leaf()), saved=(saved,))
    del late, second, saved
    backward(root, [1.0])
    assert alive_at_first_op == [[False, False]]
    assert root._edge.parents == ()


def test_an_activation_that_no_gradient_needs_dies_at_once():
    x = leaf([1.0, 2.0])
    h = x * 2.0
    array = h._value
    ref = weakref.ref(array)
    y = h + 1.0
    del h, array
    assert ref() is None
    y.sum().backward()


def test_nodes_are_not_copied():
    with pytest.raises(TypeError, match=r"detach\(\)"):
        pickle.dumps(scaled(1.0, leaf())._edge)


def test_no_grad_as_context_and_after_an_error():
    assert is_grad_enabled()
    with no_grad():
        assert not is_grad_enabled()
        with no_grad():
            pass
        assert not is_grad_enabled()
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_no_grad_as_decorator():
    @no_grad()
    def depth(n):
        """Recurs."""
        assert not is_grad_enabled()
        return n if n == 0 else depth(n - 1)

    assert depth(3) == 0
    assert is_grad_enabled()
    assert depth.__name__ == "depth"
    assert depth.__doc__ == "Recurs."


def test_mode_is_per_thread():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


# --- memory ------------------------------------------------------------------------------------------


def test_memory_is_flat_without_the_garbage_collector():
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 4)
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    x, y = lanegrad.randn(4, 1, 8, 8), np.arange(4)

    def step():
        optimizer.zero_grad()
        out = net(x)
        loss = criterion(out, y) + (F.log_softmax(out, 1) ** 2 / 3 - out[1:3].max()).mean() * 0.1
        loss.backward()
        optimizer.step()

    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            step()
        before = len(gc.get_objects())
        for _ in range(1000):
            step()
        after = len(gc.get_objects())
        assert after - before < 50
        assert gc.collect() < 50
    finally:
        gc.enable()


def test_the_memory_of_a_graph_is_given_back_with_it():
    """A process of its own, whose peak is asked for."""
    program = """
import gc, resource
import lanegrad
gc.disable()
x = lanegrad.ones(1 << 20, requires_grad=True)  # 4 MB
def graph():
    y = x
    for _ in range(10):
        y = y * y
    return y.sum()
graph().item()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for number in range(10):
    loss = graph()
    loss.item()
    if number % 2:
        loss.backward()
        x.grad = None
    del loss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(run.stdout) < 60  # megabytes; ten graphs have 400


def test_the_graph_is_walked_as_pytorchs():
    torch = pytest.importorskip("torch")

    def depths(library):
        x = library.ones(2, requires_grad=True)
        loss = (library.nn.functional.relu(x * library.ones(2)) + library.ones(2)).sum()
        node, found = loss.grad_fn, []
        while getattr(node, "next_functions", ()):
            found.append([None if edge is None else number for edge, number in node.next_functions])
            node = node.next_functions[0][0]
        return found

    assert depths(lanegrad) == depths(torch)


def test_a_graph_that_has_been_let_go_says_so():
    x = lanegrad.ones(2, requires_grad=True)
    loss = x.sum() * x.sum()
    loss.backward(retain_graph=True)
    assert len(loss.grad_fn.next_functions) == 2
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        loss.grad_fn.next_functions  # noqa: B018
