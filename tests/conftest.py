"""What the test modules share."""

import signal

import pytest
from hypothesis import settings

from lanegrad import _core

# A shell has what it runs in the background ignore signals, and their children inherit that.
for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# The same examples in every run, however slow the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def torch():
    """PyTorch, for tests that compare with it; they are skipped where it is not installed."""
    return pytest.importorskip("torch")


@pytest.fixture
def one_torch_thread(torch):
    """Where PyTorch's second thread only costs time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def isa_and_threads_restored():
    """Lets a test switch instruction set, thread count and the way of storing."""
    name, threads, streams = _core.isa(), _core.get_num_threads(), _core.streams()
    yield
    _core.streams(streams)
    _core.set_isa(name)
    _core.set_num_threads(threads)


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.once) for name in _core.isas()])
def isa(request, isa_and_threads_restored):
    """Each instruction set of this machine in turn."""
    _core.set_isa(request.param)
    return request.param
