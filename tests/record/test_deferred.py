"""Programs give the same bits whether calls are made at once or noted and made later, as plans say."""

import copy

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, models, nn, optim, train
from lanegrad.utils.data import DataLoader, TensorDataset
from networks import (
    RNG,
    EveryLayer,
    Layers,
    Residual,
    assert_same,
    batch,
    batches,
    both_ways,
    deferral,
    left,
    sgd,
    small,
)
from networks import train as steps

pytestmark = pytest.mark.usefixtures("isa_and_threads_restored")


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("size", [1, 4, 17, 128])
def test_training(isa, threads, size):
    _core.set_num_threads(threads)
    data = batches(size, 20 if size < 17 else 3, (3, 32, 32))
    assert both_ways(steps(models.LeNet, data))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("size", [17, 32, 47, 80])
def test_every_layer(isa, threads, size):
    _core.set_num_threads(threads)
    data = [batch(size)] * 5
    assert both_ways(steps(EveryLayer, data))


def test_batch_norm_and_residuals(isa):
    assert both_ways(steps(Residual, batches(18, 8, (3, 8, 8))))
    images = [x for x, _ in batches(5, 5, (3, 8, 8))]

    @lanegrad.no_grad()
    def inference():
        net = Residual().eval()
        return [net(x).numpy() for x in images]

    assert both_ways(inference)


def test_dropout_goes_on():
    def make():
        return nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.GELU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(288, 10)
        )

    assert both_ways(steps(make, batches(5, 1, (3, 8, 8)) * 8))


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop])
def test_options_of_optimizers_are_read_at_each_step(make):
    def schedule(net, optimizer, number):
        optimizer.param_groups[0]["lr"] = 0.01 / (1 + number)
        optimizer.param_groups[0]["weight_decay"] = 0.01 * (number % 3)

    data = batches(4, 10)
    plans = both_ways(
        steps(small, data, make_optimizer=lambda p: make(p, lr=0.05), between=schedule)
    )
    assert plans


def test_momentum_may_come_and_go():
    def schedule(net, optimizer, number):
        optimizer.param_groups[0]["momentum"] = 0.9 * (number // 4 % 2)

    both_ways(steps(small, batches(4, 16), between=schedule))


def test_a_schedule_inside_a_step():
    data = batches(4, 12)

    def program():
        net = small()
        optimizer = sgd(net.parameters(), lr=0.1)
        scheduler = optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)
        rates = []
        for x, y in data:
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
        assert len(set(rates)) == 7
        return left(net, optimizer)

    assert both_ways(program)


def test_the_last_smaller_batch():
    images, labels = RNG.standard_normal((22, 3, 2, 2), dtype=np.float32), RNG.integers(0, 10, 22)
    data = [b for _ in range(4) for b in DataLoader(TensorDataset(images, labels), 8)]
    assert len(both_ways(steps(small, data))) >= 2


def test_class_weights_and_ignored_labels():
    weight = np.linspace(0.5, 2, 10, dtype=np.float32)
    criterion = nn.CrossEntropyLoss(weight, ignore_index=3, label_smoothing=0.1, z_loss=0.01)
    assert both_ways(steps(small, batches(16, 10), criterion))


@pytest.mark.parametrize("targets", ["labels", "probabilities"])
@pytest.mark.parametrize(
    "options", [{"label_smoothing": 0.1}, {"reduction": "sum"}, {"weight": "classes"}]
)
def test_losses(targets, options):
    if "weight" in options:
        options = {"weight": lanegrad.tensor(RNG.random(10).astype(np.float32))}
    _core.set_num_threads(2)
    data = [batch(24, targets=targets)] * 5
    assert both_ways(steps(Layers, data, nn.CrossEntropyLoss(**options)))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_nll_loss(reduction):
    weight = lanegrad.tensor(RNG.random(10).astype(np.float32))

    def criterion(outputs, targets):
        return F.nll_loss(F.log_softmax(outputs, 1), targets, weight, reduction=reduction)

    assert both_ways(steps(Layers, [batch(24)] * 5, criterion))


def test_results_stay_what_they_are():
    data = [x for x, _ in batches(4, 6)]

    @lanegrad.no_grad()
    def program():
        net = small()
        kept = [(net(x), F.relu(net(x))) for x in data]
        return kept

    both_ways(program)


def test_gradients_add_up_where_a_step_does_not_forget_them():
    data = batches(4, 8)

    def program():
        net = small()
        grads = []
        for x, y in data:
            F.cross_entropy(net(x), y).backward()
            F.cross_entropy(net(x), y).backward()
            grads += [p.grad.numpy().copy() for p in net.parameters()]
            net.zero_grad()
        return grads

    assert both_ways(program)


def test_micro_batches():
    data = batches(4, 12)

    def program():
        net = small()
        optimizer = sgd(net.parameters())
        for number, (x, y) in enumerate(data):
            (F.cross_entropy(net(x), y) / 3.0).backward()
            if number % 3 == 2:
                optimizer.step()
                optimizer.zero_grad(set_to_none=False)
        return left(net, optimizer)

    both_ways(program)


def test_optimizer_state_may_be_replaced():
    saved = {}

    def reload(net, optimizer, number):
        if number == 4:
            saved[id(optimizer)] = copy.deepcopy(optimizer.state_dict())
        if number == 7:
            optimizer.load_state_dict(saved[id(optimizer)])

    both_ways(steps(small, batches(4, 12), between=reload))


# --- what changes from step to step ------------------------------------------------------------------


class Flipping(nn.Module):
    """Does something else at every call."""

    def __init__(self):
        super().__init__()
        self.fc, self.on, self.calls = nn.Linear(12, 10), False, 0

    def forward(self, x):
        self.on, self.calls = not self.on, self.calls + 1
        h = self.fc(x.flatten(1)) * float(self.calls)
        return F.relu(h) if self.on else h


def test_a_method_that_flips_an_attribute_at_each_call():
    both_ways(steps(Flipping, batches(4, 20)))


def test_random_branches():
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.fcs = nn.Sequential(nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 12))
            self.last, self.draw = nn.Linear(12, 10), np.random.default_rng(3)

        def forward(self, x):
            x = x.flatten(1)
            for fc in self.fcs:
                if self.draw.random() < 0.5:
                    x = F.relu(fc(x)) + x * float(self.draw.random())
            return self.last(x)

    both_ways(steps(Branching, batches(4, 40)))


def test_a_branch_on_a_value():
    def program():
        net = small()
        seen = []
        for x, _ in data:
            y = net(x)
            if y.max() > 0.3:
                y = y * 2.0
            seen.append(F.relu(y))
        return seen

    data = batches(4, 20)
    both_ways(program)


def test_a_backbone_that_is_thawed_later():
    def thaw(net, optimizer, number):
        for p in list(net.parameters())[:2]:
            p.requires_grad = 5 <= number < 9
        optimizer.zero_grad()

    both_ways(steps(small, batches(4, 14), between=thaw))


def test_layers_that_are_added_or_replaced_later():
    def grow(net, optimizer, number):
        if number == 4:
            net.append(nn.ReLU()).append(nn.Linear(10, 10))
            optimizer.add_param_group({"params": list(net[-1].parameters())})
        if number == 8:
            net.add_module("1", nn.Linear(12, 8, bias=False))
            optimizer.add_param_group({"params": list(net[1].parameters())})
        if number == 10:
            net[3].weight.data = Tensor(np.full((10, 8), 0.1, np.float32))

    both_ways(steps(small, batches(4, 14), between=grow))


SHARE = 0.0


def test_an_annealed_global_that_a_criterion_of_fit_reads():
    def criterion(outputs, labels):
        return F.cross_entropy(outputs, labels) * (1 - SHARE) + (outputs * outputs).mean() * SHARE

    class Anneal(train.Callback):
        def on_epoch(self, trainer, epoch):
            global SHARE
            SHARE += 0.1

    images, labels = RNG.standard_normal((22, 3, 2, 2), dtype=np.float32), RNG.integers(0, 10, 22)

    def program():
        global SHARE
        SHARE = 0.0
        net = small()
        history = train.fit(
            net,
            DataLoader(TensorDataset(images, labels), 8),
            optimizer=sgd(net.parameters()),
            criterion=criterion,
            epochs=5,
            callbacks=[Anneal()],
        )
        return [epoch.loss for epoch in history] + left(net)

    both_ways(program)


def test_a_second_argument_that_changes():
    def step(x, factor, power):
        return (F.relu(x * factor) ** power).sum()

    x = batch(4, (3, 2, 2))[0]

    def program():
        return [step(x, 0.5 * k, 1 + k % 3) for k in range(12)]

    both_ways(program)


def test_settings_that_change():
    x = batch(16, (16, 16, 16))[0]

    @lanegrad.no_grad()
    def program():
        conv, seen = nn.Conv2d(16, 16, 3, padding=1), []
        for allowed in (True, False, True):
            lanegrad.set_winograd(allowed)
            for threads in (1, 2, 1):
                lanegrad.set_num_threads(threads)
                seen += [conv(x).numpy() for _ in range(3)]
                y = conv(x)  # its scratch memory is for so many
                lanegrad.set_num_threads(3 - threads)
                seen.append(conv(y))
        lanegrad.set_winograd(True)
        return seen

    try:
        both_ways(program)
    finally:
        lanegrad.set_winograd(True)


def test_training_and_evaluation_take_turns():
    data = batches(6, 10, (3, 8, 8))

    def program():
        net, seen = Residual(), []
        optimizer = sgd(net.parameters())
        for x, y in data:
            net.train()
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            net.eval()
            with lanegrad.no_grad():
                seen += [net(x), net(x).argmax(1), net(x).max(1).indices]
        return seen + left(net, optimizer)

    both_ways(program)


def test_iterators_and_numbers_of_integers():
    def program():
        data = iter([Tensor(np.full(3, k, np.float32)) for k in range(30)])
        found = [F.relu(next(data)) for _ in range(30)]
        x = batch(5, (7,))[0]
        for _ in range(4):
            found += [(x * 2.0).argmax(1), (x * 2.0).argmax(), x.max(1).indices, (x > 0)]
            found += (
                [x[(x * 1.0).argmax(0)], F.one_hot(x.argmax(1), 7)] if hasattr(F, "one_hot") else []
            )
        return found

    rng = RNG.bit_generator.state
    results = []
    for wanted in (False, True):
        RNG.bit_generator.state = rng
        with deferral(wanted):
            results.append(program())
    assert_same(*results)


def test_the_same_argument_twice():
    x, y = Tensor(np.eye(3, dtype=np.float32)), Tensor(np.full((3, 3), 2, np.float32))

    def program():
        pairs = [(x, x)] * 4 + [(x, y), (y, x), (y, y)] * 2
        return [F.linear(a, b) for a, b in pairs] + [F.linear(a, b, b[0]) + a for a, b in pairs]

    both_ways(program)


def test_compile_gives_back_what_it_got():
    net = small()
    assert lanegrad.compile(net) is net

    @lanegrad.compile(mode="max-autotune", dynamic=False)
    def function(x):
        return net(x)

    assert function.__name__ == "function"
    assert function(batch(4, (3, 2, 2))[0]).shape == (4, 10)
    with pytest.raises(TypeError, match="str"):
        lanegrad.compile("net")
