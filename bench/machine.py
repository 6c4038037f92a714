"""The machine that a benchmark ran on."""

import os
import platform
import resource
import time
from pathlib import Path


def machine() -> str:
    """This machine in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = available_cores()
    parts = [
        model,
        f"{cores} core{'s' if cores > 1 else ''}",
        *last_cache(),
        platform.system(),
        f"Python {platform.python_version()}",
    ]
    return ", ".join(parts)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def last_cache(folder: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> list[str]:
    """The largest level of cache, such as "L3 32768K", where the system tells."""
    levels = []
    for index in folder.glob("index*"):
        level, size = ((index / name) for name in ("level", "size"))
        if level.exists() and size.exists():
            levels.append((int(level.read_text()), size.read_text().strip()))
    return [f"L{level} {size}" for level, size in sorted(levels)[-1:]]


class OtherLoad:
    """How many cores others kept busy from its making on: on a busy machine times mean little."""

    def __init__(self) -> None:
        self._start = self._seconds()

    def cores(self) -> float | None:
        """The average so far, None where the system does not tell.

        What children have used is known, and taken off, once they have ended.
        """
        end = self._seconds()
        if not self._start or not end:
            return None
        elapsed, busy, own = (b - a for a, b in zip(self._start, end, strict=True))
        return max(0.0, (busy - own) / elapsed)

    @staticmethod
    def _seconds() -> tuple[float, float, float] | None:
        """By the clock, of all processes on all cores, of this process and its children."""
        statistics = Path("/proc/stat")
        if not statistics.exists():
            return None
        user, nice, system, _idle, _wait, *interrupts_and_stolen = map(
            int, statistics.read_text().split("\n")[0].split()[1:9]
        )
        ticks = user + nice + system + sum(interrupts_and_stolen)
        own = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return (
            time.monotonic(),
            ticks / os.sysconf("SC_CLK_TCK"),
            sum(usage.ru_utime + usage.ru_stime for usage in own),
        )
