"""The tape on its own: order, sharing, freeing, modes."""

import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim
from lanegrad.autograd import Node, backward, is_grad_enabled, no_grad


class Sink:
    """An accumulator that writes down what it gets."""

    def __init__(self):
        self.got = []

    def accumulate(self, gradient, shared):
        self.got.append((gradient, shared))

    @property
    def total(self):
        return sum(g for g, _ in self.got)


def scaled(factor, parent):
    return Node(lambda g: (g * factor,), (parent,))


def test_chain_multiplies():
    leaf = Sink()
    backward(scaled(2.0, scaled(3.0, leaf)), np.array([1.0, 10.0]))
    assert leaf.total.tolist() == [6.0, 60.0]


def test_a_node_runs_once_with_its_whole_gradient():
    calls, leaf = [], Sink()

    def rule(g):
        calls.append(g.item())
        return (g,)

    # The short way to `shared` must wait for the long one.
    shared = Node(rule, (leaf,))
    long_way = scaled(5.0, scaled(2.0, shared))
    backward(Node(lambda g: (g, g), (shared, long_way)), np.array([1.0]))
    assert calls == [11.0]
    assert leaf.total == 11.0


def test_parents_that_need_nothing_are_left_out():
    leaf = Sink()
    backward(Node(lambda g: (None, g, None), (None, leaf, None)), np.array([3.0]))
    assert [g.item() for g, _ in leaf.got] == [3.0]


def test_a_rule_must_give_one_gradient_per_parent():
    with pytest.raises(ValueError, match="zip"):
        backward(Node(lambda g: (g,), (Sink(), Sink())), np.array([1.0]))


def test_leaves_are_told_what_is_shared():
    g = np.ones(6, np.float32)
    leaf = Sink()
    rules = {
        "same": lambda g: (g,),
        "view": lambda g: (g.reshape(2, 3),),
        "fresh": lambda g: (g + 1,),
    }
    for rule in rules.values():
        backward(Node(rule, (leaf,)), g)
    assert [shared for _, shared in leaf.got] == [True, True, False]
    leaf.got.clear()
    part = np.ones((2, 6), np.float32)[0]
    backward(Node(lambda g: (g.reshape(2, 3),), (leaf,)), part)  # two views of a third array
    assert leaf.got[0][1]
    leaf.got.clear()
    backward(Node(rules["fresh"], (leaf,)), g, retain_graph=True)
    assert leaf.got[0][1]  # the rule may give the same array at the next pass


def test_deep_graphs_need_no_recursion():
    leaf = Sink()
    node = leaf
    for _ in range(100_000):
        node = scaled(1.0, node)
    backward(node, np.array([2.0]))
    assert leaf.total == 2.0
    node = leaf
    for _ in range(100_000):
        node = scaled(1.0, node)
    del node  # nor does dropping one that was never used


def test_second_backward_says_so_and_touches_nothing():
    inner, outer = Sink(), Sink()
    shared = scaled(2.0, inner)
    backward(shared, np.array([1.0]))
    later = Node(lambda g: (g, g), (shared, outer))
    with pytest.raises(RuntimeError, match=r"freed.*forward pass.*retain_graph=True"):
        backward(later, np.array([1.0]))
    assert not outer.got
    assert len(inner.got) == 1


def test_retain_graph():
    leaf = Sink()
    root = scaled(2.0, leaf)
    backward(root, np.array([1.0]), retain_graph=True)
    backward(root, np.array([1.0]))
    assert leaf.total == 4.0
    with pytest.raises(RuntimeError, match="freed"):
        backward(root, np.array([1.0]))


def test_what_a_rule_captured_dies_right_after_it():
    class Activation:
        pass

    alive_at_first_op = []
    late = Activation()
    ref = weakref.ref(late)

    def first(g):
        alive_at_first_op.append(ref() is not None)
        return (g,)

    def second(g, kept=late):
        return (g,)

    root = Node(second, (Node(first, (Sink(),)),))
    del late, second
    backward(root, np.array([1.0]))
    assert alive_at_first_op == [False]
    assert root.parents == ()


def test_nodes_are_not_copied():
    with pytest.raises(TypeError, match=r"detach\(\)"):
        pickle.dumps(scaled(1.0, None))


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

    F = nn.functional
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
