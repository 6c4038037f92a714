"""Threads: their count, the GIL, forks."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lanegrad
from lanegrad import _core, ops

X = np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)


def test_set_and_get(isa_and_threads_restored):
    lanegrad.set_num_threads(3)
    assert lanegrad.get_num_threads() == (3 if _core.build_info()["openmp"] else 1)


@pytest.mark.parametrize("count", [0, -1])
def test_counts_below_one_are_errors(count):
    before = lanegrad.get_num_threads()
    with pytest.raises(ValueError, match="at least 1"):
        lanegrad.set_num_threads(count)
    assert lanegrad.get_num_threads() == before


def test_omp_num_threads_is_honoured():
    code = "import lanegrad; print(lanegrad.get_num_threads())"
    environment = {**os.environ, "OMP_NUM_THREADS": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == ("3" if _core.build_info()["openmp"] else "1"), done.stderr


COUNT_THREADS = """
import os
import numpy as np
from lanegrad import _core
_core.set_num_threads(4)
before = len(os.listdir("/proc/self/task"))
_core.matmul(*np.ones((2, 8, 8), np.float32))
assert len(os.listdir("/proc/self/task")) == before, "small work started threads"
_core.matmul(*np.ones((2, 512, 512), np.float32))
print(len(os.listdir("/proc/self/task")) - before)
"""


def test_small_work_runs_on_one_thread_and_large_work_on_all():
    done = subprocess.run([sys.executable, "-c", COUNT_THREADS], capture_output=True, text=True)
    assert done.stdout.strip() == ("3" if _core.build_info()["openmp"] else "0"), done.stderr


@pytest.mark.once
def test_the_gil_is_released(isa_and_threads_restored):
    """While one thread is in a long kernel, another one runs Python."""
    _core.set_num_threads(1)
    large = np.ones((2000, 2000), np.float32)
    inside, ticks = threading.Event(), []

    def kernel():
        inside.set()
        _core.matmul(large, large)
        ticks.append("end")

    worker = threading.Thread(target=kernel)
    sys.setswitchinterval(1e-4)
    try:
        worker.start()
        inside.wait()
        while worker.is_alive():
            ticks.append("tick")
            time.sleep(1e-3)
    finally:
        sys.setswitchinterval(5e-3)
    # With the GIL held the whole time, the loop would run at most once before the kernel's end.
    assert ticks.index("end") > 5


@pytest.mark.once
def test_other_python_threads_go_on_during_a_call():
    """No thread is made to give up Python's lock here: another one runs if a call releases it."""
    x = np.zeros((200, 50_000), np.float32)
    target = np.zeros(200, np.int64)
    counted, ready, done = 0, threading.Event(), threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            ready.set()
            time.sleep(0)

    interval = sys.getswitchinterval()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(count)
        ready.wait()
        sys.setswitchinterval(100)
        try:
            moved = 0
            for _ in range(5):
                before = counted
                ops.cross_entropy_with_grad(x, target, out=x)
                moved += counted > before
        finally:
            sys.setswitchinterval(interval)
            done.set()
        future.result()
    assert moved


def test_four_python_threads_at_once():
    problems, options = [], {"label_smoothing": 0.1, "reduction": "none", "return_stats": True}
    for i in range(16):
        rng = np.random.default_rng(i)
        x = rng.standard_normal((997, 101), dtype=np.float32)
        target = rng.integers(0, 101, 997) if i % 2 else rng.random(x.shape, dtype=np.float32)
        problems.append((x, target))

    def solve(problem):
        loss, grad, stats = ops.cross_entropy_with_grad(*problem, **options)
        return [loss, grad, *stats]

    want = [solve(p) for p in problems]
    with ThreadPoolExecutor(4) as pool:
        for results in zip(want * 3, pool.map(solve, problems * 3), strict=True):
            for a, b in zip(*results, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.once
def test_kernels_in_several_python_threads_at_once(isa_and_threads_restored):
    _core.set_num_threads(2)
    expected = _core.matmul(X, X)
    results = [None] * 4

    def work(number):
        for _ in range(10):
            results[number] = _core.matmul(X, X)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for result in results:
        np.testing.assert_array_equal(result, expected)


FORK = """
import os, sys
import numpy as np
from lanegrad import _core

_core.set_num_threads(4)
x = np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)
expected = _core.matmul(x, x)
for generation in range(3):          # a child of a child of a child
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert (_core.matmul(x, x) == expected).all()   # the parent still works
        sys.exit(os.waitstatus_to_exitcode(status))
    assert (_core.matmul(x, x) == expected).all()
if _core.build_info()["openmp"]:
    print(_core.get_num_threads(), len(os.listdir("/proc/self/task")))
else:
    print("4 4")
"""


@pytest.mark.once
def test_after_a_fork_both_sides_work():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["4", "4"]  # and the youngest child uses its threads


def _in_worker(seed):
    x = np.random.default_rng(seed).standard_normal((300, 300), dtype=np.float32)
    return float(_core.matmul(x, x).sum())


@pytest.mark.once
def test_multiprocessing_with_fork(isa_and_threads_restored):
    _core.set_num_threads(2)
    expected = [_in_worker(seed) for seed in range(4)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_in_worker, range(4)).get(timeout=60) == expected


@pytest.mark.once
def test_loading_leaves_the_environment_as_it_was():
    code = (
        "import os; before = dict(os.environ); import lanegrad; assert dict(os.environ) == before"
    )
    for extra in ({}, {"GOMP_SPINCOUNT": "77"}, {"OMP_WAIT_POLICY": "passive"}):
        environment = {k: v for k, v in os.environ.items() if "SPIN" not in k and "WAIT" not in k}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment | extra, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


BUSY = """
import time
import numpy as np
from lanegrad import _core
_core.set_num_threads(2)
x = np.ones((128, 128), np.float32)
_core.matmul(x, x)
time.sleep(0.2)
before = time.process_time()
time.sleep(0.5)
print(time.process_time() - before)
"""


@pytest.mark.once
def test_idle_threads_sleep():
    done = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True)
    assert float(done.stdout) < 0.1, done.stderr


@pytest.mark.once
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="CPUs are counted otherwise")
def test_a_runtime_that_binds_threads_leaves_their_count():
    """It ties the first thread to one CPU, which then seems to be all there is."""
    code = "import lanegrad; print(lanegrad.get_num_threads())"
    unbound, bound = (
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **extra},
            capture_output=True,
            text=True,
        )
        for extra in ({}, {"OMP_PROC_BIND": "true"})
    )
    assert bound.stdout == unbound.stdout, bound.stderr


SMALL_STACK = """
import sys, threading
import numpy as np
import lanegrad
from lanegrad import nn, ops, optim
F, rng, failed = nn.functional, np.random.default_rng(0), []
normal = lambda *shape: lanegrad.tensor(rng.standard_normal(shape, dtype="f4"), requires_grad=True)

def losses():
    for shape in ((512, 10), (64, 3000), (2, 12000), (4, 200, 20, 20), (4, 100, 32, 32)):
        x, labels = normal(*shape), rng.integers(0, 10, shape[:1] + shape[2:])
        for target in (labels, F.softmax(normal(*shape), 1)):
            F.cross_entropy(x, target, label_smoothing=0.1).backward()
        for axis in range(len(shape)):
            F.softmax(x, axis).sum().backward()
            ops.softmax(x.detach().numpy(), axis=axis)
        ops.cross_entropy_with_grad(x.detach().numpy(), labels, softcap=3.0)

def sums():
    x = normal(4, 8, 128, 128)
    for y in (x.sum(), x.std(), x.var((0, 2, 3)), x.norm(), x.logsumexp((2, 3)), x.amax((0, 2)), x.prod()):
        y.sum().backward()

def products():
    for rows, inner, columns in ((300, 300, 300), (1000, 64, 1000), (17, 5000, 3)):
        (normal(rows, inner) @ normal(columns, inner).T).sum().backward()

def training():
    net = nn.Sequential(
        nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64), nn.GELU(), nn.Conv2d(64, 64, 3), nn.GroupNorm(4, 64),
        nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(10),
    )
    net(lanegrad.zeros(1, 3, 16, 16))
    optimizer = optim.Adam(net.parameters())
    for _ in range(4):
        optimizer.zero_grad()
        F.cross_entropy(net(normal(32, 3, 16, 16)), rng.integers(0, 10, 32)).backward()
        optimizer.step()

def run():
    try:
        for work in (losses, sums, products, training):
            work()
    except BaseException as error:
        failed.append(error)

lanegrad.set_num_threads(2)
threading.stack_size(96 * 1024)
thread = threading.Thread(target=run)
thread.start()
thread.join()
print(failed or "done")
"""


@pytest.mark.once
def test_threads_with_small_stacks():
    """As musl's, which have 128 kB: those of Python, with some to spare, and those of a team."""
    done = subprocess.run(
        [sys.executable, "-c", SMALL_STACK],
        env={**os.environ, "OMP_STACKSIZE": "128k"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "done\n", (done.returncode, done.stderr)
