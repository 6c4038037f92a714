"""compile: the bits of the step itself, recorded anew where something has changed, and what it refuses."""

import copy
import gc
import os
import subprocess
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, models, nn, optim
from lanegrad.data import DataLoader

RNG = np.random.default_rng(5)


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def batches(size, count=1, image=(3, 32, 32)):
    return [
        (
            Tensor(RNG.standard_normal((size, *image), dtype=np.float32)),
            Tensor(RNG.integers(0, 10, size)),
        )
        for _ in range(count)
    ]


def network(make=models.LeNet):
    lanegrad.manual_seed(1)
    return make()


def small():
    return network(
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 10))
    )


def sgd(parameters, **options):
    return optim.SGD(parameters, **{"momentum": 0.9, **options})


def training(net, criterion=None, make=sgd, **options):
    """A training step as users write it, and its optimizer."""
    criterion = criterion or nn.CrossEntropyLoss()
    optimizer = make(net.parameters(), lr=0.05, **options)

    def step(inputs, labels):
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        return loss

    return step, optimizer


def state(net):
    arrays = list(net.state_dict().values())
    return arrays + [p.grad.numpy().copy() for p in net.parameters() if p.grad is not None]


def assert_same(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def both(net, data, between=lambda optimizer, number: None, **options):
    """Runs steps as they are and compiled, and compares all that they leave. Gives the compiled step."""
    plain, compiled = net(), net()
    step, optimizer = training(plain, **options)
    other, other_optimizer = training(compiled, **options)
    other = lanegrad.compile(other)
    for number, (inputs, labels) in enumerate(data):
        between(optimizer, number)
        between(other_optimizer, number)
        assert step(inputs, labels).item() == other(inputs, labels).item()
        assert_same(state(plain), state(compiled))
    return other


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [1, 4, 17, 128])
def test_training_has_the_same_bits(isa, threads, size):
    _core.set_num_threads(threads)
    step = both(network, batches(size, 20 if size < 128 else 5))
    assert step.plans == 1


class Residual(nn.Module):
    """What a ResNet is made of."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)) + x)
        return self.fc(self.pool(x).flatten(1))


def test_batch_norm_and_residuals(isa):
    assert both(lambda: network(Residual), batches(18, 8, (3, 8, 8))).plans == 1
    net = network(Residual).eval()
    run = lanegrad.compile(net)
    with lanegrad.no_grad():
        for x, _ in batches(5, 5, (3, 8, 8)):
            np.testing.assert_array_equal(run(x).numpy(), net(x).numpy())
    assert run.plans == 1


def test_dropout_goes_on():
    def train(compiled):
        lanegrad.manual_seed(3)
        net = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.GELU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(288, 10)
        )
        step, _ = training(net)
        step = lanegrad.compile(step) if compiled else step
        losses = [step(*data[0]).item() for _ in range(8)]
        return losses + state(net), step

    data = batches(5, 1, (3, 8, 8))
    plain, (compiled, step) = train(False)[0], train(True)
    assert_same(plain, compiled)
    assert step.plans == 1


def test_a_relu_is_fused_only_where_nothing_else_reads_its_input():
    weight = Tensor(RNG.standard_normal((4, 3, 3, 3), dtype=np.float32))
    ((image, _),) = batches(5, 1, (3, 8, 8))

    def alone(x):
        return (F.relu(F.conv2d(x, weight)),)

    def both_wanted(x):
        y = F.conv2d(x, weight)
        return F.relu(y), y

    sizes = []
    for step in (alone, both_wanted):
        call = lanegrad.compile(step)
        for _ in range(4):
            for a, b in zip(call(image), step(image), strict=True):
                np.testing.assert_array_equal(a.numpy(), b.numpy())
        assert call.plans == 1
        sizes.append(call.memory().unplanned)
    assert sizes[1] - sizes[0] == 4 * (8 * 4 * 6 * 6)  # eight images in lanes


def names(call):
    """The kernels of the newest plan, those of phases too."""
    (plan, *_), *_ = [case.plans for case in call._cases.values() if case.plans]
    return [
        name
        for entry in plan.core.program
        for name in (entry if isinstance(entry, list) else [entry])
    ]


def same_bits(step, gradient, parameters):
    """Compiled and as it is: all gradients, down to the sign of zero. Gives the kernels of the plan."""
    call = lanegrad.compile(step)
    gradients = []
    for run in (step, call, call, call):
        for p in parameters:
            p.grad = None
        run(gradient)
        gradients.append([p.grad.numpy().view(np.int32).copy() for p in parameters])
    assert call.plans == 1
    for other in gradients[1:]:
        assert_same(gradients[0], other)
    return names(call)


def awkward(*shape):
    """Numbers with many equal ones, zeros of both signs and NaN among them."""
    return Tensor(RNG.choice(np.array([-2, -1, -0.0, 0, 1, 1, 2, np.nan], np.float32), shape))


IDENTITY = lanegrad.ones(3, 1, 1, 1)


def in_lanes(x):
    """The same three channels, from a kernel that gives images in lanes."""
    return F.conv2d(x, IDENTITY, groups=3)


@pytest.mark.parametrize("size", [1, 3, 17, 40])
@pytest.mark.parametrize("window", [(2, 2), (3, 2), (2, 3), (3, 3)])
@pytest.mark.parametrize("image", [(8, 8), (7, 9)])
def test_a_relu_behind_which_is_pooled_is_differentiated_with_the_pooling(isa, size, window, image):
    x = awkward(size, 3, *image)
    gradient = awkward(*F.max_pool2d(x, *window).shape)
    x.requires_grad = True

    def step(g):
        F.max_pool2d(F.relu(in_lanes(x)), *window).backward(g)

    found = same_bits(step, gradient, [x])
    assert "max_pool2d_backward" in found
    assert "relu_backward" not in found


@pytest.mark.parametrize("size", [1, 3, 17, 40])
def test_gradients_that_meet_at_a_relu(isa, size):
    x, gradient = awkward(size, 3, 5, 7), awkward(size, 3, 5, 7)
    x.requires_grad = True

    def step(g):
        y = F.relu(in_lanes(x))
        (F.max_pool2d(y, 1) + y * 2.0).backward(g)

    found = same_bits(step, gradient, [x])
    assert "max_pool2d_backward" in found
    assert "relu_backward" not in found


@pytest.mark.parametrize("size", [1, 3, 17, 40])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("swapped", [True, False])
def test_residuals_are_added_by_the_batch_norm(isa, size, training, swapped):
    x, gradient = (Tensor(RNG.standard_normal((size, 3, 5, 7), dtype=np.float32)) for _ in range(2))
    one, two = (nn.BatchNorm2d(3).train(training) for _ in range(2))
    x.requires_grad = True

    def step(g):
        h = in_lanes(x)
        y, z = one(h), two(h)
        F.relu(z + y if swapped else y + z).backward(g)

    found = same_bits(step, gradient, [x, *one.parameters(), *two.parameters()])
    assert found.count("batch_norm") == 2
    assert found.count("add") == 1  # of two gradients
    assert "relu" not in found


def test_a_sum_that_something_else_reads_is_not_fused():
    norm = nn.BatchNorm2d(3).eval()

    def step(x):
        y = norm(x)
        z = y + x
        return F.relu(z), z * y

    call = lanegrad.compile(lanegrad.no_grad()(step))
    x = Tensor(RNG.standard_normal((20, 3, 5, 7), dtype=np.float32))
    expected = lanegrad.no_grad()(step)(x)
    for _ in range(4):
        for a, b in zip(call(x), expected, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert [name for name in names(call) if "lanes" not in name and "statistics" not in name] == [
        "batch_norm", "add", "relu", "mul",
    ]  # fmt: skip


def test_options_of_the_optimizer_are_live():
    def schedule(optimizer, number):
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + number)
        optimizer.param_groups[0]["weight_decay"] = 0.01 * (number % 3)

    assert both(small, batches(4, 10, (3, 2, 2)), schedule).plans == 1


@pytest.mark.parametrize("make", [optim.Adam, optim.AdamW, optim.RMSprop])
def test_other_optimizers(make):
    def schedule(optimizer, number):
        optimizer.param_groups[0]["lr"] = 0.01 / (1 + number)

    assert both(small, batches(4, 10, (3, 2, 2)), schedule, make=make).plans == 1


def test_momentum_may_come_and_go():
    def schedule(optimizer, number):
        optimizer.param_groups[0]["momentum"] = 0.9 * (number // 4 % 2)

    assert both(small, batches(4, 16, (3, 2, 2)), schedule).plans == 2


def test_the_last_smaller_batch():
    images, labels = RNG.standard_normal((22, 3, 2, 2), dtype=np.float32), RNG.integers(0, 10, 22)
    data = [b for _ in range(4) for b in DataLoader((images, labels), 8)]
    assert both(small, data).plans == 2


def test_class_weights_and_ignored_labels():
    weight = np.linspace(0.5, 2, 10, dtype=np.float32)
    criterion = nn.CrossEntropyLoss(weight, ignore_index=3, label_smoothing=0.1, z_loss=0.01)
    assert both(small, batches(16, 10, (3, 2, 2)), criterion=criterion).plans == 1


def test_probabilities():
    data = [
        (x, Tensor(RNG.dirichlet(np.ones(10), 6).astype(np.float32)))
        for x, _ in batches(6, 8, (3, 2, 2))
    ]
    assert both(small, data).plans == 1


def test_inference():
    net = network()
    run = lanegrad.compile(lanegrad.no_grad()(net))
    images = [x for x, _ in batches(5, 6)]
    with lanegrad.no_grad():
        for x in images:
            np.testing.assert_array_equal(run(x).numpy(), net(x).numpy())
    assert run.plans == 1


def test_results_are_fresh():
    net = small()

    @lanegrad.compile
    @lanegrad.no_grad()
    def run(x):
        h = net(x)
        return {"logits": h, "more": [F.relu(h), None, 3, x]}

    data = [x for x, _ in batches(4, 6, (3, 2, 2))]
    kept = [run(x) for x in data]
    for x, result in zip(data, kept, strict=True):
        logits = net(x).detach().numpy()
        np.testing.assert_array_equal(result["logits"].numpy(), logits)
        np.testing.assert_array_equal(result["more"][0].numpy(), np.maximum(logits, 0))
        assert result["more"][1:3] == [None, 3]
        assert result["more"][3] is x


def test_the_loss_looks_as_it_does_unrecorded():
    step, _ = training(small())
    step = lanegrad.compile(step)
    for inputs, labels in batches(4, 5, (3, 2, 2)):
        loss = step(inputs, labels)
        assert loss.requires_grad
        assert loss.shape == ()
        with pytest.raises(RuntimeError, match="freed"):
            loss.backward()


def test_gradients_add_up_where_the_step_does_not_forget_them():
    def run(compiled):
        net = small()
        grads = []
        criterion = nn.CrossEntropyLoss()

        def step(x, y):
            criterion(net(x), y).backward()

        call = lanegrad.compile(step) if compiled else step
        for x, y in DATA:
            call(x, y)
            call(x, y)
            grads += [p.grad.numpy().copy() for p in net.parameters()]
            net.zero_grad()
        return grads, getattr(call, "plans", None)

    DATA = batches(4, 8, (3, 2, 2))
    compiled, plans = run(True)
    assert_same(compiled, run(False)[0])
    assert plans == 2  # with gradients there and without


def test_a_wrong_label_changes_nothing():
    net = small()
    step, _ = training(net)
    step = lanegrad.compile(step)
    (x, y), *_ = batches(4, 1, (3, 2, 2))
    for _ in range(5):
        step(x, y)
    before = [a.copy() for a in net.state_dict().values()]
    bad = Tensor(np.array([0, 1, 10, 2]))
    with pytest.raises(IndexError, match=r"target\[2\] is 10"):
        step(x, bad)
    assert_same(before, list(net.state_dict().values()))
    assert all(p.grad is None for p in net.parameters())  # as after the step itself
    step(x, y)
    assert step.plans == 1


def test_training_mode_and_parameters_are_looked_at():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(12, 10)

        def forward(self, x):
            h = self.fc(x.flatten(1))
            return F.relu(h) if self.training else h

    net = network(Net)
    run = lanegrad.compile(net)
    (x, _), *_ = batches(4, 1, (3, 2, 2))

    def check():
        with lanegrad.no_grad():
            for _ in range(4):
                np.testing.assert_array_equal(run(x).numpy(), net(x).numpy())

    check()
    net.eval()
    check()
    net.fc.weight = nn.Parameter(RNG.standard_normal((10, 12), dtype=np.float32))
    check()
    net.fc = nn.Linear(12, 10, bias=False)
    check()
    net.load_state_dict({"fc.weight": np.ones((10, 12), np.float32)})
    check()
    assert run.plans == 4


def test_settings_are_looked_at(isa_and_threads_restored):
    conv = network(lambda: nn.Conv2d(16, 16, 3, padding=1))
    run = lanegrad.compile(conv)
    (x, _), *_ = batches(16, 1, (16, 16, 16))
    try:
        with lanegrad.no_grad():
            for allowed in (True, False, True):
                lanegrad.set_winograd(allowed)
                for threads in (1, 2):
                    lanegrad.set_num_threads(threads)
                    for _ in range(3):
                        np.testing.assert_array_equal(run(x).numpy(), conv(x).numpy())
    finally:
        lanegrad.set_winograd(True)
    assert run.plans == 4


def test_what_the_function_refers_to_is_looked_at():
    factor = [Tensor(np.ones((12, 3), np.float32))]

    def run(k):
        matrix = factor[0]
        call = lanegrad.compile(lambda x: x @ matrix)
        x = lanegrad.ones(2, 12)
        for _ in range(4):
            one = call(x).numpy()[0, 0]
        matrix = Tensor(np.full((12, 3), k, np.float32))
        for _ in range(4):
            assert call(x).numpy()[0, 0] == k * one

    run(2.0)


def test_frozen_parameters_are_looked_at():
    def freeze(optimizer, number):
        optimizer.param_groups[0]["params"][0].requires_grad = number < 5
        optimizer.zero_grad()

    both(small, batches(4, 12, (3, 2, 2)), freeze)


def test_optimizer_state_may_be_replaced():
    saved = {}

    def reload(optimizer, number):
        if number == 4:
            saved[id(optimizer)] = copy.deepcopy(optimizer.state_dict())
        if number == 7:
            optimizer.load_state_dict(saved[id(optimizer)])

    both(small, batches(4, 12, (3, 2, 2)), reload)


def refused(function, *args, match):
    call = lanegrad.compile(function)
    with pytest.warns(UserWarning, match=match) as warned:
        results = [call(*args) for _ in range(12)]
    assert len(warned) == 1
    assert call.plans == 0
    return results[-1]


def test_steps_that_look_at_values_run_as_they_are():
    x = Tensor([1.0, -2.0, 3.0])
    for look in (
        lambda t: t.item(),
        lambda t: t.tolist(),
        lambda t: t.numpy(),
        lambda t: bool(t > 0),
        lambda t: f"{t}",
        lambda t: np.asarray(t),
    ):

        def step(x, look=look):
            h = F.relu(x)
            look(h[0])
            return h

        np.testing.assert_array_equal(refused(step, x, match="values").numpy(), [1, 0, 3])


def test_steps_that_compute_with_numpy_run_as_they_are():
    x = Tensor([1.0, -2.0, 3.0])
    images = np.ones((2, 3), np.float64)
    refused(lambda x: F.relu(x / 2), x, match="NumPy")
    refused(lambda x: F.relu(x) / 2, x, match="NumPy")
    refused(lambda x: F.relu(lanegrad.randn(3)), x, match="NumPy")
    refused(lambda x: F.relu(x + images[0]), x, match="NumPy")
    refused(lambda x: F.relu(x).numpy(), x, match="values")

    def in_place(x):
        h = F.relu(x)
        with lanegrad.no_grad():
            h += 1
        return h

    refused(in_place, x, match="in place")


def test_graphs_do_not_leave_or_enter_a_plan():
    net = small()
    ((x, _),) = batches(4, 1, (3, 2, 2))
    refused(net, x, match="differentiated")
    needs = lanegrad.ones(4, 12, requires_grad=True)
    refused(lambda x: F.relu(x).sum().backward(), needs, match="requires a gradient")


def test_steps_that_change_the_number_of_threads_run_as_they_are(isa_and_threads_restored):
    """A recording's scratch memory is for so many."""
    conv = network(lambda: nn.Conv2d(16, 16, 3, padding=1))
    (x, _), *_ = batches(64, 1, (16, 16, 16))

    def forward(x):
        lanegrad.set_num_threads(1)
        y = conv(x)
        lanegrad.set_num_threads(2)
        return y

    lanegrad.set_num_threads(2)
    with lanegrad.no_grad():
        got = refused(forward, x, match="number of threads changes")
        np.testing.assert_array_equal(got.numpy(), conv(x).numpy())


def test_what_changes_at_each_call_is_noticed():
    data = iter([Tensor(np.full(3, k, np.float32)) for k in range(100)])
    call = lanegrad.compile(lambda: F.relu(next(data)))
    with pytest.warns(UserWarning, match="changes at each call"):
        assert [call().numpy()[0] for _ in range(30)] == list(range(30))


def test_a_counter_is_noticed():
    class Net(nn.Module):
        calls = 0

        def __init__(self):
            super().__init__()
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return F.relu(x)

    net = Net()
    call = lanegrad.compile(net)
    with pytest.warns(UserWarning, match="changes at each call"):
        assert len([call(lanegrad.ones(3)) for _ in range(20)]) == 20
    assert net.calls == 20


def test_an_error_in_the_step_comes_through():
    net = small()
    call = lanegrad.compile(net)
    with pytest.raises(ValueError, match="cannot multiply"):
        call(lanegrad.ones(2, 5))
    assert not _core.is_recording()
    F.relu(lanegrad.ones(3))


def test_temporaries_share_memory():
    step, _ = training(network())
    step = lanegrad.compile(step)
    for inputs, labels in batches(16, 4):
        step(inputs, labels)
    memory = step.memory()
    parameters = 4 * 62006
    assert parameters <= memory.kept < parameters + 1000
    assert 0 < memory.arena < 0.7 * memory.unplanned


def test_plans_are_let_go():
    net = small()
    step, optimizer = training(net)
    step = lanegrad.compile(step)
    for inputs, labels in batches(4, 4, (3, 2, 2)):
        step(inputs, labels)
    assert step.plans == 1
    gone = [weakref.ref(net), weakref.ref(step)]
    del step, net, optimizer
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_gradients_outlive_the_plan():
    net = small()
    step, _ = training(net)
    step = lanegrad.compile(step)
    for inputs, labels in batches(4, 4, (3, 2, 2)):
        step(inputs, labels)
    before = state(net)
    del step
    gc.collect()
    junk = [_core.empty((8, 12)) for _ in range(50)]
    for array in junk:
        array.fill(7)
    assert_same(before, state(net))


def test_two_plans_at_once_and_one_in_another():
    net = small()
    inner = lanegrad.compile(net)
    outer = lanegrad.compile(lambda x: F.relu(inner(x)))
    with lanegrad.no_grad():
        for x, _ in batches(4, 8, (3, 2, 2)):
            expected = net(x).numpy()
            np.testing.assert_array_equal(inner(x).numpy(), expected)
            np.testing.assert_array_equal(outer(x).numpy(), np.maximum(expected, 0))
    assert (inner.plans, outer.plans) == (1, 1)


def test_the_same_argument_twice():
    call = lanegrad.compile(lambda a, b: F.linear(a, b))
    x, y = Tensor(np.eye(3, dtype=np.float32)), Tensor(np.full((3, 3), 2, np.float32))
    for a, b in [(x, x)] * 4 + [(x, y), (y, x), (y, y)]:
        np.testing.assert_array_equal(call(a, b).numpy(), a.numpy() @ b.numpy().T)
    assert call.plans == 1


def test_other_threads_are_not_recorded_and_may_call():
    net = small()
    call = lanegrad.compile(net)
    data = [x for x, _ in batches(4, 40, (3, 2, 2))]
    wrong = []

    def work():
        with lanegrad.no_grad():
            for x in data:
                if (call(x).numpy() != net(x).numpy()).any():
                    wrong.append(x)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_plans_survive_a_fork():
    net = network()
    _core_threads = _core.get_num_threads()
    call = lanegrad.compile(net)
    (x, _), *_ = batches(32, 1)
    with lanegrad.no_grad():
        expected = [call(x).numpy() for _ in range(4)][-1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            same = (call(x).numpy() == expected).all()
            os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert _core.get_num_threads() == _core_threads


def threads_used(pace, seconds, plays):
    used = []
    for _ in range(plays):
        used.append(pace.threads)
        pace.note(seconds[pace.threads])
    return used


def test_as_many_threads_as_are_quickest():
    soon = _core.Pace.SOON
    trial = [8] * 7 + [4] * 7 + [2] * 7 + [1] * 7
    pace = _core.Pace(8)
    used = threads_used(pace, {8: 0.003, 4: 0.0025, 2: 0.002, 1: 0.0021}, 28 + soon)
    assert used == trial + [2] * soon
    used = threads_used(pace, {8: 0.002, 4: 0.0025, 2: 0.001, 1: 0.0009}, 14 + soon)
    # What is slower with half of them is not tried with fewer.
    assert used == trial[:14] + [8] * soon
    used = threads_used(pace, {8: 0.001, 4: 0.001, 2: 0.001, 1: 0.001}, 28 + soon)
    assert used == trial + [1] * soon


def test_a_number_of_threads_is_kept_longer_whenever_it_is_found_again():
    soon, settled = _core.Pace.SOON, _core.Pace.SETTLED
    trial, pace = [2] * 7 + [1] * 7, _core.Pace(2)
    kept = soon
    while kept <= settled:
        assert threads_used(pace, {2: 0.002, 1: 0.001}, 14 + kept) == trial + [1] * kept
        kept *= 2
    assert threads_used(pace, {2: 0.002, 1: 0.001}, 14 + settled) == trial + [1] * settled
    assert threads_used(pace, {2: 0.001, 1: 0.002}, 14 + soon) == trial + [2] * soon
    assert threads_used(pace, {2: 0.001, 1: 0.002}, 14 + 2 * soon) == trial + [2] * 2 * soon


def test_one_slow_play_does_not_decide():
    pace = _core.Pace(2)
    times = [0.001, 0.5, 0.0011, 0.001, 0.4, 0.001, 0.3] + [0.002] * 7
    for seconds in times:
        pace.note(seconds)
    assert pace.threads == 2


def test_long_plays_use_all_threads():
    assert threads_used(_core.Pace(8), {8: 0.02}, 4000) == [8] * 4000


def test_bits_while_threads_are_tried(isa_and_threads_restored):
    (batch,) = batches(40, image=(12,))
    losses = []
    for threads in (1, 4):
        _core.set_num_threads(threads)
        step = lanegrad.compile(training(small())[0])
        losses.append([step(*batch).item() for _ in range(40)])
    assert losses[0] == losses[1]


def test_many_shapes_do_not_pile_up():
    call = lanegrad.compile(F.relu)
    for _ in range(3):
        for size in range(1, 40):
            call(lanegrad.ones(size))
    assert call.plans <= 16


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere pages go when the system wants them")
def test_recording_gives_memory_back():
    """Blocks keep their addresses until the recording ends, not their pages."""
    program = """
import resource
import numpy as np
import lanegrad

@lanegrad.compile
def step(x):
    for _ in range(40):
        x = x + x
    return x

x = lanegrad.ones(2 << 20)  # 8 MB
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = used()
for _ in range(3):
    assert step(x)[0].item() == 2.0**40
assert step.plans == 1
print(used() - before)
"""
    grown = int(
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    )
    assert grown < 120  # megabytes; all blocks of one recording have 320
