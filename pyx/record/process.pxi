# What a process does with the lists of its threads: when they are run, at the latest when it forks, and what
# happens when Python collects garbage.
#
# Uses: record/memory, record/lists, record/plans.

def run():
    """Makes the calls that this thread has noted."""
    if lg_mine != NULL:
        (<CallList>lg_mine).run()
        if not lg_collecting:
            (<CallList>lg_mine).clear()


def run_all():
    """Makes the calls that all threads have noted."""
    cdef CallList calls
    for calls in list(all_lists):
        calls.run()


def set_deferred(bint wanted):
    """Whether calls are noted to be made later, in all threads from now on; gives what it was before."""
    global deferred
    before, deferred = deferred, wanted
    if not wanted:
        run_all()
    return before


def get_deferred():
    return deferred


def noted():
    """How many calls this thread has noted that are still to be made: for tests."""
    return my_list().list.count - my_list().list.ran


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


# As Python ends, calls are made while the modules that plan them are whole.
atexit.register(set_deferred, False)

os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)


def _collecting(phase, info):
    """Told by Python's garbage collector. Memory that plans have not used from one full collection to the
    next is given back."""
    global lg_collecting, spare, spare_used
    lg_collecting = phase == "start"
    if phase == "stop" and info["generation"] == 2:
        if not spare_used:
            spare = None
            let_go()
        spare_used = False


gc.callbacks.append(_collecting)
