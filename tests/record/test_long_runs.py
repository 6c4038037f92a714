"""Many steps: lists that grow long are run, plans do not pile up, and memory stays flat."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core
from networks import deferral

pytestmark = pytest.mark.once


def test_a_loop_of_5000_ops_without_looking():
    with deferral(True):
        x, most = lanegrad.zeros(10), 0
        for _ in range(5000):
            x = x + lanegrad.ones(10)
            most = max(most, _core.noted())
        assert 100 < most <= 2100
        assert (x.numpy() == 5000).all()
        x = lanegrad.zeros(10)
        for _ in range(5000):
            x += 1.0
        assert (x.numpy() == 5000).all()


def test_a_loop_whose_results_are_kept():
    with deferral(True):
        x = lanegrad.ones(10)
        kept = [x * float(k) for k in range(5000)]
        assert [y[3].item() for y in kept] == list(range(5000))


def test_a_loop_on_the_tape():
    with deferral(True):
        w = lanegrad.ones(10, requires_grad=True)
        x = w
        for _ in range(5000):
            x = x * 1.0 + w * 0.5
        x.sum().backward()
        assert (w.grad.numpy() == 2501).all()


def test_what_only_a_list_holds_is_not_held_for_long():
    with deferral(True):
        x = lanegrad.ones(4, 4)
        gone = []
        for _ in range(3):
            y = F.relu(x)
            y.numpy()
            gone.append(weakref.ref(y._value))
            del y
        gc.collect()
        assert [ref() for ref in gone] == [None] * 3


STEPS = """
import random
from pathlib import Path
import numpy as np
import lanegrad
import lanegrad.nn.functional as F
from lanegrad import _core, nn, optim

lanegrad.set_num_threads(1)
draw = random.Random(0)
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Dropout(0.1), nn.Flatten(), nn.Linear(8, 3))
optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

def resident():  # kilobytes
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

def steps(count):
    for _ in range(count):
        size = draw.randrange(1, 120)
        x = lanegrad.tensor(np.full((size, 1, 4, 4), draw.random(), np.float32))
        optimizer.zero_grad()
        F.cross_entropy(net(x), np.arange(size) % 3).backward()
        optimizer.step()
        assert len(_core.plans_made()) <= 64

steps(3000)
before = resident()
steps(10000)
print(resident() - before, len(_core.plans_made()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_flat_over_10000_steps_of_changing_size():
    run = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    grown, plans = map(int, run.stdout.split())
    assert grown < 4000  # kilobytes
    assert 1 <= plans <= 64


def test_objects_are_flat():
    with deferral(True):

        def step():
            x = Tensor(np.ones((3, 4), np.float32), requires_grad=True)
            (F.relu(x * 2.0) * x).sum().backward()
            x.grad.numpy()

        for _ in range(100):
            step()
        gc.collect()
        before = len(gc.get_objects())
        for _ in range(1000):
            step()
        assert len(gc.get_objects()) - before < 20
