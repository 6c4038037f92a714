# Recording the kernel calls of a step, and playing them again (see csrc/plan.h; lanegrad/plan.py decides when).

cdef extern from "plan.h" nogil:
    ctypedef struct lg_pointer:
        size_t offset
        int writes, scratch
    ctypedef struct lg_op:
        const char *name
        size_t size, structs
        const lg_pointer *pointers
        int pointer_count
        size_t row, rows
        const lg_pointer *row_pointers
        int row_pointer_count
    ctypedef struct lg_call:
        const lg_op *op
        lg_call *next
        size_t size
        char args[1]
    void lg_record_start()
    lg_call *lg_record_stop(int *complete)
    lg_call *lg_record_last()
    void lg_free_calls(lg_call *calls)
    int lg_play(lg_call *calls)
    int lg_fuse(lg_call *first, const lg_call *second)

ctypedef struct Site:
    char **at         # a pointer among the arguments of a call
    ptrdiff_t offset  # from the start of that input
    int input


class CannotRecord(Exception):
    """Why a step cannot be played again."""


cdef Recording current = None  # the one recording that is going on, in whichever thread


def is_recording():
    """Whether a step is being recorded, in any thread."""
    return current is not None


def escapes(str what):
    """Says that Python gets to see, or changes, what kernels have computed: a step that does this cannot be
    played again. Costs nothing while no step is recorded."""
    if recorded_blocks is not None and recording_here() and current.reason is None:
        current.reason = what


cdef threads_changed():
    """Says that the number of threads has changed: scratch memory depends on it, whichever thread records."""
    if current is not None and current.reason is None:
        current.reason = "the number of threads changes meanwhile"


def seen(object array):
    """The array, of whose values Python gets hold."""
    if recorded_blocks is not None and recording_here():
        escapes("it looks at a tensor's values, or changes them in place")
    return array


def note(object thing):
    """Says that a step depends on this module or optimizer."""
    if recorded_blocks is not None and recording_here():
        current.notes.append(thing)


def note_gradient(object leaf, bint read):
    """A leaf's gradient, which is about to be read or replaced."""
    if recorded_blocks is not None and recording_here() and leaf not in current.gradients:
        current.gradients[leaf] = leaf.grad if read else current
    return leaf.grad


def keep_live(object pack):
    """Says that `pack` gives the bytes of the newest call's argument struct, which is to be read anew whenever
    the call is played."""
    if recorded_blocks is not None and recording_here() and lg_record_last() != NULL:
        current.live.append((<size_t>lg_record_last(), pack))


cdef class Recording:
    """A context in which kernel calls are recorded.

    `inputs` are the arrays that stand for the step's arguments.
    """
    cdef list inputs, blocks, arrays, live, starts, order
    cdef readonly list notes     # of modules and optimizers
    cdef readonly dict gradients  # of leaves: what was there before, or this object where that does not matter
    cdef str reason
    cdef object handler
    cdef lg_call *calls
    cdef bint complete
    cdef dict known

    def __init__(self, list inputs):
        self.inputs = inputs
        self.notes, self.gradients, self.live = [], {}, []

    def __dealloc__(self):
        lg_free_calls(self.calls)

    def __enter__(self):
        global current, recorded_blocks, recorded_arrays, recording_thread
        if current is not None:
            raise RuntimeError("a step is being recorded already")
        self.handler = lg_watch_start()
        recording_thread = PyThread_get_thread_ident()
        recorded_blocks, recorded_arrays = [], []
        current = self
        lg_record_start()
        return self

    def __exit__(self, *error):
        global current, recorded_blocks, recorded_arrays
        cdef int complete = 0
        self.calls = lg_record_stop(&complete)
        self.blocks, self.arrays = recorded_blocks, recorded_arrays
        recorded_blocks = recorded_arrays = current = None
        self.complete = lg_watch_stop(self.handler) and complete
        self.handler = None
        if error[0] is not None:
            self.discard()

    cdef discard(self):
        cdef Extent extent
        lg_watch_forget()
        for extent in self.blocks:
            extent.forget()
        self.blocks = self.arrays = self.known = None

    def finish(self, list results, list gradients):
        """The plan of what has been recorded. `results` are arrays whose contents are to be given back;
        `gradients` those that stay where they are.

        Raises CannotRecord.
        """
        try:
            return self.build(results, gradients)
        finally:
            self.discard()

    cdef object owner(self, size_t at):
        """What an address belongs to: ("block", number, offset), ("input", number, offset), ("other", address)
        for an array that lives on, "numpy" for one that NumPy made, or None."""
        cdef Py_ssize_t low = 0, high = len(self.starts), middle
        cdef Extent block
        cdef cnp.ndarray array
        cdef size_t start
        while low < high:
            middle = (low + high) // 2
            if <size_t>self.starts[middle] <= at:
                low = middle + 1
            else:
                high = middle
        if low > 0:
            block = self.blocks[self.order[low - 1]]
            if at < <size_t>block.memory + block.size:
                return "block", self.order[low - 1], at - <size_t>block.memory
        for low in range(len(self.inputs)):
            array = self.inputs[low]
            start = <size_t>cnp.PyArray_DATA(array)
            if start <= at <= start + <size_t>cnp.PyArray_NBYTES(array):
                return "input", low, at - start
        if lg_is_watched(at):
            return "numpy"
        for array in self.arrays:
            start = <size_t>cnp.PyArray_DATA(array)
            if start <= at <= start + <size_t>cnp.PyArray_NBYTES(array):
                return "other", at
        return None

    cdef object known_owner(self, size_t at):
        if at not in self.known:
            self.known[at] = self.owner(at)
        return self.known[at]

    cdef object build(self, list results, list gradients):
        cdef lg_call *call
        cdef Extent block
        cdef Pointer pointer
        cdef dict live = {address: pack for address, pack in self.live}
        cdef Plan plan = Plan.__new__(Plan)
        plan.pace = Pace(lg_get_num_threads())
        if self.reason is not None:
            raise CannotRecord(self.reason)
        if not self.complete:
            raise CannotRecord("it calls a kernel that cannot be recorded")
        self.known = {}
        self.order = sorted(range(len(self.blocks)), key=lambda i: <size_t>(<Extent>self.blocks[i]).memory)
        self.starts = [<size_t>(<Extent>self.blocks[i]).memory for i in self.order]
        for array in results + gradients:
            self.known_owner(<size_t>cnp.PyArray_DATA(<cnp.ndarray>array))
        uses = self.uses()
        plan.kept = [
            array for array in self.arrays
            if self.known_owner(<size_t>cnp.PyArray_DATA(<cnp.ndarray>array))[:1] == ("other",)
        ]
        self.arrays = array = None
        held = [(<Extent>block).block != NULL for block in self.blocks]
        self.fuse(uses, held)

        # What each call does with which memory: all of that together tells one recording from another.
        calls, pointers, signature, checks, written, met = [], [], [], {}, set(), set()
        call = self.calls
        while call != NULL:
            name = call.op.name.decode()
            owners, used = [], []
            for pointer in pointers_of(call):
                owner = pointer.owner = self.known_owner(pointer.at) if pointer.at else None
                owners.append(owner)
                if pointer.at == 0:
                    continue
                if owner is None or owner == "numpy":
                    raise CannotRecord(
                        f"{name} works on memory that NumPy or Python has "
                        f"{'made' if pointer.writes else 'computed'} during the step"
                    )
                if owner[0] == "block":
                    wanted = (<Extent>self.blocks[owner[1]]).wanted
                    if wanted and owner[1] not in met and not pointer.writes:
                        raise CannotRecord(f"{name} reads what no kernel of the step has written")
                    met.add(owner[1])
                elif pointer.writes:
                    if owner[0] == "input":
                        raise CannotRecord(f"{name} writes to an argument of the step")
                    written.add(owner)
                used.append(pointer)
                pointer.turn(call, 0)
            values = PyBytes_FromStringAndSize(call.args, call.size)
            if <size_t>call in live:
                values = values[:call.op.structs] + values[call.op.size:]
            signature.append((name, values, tuple(owners)))
            if name.startswith("find_bad_"):
                checks[<size_t>call] = set(owners)
            calls.append(<size_t>call)
            pointers.append(used)
            call = call.next

        places = []
        for array in results + gradients:
            owner = self.known_owner(<size_t>cnp.PyArray_DATA(<cnp.ndarray>array))
            if not (owner and (owner[0] == "other" or owner[0] == "block" and owner[1] in met)):
                raise CannotRecord("a result or a gradient is computed by NumPy or Python, not by kernels")
            places.append(owner)
        plan.signature = (signature, places)
        for array in results:
            plan.results.append((shape_of(array), <size_t>cnp.PyArray_DATA(<cnp.ndarray>array)))
        plan.live = [[address, pack, None] for address, pack in self.live]
        self.lay_out(plan, Schedule(calls, pointers), held)
        plan.calls = self.first_of_all({
            address for address, owners in checks.items()
            if not owners & written and not any(owner and owner[0] == "block" for owner in owners)
        })
        self.calls = NULL
        return plan

    cdef lay_out(self, Plan plan, Schedule schedule, list held):
        """Gives the plan its memory, and brings the calls into the schedule's order.

        Blocks that somebody still holds stay. Of the others, those of one phase alone are each thread's own,
        and the rest share one arena.
        """
        cdef Extent block
        cdef lg_call *calls = NULL
        cdef lg_call **end = &calls
        cdef dict own, bases = {}, sizes = {}, spans = schedule.spans()
        cdef Py_ssize_t i
        for i in range(len(held)):
            block = self.blocks[i]
            if held[i]:
                plan.kept.append(<object>block.block)
                plan.kept_bytes += block.wanted
                bases[i] = <size_t>block.memory
            elif i in spans:
                plan.unplanned_bytes += block.wanted
                sizes[i] = block.wanted
        own, schedule.own_bytes = schedule.arrange_own(sizes, spans)
        lives = [(size, *spans[i], i) for i, size in sizes.items() if i not in own]
        offsets, plan.arena_bytes = arrange(lives)
        plan.arena = new_block(plan.arena_bytes)
        plan.own = new_block(schedule.threads * schedule.own_bytes)
        plan.arena_bytes += plan.own.wanted
        for i, offset in offsets.items():
            bases[i] = <size_t>plan.arena.memory + <size_t>offset
        sites = []
        plan.program = schedule.names()
        self.calls = NULL  # the schedule has them now
        for entry in schedule.program:
            end[0] = schedule.emit(entry, bases, own, plan.own, sites)
            end = &end[0].next
        end[0] = NULL
        self.calls = calls
        plan.sites = <Site *>malloc((len(sites) + 1) * sizeof(Site))
        if plan.sites == NULL:
            raise MemoryError
        for address, number, offset in sites:
            plan.sites[plan.site_count].at = <char **><size_t>address
            plan.sites[plan.site_count].input = number
            plan.sites[plan.site_count].offset = offset
            plan.site_count += 1

    cdef dict uses(self):
        """For each block the calls that use it: (number, address, whether they write, offset)."""
        cdef lg_call *call = self.calls
        cdef int step = 0
        found = {}
        while call != NULL:
            for pointer in pointers_of(call):
                owner = self.known_owner(pointer.at) if pointer.at else None
                if owner and owner[0] == "block":
                    found.setdefault(owner[1], []).append(
                        (step, <size_t>call, bool(pointer.writes), owner[2])
                    )
            step += 1
            call = call.next
        return found

    cdef fuse(self, dict uses, list held):
        """Makes one of two calls where the second alone reads what the first alone has written."""
        cdef lg_call *call
        cdef lg_call **link = &self.calls
        cdef dict fused = {}  # calls that are left out, and the step and the call that do their work
        for number, calls in uses.items():
            if held[number] or len(calls) != 2 or calls[0][2:] != (True, 0) or calls[1][2:] != (False, 0):
                continue
            step, second, *_ = calls[1]
            before, first = fused.get(calls[0][1], calls[0][:2])
            if self.may_move(second, step, before, number, uses) and lg_fuse(
                <lg_call *><size_t>first, <lg_call *><size_t>second
            ):
                fused[second] = before, first
        while link[0] != NULL:
            call = link[0]
            if <size_t>call in fused:
                link[0] = call.next
                free(call)
            else:
                link = &call.next

    cdef bint may_move(self, size_t call, int step, int before, Py_ssize_t number, dict uses):
        """Whether a call could be made at step `before`, but for the block of this number: what it reads is there
        then, and what it writes not in use until its own step."""
        cdef Pointer pointer
        for pointer in pointers_of(<lg_call *>call):
            owner = self.known_owner(pointer.at) if pointer.at else ("input",)
            if owner is None or owner[0] not in ("block", "input"):
                return False
            if owner[0] == "input" or owner[1] == number:
                continue
            for at, _, writes, _ in uses[owner[1]]:
                if at < step and (pointer.writes or writes and at > before):
                    return False
        return True

    cdef lg_call *first_of_all(self, set checks):
        """The calls, those before all others that look through data from outside: what is wrong with it is
        then found before anything has changed."""
        cdef lg_call *call = self.calls
        cdef lg_call *following
        cdef lg_call *first = NULL
        cdef lg_call *others = NULL
        cdef lg_call **end_of_first = &first
        cdef lg_call **end = &others
        while call != NULL:
            following = call.next
            call.next = NULL
            if <size_t>call in checks:
                end_of_first[0] = call
                end_of_first = &call.next
            else:
                end[0] = call
                end = &call.next
            call = following
        end_of_first[0] = others
        return first


cdef tuple arrange(list lives):
    """Places blocks (size, first call, last call, number) in one piece of memory such that those that live at
    the same time do not overlap: the largest first, of equal ones that which lives longest, each as low as it goes.
    Gives offsets and the size."""
    cdef size_t at, end = 0, size
    placed, offsets = [], {}
    largest_first = sorted(lives, key=lambda life: (life[0], life[2] - life[1], life[3]), reverse=True)
    for size, first, last, number in largest_first:
        size = (size + 63) // 64 * 64
        at = 0
        for start, stop, since, until in placed:  # by where they start
            if until < first or since > last:
                continue
            if at + size <= <size_t>start:
                break
            at = max(at, <size_t>stop)
        placed.append((at, at + size, first, last))
        placed.sort()
        offsets[number] = at
        end = max(end, at + size)
    return offsets, end


cdef class Plan:
    """Kernel calls to be made again, with the memory that they need."""
    cdef lg_call *calls
    cdef Site *sites
    cdef int site_count
    cdef Block arena, own
    cdef list kept, results, live
    cdef bint busy
    cdef readonly Pace pace
    cdef readonly object signature
    cdef readonly list program  # the names of its kernels, those of a phase in a list
    cdef readonly size_t arena_bytes, kept_bytes, unplanned_bytes

    def __cinit__(self):
        self.results = []

    def __dealloc__(self):
        lg_free_calls(self.calls)
        free(self.sites)

    def run(self, list inputs):
        """Plays the calls with these arrays as inputs, and gives copies of the results.

        None if the data is not as it should be, or if another thread is playing it: the step is to run by
        itself then.
        """
        cdef int i, fine, limit
        cdef double start
        cdef lg_call *call
        cdef list entry
        if self.busy:
            return None
        for entry in self.live:
            packed = entry[1]()
            if packed != entry[2]:
                call = <lg_call *><size_t>entry[0]
                memcpy(call.args + call.op.structs, PyBytes_AS_STRING(packed), PyBytes_GET_SIZE(packed))
                entry[2] = packed
        for i in range(self.site_count):
            self.sites[i].at[0] = <char *>cnp.PyArray_DATA(
                <cnp.ndarray>inputs[self.sites[i].input]
            ) + self.sites[i].offset
        self.busy = True
        limit = lg_limit_threads(self.pace.threads)
        try:
            start = perf_counter()
            with nogil:
                fine = lg_play(self.calls)
            self.pace.note(perf_counter() - start)
            return [copy_of(shape, address) for shape, address in self.results] if fine else None
        finally:
            lg_limit_threads(limit)
            self.busy = False


cdef object copy_of(shape, size_t address):
    array = empty(shape)
    memcpy(data(array), <void *>address, cnp.PyArray_NBYTES(<cnp.ndarray>array))
    return array


def unchanged(list guards):
    """Whether each dict of (dict, name, value) still has that value, itself or an equal number or string."""
    for names, name, value in guards:
        now = (<dict>names).get(name, guards)
        if now is not value and not (
            type(now) is type(value) and isinstance(value, (int, float, str, bytes)) and now == value
        ):
            return False
    return True
