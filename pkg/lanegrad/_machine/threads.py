"""How many threads to start with: OMP_NUM_THREADS, or else the CPUs that this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil, inf

MOST_THREADS = 1024
"""So many threads kernels use at most: many calls take memory for each thread, whether there is a CPU for it
or not."""


def default_threads(
    cgroup_root: str = "/sys/fs/cgroup", membership: str = "/proc/self/cgroup"
) -> int:
    """The thread count that kernels start with.

    Parameters
    ----------
    cgroup_root : path
        Where the control groups of Linux are mounted.
    membership : path
        The file that lists the groups of this process.

    Returns
    -------
    int
        The first number of OMP_NUM_THREADS if that is set to one; else the number of CPUs that this
        process may run on, but no more than its control groups' CPU quota, rounded up. In any case 1024
        at most.

    Examples
    --------
    >>> default_threads() >= 1
    True
    """
    wish = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    digits = wish.lstrip("0")
    if wish.isascii() and wish.isdecimal() and digits:
        # Nine digits tell enough, and of thousands Python makes no int.
        return min(int(digits[:9]), MOST_THREADS)
    try:
        cpus = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        cpus = os.cpu_count() or 1
    quota = min(_quotas(cgroup_root, membership), default=inf)
    return min(cpus if quota > cpus else max(1, ceil(quota)), MOST_THREADS)


def _quotas(root: str, membership: str) -> Iterator[float]:
    """The CPU quotas, in CPUs, of the groups in `membership` and of the groups they are in."""
    for line in (_text(membership) or "0::/").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        names = [name for name in group.split("/") if name]
        for depth in range(len(names) + 1):
            # Version 2 has one hierarchy, without a name.
            folder = os.path.join(root, controllers, *names[:depth])
            if controllers:
                quota = _text(folder, "cpu.cfs_quota_us")
                period = _text(folder, "cpu.cfs_period_us")
            else:
                quota, _, period = _text(folder, "cpu.max").partition(" ")
            if quota.isdecimal() and period.isdecimal() and int(period):  # else "max", -1, no file
                yield int(quota) / int(period)


def _text(*path: str) -> str:
    try:
        with open(os.path.join(*path)) as file:
            return file.read().strip()
    except OSError:
        return ""
