"""A loader's worker processes, as the parent sees them: started, asked for batches in turn, and ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from ._worker import PATIENCE, Failure, Task, work
from .passes import Asked, Pass
from .source import End, Source
from .worker_info import WorkerInfo

# The parent's ends of all connections. A process that is forked must not keep them open, or else what
# is at the other end would not see that the parent has closed them.
_own_ends: weakref.WeakSet[Connection] = weakref.WeakSet()


def _close_own_ends() -> None:
    for connection in list(_own_ends):
        connection.close()


os.register_at_fork(after_in_child=_close_own_ends)


class Workers:
    """Processes that make batches.

    They end when `stop` is called, when nothing refers to this object any more, at the interpreter's
    exit, and when the parent dies.
    """

    def __init__(
        self,
        source: Source,
        count: int,
        seed: int,
        *,
        init: Callable[[int], object] | None,
        context: Any,
        prefetch: int,
        timeout: float,
        in_order: bool,
    ) -> None:
        self._prefetch = prefetch
        self._timeout = timeout or None
        self._in_order = in_order
        self._epoch = 0
        self._processes: list[Any] = []
        self._connections: list[Connection] = []
        self.stop = weakref.finalize(self, _stop, os.getpid(), self._processes, self._connections)
        context = context or multiprocessing
        try:
            for number in range(count):
                own, other = context.Pipe()
                _own_ends.add(own)
                self._connections.append(own)
                info = WorkerInfo(number, count, seed + number & (1 << 64) - 1, source.dataset)
                process = context.Process(
                    target=work, args=(other, source, init, info), daemon=True
                )
                process.start()
                self._processes.append(process)
                other.close()
        except BaseException:
            self.stop()
            raise

    def epoch(self, asked: Iterator[Asked], current: Pass, in_batches: bool) -> Iterator[Any]:
        """The batches of one pass; a pass before it that has not ended is at an end then."""
        self._epoch += 1
        return _Epoch(self, self._epoch, asked, current, in_batches)

    def send(self, worker: int, task: Task) -> None:
        """Ask for a batch."""
        with suppress(
            BrokenPipeError, ConnectionResetError
        ):  # which is found when it is waited for
            self._connections[worker].send(task)

    def receive(self, candidates: list[int]) -> tuple[int, Any]:
        """The next answer of one of some workers, the first of them that has one."""
        while True:
            ends: list[Any] = [self._connections[worker] for worker in candidates]
            deaths = [self._processes[worker].sentinel for worker in candidates]
            ready = wait([*ends, *deaths], self._timeout)
            if not ready:
                self.stop()
                raise RuntimeError(
                    f"DataLoader timed out: no batch came in {self._timeout} seconds"
                )
            answering = [worker for worker in candidates if self._connections[worker] in ready]
            if not answering:
                self._died(candidates[deaths.index(ready[0])])
            try:
                epoch, answer = self._connections[answering[0]].recv()
            except (EOFError, OSError):
                self._died(answering[0])
            if epoch == self._epoch:  # another answers a pass that was given up
                return answering[0], answer

    def _died(self, worker: int) -> NoReturn:
        process = self._processes[worker]
        process.join(PATIENCE)
        pid, code = process.pid, process.exitcode
        self.stop()
        how = f"exited unexpectedly with code {code}"
        if code is not None and code < 0:
            how = f"was killed by signal {signal.Signals(-code).name}"
        raise RuntimeError(
            f"DataLoader worker {worker} (pid {pid}) {how}; num_workers=0 may show where"
        )


class _Epoch:
    """The batches of one pass. Each worker has as many tasks ahead as may be prefetched."""

    def __init__(
        self,
        workers: Workers,
        number: int,
        asked: Iterator[Asked],
        current: Pass,
        in_batches: bool,
    ) -> None:
        self._workers = workers
        self._number = number
        self._asked = asked
        self._current = current
        self._in_batches = in_batches
        self._start = 0
        self._waiting: deque[int] = deque()
        for _ in range(max(workers._prefetch, 1)):
            for worker in range(len(workers._processes)):
                self._ask(worker)

    def _ask(self, worker: int) -> None:
        for asked in self._asked:
            self._workers.send(worker, Task(self._number, self._current, self._start, asked))
            self._start += len(asked.indices) if self._in_batches else 1
            self._waiting.append(worker)
            return

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._number != self._workers._epoch:
            raise RuntimeError(
                "this iterator has ended, since another one was begun: persistent workers serve one"
            )
        while self._waiting and self._workers.stop.alive:
            candidates = list(dict.fromkeys(self._waiting))
            if self._workers._in_order:
                del candidates[1:]
            worker, answer = self._workers.receive(candidates)
            self._waiting.remove(worker)
            if answer is End:
                continue
            self._ask(worker)
            if isinstance(answer, Failure):
                raise answer.error() from None
            return answer
        raise StopIteration


def _stop(owner: int, processes: list[Any], connections: list[Connection]) -> None:
    """Have workers finish the sample that they are at, and end those that do not."""
    if os.getpid() != owner:  # in a process forked since, they are somebody else's
        return
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + PATIENCE
    for end in (lambda process: None, lambda process: process.terminate()):
        for process in processes:
            end(process)
        for process in processes:
            process.join(max(deadline - time.monotonic(), 0))
        deadline += 1
    for process in processes:
        process.kill()
        process.join()
        process.close()
