"""Programs that load data in workers and end, by themselves or not: no process is left, nothing is said."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAMPLES = """
import os, random, signal, sys, time
import numpy as np
import lanegrad
from lanegrad.utils.data import DataLoader, Dataset

class Samples(Dataset):
    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.offset = lanegrad.tensor([1.0])

    def __len__(self):
        return 10_000

    def __getitem__(self, index):
        time.sleep(self.seconds)
        return os.getpid(), index, self.offset * 2, random.random(), np.random.rand()

def pids(batches):
    found = {next(batches)[0].item() for _ in range(4)}
    print(os.getpid(), *found, flush=True)
"""


def run(program, tmp_path, act=None):
    """The exit code and errors of a program that prints its process ids, after which `act` gets the first."""
    path = tmp_path / "program.py"
    path.write_text(SAMPLES + program)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background job ignores interrupts, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        pids = list(map(int, process.stdout.readline().split()))
        assert len(pids) == 3, process.stderr.read()
        start = time.monotonic()
        if act:
            act(pids[0])
        _, errors = process.communicate(timeout=20)
        deadline = time.monotonic() + 5
        while any(map(is_running, pids)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not list(filter(is_running, pids))
        assert time.monotonic() - start < 15
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.stderr.close()
    return process.returncode, errors


def is_running(pid):
    """Whether a process is there that has not ended, reaped or not."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def interrupt(pid):
    """What Ctrl-C does: all processes of the group get the signal."""
    os.killpg(pid, signal.SIGINT)


LOOP = """
loader = DataLoader(Samples({seconds}), num_workers=2, persistent_workers={persistent})
batches = iter(loader)
pids(batches)
for batch in batches:
    time.sleep({wait})
"""


@pytest.mark.parametrize("seconds", [0.0, 0.05])
@pytest.mark.parametrize("persistent", [True, False])
def test_interrupt(tmp_path, seconds, persistent):
    program = LOOP.format(seconds=seconds, persistent=persistent, wait=0.01)
    code, errors = run(program, tmp_path, interrupt)
    assert code == -signal.SIGINT
    assert errors.count("Traceback") == 1, errors
    assert errors.endswith("KeyboardInterrupt\n"), errors


def test_interrupt_that_the_program_expects(tmp_path):
    program = f"""
try:
{LOOP.format(seconds=0.01, persistent=True, wait=0).replace(chr(10), chr(10) + "    ")}
except KeyboardInterrupt:
    print("saved")
"""
    assert run(program, tmp_path, interrupt) == (0, "")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_parent_is_killed(tmp_path, name):
    program = LOOP.format(seconds=0.01, persistent=False, wait=0.01)
    number = getattr(signal, name)
    assert run(program, tmp_path, lambda pid: os.kill(pid, number)) == (-number, "")


STUCK = """
from lanegrad.utils.data import _worker, _workers
_worker.PATIENCE = _workers.PATIENCE = 0.3
signal.signal(signal.SIGTERM, lambda *_: None)  # which is not the workers'

def some(samples):
    time.sleep(60 * (samples[0][1] > 3))
    return [np.int64(samples[0][0])]

batches = iter(DataLoader(Samples(), num_workers=2, collate_fn=some))
pids(batches)
time.sleep(0.1)
"""


def test_workers_that_are_stuck(tmp_path):
    assert run(STUCK, tmp_path) == (0, "")


def test_parent_is_killed_while_workers_are_stuck(tmp_path):
    program = STUCK + "time.sleep(60)"
    assert run(program, tmp_path, lambda pid: os.kill(pid, signal.SIGKILL)) == (-signal.SIGKILL, "")


@pytest.mark.parametrize(
    ("end", "code"), [("", 0), ("sys.exit(3)", 3), ("os._exit(4)", 4), ("loader = batches = 0", 0)]
)
@pytest.mark.parametrize("persistent", [True, False])
def test_the_program_ends(tmp_path, persistent, end, code):
    program = LOOP.format(seconds=0, persistent=persistent, wait=0)
    assert run(program.rpartition("for ")[0] + end, tmp_path) == (code, "")


def test_an_error_in_the_loop(tmp_path):
    program = LOOP.format(seconds=0, persistent=True, wait=0) + "    raise ValueError('mine')\n"
    code, errors = run(program, tmp_path)
    assert code == 1
    assert errors.count("Traceback") == 1
    assert errors.endswith("ValueError: mine\n")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_start_methods(tmp_path, method):
    program = f"""
def rows(**options):
    lanegrad.manual_seed(1)
    loader = DataLoader(Samples(), 2, sampler=range(9), num_workers=2, **options)
    return [[x.tolist() for x in batch[1:]] for batch in loader]

if __name__ == "__main__":
    loader = DataLoader(Samples(), num_workers=2, multiprocessing_context="{method}")
    pids(iter(loader))
    assert rows(multiprocessing_context="{method}") == rows()
    def fail(index):
        raise KeyError("there")
    Samples.__getitem__ = fail
    assert rows(multiprocessing_context="{method}")  # which know the class as it is in the file
"""
    assert run(program, tmp_path) == (0, "")


def test_spawn_without_a_guard_is_an_error_and_no_endless_loop(tmp_path):
    program = """
print(*[os.getpid()] * 3, flush=True)
pids(iter(DataLoader(Samples(), num_workers=1, multiprocessing_context="spawn")))
"""
    code, errors = run(program, tmp_path)
    assert code == 1
    assert "RuntimeError: DataLoader worker 0" in errors
