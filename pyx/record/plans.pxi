# Plans of lists of calls: made from what lanegrad/_plans/planning.py decides when a list is met for the
# second time, and run whenever it is met again.
#
# Uses: record/memory, record/lists, record/pace.

cdef extern from "record/record.h" nogil:
    ctypedef struct lg_split:
        ptrdiff_t N, n, count, b, floats
    ctypedef struct lg_own:
        size_t offset, at
    ctypedef struct lg_phase:
        ptrdiff_t blocks, parts
        lg_call **calls
        lg_own **own
        int *own_count
    ctypedef struct lg_site:
        char **at
        size_t offset
    ctypedef struct lg_number_site:
        void *at
        int kind
    ctypedef struct lg_plan:
        lg_phase *phases
        int threads
        size_t own_bytes
        lg_site *sites
        size_t *site_end
        lg_number_site *number_sites
        size_t *number_end
        size_t bytes
    int lg_images_of_call(const lg_call *call, lg_split *k)
    int lg_split_call(lg_call *call, const lg_split *k, ptrdiff_t *strides)
    int lg_fuse(lg_call *first, const lg_call *second, int *moved)
    lg_call *lg_copy_call(const lg_call *call)
    int lg_plan_init(lg_plan *plan, size_t phases, size_t memories, size_t numbers)
    int lg_phase_init(lg_phase *phase, ptrdiff_t blocks, ptrdiff_t parts)
    void lg_plan_free(lg_plan *plan)
    void lg_plan_prepare(lg_plan *plan, char **bases, const double *numbers)
    void lg_plan_run(const lg_plan *plan, char *own)

cdef extern from "time.h" nogil:
    cdef struct timespec:
        long tv_sec, tv_nsec
    enum:
        CLOCK_MONOTONIC
    int clock_gettime(int clock, timespec *t)

cdef enum:
    MOST_PLANS = 64             # that are kept
    MOST_PLAN_BYTES = 1 << 26   # of them all
    MOST_NUMBERS_OF_A_CALL = 32
    MOST_SEEN = 4096            # lists of which it is remembered that there was such a one

cdef dict plans = {}   # by signature
cdef dict seen = {}    # signatures of lists that have been run as they stood
cdef size_t plan_bytes = 0
cdef Storage spare = None  # what the last plan has used, for the next
cdef bint spare_used = False


cdef inline double now() noexcept:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return t.tv_sec + 1e-9 * t.tv_nsec


cdef inline size_t planned_size(Storage storage) noexcept:
    """What a plan depends on: the size of a storage that nobody will see, 0 for others. (A second reference
    is the caller's.)"""
    return 2 * storage.wanted + 1 if storage.memory == NULL and Py_REFCNT(storage) <= 2 else 0


cdef object signature_of(CallList calls):
    """A number that lists share for which one plan serves."""
    cdef uint64_t h = lg_list_hash(&calls.list) ^ <uint64_t>calls.threads
    cdef Storage storage
    for storage in calls.storages:
        h = (h ^ planned_size(storage)) * <uint64_t>0x9E3779B97F4A7C15
        h ^= h >> 32
    return h


cdef note_seen(key):
    if len(seen) >= MOST_SEEN:
        del seen[next(iter(seen))]
    seen[key] = None


@cython.final
@cython.no_gc
cdef class Call:
    """A noted call, as planning.py sees it."""
    cdef lg_call *call
    cdef Py_ssize_t first  # of its numbers, among those of the list
    cdef list numbers      # which of these go to its own

    def __dealloc__(self):
        free(self.call)

    @property
    def name(self):
        return self.call.op.name.decode()

    @property
    def pointers(self):
        cdef int i, role
        cdef size_t token
        found = []
        for i in range(lg_pointer_count(self.call)):
            token = lg_pointer_at(self.call, i, &role)[0]
            if token:
                found.append(planning.Pointer(i, ROLES[role], token_storage(token), token_offset(token)))
        return found

    def images(self):
        cdef lg_split k
        if lg_images_of_call(self.call, &k):
            return planning.Images(k.count, k.N, k.n)
        return None

    def strides(self, images, ptrdiff_t floats):
        cdef lg_split k
        cdef int i, count = lg_pointer_count(self.call)
        cdef lg_call *copy = lg_copy_call(self.call)
        cdef ptrdiff_t *strides = <ptrdiff_t *>malloc((count + 1) * sizeof(ptrdiff_t))
        try:
            if copy == NULL or strides == NULL:
                raise MemoryError
            k.N, k.n, k.count, k.floats = images.N, images.n, images.count, floats
            for k.b in (0, k.count - 1):
                memcpy(copy, self.call, sizeof(lg_call) + self.call.size)
                if not lg_split_call(copy, &k, strides):
                    return None
            return [strides[i] for i in range(count)]
        finally:
            free(copy)
            free(strides)

    def take_over(self, Call following not None):
        cdef int[MOST_NUMBERS_OF_A_CALL] moved
        cdef int i
        for i in range(MOST_NUMBERS_OF_A_CALL):
            moved[i] = -1
        if not lg_fuse(self.call, following.call, moved):
            return False
        for i in range(len(following.numbers)):
            if moved[i] >= 0:
                self.numbers[moved[i]] = following.numbers[i]
        return True


ROLES = ("in", "out", "inout", "scratch", "in")  # by number; what is shared is read


@cython.final
cdef class Plan:
    """Calls to be made again, for lists like the one that it was made of."""
    cdef lg_plan plan
    cdef bytes calls       # of that list,
    cdef list planned      # and of its storages: see planned_size;
    cdef size_t *planned_sizes  # the same
    cdef int threads
    cdef list external     # numbers of the storages that others see, in the order of the plan's memories
    cdef char **bases      # where they are; then the arena
    cdef size_t arena_bytes
    cdef bint busy
    cdef readonly Pace pace
    cdef readonly list program  # names of kernels, those of a phase in a list

    def __dealloc__(self):
        lg_plan_free(&self.plan)
        free(self.bases)
        free(self.planned_sizes)

    cdef bint fits(self, CallList calls):
        """Whether it was made of such a list."""
        cdef Py_ssize_t i
        cdef Storage storage
        if (
            <size_t>PyBytes_GET_SIZE(self.calls) != calls.list.used or self.threads != calls.threads
            or len(self.planned) != len(calls.storages)
            or memcmp(PyBytes_AS_STRING(self.calls), calls.list.calls, calls.list.used) != 0
        ):
            return False
        for i in range(len(self.planned)):
            storage = <Storage>PyList_GET_ITEM(calls.storages, i)
            if self.planned_sizes[i] != planned_size(storage):
                return False
        return True

    cdef int run(self, CallList calls) except -1:
        global spare, spare_used
        cdef Py_ssize_t i, number
        cdef Storage storage, memory = spare
        cdef double start
        cdef int limit
        cdef size_t wanted = self.arena_bytes + self.plan.own_bytes * self.threads
        for i in range(len(self.external)):
            number = self.external[i]
            storage = <Storage>PyList_GET_ITEM(calls.storages, number)
            self.bases[i] = storage.place()
        spare = None
        if memory is None or memory.size < wanted or memory.size > 2 * wanted + 65536:
            memory = None
            let_go()  # what such a list has taken while there was no plan
            memory = new_storage(wanted)
        self.bases[len(self.external)] = memory.memory
        lg_plan_prepare(&self.plan, self.bases, calls.list.numbers)
        calls.start()
        self.busy = True
        limit = lg_limit_threads(self.pace.threads)
        start = now()
        with nogil:
            lg_plan_run(&self.plan, memory.memory + self.arena_bytes)
        self.pace.note(now() - start)
        lg_limit_threads(limit)
        self.busy = False
        calls.list.ran = calls.list.count
        calls.list.ran_bytes, calls.list.ran_numbers = calls.list.used, calls.list.number_count
        spare, spare_used = memory, True
        calls.stop()
        return 0


cdef int run_planned(CallList calls) except -1:
    """Runs a list by a plan; says what it did."""
    cdef Plan plan = calls.last
    if plan is None or plan.busy or not plan.fits(calls):  # most often the last one fits
        key = signature_of(calls)
        plan = plans.get(key)
        if plan is None:
            if key in seen and key not in plans:
                make_plan(calls, key)
                return CHANGED
            note_seen(key)
            return NO_PLAN
        if plan.busy or not plan.fits(calls):
            return NO_PLAN
        calls.last = plan
    plan.run(calls)
    return DONE


set_plan_runner(run_planned)


cdef enum:
    MOST_POINTERS = 512  # of a call that is made one for a block of images


cdef class PlanBuilder:
    """What a plan is made of, while it is made: its calls, and where their pointers and numbers stand."""
    cdef Plan plan
    cdef object made       # what planning.py has decided
    cdef list copies       # of the list's calls
    cdef dict memory_of    # the plan's memories, by the numbers of storages that others see
    cdef list sites        # of each memory, (address, offset)
    cdef list number_sites  # of each number, (address, kind)
    cdef size_t bytes

    cdef int build(self, Py_ssize_t number_count) except -1:
        """Makes the calls, for each block of images where they are part of a phase."""
        cdef Plan plan = self.plan
        cdef Py_ssize_t i, j
        self.note_sizes()
        self.memory_of = {storage: i for i, storage in enumerate(plan.external)}
        self.sites = [[] for _ in range(len(plan.external) + 1)]
        self.number_sites = [[] for _ in range(number_count)]
        plan.arena_bytes = round_up(self.made.arena_bytes, 64)
        plan.bases = <char **>calloc(len(self.sites), sizeof(char *))
        if plan.bases == NULL or not lg_plan_init(
            &plan.plan, len(self.made.entries), len(self.sites), number_count
        ):
            raise MemoryError
        plan.plan.threads, plan.plan.own_bytes = plan.threads, self.made.own_bytes
        for i, entry in enumerate(self.made.entries):
            blocks = 1 if entry[0].strides is None else self.made.images.count
            if not lg_phase_init(plan.plan.phases + i, blocks, len(entry)):
                raise MemoryError
            for j, part in enumerate(entry):
                self.add_part(plan.plan.phases + i, j, part)
        self.store_sites()
        self.store_number_sites()
        plan.plan.bytes = self.bytes
        return 0

    cdef int note_sizes(self) except -1:
        """What `fits` compares, and which storages others see."""
        cdef Plan plan = self.plan
        plan.planned_sizes = <size_t *>malloc((len(plan.planned) + 1) * sizeof(size_t))
        if plan.planned_sizes == NULL:
            raise MemoryError
        for i, planned in enumerate(plan.planned):
            plan.planned_sizes[i] = planned
        plan.external = [i for i, planned in enumerate(plan.planned) if planned == 0]
        return 0

    cdef int add_part(self, lg_phase *phase, Py_ssize_t j, part) except -1:
        """The j-th call of a phase, once for each block."""
        cdef lg_call *call = (<Call>self.copies[part.call]).call
        cdef lg_split k
        cdef ptrdiff_t[MOST_POINTERS] strides
        cdef ptrdiff_t b
        cdef int pointers = lg_pointer_count(call)
        phase.own[j] = <lg_own *>malloc((pointers + 1) * sizeof(lg_own))
        if phase.own[j] == NULL:
            raise MemoryError
        for b in range(phase.blocks):
            call = lg_copy_call((<Call>self.copies[part.call]).call)
            if call == NULL:
                raise MemoryError
            phase.calls[b * phase.parts + j] = call
            self.bytes += sizeof(lg_call) + call.size
            if part.strides is not None:
                k.N, k.n, k.count = self.made.images.N, self.made.images.n, self.made.images.count
                k.b, k.floats = b, part.floats
                if pointers > MOST_POINTERS or not lg_split_call(call, &k, strides):
                    raise AssertionError(f"{call.op.name.decode()} cannot be split as planned")
            self.place_pointers(phase, j, part, call, b)
            self.place_numbers(part, call)
        return 0

    cdef int place_pointers(self, lg_phase *phase, Py_ssize_t j, part, lg_call *call, ptrdiff_t b) except -1:
        """Notes where the pointers of a call for block b stand, and where they are to point."""
        cdef int p, role
        cdef size_t *at
        cdef lg_own *own
        arena = self.made.arena
        for p in range(lg_pointer_count(call)):
            at = lg_pointer_at(call, p, &role)
            if at[0] == 0:
                continue
            storage = token_storage(at[0])
            if storage in self.made.own:
                if b == 0:
                    own = &phase.own[j][phase.own_count[j]]
                    own.offset, own.at = <char *>at - call.args, self.made.own[storage]
                    phase.own_count[j] += 1
                continue
            offset = token_offset(at[0]) + (0 if part.strides is None else part.strides[p] * b)
            if storage in arena:
                self.sites[len(self.sites) - 1].append((<size_t>at, offset + arena[storage]))
            else:
                self.sites[self.memory_of[storage]].append((<size_t>at, offset))
        return 0

    cdef int place_numbers(self, part, lg_call *call) except -1:
        """Notes where the numbers of a call stand."""
        cdef int p
        numbers = (<Call>self.copies[part.call]).numbers
        for p in range(call.op.number_count):
            self.number_sites[numbers[p]].append(
                (<size_t>call.args + call.op.numbers[p].offset, call.op.numbers[p].kind)
            )
        return 0

    cdef int store_sites(self) except -1:
        cdef lg_plan *plan = &self.plan.plan
        cdef Py_ssize_t i, j = 0, total = sum(map(len, self.sites))
        plan.sites = <lg_site *>malloc((total + 1) * sizeof(lg_site))
        if plan.sites == NULL:
            raise MemoryError
        for i, places in enumerate(self.sites):
            for address, offset in places:
                plan.sites[j].at, plan.sites[j].offset = <char **><size_t>address, offset
                j += 1
            plan.site_end[i] = j
        self.bytes += total * sizeof(lg_site)
        return 0

    cdef int store_number_sites(self) except -1:
        cdef lg_plan *plan = &self.plan.plan
        cdef Py_ssize_t i, j = 0, total = sum(map(len, self.number_sites))
        plan.number_sites = <lg_number_site *>malloc((total + 1) * sizeof(lg_number_site))
        if plan.number_sites == NULL:
            raise MemoryError
        for i, places in enumerate(self.number_sites):
            for address, kind in places:
                plan.number_sites[j].at, plan.number_sites[j].kind = <void *><size_t>address, kind
                j += 1
            plan.number_end[i] = j
        self.bytes += total * sizeof(lg_number_site)
        return 0


cdef int make_plan(CallList calls, key) except -1:
    """Makes the plan of a list, to be found at this signature."""
    global planning, plan_bytes
    cdef Plan plan = Plan.__new__(Plan)
    cdef lg_call *call = lg_list_next(&calls.list, NULL)
    cdef Call copy
    cdef Storage storage
    cdef PlanBuilder builder
    if planning is None:
        from ._plans import planning as module
        planning = module
    copies, number = [], 0
    plan.planned = []
    # Nothing from here on is collected as garbage, which could let another thread change the list.
    while call != NULL:
        copy = Call.__new__(Call)
        copy.call = lg_copy_call(call)
        if copy.call == NULL:
            raise MemoryError
        copies.append(copy)
        copy.first = number
        number += call.op.number_count
        call = lg_list_next(&calls.list, call)
    plan.calls = PyBytes_FromStringAndSize(calls.list.calls, calls.list.used)
    plan.threads = calls.threads
    for storage in calls.storages:
        plan.planned.append(planned_size(storage))
    storage = None
    for copy in copies:
        copy.numbers = list(range(copy.first, copy.first + copy.call.op.number_count))
    storages = [planning.Storage(size // 2, size != 0) for size in plan.planned]
    made = planning.make_plan(copies, storages, plan.threads)
    builder = PlanBuilder()
    builder.plan, builder.made, builder.copies = plan, made, copies
    builder.build(number)
    plan.pace = Pace(plan.threads)
    plan.program = made.names(copies)
    while plans and (len(plans) >= MOST_PLANS or plan_bytes + plan.plan.bytes > MOST_PLAN_BYTES):
        oldest = next(iter(plans))
        plan_bytes -= (<Plan>plans[oldest]).plan.bytes
        del plans[oldest]
    plans[key] = plan
    plan_bytes += plan.plan.bytes
    return 0


planning = None  # the module, from when it is needed


def plans_made():
    """The plans that there are, the oldest first: for tests."""
    return list(plans.values())


def forget_plans():
    """Lets all plans go: for tests."""
    cdef CallList calls
    for calls in all_lists:
        calls.last = None
    global plan_bytes, spare
    plans.clear()
    seen.clear()
    plan_bytes, spare = 0, None
