"""Plans of lists of calls: what they look like, and that they leave what the calls would leave in order.

Kernels are made up here. Memory is cells of 64 bytes; each holds a number that tells how it came about.
"""

import random
import time
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lanegrad.planning import Block, Images, Part, Plan, Pointer, arrange, make_plan

pytestmark = pytest.mark.once

CELL = 64
FLOATS = CELL // 4


@dataclass(frozen=True)
class Spot:
    """What a kernel does with a block, in cells: `extent` of them for each block of images, `apart` from each
    other, those of the next block of images `step` further on. Without a step they are the same for all."""

    role: str
    block: int
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
    between: set = field(default_factory=set)  # blocks that it only wrote for itself to read

    @property
    def name(self):
        return "+".join(kernel.name for kernel in self.kernels)

    def numbered(self):
        """The spots that it needs memory for. Every other pointer is NULL."""
        spots = [(kernel, spot) for kernel in self.kernels for spot in kernel.spots]
        outer = [(kernel, spot) for kernel, spot in spots if spot.block not in self.between]
        return [(2 * i + 1, kernel, spot) for i, (kernel, spot) in enumerate(outer)]

    @property
    def pointers(self):
        return [
            Pointer(number, spot.role, spot.block, spot.offset * CELL)
            for number, _, spot in self.numbered()
        ]

    def images(self):
        return self.told

    def steps(self, images, floats):
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
        (kernel,), last = following.kernels, self.kernels[-1]
        if not kernel.fusable or (kernel.kind, kernel.size) != (last.kind, last.size):
            return False
        for result in last.spots:
            for_each = kernel.kind != "images" or result.step > 0
            if result.role == "out" and for_each and replace(result, role="in") in kernel.spots:
                self.kernels = [*self.kernels, kernel]
                self.between = self.between | {result.block}
                return True
        return False


class Run:
    """A call that is made for one block of images or, where there are no steps, for all: first it reads, then
    it writes. `locate(number, block, cell)` tells where memory is, `scratch(spot)` how many cells it uses."""

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
        if spot.block in self.noted.between:
            return [("between", spot.block, cell) for cell in cells]
        number = self.numbers[kernel.name, spot]
        return [self.locate(number, spot.block, cell) for cell in cells]

    def shares(self, kernel):
        return self.images if kernel.kind == "images" else [self.b]

    def scratch_places(self):
        for number, _, spot in self.noted.numbered():
            if spot.role == "scratch":
                for i in range(self.scratch(spot)):
                    yield self.locate(number, spot.block, spot.offset + i)

    def read(self):
        self.values = {}
        for kernel in self.noted.kernels:
            for spot in kernel.spots:
                if spot.reads and spot.block not in self.noted.between:
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


def in_order(kernels, blocks, count, memory):
    """Makes the calls as they were noted."""
    for kernel in kernels:
        run = Run(
            Noted([kernel]), count, 0, None, memory,
            lambda _, block, cell: (block, cell),
            lambda spot: blocks[spot.block].size // CELL - spot.offset,
        )  # fmt: skip
        run.read()
        run.write()


@dataclass
class Playing:
    """Makes the calls as planned, those of a phase by threads that come to their turns in any order."""

    plan: Plan
    calls: list
    blocks: list
    count: int
    threads: int
    memory: dict
    rng: random.Random

    def play(self):
        self.memory |= {("arena", i): -2 - i for i in range(self.plan.arena_bytes // CELL)}
        for entry in self.plan.entries:
            if len(entry) == 1:
                assert entry[0].steps is None
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
        plan, split, call = self.plan, part.steps is not None, self.calls[part.call]
        assert not split or call.steps(plan.images, part.floats) == part.steps

        def locate(number, block, cell):
            assert 0 <= cell < self.blocks[block].size // CELL
            if not self.blocks[block].temporary:
                return block, cell
            if block in plan.own:
                at = plan.own[block] // CELL + cell - b * part.steps[number] // CELL
                assert 0 <= at < plan.own_bytes // CELL
                return "own", thread, at
            at = plan.arena[block] // CELL + cell
            assert 0 <= at < plan.arena_bytes // CELL
            return "arena", at

        def scratch(spot):
            cells = self.blocks[spot.block].size // CELL
            return cells // self.threads if split else cells - spot.offset

        return Run(call, self.count, b, part.steps, self.memory, locate, scratch)


@dataclass
class Program:
    """A list of calls that is being made up."""

    count: int
    threads: int
    blocks: list = field(default_factory=list)
    steps: list = field(default_factory=list)  # in cells, of each block; 0: it is not of images
    kernels: list = field(default_factory=list)
    told: list = field(default_factory=list)  # for each kernel, whether it tells of images
    defined: set = field(default_factory=set)  # (block, cell): what is there by now

    def new_block(self, step, cells, temporary):
        self.steps.append(step)
        self.blocks.append(Block(cells * CELL, temporary))
        if not temporary:
            self.defined |= self.cells_of(len(self.blocks) - 1)
        return len(self.blocks) - 1

    def cells_of(self, block, start=0):
        return {(block, cell) for cell in range(start, self.blocks[block].size // CELL)}

    def touched(self, kernel, spot):
        if spot.role == "scratch":
            return self.cells_of(spot.block, spot.offset)
        if kernel.kind == "elements":
            return {(spot.block, spot.offset + i) for i in range(kernel.size)}
        return {(spot.block, cell) for b in range(self.count) for cell in spot.cells(b)}

    def add(self, kernel, told):
        """Leaves out what would be outside of blocks, or read what nobody has written."""
        spots = []
        for spot in kernel.spots:
            cells = self.touched(kernel, spot)
            fits = cells <= self.cells_of(spot.block) and spot not in spots
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
        return calls, make_plan(calls, self.blocks, self.threads)


@st.composite
def programs(draw):
    def chance(percent):
        return draw(st.integers(0, 99)) >= 100 - percent

    def any_block():
        step = draw(st.sampled_from([1, 1, 1, 2, 0]))
        cells = count * step + chance(10) if step else threads
        return program.new_block(step, 0 if chance(3) else cells, chance(75))

    def block_for(role):
        if not program.blocks or (role == "out" and chance(70)):
            return any_block()
        blocks = range(len(program.blocks))
        if role != "out":
            blocks = sorted({block for block, _ in program.defined}) or blocks
        return draw(st.sampled_from(blocks[-3:] if chance(70) else blocks))

    def spot_for(role, kind):
        block = block_for(role)
        step = program.steps[block] if kind == "images" else 0
        extent = step or (kind == "whole" and program.blocks[block].size // CELL) or 1
        if not chance(20):
            return Spot(role, block, step, 0, extent)
        spot = Spot(role, block, 0, draw(st.integers(0, 1)))
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
        program.new_block(step, count * step or threads, False)
    roles = ["in out"] * 6 + ["in in out"] * 4 + ["out", "in", "inout", "in inout", "in out out"]
    for i in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["images"] * 6 + ["elements"] * 3 + ["whole"]))
        spots = [spot_for(role, kind) for role in draw(st.sampled_from(roles)).split()]
        sizes = [program.blocks[spot.block].size // CELL for spot in spots]
        if chance(20) and kind != "elements":
            block = program.new_block(0, threads, True)
            if chance(20):
                block = draw(st.integers(0, block))
            if all(spot.block != block for spot in spots):
                spots.append(Spot("scratch", block, 0, int(chance(10))))
        size = max(sizes) if kind == "elements" else 0
        program.add(Kernel(f"k{i}", kind, tuple(spots), size, chance(80)), chance(75))
    return program


@settings(
    max_examples=1500,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(programs(), st.integers(0, 2**32))
def test_a_plan_leaves_what_the_calls_leave_in_order(program, seed):
    calls, plan = program.plan()
    event(f"phases: {sum(len(entry) > 1 for entry in plan.entries)}")
    event(f"fused: {sum(len(call.kernels) - 1 for call in calls)}")
    event(f"own: {len(plan.own)}")
    before = {
        (block, cell): hash((block, cell))
        for block, cell in program.defined
        if not program.blocks[block].temporary
    }
    for i, block in enumerate(program.blocks):
        if not block.temporary:
            before |= {place: hash(place) for place in program.cells_of(i)}
    expected = dict(before)
    in_order(program.kernels, program.blocks, program.count, expected)
    for i in range(3):
        memory, rng = dict(before), random.Random(seed + i)
        Playing(plan, calls, program.blocks, program.count, program.threads, memory, rng).play()
        for place in program.defined & before.keys():
            assert memory[place] == expected[place]


# Programs of a few calls.

COUNT = 4
IMAGES = Images(COUNT, 60, 16)


def image(role, block, **options):
    """One cell for each block of images."""
    return Spot(role, block, 1, **options)


def whole(role, block, cells=1):
    """What all images share."""
    return Spot(role, block, 0, extent=cells)


def call(name, *spots, kind="images", size=0, fusable=False):
    return Noted([Kernel(name, kind, spots, size, fusable)], IMAGES if kind == "images" else None)


def temporary(cells=COUNT):
    return Block(cells * CELL, True)


def held(cells=COUNT):
    return Block(cells * CELL, False)


def names(calls, blocks, threads=1):
    return make_plan(calls, blocks, threads).names(calls)


def chain(length, fusable=False):
    """Each call reads what the one before has written; the last result is held."""
    calls = [
        call(f"c{i}", image("in", i), image("out", i + 1), fusable=fusable) for i in range(length)
    ]
    return calls, [held(), *[temporary() for _ in range(length - 1)], held()]


def test_no_calls():
    plan = make_plan([], [temporary()], 2)
    assert plan == Plan([], {}, 0, {}, 0, None)
    assert plan.names([]) == []


def test_one_call():
    calls, blocks = chain(1)
    assert make_plan(calls, blocks, 2) == Plan([[Part(0, None, 0)]], {}, 0, {}, 0, None)
    assert names(calls, blocks) == ["c0"]


def test_a_chain_is_one_phase_and_needs_memory_for_one_block_of_images():
    calls, blocks = chain(5)
    plan = make_plan(calls, blocks, 2)
    assert plan.names(calls) == [["c0", "c1", "c2", "c3", "c4"]]
    assert plan.images == IMAGES
    assert plan.entries[0][0] == Part(0, [0, CELL, 0, CELL, 0], 0)
    assert plan.entries[0][1].floats == FLOATS  # as the first call has told
    assert (plan.arena, plan.arena_bytes) == ({}, 0)
    assert (set(plan.own), plan.own_bytes) == ({1, 2, 3, 4}, 2 * CELL)


@pytest.mark.parametrize(
    ("count", "threads", "even"),
    [(1, 1, 0), (2, 1, 1), (2, 2, 1), (3, 2, 0), (4, 3, 0), (4, 5, 1), (9, 5, 1), (10, 9, 0)],
)
def test_there_are_phases_where_threads_have_about_as_much_to_do(count, threads, even):
    calls = [Noted([replace(c.kernels[0])], Images(count, 16 * count, 16)) for c in chain(2)[0]]
    blocks = [held(count), temporary(count), held(count)]
    assert names(calls, blocks, threads) == ([["c0", "c1"]] if even else ["c0", "c1"])


def test_nobody_tells_of_images():
    calls, blocks = chain(3)
    for each in calls:
        each.told = None
    plan = make_plan(calls, blocks, 1)
    assert plan.names(calls) == ["c0", "c1", "c2"]
    assert plan.images is None


def test_a_call_that_needs_all_images_ends_a_phase():
    calls = [
        call("conv", image("in", 0), image("out", 1)),
        call("moments", image("in", 1), image("out", 2)),
        call("statistics", whole("in", 2, COUNT), whole("out", 3), kind="whole"),
        call("norm", image("in", 1), whole("in", 3), image("out", 4)),
        call("relu", image("in", 4), image("out", 5)),
    ]
    blocks = [held(), temporary(), temporary(), temporary(1), temporary(), held()]
    plan = make_plan(calls, blocks, 1)
    assert plan.names(calls) == [["conv", "moments"], "statistics", ["norm", "relu"]]
    assert set(plan.own) == {4}
    assert set(plan.arena) == {1, 2, 3}


def test_calls_that_are_not_split_move_out_of_the_way():
    calls = [
        call("a", image("in", 0), image("out", 1)),
        call("sum", whole("in", 1, COUNT), whole("out", 2), kind="whole"),
        call("pack", whole("in", 3), whole("out", 4), kind="whole"),
        call("b", image("in", 1), whole("in", 4), image("out", 5)),
        call("update", whole("in", 2), whole("inout", 3), kind="whole"),
    ]
    blocks = [held(), temporary(), held(1), held(1), temporary(1), held()]
    assert names(calls, blocks) == ["pack", ["a", "b"], "sum", "update"]


def test_elementwise_calls_go_by_the_phase():
    """Five cells are not four equal parts; two cells each are known from the call before."""
    wide = {"step": 2, "extent": 2}
    calls = [
        call("a", image("in", 0), Spot("out", 1, **wide)),
        call("relu", Spot("in", 1), Spot("out", 2), kind="elements", size=7),
        call("b", Spot("in", 2, 2), image("out", 3)),
    ]
    plan = make_plan(calls, [held(), temporary(8), temporary(8), held()], 1)
    assert plan.names(calls) == [["a", "relu", "b"]]
    assert [part.floats for part in plan.entries[0]] == [0, 2 * FLOATS, 2 * FLOATS]
    alone = [
        call("relu", Spot("in", 0), Spot("out", 1), kind="elements", size=7),
        call("relu", Spot("in", 1), Spot("out", 2), kind="elements", size=7),
    ]
    alone[0].told = IMAGES
    assert names(alone, [held(7), temporary(7), held(7)]) == ["relu", "relu"]


def test_an_elementwise_call_is_asked_anew_in_a_later_phase():
    calls = [
        call("a", image("in", 0), image("out", 1)),
        call("sum", whole("in", 1, COUNT), whole("out", 2), kind="whole"),
        call("b", Spot("in", 3, 2, extent=2), whole("in", 2), image("out", 4)),
        call("relu", Spot("in", 3), Spot("out", 0), kind="elements", size=7),
    ]
    blocks = [held(8), temporary(), temporary(1), held(8), held()]
    assert names(calls, blocks) == ["a", "sum", ["b", "relu"]]


def test_what_all_images_read_is_not_changed_in_the_same_phase():
    calls = [
        call("each", image("in", 0), image("out", 1)),
        call("all", whole("in", 0, COUNT), image("out", 2)),
        call("change", image("in", 1), image("out", 0)),
    ]
    assert names(calls, [held(), held(), held()]) == [["each", "all"], "change"]


def test_results_that_are_held_can_be_written_in_a_phase():
    calls, _ = chain(2)
    plan = make_plan(calls, [held(), held(), held()], 1)
    assert plan.names(calls) == [["c0", "c1"]]
    assert (plan.arena, plan.own) == ({}, {})
    calls[0] = call("c0", image("in", 0), whole("out", 1))
    assert names(calls, [held(), held(), held()]) == ["c0", "c1"]


# Fusing.


def test_a_chain_becomes_one_call():
    calls, blocks = chain(4, fusable=True)
    plan = make_plan(calls, blocks, 1)
    assert plan.names(calls) == ["c0+c1+c2+c3"]
    assert (plan.arena, plan.own) == ({}, {})


def fusable_pair(*between, held_result=False, operand=None, result=None):
    """A convolution, other calls, a sum of its result and block 3, and what they become."""
    calls = [
        call("conv", image("in", 0), result or image("out", 1)),
        *between,
        call("add", operand or image("in", 1), image("in", 3), image("out", 2), fusable=True),
    ]
    blocks = [held(), held(5) if held_result else temporary(5), held(), held(), held()]
    flat = []
    for entry in names(calls, blocks):
        flat += entry if isinstance(entry, list) else [entry]
    return flat


def test_a_call_takes_over_another():
    assert fusable_pair() == ["conv+add"]
    unrelated = call("other", image("in", 0), image("out", 4))
    assert fusable_pair(unrelated) == ["conv+add", "other"]


@pytest.mark.parametrize(
    "between",
    [
        call("reader", image("in", 1), image("out", 4)),
        call("change", image("inout", 1)),
        call("operand", image("in", 0), image("out", 3)),
        call("old value", image("in", 2), image("out", 4)),
        call("overwritten", image("in", 0), image("out", 2)),
    ],
    ids=lambda noted: noted.name,
)
def test_a_call_is_not_taken_over_past_others_that_matter(between):
    assert fusable_pair(between) == ["conv", between.name, "add"]


def test_a_result_that_is_held_is_written():
    assert fusable_pair(held_result=True) == ["conv", "add"]


def test_a_part_of_a_result_is_not_the_result():
    places = {"operand": image("in", 1, offset=1), "result": image("out", 1, offset=1)}
    assert fusable_pair(**places) == ["conv", "add"]


def test_two_results_of_one_call_are_not_both_there_when_it_is_made():
    calls = [
        call("two", image("in", 0), image("out", 1), image("out", 2)),
        call("add", image("in", 1), image("in", 2), image("out", 3), fusable=True),
    ]
    assert names(calls, [held(), temporary(), temporary(), held()]) == [["two", "add"]]


def test_a_call_does_not_take_over_itself():
    calls = [call("a", image("out", 1), image("in", 1), image("out", 0), fusable=True)]
    assert names(calls, [held(), temporary()]) == ["a"]


# What nobody sees.


def test_calls_whose_results_nobody_sees_are_left_out():
    calls = [
        call("used", image("in", 0), image("out", 1)),
        call("for nothing", image("in", 0), image("out", 2)),
        call("for that", image("in", 2), image("out", 3)),
        call("onto itself", image("inout", 3), Spot("scratch", 5)),
        call("held", image("in", 1), image("inout", 4)),
        call("too late", image("in", 4), image("out", 1)),
        call("check", image("in", 0)),
    ]
    blocks = [held(), temporary(), temporary(), temporary(), held(), temporary(1)]
    plan = make_plan(calls, blocks, 1)
    assert plan.names(calls) == [["used", "held", "check"]]
    assert set(plan.own) == {1}


def test_what_is_changed_in_place_was_wanted_before():
    calls = [
        call("a", image("in", 0), image("out", 1)),
        call("b", image("inout", 1), image("out", 2)),
    ]
    assert names(calls, [held(), temporary(), held()]) == [["a", "b"]]


def test_what_a_call_does_not_read_any_more_is_not_wanted():
    class Shortened(Noted):
        def take_over(self, following):
            (kernel,) = following.kernels
            following.kernels = [replace(kernel, spots=(kernel.spots[0], kernel.spots[2]))]
            return super().take_over(following)

    calls = [
        call("mask", image("in", 0), image("out", 1)),
        Shortened(call("a", image("in", 0), image("out", 2)).kernels),
        call("b", image("in", 2), image("in", 1), image("out", 3), fusable=True),
    ]
    assert names(calls, [held(), temporary(), temporary(), held()]) == ["a+b"]


def test_what_nobody_sees_does_not_keep_calls_apart():
    calls, blocks = chain(2, fusable=True)
    calls.insert(1, call("idle", image("in", 1), image("out", 3)))
    assert names(calls, [*blocks, temporary()]) == ["c0+c1"]


# Memory.


def test_scratch_in_a_phase_is_for_one_thread():
    calls = [
        call("a", image("in", 0), Spot("scratch", 3), image("out", 1)),
        call("b", image("in", 1), Spot("scratch", 4), image("out", 2)),
        call("sum", whole("in", 2, COUNT), Spot("scratch", 5), whole("out", 6), kind="whole"),
    ]
    blocks = [held(), temporary(), held(), *[temporary(6)] * 3, held(1)]
    plan = make_plan(calls, blocks, 2)
    assert plan.names(calls) == [["a", "b"], "sum"]
    assert (set(plan.own), plan.own_bytes) == ({1, 3, 4}, 4 * CELL)
    assert plan.arena == {5: 0}


@pytest.mark.parametrize("block", [temporary(6), held(6)])
def test_scratch_that_calls_share_keeps_them_out_of_phases(block):
    calls, blocks = chain(2)
    for each in calls[: 1 + block.temporary]:
        (kernel,) = each.kernels
        each.kernels = [replace(kernel, spots=(*kernel.spots, Spot("scratch", 3)))]
    assert names(calls, [*blocks, block]) == ["c0", "c1"]


def test_parts_that_lie_between_each_other_are_no_threads_own():
    """Images side by side: a block of them reaches through all of the memory."""
    beside = {"extent": 2, "apart": COUNT}
    calls = [
        call("a", image("in", 0), image("out", 1, **beside)),
        call("b", image("in", 1, **beside), image("out", 2)),
    ]
    plan = make_plan(calls, [held(), temporary(2 * COUNT), held()], 2)
    assert plan.names(calls) == [["a", "b"]]
    assert (plan.own, plan.arena, plan.arena_bytes) == ({}, {1: 0}, 2 * COUNT * CELL)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Spot("out", 1, 2, offset=1), Spot("in", 1, 2, offset=1)),
        (Spot("in", 1, 2), Spot("in", 1, 3)),  # reads what nobody has written, but stays inside
    ],
)
def test_blocks_whose_parts_are_not_clear_are_no_threads_own(first, second):
    calls = [call("a", first, image("out", 0)), call("b", second, image("out", 2))]
    plan = make_plan(calls, [held(), temporary(8), held()], 2)
    assert plan.names(calls) == [["a", "b"]]
    assert (plan.own, plan.arena) == ({}, {1: 0})


def test_blocks_without_bytes():
    calls = [
        call("a", whole("out", 0, 0), kind="whole"),
        call("b", whole("in", 0, 0), whole("out", 1)),
    ]
    plan = make_plan(calls, [Block(0, True), held(1)], 1)
    assert plan.names(calls) == ["a", "b"]
    assert (plan.arena, plan.arena_bytes) == ({0: 0}, 0)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_blocks_that_live_at_the_same_time_do_not_overlap(drawn):
    lives = [(size, min(a, b), max(a, b), i) for i, (size, a, b) in enumerate(drawn)]
    offsets, end = arrange(lives)
    assert offsets.keys() == {number for *_, number in lives}
    for size, first, last, number in lives:
        at = offsets[number]
        assert at % 64 == 0
        assert at + size <= end
        for other_size, since, until, other in lives:
            if other != number and since <= last and first <= until and size and other_size:
                assert at + size <= offsets[other] or offsets[other] + other_size <= at
    assert end <= sum(-(-size // 64) * 64 for size, *_ in lives)


def test_blocks_that_live_one_after_the_other_share_memory():
    assert arrange([(100, 0, 1, 0), (100, 1, 2, 1), (128, 2, 3, 2)]) == ({2: 0, 1: 128, 0: 0}, 256)


# All of it.


@settings(max_examples=100, deadline=None)
@given(programs())
def test_the_same_list_gives_the_same_plan(program):
    assert program.plan()[1] == program.plan()[1]


def test_a_long_list_is_planned_quickly():
    calls, blocks = [], [held()]
    for i in range(250):
        last = len(blocks) - 1
        calls.append(
            call(f"a{i}", image("in", last), Spot("scratch", last + 3), image("out", last + 1))
        )
        calls.append(
            call(f"b{i}", whole("in", last + 1, COUNT), image("out", last + 2), kind="whole")
        )
        blocks += [temporary(), temporary(), temporary(), temporary()]
        calls[-1].kernels[0] = replace(calls[-1].kernels[0], fusable=True)
        last = len(blocks) - 1
        calls.append(call(f"c{i}", image("in", last - 2), image("out", last)))
    blocks[-1] = held()
    start = time.perf_counter()
    plan = make_plan(calls, blocks, 2)
    took = time.perf_counter() - start
    assert len(plan.entries) > 400
    assert took < 1  # is about a twentieth of that
