"""Networks and training steps that several test modules run, and how they compare both ways of running."""

import contextlib

import numpy as np

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, nn, optim

RNG = np.random.default_rng(5)


class EveryLayer(nn.Module):
    """What can stand between images and logits, in all orders that matter: images in lanes and not."""

    def __init__(self, width=8):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")
        self.bn2, self.drop2 = nn.BatchNorm2d(width), nn.Dropout2d(0.2)
        self.conv3 = nn.Conv2d(2 * width, 5, (3, 2), stride=2)
        self.drop, self.fc1, self.fc2 = nn.Dropout(0.3), nn.Linear(5 * 2 * 3, 12), nn.Linear(12, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        y = self.drop2(F.gelu(self.bn2(self.conv2(x))) + F.silu(x) * 0.5)
        x = F.leaky_relu(lanegrad.cat([x, F.pad(F.avg_pool2d(y, 3, 1), (1, 1, 1, 1))], 1), 0.1)
        x = F.avg_pool2d(F.sigmoid(self.conv3(x)), 1)
        x = self.drop(F.tanh(x).flatten(1))
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh") * 2)


class Layers(nn.Module):
    """A convolution and a linear layer, for images of 12 x 12."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5)
        self.fc = nn.Linear(6 * 4 * 4, 10)

    def forward(self, x):
        return self.fc(F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1))


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


def small():
    """Few parameters, for images of 2 x 2."""
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 10))


def batch(size, image=(3, 12, 12), targets="labels"):
    """Images and targets, in memory of their own as a loader gives them."""
    inputs = lanegrad.tensor(RNG.standard_normal((size, *image), dtype=np.float32))
    if targets == "probabilities":
        return inputs, lanegrad.tensor(RNG.dirichlet(np.ones(10), size).astype(np.float32))
    return inputs, lanegrad.tensor(RNG.integers(0, 10, size))


def batches(size, count, image=(3, 2, 2)):
    return [batch(size, image) for _ in range(count)]


def sgd(parameters, **options):
    return optim.SGD(parameters, **{"lr": 0.05, "momentum": 0.9, **options})


@contextlib.contextmanager
def deferral(wanted):
    """Calls deferred or not, and no plans from before."""
    before = lanegrad.set_deferred(wanted)
    _core.run()
    _core.forget_plans()
    try:
        yield
    finally:
        _core.run()
        lanegrad.set_deferred(before)


def arrays(thing):
    """All that a program leaves, as copies: tensors, arrays and numbers in lists, tuples and dicts."""
    if isinstance(thing, dict):
        thing = list(thing.values())
    if isinstance(thing, list | tuple):
        return [array for part in thing for array in arrays(part)]
    if thing is None:
        return []
    return [np.array(thing.detach().numpy() if isinstance(thing, Tensor) else thing)]


def left(net, optimizer=None):
    """Parameters, buffers, gradients and the optimizer's state."""
    found = arrays(net.state_dict()) + arrays([p.grad for p in net.parameters()])
    return found + ([] if optimizer is None else arrays(list(optimizer.state.values())))


def assert_same(one, other):
    """The same arrays, down to the signs of zeros."""
    one, other = arrays(one), arrays(other)
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
        if a.dtype == np.float32:
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


def both_ways(program):
    """Runs a program at once and deferred, from the same seed, and compares all that it gives.

    Gives the plans that were made.
    """
    results = []
    for wanted in (False, True):
        with deferral(wanted):
            lanegrad.manual_seed(1)
            results.append(arrays(program()))
            _core.run()
            plans = _core.plans_made()
    assert results[0]
    assert_same(*results)
    return plans


def train(make, data, criterion=None, make_optimizer=sgd, between=None, clip=True):
    """A program: steps of training, and all that each leaves."""

    def program():
        net = make()
        optimizer = make_optimizer(net.parameters())
        loss_of, seen = criterion or nn.CrossEntropyLoss(), []
        for number, (inputs, targets) in enumerate(data):
            if between:
                between(net, optimizer, number)
            optimizer.zero_grad()
            outputs = net(inputs)
            loss = loss_of(outputs, targets)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimizer.step()
            seen += [loss.detach(), outputs.detach()]
        return seen + left(net, optimizer)

    return program


def flat(plan):
    """The kernels of a plan, those of phases too."""
    return [n for entry in plan.program for n in (entry if isinstance(entry, list) else [entry])]


def names(plans):
    """The kernels of plans, those of phases too."""
    return [name for plan in plans for name in flat(plan)]


def phases(plans):
    return [entry for plan in plans for entry in plan.program if isinstance(entry, list)]
