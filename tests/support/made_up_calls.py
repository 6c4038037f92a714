"""Lists of calls to be planned, and what running them leaves: one after the other, and as a plan says.

Kernels are made up here. Memory is cells of 64 bytes; each holds a number that tells how it came about.
"""

import random
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from lanegrad._plans.planning import Images, Plan, Pointer, Storage, make_plan

CELL = 64
FLOATS = CELL // 4


@dataclass(frozen=True)
class Spot:
    """What a kernel does with a storage, in cells: `extent` of them for each block of images, `apart` from
    each other, those of the next block of images `step` further on. Without a step they are the same for
    all.
    """

    role: str
    storage: int
    step: int = 0
    offset: int = 0
    extent: int = 1
    apart: int = 1

    @property
    def reads(self):
        return self.role in ("in", "inout")

    @property
    def writes(self):
        return self.role in ("out", "inout")

    def cells(self, b):
        return [self.offset + b * self.step + i * self.apart for i in range(self.extent)]


@dataclass(frozen=True)
class Kernel:
    """A call as it was noted. Each number that it writes is made of all that it reads: "images" for each
    block of images, "whole" for all of them together; "elements" for each cell, of which there are `size`."""

    name: str
    kind: str
    spots: tuple
    size: int = 0
    fusable: bool = True  # another can do its work


@dataclass
class Noted:
    """A call that the planner gets: one kernel, or several that have become one."""

    kernels: list
    told: Images | None = None
    between: set = field(default_factory=set)  # storages that it only wrote for itself to read

    @property
    def name(self):
        return "+".join(kernel.name for kernel in self.kernels)

    def numbered(self):
        """The spots that it needs memory for. Every other pointer is NULL."""
        spots = [(kernel, spot) for kernel in self.kernels for spot in kernel.spots]
        outer = [(kernel, spot) for kernel, spot in spots if spot.storage not in self.between]
        return [(2 * i + 1, kernel, spot) for i, (kernel, spot) in enumerate(outer)]

    @property
    def pointers(self):
        return [
            Pointer(number, spot.role, spot.storage, spot.offset * CELL)
            for number, _, spot in self.numbered()
        ]

    def images(self):
        return self.told

    def strides(self, images, floats):
        steps = [0] * (2 * len(self.numbered()) + 1)
        for number, kernel, spot in self.numbered():
            if kernel.kind == "whole":
                return None
            if kernel.kind == "images":
                steps[number] = spot.step * CELL
            elif spot.role != "scratch":
                each = floats // FLOATS
                if not floats and kernel.size % images.count == 0:
                    each = kernel.size // images.count
                if not (images.count - 1) * each < kernel.size <= images.count * each:
                    return None
                steps[number] = each * CELL
        return steps

    def take_over(self, following):
        last = self.kernels[-1]
        for kernel in following.kernels:
            if not kernel.fusable or (kernel.kind, kernel.size) != (last.kind, last.size):
                continue
            for result in last.spots:
                for_each = kernel.kind != "images" or result.step > 0
                if result.role == "out" and for_each and replace(result, role="in") in kernel.spots:
                    self.kernels = [*self.kernels, *following.kernels]
                    self.between = self.between | {result.storage} | following.between
                    return True
        return False


class Run:
    """A call that is made for one block of images or, where there are no steps, for all: first it reads, then
    it writes. `locate(number, storage, cell)` tells where memory is, `scratch(spot)` how many it uses."""

    def __init__(self, noted, count, b, steps, memory, locate, scratch):
        self.noted, self.memory, self.locate, self.scratch = noted, memory, locate, scratch
        self.images, self.b = range(count) if steps is None else [b], b
        self.step = None if steps is None else max(steps, default=0) // CELL  # of elements
        self.numbers = {(kernel.name, spot): n for n, kernel, spot in noted.numbered()}

    def cells(self, kernel, spot, b):
        if kernel.kind != "elements":
            return spot.cells(b)
        step = kernel.size if self.step is None else self.step
        return range(spot.offset + b * step, spot.offset + min(b * step + step, kernel.size))

    def places(self, kernel, spot, b):
        """Where the cells are; those between two kernels, in no memory."""
        cells = self.cells(kernel, spot, b)
        if spot.storage in self.noted.between:
            return [("between", spot.storage, cell) for cell in cells]
        number = self.numbers[kernel.name, spot]
        return [self.locate(number, spot.storage, cell) for cell in cells]

    def shares(self, kernel):
        return self.images if kernel.kind == "images" else [self.b]

    def scratch_places(self):
        for number, _, spot in self.noted.numbered():
            if spot.role == "scratch":
                for i in range(self.scratch(spot)):
                    yield self.locate(number, spot.storage, spot.offset + i)

    def read(self):
        self.values = {}
        for kernel in self.noted.kernels:
            for spot in kernel.spots:
                if spot.reads and spot.storage not in self.noted.between:
                    for b in self.shares(kernel):
                        for place in self.places(kernel, spot, b):
                            self.values[place] = self.memory[place]
        for place in self.scratch_places():
            self.memory[place] = id(self)

    def write(self):
        for place in self.scratch_places():
            assert self.memory[place] == id(self), "another call has used this one's scratch"
            self.memory[place] = -1
        for kernel in self.noted.kernels:
            operands = {
                b: [
                    [self.values[place] for place in self.places(kernel, spot, b)]
                    for spot in kernel.spots
                    if spot.reads
                ]
                for b in self.shares(kernel)
            }
            for i, spot in enumerate(kernel.spots):
                for b in operands if spot.writes else ():
                    places = self.places(kernel, spot, b)
                    results = self.results(kernel, spot, b, len(places), operands)
                    found = [hash((kernel.name, i, result)) for result in results]
                    self.values.update(zip(places, found, strict=True))
                    self.memory.update(zip(places, found, strict=True))

    def results(self, kernel, spot, b, size, operands):
        if kernel.kind == "elements":
            return [tuple(values[k] for values in operands[b]) for k in range(size)]
        made_of = operands if spot.step == 0 else {b: operands[b]}
        return [(k, repr(made_of)) for k in range(size)]


def in_order(kernels, storages, count, memory):
    """Makes the calls as they were noted."""
    for kernel in kernels:
        run = Run(
            Noted([kernel]), count, 0, None, memory,
            lambda _, storage, cell: (storage, cell),
            lambda spot: storages[spot.storage].size // CELL - spot.offset,
        )  # fmt: skip
        run.read()
        run.write()


@dataclass
class Playing:
    """Makes the calls as planned, those of a phase by threads that come to their turns in any order."""

    plan: Plan
    calls: list
    storages: list
    count: int
    threads: int
    memory: dict
    rng: random.Random

    def play(self):
        self.memory |= {("arena", i): -2 - i for i in range(self.plan.arena_bytes // CELL)}
        for entry in self.plan.entries:
            if len(entry) == 1:
                assert entry[0].strides is None
                run = self.run_of(entry[0], 0, 0)
                run.read()
                run.write()
                continue
            assert self.plan.images is not None
            waiting = list(range(self.count))
            team = [self.turns(entry, waiting, i) for i in range(self.rng.randint(1, self.threads))]
            while team:
                thread = self.rng.choice(team)
                if next(thread, "done") == "done":
                    team.remove(thread)

    def turns(self, entry, waiting, thread):
        for i in range(self.plan.own_bytes // CELL):
            self.memory["own", thread, i] = -1000 - i
        while waiting:
            b = waiting.pop(0)
            for part in entry:
                run = self.run_of(part, b, thread)
                run.read()
                yield
                run.write()
                yield

    def run_of(self, part, b, thread):
        plan, split, call = self.plan, part.strides is not None, self.calls[part.call]
        assert not split or call.strides(plan.images, part.floats) == part.strides

        def locate(number, storage, cell):
            assert 0 <= cell < self.storages[storage].size // CELL
            if not self.storages[storage].temporary:
                return storage, cell
            if storage in plan.own:
                at = plan.own[storage] // CELL + cell - b * part.strides[number] // CELL
                assert 0 <= at < plan.own_bytes // CELL
                return "own", thread, at
            at = plan.arena[storage] // CELL + cell
            assert 0 <= at < plan.arena_bytes // CELL
            return "arena", at

        def scratch(spot):
            cells = self.storages[spot.storage].size // CELL
            return cells // self.threads if split else cells - spot.offset

        return Run(call, self.count, b, part.strides, self.memory, locate, scratch)


@dataclass
class Program:
    """A list of calls that is being made up."""

    count: int
    threads: int
    storages: list = field(default_factory=list)
    steps: list = field(default_factory=list)  # in cells, of each storage; 0: it is not of images
    kernels: list = field(default_factory=list)
    told: list = field(default_factory=list)  # for each kernel, whether it tells of images
    defined: set = field(default_factory=set)  # (storage, cell): what is there by now

    def new_storage(self, step, cells, temporary):
        self.steps.append(step)
        self.storages.append(Storage(cells * CELL, temporary))
        if not temporary:
            self.defined |= self.cells_of(len(self.storages) - 1)
        return len(self.storages) - 1

    def cells_of(self, storage, start=0):
        return {(storage, cell) for cell in range(start, self.storages[storage].size // CELL)}

    def touched(self, kernel, spot):
        if spot.role == "scratch":
            return self.cells_of(spot.storage, spot.offset)
        if kernel.kind == "elements":
            return {(spot.storage, spot.offset + i) for i in range(kernel.size)}
        return {(spot.storage, cell) for b in range(self.count) for cell in spot.cells(b)}

    def add(self, kernel, told):
        """Leaves out what would be outside of storages, or read what nobody has written."""
        spots = []
        for spot in kernel.spots:
            cells = self.touched(kernel, spot)
            fits = cells <= self.cells_of(spot.storage) and spot not in spots
            if fits and not (spot.reads and not cells <= self.defined):
                spots.append(spot)
        for spot in spots:
            if spot.role == "scratch":
                self.defined -= self.touched(kernel, spot)
        for spot in spots:
            if spot.writes:
                self.defined |= self.touched(kernel, spot)
        self.kernels.append(replace(kernel, spots=tuple(spots)))
        self.told.append(told)

    def plan(self):
        images = Images(self.count, 16 * self.count, 16)
        calls = [
            Noted([kernel], images if told else None)
            for kernel, told in zip(self.kernels, self.told, strict=True)
        ]
        return calls, make_plan(calls, self.storages, self.threads)


@st.composite
def programs(draw):
    def chance(percent):
        return draw(st.integers(0, 99)) >= 100 - percent

    def any_storage():
        step = draw(st.sampled_from([1, 1, 1, 2, 0]))
        cells = count * step + chance(10) if step else threads
        return program.new_storage(step, 0 if chance(3) else cells, chance(75))

    def storage_for(role):
        if not program.storages or (role == "out" and chance(70)):
            return any_storage()
        storages = range(len(program.storages))
        if role != "out":
            storages = sorted({storage for storage, _ in program.defined}) or storages
        return draw(st.sampled_from(storages[-3:] if chance(70) else storages))

    def spot_for(role, kind):
        storage = storage_for(role)
        step = program.steps[storage] if kind == "images" else 0
        extent = step or (kind == "whole" and program.storages[storage].size // CELL) or 1
        if not chance(20):
            return Spot(role, storage, step, 0, extent)
        spot = Spot(role, storage, 0, draw(st.integers(0, 1)))
        if kind != "elements":
            spot = replace(spot, extent=draw(st.integers(1, 2)))
        if kind == "images":
            spot = replace(spot, step=draw(st.integers(0, 2)))
        if (spot.step, spot.extent) == (1, 2):  # not one behind the other, but side by side
            spot = replace(spot, apart=count)
        return spot

    count, threads = draw(st.sampled_from([(2, 1), (3, 1), (2, 2), (4, 2), (3, 3), (1, 1), (3, 2)]))
    program = Program(count, threads)
    for _ in range(draw(st.integers(0, 3))):
        step = draw(st.sampled_from([1, 1, 2, 0]))
        program.new_storage(step, count * step or threads, False)
    roles = ["in out"] * 6 + ["in in out"] * 4 + ["out", "in", "inout", "in inout", "in out out"]
    for i in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["images"] * 6 + ["elements"] * 3 + ["whole"]))
        spots = [spot_for(role, kind) for role in draw(st.sampled_from(roles)).split()]
        sizes = [program.storages[spot.storage].size // CELL for spot in spots]
        if chance(20) and kind != "elements":
            storage = program.new_storage(0, threads, True)
            if chance(20):
                storage = draw(st.integers(0, storage))
            if all(spot.storage != storage for spot in spots):
                spots.append(Spot("scratch", storage, 0, int(chance(10))))
        size = max(sizes) if kind == "elements" else 0
        program.add(Kernel(f"k{i}", kind, tuple(spots), size, chance(80)), chance(75))
    return program


# Programs of a few calls.

COUNT = 4
IMAGES = Images(COUNT, 60, 16)


def image(role, storage, **options):
    """One cell for each block of images."""
    return Spot(role, storage, 1, **options)


def whole(role, storage, cells=1):
    """What all images share."""
    return Spot(role, storage, 0, extent=cells)


def call(name, *spots, kind="images", size=0, fusable=False):
    return Noted([Kernel(name, kind, spots, size, fusable)], IMAGES if kind == "images" else None)


def temporary(cells=COUNT):
    return Storage(cells * CELL, True)


def held(cells=COUNT):
    return Storage(cells * CELL, False)


def names(calls, storages, threads=1):
    return make_plan(calls, storages, threads).names(calls)


def chain(length, fusable=False):
    """Each call reads what the one before has written; the last result is held."""
    calls = [
        call(f"c{i}", image("in", i), image("out", i + 1), fusable=fusable) for i in range(length)
    ]
    return calls, [held(), *[temporary() for _ in range(length - 1)], held()]
