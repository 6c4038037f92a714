"""Loads the compiled module, and with it the OpenMP runtime, such that idle threads wait politely. How many
there are to be is found out before: OMP_PROC_BIND has the runtime tie this thread to one CPU.

GCC's runtime lets a thread that waits for others spin for milliseconds before it sleeps. Where other
programs want the cores too, the one that is waited for then gets none, and a step of a small network
takes a hundred times as long. The runtime reads its environment once, while it is loaded; so the
variable is set for that moment only, and not at all if the user has chosen.
"""

import os

from .threads import default_threads

THREADS = default_threads()

# About a hundred microseconds: longer than Python takes from one kernel to the next, or the short calls of a
# step that one thread makes alone; and about what it costs to sleep and be woken.
SPINS = "10000"

if os.environ.keys().isdisjoint({"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}):
    os.environ["GOMP_SPINCOUNT"] = SPINS
    try:
        from .. import _core
    finally:
        del os.environ["GOMP_SPINCOUNT"]
else:
    from .. import _core

__all__ = ["THREADS", "_core"]
