# Threads, instruction sets and what this build is.
#
# Uses: record/process.

def set_num_threads(count):
    """Sets how many threads a kernel may use."""
    cdef int threads = count
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {count}")
    threads = threads if lg_openmp_version() else 1
    if threads != lg_get_num_threads():
        run_all()  # what has been noted counts on as many as there were
        lg_set_num_threads(threads)


def get_num_threads():
    """How many threads a kernel may use."""
    return lg_get_num_threads()


def limit_threads(int most):
    """From now on kernels that this thread calls use at most so many; gives how many it was before."""
    return lg_limit_threads(most)


def isas():
    """The instruction sets that this CPU can run, best first."""
    names = []
    while lg_isa_runnable(<int>len(names)) != NULL:
        names.append(lg_isa_runnable(<int>len(names)).decode())
    return names


def isa():
    """The instruction set in use."""
    return lg.isa.decode()


def set_isa(name):
    """Switches to another instruction set: for tests, while no kernel runs."""
    if lg_isa_select(name.encode()) != 0:
        raise ValueError(f"this CPU can run {', '.join(isas())}; not {name!r}")


def streams(wanted=None):
    """Whether large gradients are stored past the caches; set to `wanted` from now on: for tests."""
    global lg_streams
    before = bool(lg_streams)
    if wanted is not None:
        lg_streams = bool(wanted)
    return before


def build_info():
    """Compiler and OpenMP of this build."""
    return {"compiler": LG_COMPILER.decode(), "openmp": lg_openmp_version() or None}


def _choose_isa():
    wanted = os.environ.get("LANEGRAD_ISA") or isas()[0]
    try:
        set_isa(wanted)
    except ValueError as error:
        raise ImportError(f"LANEGRAD_ISA={wanted}: {error}") from None


lg_dispatch_init()
_choose_isa()
lg_parallel_init()
