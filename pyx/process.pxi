# What happens to lists of calls when a process forks, and when Python collects garbage.

# A fork finds no list that runs: a child has none of the threads that would end it. From the time when all lists have
# been run until the fork is over, other threads may note calls, but not make them.
cdef unsigned long forking_thread = 0
cdef PyThread_type_lock fork_lock = PyThread_allocate_lock()


cdef int wait_for_fork() except -1:
    with nogil:
        PyThread_acquire_lock(fork_lock, 1)
        PyThread_release_lock(fork_lock)
    return 0


def _before_fork():
    global forking_thread
    cdef CallList calls
    with nogil:
        PyThread_acquire_lock(fork_lock, 1)
    forking_thread = PyThread_get_thread_ident()
    while True:
        run_all()
        for calls in all_lists:
            if calls.list.flags & RUNNING:
                break
        else:
            return


def _after_fork_in_parent():
    global forking_thread
    forking_thread = 0
    PyThread_release_lock(fork_lock)


def _after_fork_in_child():
    global forking_thread, fork_lock
    forking_thread = 0
    fork_lock = PyThread_allocate_lock()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)


def _collecting(phase, info):
    """Told by Python's garbage collector. Memory that plans have not used from one full collection to the next is
    given back."""
    global lg_collecting, spare, spare_used
    lg_collecting = phase == "start"
    if phase == "stop" and info["generation"] == 2:
        if not spare_used:
            spare = None
            let_go()
        spare_used = False


gc.callbacks.append(_collecting)
