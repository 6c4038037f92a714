"""Threads and forks with calls pending: the bits of one thread that makes each call at once."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, nn
from networks import (
    EveryLayer,
    Layers,
    arrays,
    assert_same,
    batch,
    batches,
    deferral,
    left,
    sgd,
    small,
)

pytestmark = pytest.mark.once

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")


def in_threads(count, work):
    """Runs work(number) in so many threads, which start together; raises what one of them raised."""
    errors, start = [], threading.Barrier(count)

    def run(number):
        try:
            start.wait()
            work(number)
        except BaseException as error:
            errors.append(error)
            start.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def child_in_time():
    """A child that does not end within a minute is killed by its own alarm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks of processes with threads
        yield


def steps(net, optimizer, data):
    losses = []
    for x, y in data:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses


def test_threads_that_train_networks_of_their_own():
    data = [batches(4 + number, 30) for number in range(4)]
    with deferral(False):
        lanegrad.manual_seed(1)
        want = []
        for number in range(4):
            net = small()
            optimizer = sgd(net.parameters())
            want.append(arrays(steps(net, optimizer, data[number]) + left(net, optimizer)))
    with deferral(True):
        lanegrad.manual_seed(1)
        nets = [small() for _ in range(4)]
        got = [None] * 4

        def work(number):
            optimizer = sgd(nets[number].parameters())
            got[number] = arrays(
                steps(nets[number], optimizer, data[number]) + left(nets[number], optimizer)
            )

        in_threads(4, work)
    assert_same(want, got)


def test_threads_that_share_a_model_for_inference():
    net = EveryLayer().eval()
    images = [batch(3)[0] for _ in range(10)]
    with deferral(False), lanegrad.no_grad():
        want = [net(x).numpy() for x in images]
    with deferral(True):

        def work(number):
            with lanegrad.no_grad():
                for _ in range(5):
                    pending = [net(x) for x in images[number:] + images[:number]]
                    assert_same(pending, want[number:] + want[:number])

        in_threads(8, work)


def test_threads_that_train_one_model_in_turn():
    data = batches(4, 80)

    def train(count):
        net = small()
        optimizer, lock, used = sgd(net.parameters()), threading.Lock(), iter(data)
        losses = []

        def work(number):
            while True:
                with lock:
                    pair = next(used, None)
                    if pair is None:
                        return
                    losses.extend(steps(net, optimizer, [pair]))

        in_threads(count, work)
        return losses + left(net, optimizer)

    with deferral(False):
        lanegrad.manual_seed(1)
        want = arrays(train(1))
    with deferral(True):
        lanegrad.manual_seed(1)
        assert_same(want, train(4))


def test_a_change_waits_for_what_others_have_noted():
    """Threads read a tensor at the same time, it is changed, and then they look at results."""
    count, rounds = 6, 60
    with deferral(True):
        w, barrier = lanegrad.ones(32, 32), threading.Barrier(7)

        def work(number):
            if number == count:
                for _ in range(rounds):
                    barrier.wait()
                    barrier.wait()
                    shown = w.detach()
                    shown += 1.0
                    barrier.wait()
                return
            x = lanegrad.ones(32, 32)
            for value in range(1, rounds + 1):
                barrier.wait()
                pending = [x @ w for _ in range(3)]
                barrier.wait()
                barrier.wait()
                for y in pending:
                    assert (y.numpy() == 32 * value).all()

        in_threads(count + 1, work)


def test_tensors_go_from_thread_to_thread():
    with deferral(True):
        x = F.relu(lanegrad.ones(3) * 2.0)  # pending here
        w = lanegrad.ones(3, requires_grad=True)
        found = []

        def work():
            y = F.relu(x) * w
            z = x.clone()
            z *= w  # nobody else has it
            found.append((y, z))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()  # it ends with calls pending
        y, z = found[0]
        assert y.tolist() == z.tolist() == [2, 2, 2]
        (y + z).sum().backward()
        assert w.grad.tolist() == [4, 4, 4]


def test_a_tensor_of_another_thread_is_changed_in_place_as_ones_own():
    with deferral(True):
        given = [F.relu(lanegrad.ones(3))]
        w = lanegrad.ones(3, requires_grad=True)
        found = []

        def work(_):
            given.append(F.relu(given[0]) * 1.0)
            y = given[0]
            y += w
            found.append(y)

        in_threads(1, work)
        found[0].sum().backward()
        assert found[0].tolist() == [2, 2, 2]
        assert w.grad.tolist() == [1, 1, 1]


def test_a_thread_that_ends_with_calls_pending():
    with deferral(True):
        results = []

        def work(number):
            x = lanegrad.ones(100)
            for _ in range(20):
                x = x * 1.5
            results.append(x)

        for _ in range(3):
            in_threads(3, work)
        for x in results:
            assert (x.numpy() == np.float32(1.5**20)).all()


def test_running_all_while_others_note():
    with deferral(True):
        stop = threading.Event()

        def work(number):
            if number == 0:
                for _ in range(50):
                    lanegrad.set_deferred(False)
                    lanegrad.set_deferred(True)
                stop.set()
                return
            while not stop.is_set():
                x = lanegrad.ones(50)
                for _ in range(10):
                    x = x * 1.5
                assert (x.numpy() == np.float32(1.5**10)).all()

        in_threads(4, work)


# --- forks -------------------------------------------------------------------------------------------


def in_child(check):
    """Whether a check gives true in a forked child."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


@needs_fork
@pytest.mark.usefixtures("child_in_time")
@pytest.mark.parametrize("wanted", [True, False])
def test_a_fork_with_calls_pending(wanted):
    with deferral(wanted):
        x, y = batch(32)
        net = Layers()
        optimizer = sgd(net.parameters())
        with deferral(False):
            want = Layers.forward(net, x).detach().numpy().copy()
        for _ in range(4):
            pending = net(x).detach()
            assert in_child(lambda p=pending: (p.numpy() == want).all())
            assert (pending.numpy() == want).all()
        changed = net.conv.weight.detach() * 1.0
        before = changed.numpy().copy()
        F.cross_entropy(net(x), y).backward()
        changed *= 2.0
        assert in_child(lambda: (changed.numpy() == 2 * before).all())

        def goes_on():
            steps(net, optimizer, [(x, y)] * 4)
            return np.isfinite(net.conv.weight.detach().numpy()).all()

        assert in_child(goes_on)
        assert (changed.numpy() == 2 * before).all()
        assert goes_on()


@needs_fork
@pytest.mark.usefixtures("child_in_time")
def test_processes_of_multiprocessing():
    context = multiprocessing.get_context("fork")
    with deferral(True):
        net = small()
        x, _ = batch(4, (3, 2, 2))
        pending = net(x).detach()
        queue = context.SimpleQueue()

        def work():
            queue.put((pending.numpy(), net(x).detach().numpy()))

        process = context.Process(target=work)
        process.start()
        got = queue.get()
        process.join()
        assert process.exitcode == 0
        assert_same(got, [pending, net(x)])


FORKS = """
import os, signal, sys, threading, warnings
import numpy as np
import lanegrad
import lanegrad.nn.functional as F
from lanegrad import optim

warnings.simplefilter("ignore")
sys.setswitchinterval(1e-5)
stop = threading.Event()

def train(parameters):
    # Both parameters lose 1 a step, and so are always equal between two steps.
    optimizer = optim.SGD(parameters, lr=1.0)
    while not stop.is_set():
        optimizer.zero_grad()
        sum((p.sum() for p in parameters), lanegrad.zeros(())).backward()
        optimizer.step()

pairs = [[lanegrad.zeros(50_000, requires_grad=True) for _ in range(2)] for _ in range(3)]
threads = [threading.Thread(target=train, args=(pair,)) for pair in pairs]
for thread in threads:
    thread.start()
wrong = 0
for _ in range(20):
    pending = F.relu(lanegrad.ones(10))
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        right = (pending.numpy() == 1).all()
        for pair in pairs:
            one, other = (p.detach().numpy() for p in pair)
            right = right and (one == one[0]).all() and (other == one[0]).all()
        os._exit(0 if right else 1)
    wrong += os.waitpid(child, 0)[1] != 0
stop.set()
for thread in threads:
    thread.join()
print("wrong", wrong)
"""


@needs_fork
def test_forks_while_other_threads_train():
    """In a process group of its own, which is ended as one should a child wait for ever."""
    run = subprocess.Popen(
        [sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        output, _ = run.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        pytest.fail("a child waits for ever")
    assert output.split() == ["wrong", "0"]


def test_modules_and_tensors_of_another_thread_in_a_step():
    """A loader's thread computes what a step takes."""
    with deferral(True):
        net = nn.Sequential(nn.Flatten(), nn.Linear(12, 10))
        data, taken = [], threading.Semaphore(0)

        def load(number):
            if number == 0:
                for k in range(20):
                    data.append(F.relu(Tensor(np.full((4, 3, 2, 2), k - 5, np.float32))) * 0.5)
                    taken.release()
                return
            for k in range(20):
                taken.acquire()
                assert (data[k].numpy() == max(k - 5, 0) / 2).all()
                F.cross_entropy(net(data[k]), [1, 2, 3, 4]).backward()
                sgd(net.parameters()).step()

        in_threads(2, load)
        assert _core.noted() == 0
