"""Samples that threads make before they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Ahead:
    """Calls a function of a key in threads, for some keys at a time.

    A process that is forked or spawned begins with threads of its own.
    """

    def __init__(self, function: Callable[[Any], Any], threads: int) -> None:
        self.function, self.threads = function, threads
        self.owner = 0
        self.pool: ThreadPoolExecutor | None = None
        self.futures: dict[Any, Future[Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "owner": 0, "pool": None, "futures": {}}

    def start(self, keys: Iterable[Any]) -> None:
        """Begin with these; what was begun before and is not taken yet is forgotten."""
        if self.owner != os.getpid():
            self.owner, self.pool = os.getpid(), ThreadPoolExecutor(self.threads, "lanegrad-read")
        assert self.pool is not None
        for future in list(self.futures.values()):  # another thread may take one meanwhile
            future.cancel()
        once = dict.fromkeys(keys)
        self.futures = {key: self.pool.submit(self.function, key) for key in once}

    def take(self, key: Any) -> Any:
        """The result for a key, or its exception; computed now where nobody has begun with it."""
        future = self.futures.pop(key, None) if self.owner == os.getpid() else None
        if future is None or future.cancelled():
            return self.function(key)
        return future.result()
