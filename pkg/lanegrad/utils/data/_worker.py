"""What a loader's worker process does: batches of its copy of the data set, as the parent asks for them.

Parent and worker have the two ends of one connection. The parent sends tasks, and gets one answer for
each; an end that is closed, by whatever cause, ends the worker. A thread of the worker reads, another
writes, so that neither side ever waits for the other to make room, and the worker can go on while its
batch is on the way.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np

from ..._machine.config import set_num_threads
from ...random import manual_seed
from .dataset import IterableDataset
from .passes import Asked, Pass, before_sample, making
from .source import Source
from .worker_info import WorkerInfo, set_worker_info

PATIENCE = 2.0  # seconds that a worker gets to finish a sample when nobody wants it any more


class Task(NamedTuple):
    """A batch that the parent asks for."""

    epoch: int  # which of the loader's passes it belongs to
    current: Pass
    start: int  # how many samples the pass has before it
    asked: Asked


class _Text(str):
    """A message that KeyError does not put into quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Failure:
    """An exception in a worker, as it crosses to the parent: its type, and its traceback in words."""

    def __init__(self, worker: int) -> None:
        kind: Any = sys.exc_info()[0]
        self.kind = kind
        self.message = (
            f"Caught {kind.__name__} in DataLoader worker process {worker}.\n"
            f"{traceback.format_exc()}"
        )

    def error(self) -> Exception:
        """An exception of the original type where that takes a message, else a RuntimeError."""
        with suppress(Exception):
            error = self.kind(_Text(self.message))
            if isinstance(error, Exception):
                return error
        return RuntimeError(self.message)


def seed_all(seed: int) -> None:
    """Start the random numbers of Python, NumPy and lanegrad anew."""
    random.seed(seed)
    np.random.seed([seed & 0xFFFFFFFF, seed >> 32])  # noqa: NPY002  which transforms draw from
    manual_seed(seed)


def work(
    connection: Connection, source: Source, init: Callable[[int], object] | None, info: WorkerInfo
) -> None:
    """The life of a worker."""
    # Ctrl-C reaches the whole group of processes, of which the parent decides; and handlers of the
    # program's own are not for its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_num_threads(1)
    seed_all(info.seed)
    set_worker_info(info)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    answers: SimpleQueue[Any] = SimpleQueue()
    unwanted = threading.Event()
    threading.Thread(target=_read, args=(connection, tasks, unwanted), daemon=True).start()
    threading.Thread(target=_write, args=(connection, answers), daemon=True).start()

    failure = None
    try:
        if init is not None:
            init(info.id)
    except Exception:
        failure = Failure(info.id)
    answer: Any
    task, epoch, batch_of = None, 0, None

    def before(place: int) -> None:
        if unwanted.is_set():
            raise SystemExit
        if not streams:
            assert task is not None
            seed_all(task.current.key + task.start + place & 0xFFFFFFFFFFFFFFFF)
            before_sample(place)

    streams = isinstance(source.dataset, IterableDataset)  # whose samples have no numbers
    while (task := tasks.get()) is not None:
        try:
            if batch_of is None or task.epoch != epoch:
                epoch, batch_of = task.epoch, None if failure else source.open(before)
            with making(task.current, task.asked):
                answer = failure if batch_of is None else batch_of(task.asked.indices)
            parcel = ForkingPickler.dumps((task.epoch, answer))
        except Exception:
            parcel = _pickled_failure(task.epoch, Failure(info.id))
        answers.put(parcel)


def _pickled_failure(epoch: int, failure: Failure) -> Any:
    try:
        return ForkingPickler.dumps((epoch, failure))
    except Exception:  # a type that has no name in its module
        failure.kind = RuntimeError
        return ForkingPickler.dumps((epoch, failure))


def _read(
    connection: Connection, tasks: SimpleQueue[Task | None], unwanted: threading.Event
) -> None:
    try:
        with suppress(EOFError, OSError):
            while True:
                tasks.put(connection.recv())
    finally:  # in any case: an index that cannot be unpickled here is an error that is printed
        unwanted.set()
        tasks.put(None)
        time.sleep(PATIENCE)
        os._exit(1)  # the parent is gone, or about to end this process itself


def _write(connection: Connection, answers: SimpleQueue[Any]) -> None:
    with suppress(OSError):
        while True:
            connection.send_bytes(answers.get())
