"""Commands of lanegrad in processes of their own, some at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import RLock

from ._signals import handled

OUTPUT = "output.txt"  # what a command has printed


class Jobs:
    """Runs commands, shows what they print, and hands signals on to them.

    Each is in a process group of its own: Ctrl-C on a terminal comes here alone, and from here once to each,
    which then saves what it has.

    Attributes
    ----------
    asked : int
        The signal that has ended it, or 0.
    """

    def __init__(self, count: int, quiet: bool) -> None:
        self.asked = 0
        self._count, self._quiet = count, quiet
        self._lock = RLock()  # a signal's handler may come while another one has it
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self, commands: Mapping[str, Sequence[str]], note: Callable[[str, str | None], None]
    ) -> None:
        """Run those of some folders; `note` is told which has ended, and its error if there was one."""
        with handled(self._stop), ThreadPoolExecutor(self._count) as pool:
            ends = {pool.submit(self._one, name, words): name for name, words in commands.items()}
            try:
                for end in as_completed(ends):
                    note(ends[end], end.result())
            except BaseException:
                self._stop(signal.SIGINT)
                raise

    def _stop(self, number: int) -> None:
        with self._lock:
            self.asked = number
            for process in self._running:
                process.send_signal(number)

    def _one(self, folder: str, words: Sequence[str]) -> str | None:
        os.makedirs(folder, exist_ok=True)
        with self._lock:
            if self.asked:
                return "not run"
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "lanegrad", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                process_group=0,
            )
            self._running.add(process)
        try:
            last = self._show(process, folder)
            return None if process.wait() == 0 else last
        finally:
            if process.poll() is None:  # what is printed could not be shown
                process.send_signal(signal.SIGINT)
                process.wait()
            with self._lock:
                self._running.discard(process)

    def _show(self, process: subprocess.Popen[str], folder: str) -> str:
        """Print and keep what it prints; the last line, without what begins an error."""
        assert process.stdout is not None
        line, name = "", os.path.basename(folder)
        with process.stdout as lines, open(os.path.join(folder, OUTPUT), "a", 1, "utf-8") as kept:
            for line in lines:
                kept.write(line)
                if not self._quiet:
                    print(f"{name}: {line}", end="", flush=True)
        return line.strip().removeprefix("lanegrad: ").removeprefix("error: ") or "killed"
