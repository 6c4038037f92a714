# Noting kernel calls instead of making them (see csrc/record/record.h). Each thread has a list. It is run
# when somebody wants to see what is in a storage that its calls use, when an optimizer has stepped, or when
# it has grown long: by a plan if such a list has been seen before (see record/plans.pxi), else as it stands.
#
# What others may touch, because they have given an array or hold one, is read by taking a copy at the call,
# and written by running the list before the call returns. So calls that are pending use nothing that anybody
# else could change, and whoever gets to see a storage has its list run first.
#
# Uses: record/memory.

cdef extern from "record/record.h" nogil:
    ctypedef struct lg_pointer:
        size_t offset
        int role
    ctypedef struct lg_number:
        size_t offset
        int kind
    ctypedef struct lg_op:
        const char *name
        const lg_pointer *pointers
        int pointer_count
        const lg_number *numbers
        int number_count
    ctypedef struct lg_call:
        const lg_op *op
        size_t size
        char args[1]
    ctypedef struct lg_list:
        char *calls
        size_t used
        double *numbers
        size_t number_count
        ptrdiff_t count, ran
        size_t ran_bytes, ran_numbers
        int flags
    ctypedef struct lg_hooks:
        void (*before)() noexcept with gil
        void (*after)() noexcept with gil
    enum:
        LG_TOKEN_SHIFT
        LG_IN
        LG_OUT
        LG_INOUT
        LG_SCRATCH
        LG_SHARED
    size_t token_storage(size_t token)
    size_t token_offset(size_t token)
    int lg_pointer_count(const lg_call *call)
    size_t *lg_pointer_at(lg_call *call, int i, int *role)
    lg_list *lg_noting_list
    lg_hooks lg_note_hooks
    int lg_list_reserve(lg_list *list, size_t bytes)
    void lg_list_clear(lg_list *list)
    void lg_list_free(lg_list *list)
    uint64_t lg_list_hash(const lg_list *list)
    void lg_list_last_uses(const lg_list *list, ptrdiff_t *last)
    lg_call *lg_list_next(const lg_list *list, const lg_call *call)
    void lg_list_run(lg_list *list, char **bases)
    const lg_kernels lg_noting
    const lg_kernels lg_at_once

cdef extern from *:
    """
    static _Thread_local void *lg_mine; /* the list of this thread */
    static _Thread_local int lg_collecting; /* whether Python collects garbage in it */
    """
    void *lg_mine
    int lg_collecting

cdef enum:
    FEW_ELEMENTS = 4096
    URGENT = 1         # calls are made as soon as they are noted
    RUNNING = 2
    TAKEN = 4          # until a function begins: another list has what a call may be about to use
    MOST_CALLS = 2000  # in a list
    OFTEN = 128        # calls after which it is looked at what a list holds on to
    MOST_HELD = 1 << 26  # bytes that a list may hold on to which nobody else does

cdef bint deferred = os.environ.get("LANEGRAD_DEFERRED", "1") != "0"
cdef set all_lists = set()  # of threads that are alive
threads_lists = threading.local()


# Runs a list by a plan, if there is one, or makes one: what plans.pxi says.
ctypedef int (*plan_runner)(CallList calls) except -1
cdef plan_runner run_by_plan
cdef enum:
    NO_PLAN
    DONE
    CHANGED  # Python ran: the list may be another one


cdef void set_plan_runner(plan_runner runner) noexcept:
    global run_by_plan
    run_by_plan = runner


# A fork finds no list that runs: a child has none of the threads that would end it. From the time when all
# lists have been run until the fork is over, other threads may note calls, but not make them.
cdef unsigned long forking_thread = 0
cdef PyThread_type_lock fork_lock = PyThread_allocate_lock()


cdef int wait_for_fork() except -1:
    with nogil:
        PyThread_acquire_lock(fork_lock, 1)
        PyThread_release_lock(fork_lock)
    return 0


@cython.final
cdef class CallList:
    """The calls that a thread has noted."""
    cdef lg_list list
    cdef list storages       # that they use, in the order of first use
    cdef int threads       # that they may use
    cdef ptrdiff_t looked  # at so many calls it was seen what the list holds
    cdef PyThread_type_lock lock  # held while it runs
    cdef unsigned long runner
    cdef object last       # plan that was run

    def __cinit__(self):
        self.storages = []
        self.threads = lg_get_num_threads()
        self.lock = PyThread_allocate_lock()
        if self.lock == NULL:
            raise MemoryError

    def __dealloc__(self):
        lg_list_free(&self.list)
        if self.lock != NULL:
            PyThread_free_lock(self.lock)

    cdef int clear(self) except -1:
        """Begins anew, where all calls have been made."""
        cdef Storage storage
        cdef list storages = self.storages
        for storage in storages:
            storage.lists -= 1
            if storage.list == <void *>self:
                storage.list, storage.pending = NULL, False
        lg_list_clear(&self.list)
        self.looked = 0
        self.threads = lg_get_num_threads()
        self.storages = []
        return 0

    cdef Py_ssize_t add(self, Storage storage) except -1:
        """The number of a storage in this list; what another has still to do with it is done first."""
        cdef CallList other
        while storage.list != NULL:
            if storage.list == <void *>self:
                return storage.index
            other = <CallList>storage.list
            other.run()
            if storage.list == <void *>other:  # no third thread has taken it meanwhile
                other.list.flags |= TAKEN
                break
        storage.list, storage.pending = <void *>self, False
        storage.index = len(self.storages)
        self.storages.append(storage)
        storage.lists += 1
        return storage.index

    cdef bint holds_much(self):
        """Whether memory is held that nobody but the list needs."""
        cdef Storage storage
        cdef size_t held = 0
        self.looked = self.list.count
        for storage in self.storages:
            if storage.memory != NULL and Py_REFCNT(storage) <= 2:  # the list's, and this loop's
                held += storage.size
        return held > MOST_HELD

    cdef int wait(self) except -1:
        """Until another thread has run it."""
        if self.runner == PyThread_get_thread_ident():
            raise RuntimeError("a list of calls is run while it runs")
        with nogil:
            PyThread_acquire_lock(self.lock, 1)
            PyThread_release_lock(self.lock)
        return 0

    cdef int run(self) except -1:
        """Makes the calls that have not been made."""
        cdef int how
        while True:
            if self.list.flags & RUNNING:
                self.wait()
                continue
            if forking_thread and forking_thread != PyThread_get_thread_ident():
                wait_for_fork()
                continue
            if self.list.ran == self.list.count:
                return 0
            if self.list.ran == 0 and not self.list.flags & URGENT:
                how = run_by_plan(self)
                if how == CHANGED:
                    continue
                if how == DONE:
                    return 0
            self.run_as_it_stands()
            return 0

    cdef int start(self) except -1:
        PyThread_acquire_lock(self.lock, 1)
        self.runner = PyThread_get_thread_ident()
        self.list.flags |= RUNNING
        return 0

    cdef int stop(self) except -1:
        self.list.flags &= ~RUNNING
        self.runner = 0
        PyThread_release_lock(self.lock)
        return 0

    cdef int run_as_it_stands(self) except -1:
        """Makes the calls one after the other. Memory that nobody sees afterwards is used again."""
        cdef Py_ssize_t i, number = self.list.ran, count = len(self.storages), given = 0, taken = 0
        cdef ptrdiff_t *last = <ptrdiff_t *>malloc((count + 1) * sizeof(ptrdiff_t))
        cdef char **bases = <char **>calloc(count + 1, sizeof(char *))
        cdef char **free_memory = <char **>malloc((count + 1) * sizeof(char *))
        cdef int *free_number = <int *>malloc((count + 1) * sizeof(int))
        cdef int *numbers = <int *>malloc((count + 1) * sizeof(int))  # the size classes of what storages have
        cdef char **own = <char **>malloc((count + 1) * sizeof(char *))  # taken for this run
        cdef Py_ssize_t *own_of = <Py_ssize_t *>malloc((count + 1) * sizeof(Py_ssize_t))
        cdef int pointers, k, role, limit, best
        cdef size_t token
        cdef lg_call *call
        cdef Storage storage
        try:
            if last == NULL or bases == NULL or free_memory == NULL or free_number == NULL or own == NULL \
                    or own_of == NULL or numbers == NULL:
                raise MemoryError
            lg_list_last_uses(&self.list, last)
            call = lg_list_next(&self.list, NULL)
            while call != NULL:
                pointers = lg_pointer_count(call)
                for k in range(pointers):
                    token = lg_pointer_at(call, k, &role)[0]
                    if token == 0 or bases[token_storage(token)] != NULL:
                        continue
                    i = token_storage(token)
                    storage = <Storage>PyList_GET_ITEM(self.storages, i)
                    if not is_temporary(storage):
                        bases[i] = storage.place()
                        continue
                    best = -1  # the smallest that is large enough, but not much too large
                    for role in range(given):
                        if storage.number <= free_number[role] <= storage.number + 6 and (
                            best < 0 or free_number[role] < free_number[best]
                        ):
                            best = role
                    if best >= 0:
                        bases[i], numbers[i] = free_memory[best], free_number[best]
                        given -= 1
                        free_memory[best], free_number[best] = free_memory[given], free_number[given]
                    else:
                        bases[i] = own[taken] = take_memory(storage.number, storage.size)
                        numbers[i], own_of[taken] = storage.number, i
                        taken += 1
                for k in range(pointers):
                    token = lg_pointer_at(call, k, &role)[0]
                    if token == 0:
                        continue
                    i = token_storage(token)
                    storage = <Storage>PyList_GET_ITEM(self.storages, i)
                    if last[i] == number and is_temporary(storage):
                        free_memory[given], free_number[given] = bases[i], numbers[i]
                        given += 1
                        last[i] = -1  # it may occur twice among the pointers
                number += 1
                call = lg_list_next(&self.list, call)
            storage = None
            self.start()
            limit = lg_limit_threads(self.threads)
            with nogil:
                lg_list_run(&self.list, bases)
            lg_limit_threads(limit)
            self.stop()
        finally:
            for k in range(taken):
                storage = <Storage>PyList_GET_ITEM(self.storages, own_of[k])
                give_memory(own[k], storage.number, storage.size)
            free(last)
            free(bases)
            free(free_memory)
            free(free_number)
            free(numbers)
            free(own)
            free(own_of)
        return 0


cdef inline bint is_temporary(Storage storage) noexcept:
    """Whether nobody but the list that it is in will see what is in a storage. (A second reference is the
    caller's variable.)"""
    return storage.memory == NULL and Py_REFCNT(storage) <= 2


@cython.final
cdef class Thread:
    """Of each thread that notes calls: at its end they are made."""
    cdef CallList calls

    def __dealloc__(self):
        global lg_mine, lg_noting_list
        if lg_mine == <void *>self.calls:
            lg_mine, lg_noting_list = NULL, NULL
        all_lists.discard(self.calls)
        if self.calls.list.flags & RUNNING:  # of a thread that will never go on, as Python ends
            Py_INCREF(self.calls)
            return
        try:
            self.calls.run()
            self.calls.clear()
        except BaseException as error:
            PyErr_WriteUnraisable(error)


cdef CallList new_list():
    global lg_mine, lg_noting_list
    cdef CallList calls = CallList()
    cdef Thread thread = Thread()
    thread.calls = calls
    all_lists.add(calls)
    threads_lists.thread = thread
    lg_mine, lg_noting_list = <void *>calls, &calls.list
    return calls


cdef inline CallList my_list():
    return <CallList>lg_mine if lg_mine != NULL else new_list()


cdef const lg_kernels *begin() except NULL:
    """The table of kernels that notes calls. To be asked for before the tokens of a function's arrays, and
    again after anything in between that may note calls itself.

    Here alone a list begins anew, and tokens lose their meaning; but not where Python collects garbage, which
    it may do whenever an object is made: what finalizers note then comes in between the tokens of somebody
    else.
    """
    cdef CallList mine = my_list()
    while mine.list.flags & RUNNING:
        mine.wait()
    if not lg_list_reserve(&mine.list, 1 << 13):
        raise MemoryError
    if lg_collecting and mine.storages:
        return &lg_noting
    mine.list.flags = 0 if deferred else URGENT
    if mine.list.count:
        if mine.list.ran == mine.list.count:
            mine.clear()
        elif mine.list.count >= MOST_CALLS or (mine.list.count - mine.looked >= OFTEN and mine.holds_much()):
            mine.run()
            mine.clear()
    elif mine.storages or mine.threads != lg_get_num_threads():
        mine.clear()
    return &lg_noting


cdef void before_noting() noexcept with gil:
    """Of a list with flags: a thread that runs it is waited for."""
    cdef CallList mine = <CallList>lg_mine
    try:
        while mine.list.flags & RUNNING:
            mine.wait()
    except BaseException as error:
        PyErr_WriteUnraisable(error)


cdef void after_noting() noexcept with gil:
    """Of a list with flags: runs it, if it is urgent."""
    cdef CallList mine = <CallList>lg_mine
    try:
        if mine.list.flags & (URGENT | TAKEN):
            mine.run()
    except BaseException as error:
        PyErr_WriteUnraisable(error)


lg_note_hooks.before, lg_note_hooks.after = before_noting, after_noting


cdef size_t token_of(Storage storage, size_t offset) except 0:
    cdef CallList mine = <CallList>lg_mine
    cdef Py_ssize_t number = storage.index if storage.list == lg_mine else mine.add(storage)
    return (<size_t>(number + 1) << LG_TOKEN_SHIFT) + offset


cdef inline size_t written_token(Storage storage, size_t offset) except 0:
    cdef size_t token = token_of(storage, offset)
    storage.pending = True
    return token


cdef int finish(Storage storage) except -1:
    """Has everything done that has been noted to be done with a storage."""
    cdef CallList calls
    if storage.list != NULL:
        calls = <CallList>storage.list  # its thread may end while this one waits
        calls.run()
    return 0


cdef inline int begin_anew() except -1:
    """Lets the storages of this thread's list go, if all its calls have been made.

    Not between tokens: see begin.
    """
    cdef CallList mine
    if lg_mine == NULL or lg_collecting:
        return 0
    mine = <CallList>lg_mine
    if mine.list.ran == mine.list.count and not mine.list.flags & RUNNING:
        mine.clear()
    return 0


cdef inline int settle(Storage storage) except -1:
    """Has everything written that has been noted to be written to a storage. Calls that read it may wait."""
    if storage.pending:
        finish(storage)
    return 0
