# Which calls of a step are made together for one block of images after the other (see csrc/plan.h).

cdef extern from "plan.h" nogil:
    ctypedef struct lg_split:
        ptrdiff_t N, n, count, b, floats
    ctypedef struct lg_own:
        size_t offset, at
    ctypedef struct lg_phase:
        ptrdiff_t blocks, parts
        lg_call **calls
        lg_own **own
        int *own_count
        int threads
        char *memory
        size_t bytes
    int lg_images_of_call(const lg_call *call, lg_split *k)
    int lg_split_call(lg_call *call, const lg_split *k)
    lg_call *lg_new_phase(ptrdiff_t blocks, ptrdiff_t parts)
    lg_call *lg_copy_call(const lg_call *call)


cdef class Pointer:
    """A pointer among the arguments of a call."""
    cdef readonly size_t offset, at      # of itself in the arguments; where it pointed to
    cdef readonly bint writes, scratch
    cdef readonly int number             # among the call's pointers
    cdef public object owner             # of the memory: see Recording.owner

    cdef turn(self, lg_call *call, size_t at):
        (<size_t *>(call.args + self.offset))[0] = at

    @property
    def block(self):
        """The number of the block that it points into, or None."""
        return self.owner[1] if self.owner[0] == "block" else None

    @property
    def start(self):
        """Where in that memory it points to."""
        return self.owner[len(self.owner) - 1]

    @property
    def memory(self):
        """What tells memory apart: the number of a block, "other" for all arrays from before the step, or
        the number of an argument."""
        return self.owner[1] if self.owner[0] == "block" else self.owner[:1 + (self.owner[0] == "input")]


cdef Pointer new_pointer(const lg_call *call, size_t start, const lg_pointer *word, int number):
    cdef Pointer pointer = Pointer.__new__(Pointer)
    pointer.offset = start + word.offset
    pointer.at = (<size_t *>(call.args + pointer.offset))[0]
    pointer.writes, pointer.scratch, pointer.number = word.writes, word.scratch, number
    return pointer


cdef list pointers_of(const lg_call *call):
    """The pointers to data among a call's arguments."""
    cdef int k
    cdef ptrdiff_t i
    found = []
    for k in range(call.op.pointer_count):
        found.append(new_pointer(call, 0, &call.op.pointers[k], k))
    for i in range((<ptrdiff_t *>(call.args + call.op.rows))[0] if call.op.row else 0):
        for k in range(call.op.row_pointer_count):
            found.append(new_pointer(call, call.op.size + i * call.op.row, &call.op.row_pointers[k], len(found)))
    return found


cdef bint worth_splitting(const lg_split *k, ptrdiff_t threads) noexcept:
    """Whether threads that take whole blocks of images have about the same number of them each."""
    cdef ptrdiff_t rounds = (k.count + threads - 1) // threads
    return k.count > 1 and 5 * k.count >= 4 * threads * rounds


cdef list steps_of(const lg_call *call, lg_split k):
    """For each pointer among the arguments, how many bytes further on the next block of images finds its data.

    None if the call cannot be made for one block of images.
    """
    cdef lg_call *copies[2]
    cdef int b, i
    cdef bint split = call.op.row == 0
    cdef size_t at
    if not split:
        return None
    for b in range(2):
        copies[b] = lg_copy_call(call)
        if copies[b] == NULL:
            raise MemoryError
        for i in range(call.op.pointer_count):
            (<size_t *>(copies[b].args + call.op.pointers[i].offset))[0] = <size_t>1 << 40
        k.b = b
        split = split and lg_split_call(copies[b], &k)
    steps = []
    for i in range(call.op.pointer_count):
        at = call.op.pointers[i].offset
        steps.append((<ptrdiff_t *>(copies[1].args + at))[0] - (<ptrdiff_t *>(copies[0].args + at))[0])
    free(copies[0])
    free(copies[1])
    return steps if split else None


cdef class Schedule:
    """The order of a step's calls in which as many as can be stand together in phases.

    `calls` are their addresses, `pointers` those of each that are not NULL.
    """
    cdef list calls, pointers
    cdef lg_split images
    cdef list program      # of lists of (number of a call, steps of its pointers): several in a phase, else one
    cdef int threads       # the most that play phases
    cdef size_t own_bytes  # that each of them needs for itself in a phase

    def __cinit__(self, list calls, list pointers):
        cdef bint known = False
        self.calls, self.pointers, self.threads = calls, pointers, lg_get_num_threads()
        for address in calls:
            known = lg_images_of_call(<lg_call *><size_t>address, &self.images)
            if known:
                break
        self.program, rest = [], list(range(len(calls)))
        if not known or not worth_splitting(&self.images, self.threads):
            self.program, rest = [[(number, None)] for number in rest], []
        while rest:
            before, phase, rest = self.next_phase(rest)
            self.program += [[(number, None)] for number in before]
            self.program += [phase] if phase else []

    cdef tuple next_phase(self, list numbers):
        """Of these calls, in their order: those that can be made before a phase, the phase, and the rest."""
        cdef Pointer pointer
        before, phase, rest = [], [], []
        inside, written = {}, set()  # memory that the phase uses, and how: (step, offset), or None: differently
        read_later, written_later = set(), set()
        for number in numbers:
            pointers = [pointer for pointer in self.pointers[number] if not pointer.scratch]
            reads = {pointer.memory for pointer in pointers if not pointer.writes}
            writes = {pointer.memory for pointer in pointers if pointer.writes}
            late = reads & written_later or writes & (read_later | written_later)
            steps = None if late else self.fitting(number, inside, written)
            if steps is not None:
                phase.append((number, steps))
                for pointer in pointers:
                    place = steps[pointer.number], pointer.start
                    inside[pointer.memory] = place if inside.get(pointer.memory, place) == place else None
                written |= writes
            elif late or reads & written or any(memory in inside for memory in writes):
                rest.append(number)
                read_later |= reads
                written_later |= writes
            else:
                before.append(number)
        return before, phase, rest

    cdef list fitting(self, Py_ssize_t number, dict inside, set written):
        """The steps of a call's pointers if it can join a phase, or None.

        A block of images must find there what it has written itself, and nothing that others have.
        """
        cdef Pointer pointer
        cdef list steps
        self.images.floats = 0
        for pointer in self.pointers[number]:
            place = inside.get(pointer.memory)
            if place and place[0]:
                self.images.floats = place[0] // <ptrdiff_t>sizeof(float)
                break
        steps = steps_of(<lg_call *><size_t>self.calls[number], self.images)
        if steps is None:
            return None
        for pointer in self.pointers[number]:
            if pointer.scratch:
                continue
            place = steps[pointer.number], pointer.start
            if pointer.writes and (place[0] == 0 or pointer.block is None):
                return None
            if (pointer.writes or pointer.memory in written) and inside.get(pointer.memory, place) != place:
                return None
        return steps

    cdef list names(self):
        """The program, with the names of kernels: of a phase, a list."""
        found = [(<lg_call *><size_t>address).op.name.decode() for address in self.calls]
        named = [[found[number] for number, _ in entry] for entry in self.program]
        return [entry if len(entry) > 1 else entry[0] for entry in named]

    cdef dict spans(self):
        """For each block the first and the last place of the program that uses it."""
        cdef Pointer pointer
        found = {}
        for place, entry in enumerate(self.program):
            for number, _ in entry:
                for pointer in self.pointers[number]:
                    if pointer.block is not None:
                        found[pointer.block] = found.get(pointer.block, (place,))[0], place
        return found

    cdef tuple arrange_own(self, dict sizes, dict spans):
        """Offsets of the blocks that are each thread's own, and how much a thread needs for them.

        That are those of `sizes` that one phase alone uses, a part of them for each block of images.
        """
        cdef Pointer pointer
        offsets, most = {}, 0
        for phase in self.program:
            if len(phase) == 1:
                continue
            first, last, part = {}, {}, {}
            for place, (number, steps) in enumerate(phase):
                for pointer in self.pointers[number]:
                    block = pointer.block
                    if block not in sizes or spans[block][0] != spans[block][1]:
                        continue
                    first.setdefault(block, place)
                    last[block] = place
                    # A kernel's scratch has a part for each thread, of which a call of one uses the first.
                    size = sizes[block] // self.threads if pointer.scratch else steps[pointer.number]
                    if size == 0 or pointer.start != 0 or part.setdefault(block, size) != size:
                        part[block] = None  # all threads use it, or in several ways
            lives = [(size, first[block], last[block], block) for block, size in part.items() if size is not None]
            own, size = arrange(lives)
            offsets.update(own)
            most = max(most, size)
        return offsets, most

    cdef lg_call *emit(self, list entry, dict bases, dict own, Block memory, list sites) except NULL:
        """The call that the program's entry stands for, its pointers turned to the blocks' `bases`.

        Pointers to `own` memory are left to the threads; those to arguments are added to `sites`.
        """
        cdef lg_call *call
        cdef lg_phase *phase
        cdef lg_call *part
        cdef Py_ssize_t number, i, b
        if len(entry) == 1:
            number = entry[0][0]
            call = <lg_call *><size_t>self.calls[number]
            self.turn(call, number, None, 0, bases, own, sites)
            return call
        call = lg_new_phase(self.images.count, len(entry))
        if call == NULL:
            raise MemoryError
        phase = <lg_phase *>call.args
        phase.threads, phase.bytes, phase.memory = self.threads, self.own_bytes, <char *>memory.memory
        for i, (number, steps) in enumerate(entry):
            for b in range(phase.blocks):
                part = lg_copy_call(<lg_call *><size_t>self.calls[number])
                if part == NULL:
                    raise MemoryError
                phase.calls[b * phase.parts + i] = part
                self.split(part, number, steps, b)
                self.turn(part, number, steps, b, bases, own, sites)
            self.set_own(phase, i, number, own)
            free(<lg_call *><size_t>self.calls[number])
        return call

    cdef split(self, lg_call *call, Py_ssize_t number, list steps, ptrdiff_t block):
        cdef Pointer pointer
        cdef lg_split images = self.images
        images.b, images.floats = block, 0
        for pointer in self.pointers[number]:
            if steps[pointer.number]:
                images.floats = steps[pointer.number] // <ptrdiff_t>sizeof(float)
                break
        lg_split_call(call, &images)

    cdef turn(
        self, lg_call *call, Py_ssize_t number, list steps, ptrdiff_t block, dict bases, dict own, list sites
    ):
        cdef Pointer pointer
        for pointer in self.pointers[number]:
            kind = pointer.owner[0]
            further = steps[pointer.number] * block if steps else 0
            if kind == "input":
                sites.append((<size_t>call.args + pointer.offset, pointer.owner[1], pointer.owner[2] + further))
            elif kind == "other":
                pointer.turn(call, pointer.at + further)
            elif pointer.block not in own:
                pointer.turn(call, bases[pointer.block] + pointer.owner[2] + further)

    cdef set_own(self, lg_phase *phase, Py_ssize_t part, Py_ssize_t number, dict own):
        cdef Pointer pointer
        cdef lg_own *places = <lg_own *>malloc((len(self.pointers[number]) + 1) * sizeof(lg_own))
        if places == NULL:
            raise MemoryError
        phase.own[part] = places
        for pointer in self.pointers[number]:
            if pointer.block in own:
                places[phase.own_count[part]].offset = pointer.offset
                places[phase.own_count[part]].at = own[pointer.block]
                phase.own_count[part] += 1
