"""How a list of noted calls is run best: which calls are left out or become part of others, which are made
together for one block of images after the other, and where temporary memory lives.

Nothing here knows any kernel. What a call does with its pointers it says itself, and from that follows what
may change places and what may share memory, such that what is held afterwards is the same to the bit.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

FLOAT = 4  # bytes
LINE = 64  # bytes; where storages in shared memory begin, so that no two have a line of the cache in common


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to data among the arguments of a call."""

    number: int  # its place among the call's pointers
    role: str  # "in", "out", "inout", or "scratch": needed while the call runs, a part for each thread
    storage: int  # number of the storage that it points into
    offset: int  # bytes from the storage's start

    @property
    def reads(self) -> bool:
        """Whether the call needs what was there before."""
        return self.role in ("in", "inout")

    @property
    def writes(self) -> bool:
        """Whether the call leaves something there."""
        return self.role in ("out", "inout")


@dataclass(frozen=True, slots=True)
class Images:
    """The images that a list of calls is about. Those that stand side by side in lanes are a block."""

    count: int  # blocks of images
    N: int  # images
    n: int  # images to a block


class Call(Protocol):
    """A noted call of a kernel."""

    @property
    def name(self) -> str:
        """The kernel's name."""

    @property
    def pointers(self) -> list[Pointer]:
        """Those that are not NULL. They may change when it takes over another call."""

    def images(self) -> Images | None:
        """The images that the call tells of, if it does."""

    def strides(self, images: Images, floats: int) -> list[int] | None:
        """For each pointer, NULL ones too, how many bytes further on the next block of images finds its data.

        That is 0 where all blocks share it. None if the call cannot be made for one block of images.
        `floats` tells elementwise calls how many floats apart blocks are; 0: not known.
        """

    def take_over(self, following: Call) -> bool:
        """Do from now on what the following call does to this one's result, if that can be.

        The following call is left out then. What else it reads is there when this one is made.
        """


@dataclass(frozen=True, slots=True)
class Storage:
    """A piece of memory that pointers point into. No two overlap."""

    size: int  # bytes
    # Nobody sees it before or after the list: it may live anywhere, or nowhere. Any other exists before the
    # list or is held after it: its memory is not the plan's.
    temporary: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A call in a plan."""

    call: int  # its number in the list
    strides: (
        list[int] | None
    )  # of its pointers, in a phase; None where it is made once, for all images
    floats: int  # as given to `Call.strides`


@dataclass(slots=True)
class Plan:
    """In which order and in which memory calls are made."""

    # One call each, or those of a phase, which a thread makes for one block of images before the next.
    entries: list[list[Part]]
    arena: dict[int, int]  # offsets of temporary storages in the memory that they share
    arena_bytes: int
    own: dict[int, int]  # offsets of those of which each thread has a part of its own, in a phase
    own_bytes: int  # for each thread
    images: Images | None  # of the phases; None if there are none

    def names(self, calls: Sequence[Call]) -> list[str | list[str]]:
        """The program: names of calls, those of a phase in a list."""
        named = [[calls[part.call].name for part in entry] for entry in self.entries]
        return [entry if len(entry) > 1 else entry[0] for entry in named]


def make_plan(calls: Sequence[Call], storages: Sequence[Storage], threads: int) -> Plan:
    """Plan calls such that all storages that are not temporary end up as if they were made in order.

    Parameters
    ----------
    calls
        In the order in which they were noted. Some may take over others.
    storages
        What the numbers of storages stand for. Nothing reads of a temporary one what no call has written.
    threads
        How many there are at most: scratch has a part for each.
    """
    work = _Work(calls, storages, threads)
    # Twice: without idle calls more can be fused, and a fused call may read less.
    numbers = work.without_idle(work.fused(work.without_idle(list(range(len(calls))))))
    work.order_shared_scratch(numbers)
    told = (calls[number].images() for number in numbers)
    images = next((found for found in told if found is not None), None)
    if images is None or not _worth_splitting(images, threads):
        entries = [[Part(number, None, 0)] for number in numbers]
    else:
        entries = _Schedule(calls, work.pointers, images).entries(numbers)
    if all(len(entry) == 1 for entry in entries):
        images = None
    spans = work.spans(entries)
    own, own_bytes = work.own_parts(entries, spans, images) if images else ({}, 0)
    lives = [
        (storages[storage].size, first, last, storage)
        for storage, (first, last) in spans.items()
        if storages[storage].temporary and storage not in own
    ]
    arena, arena_bytes = arrange(lives)
    return Plan(entries, arena, arena_bytes, own, own_bytes, images)


def arrange(lives: Iterable[tuple[int, int, int, int]]) -> tuple[dict[int, int], int]:
    """Place storages in one piece of memory such that those that live at the same time do not overlap.

    The largest comes first, of equal ones that which lives longest, each as low as it goes. `lives` has of
    each storage (bytes, first use, last use, number). Gives offsets by number, and how many bytes that takes.
    """
    placed: list[tuple[int, int, int, int]] = []  # start, end, first and last use; ascending
    offsets: dict[int, int] = {}
    end = 0
    by_size = sorted(lives, key=lambda life: (life[0], life[2] - life[1], life[3]), reverse=True)
    for size, first, last, number in by_size:
        size = -(-size // LINE) * LINE
        at = 0
        for start, stop, since, until in placed:
            if until < first or since > last:
                continue
            if at + size <= start:
                break
            at = max(at, stop)
        insort(placed, (at, at + size, first, last))
        offsets[number] = at
        end = max(end, at + size)
    return offsets, end


def _worth_splitting(images: Images, threads: int) -> bool:
    """Whether threads that take whole blocks of images have about the same number of them each."""
    rounds = -(-images.count // threads)
    return images.count > 1 and 5 * images.count >= 4 * threads * rounds


class _Work:
    """The calls that are planned, and what they do with which memory."""

    def __init__(self, calls: Sequence[Call], storages: Sequence[Storage], threads: int) -> None:
        self.calls, self.storages, self.threads = calls, storages, threads
        self.pointers = [list(call.pointers) for call in calls]

    def without_idle(self, numbers: list[int]) -> list[int]:
        """These calls but for those whose results nobody sees."""
        kept: list[int] = []
        seen: set[int] = set()  # storages that are read later
        for number in reversed(numbers):
            results = [pointer.storage for pointer in self.pointers[number] if pointer.writes]
            if results and all(self.storages[b].temporary and b not in seen for b in results):
                continue
            kept.append(number)
            seen.update(pointer.storage for pointer in self.pointers[number] if pointer.reads)
        return kept[::-1]

    def uses(self, numbers: list[int]) -> dict[int, list[tuple[int, Pointer]]]:
        """For each storage, in the order of first use, which calls use it and how."""
        found: dict[int, list[tuple[int, Pointer]]] = {}
        for number in numbers:
            for pointer in self.pointers[number]:
                found.setdefault(pointer.storage, []).append((number, pointer))
        return found

    def fused(self, numbers: list[int]) -> list[int]:
        """These calls, with one in place of two where only the second reads what only the first writes.

        Uses stay as they were noted: calls move only to where that makes no difference.
        """
        uses = self.uses(numbers)
        changes = {b: [at for at, p in found if p.role != "in"] for b, found in uses.items()}
        does: dict[int, int] = {}  # of calls that are left out: which has taken them over

        def doer(number: int) -> int:
            while number in does:
                number = does[number]
            return number

        # Twice, since what reads two results becomes part of the later one first.
        for storage, found in [*uses.items()] * 2:
            if len(found) != 2 or not self.storages[storage].temporary:
                continue
            (first, result), (second, operand) = found
            roles = result.role, operand.role
            first, second = doer(first), doer(second)
            if first == second or roles != ("out", "in") or result.offset or operand.offset:
                continue
            others = [p for p in self.pointers[second] if p.storage != storage]
            if any(p.role != "in" and uses[p.storage][0][0] < second for p in others):
                continue  # something needs what it would overwrite too early
            if any(first <= at < second for p in others for at in changes[p.storage]):
                continue  # something that it reads is not there yet
            if self.calls[first].take_over(self.calls[second]):
                does[second] = first
                self.pointers[first] = list(self.calls[first].pointers)
        return [number for number in numbers if number not in does]

    def order_shared_scratch(self, numbers: list[int]) -> None:
        """Lets scratch count as read and written unless it is all of a temporary storage, of one call alone.

        Such calls keep their order and join no phase, where a thread could not have a part of its own.
        """
        uses = self.uses(numbers)
        for number in numbers:
            for i, pointer in enumerate(self.pointers[number]):
                alone = len(uses[pointer.storage]) == 1 and self.storages[pointer.storage].temporary
                if pointer.role == "scratch" and not (alone and pointer.offset == 0):
                    self.pointers[number][i] = replace(pointer, role="inout")

    def spans(self, entries: list[list[Part]]) -> dict[int, tuple[int, int]]:
        """For each storage the first and the last entry that uses it."""
        found: dict[int, tuple[int, int]] = {}
        for place, entry in enumerate(entries):
            for part in entry:
                for pointer in self.pointers[part.call]:
                    found[pointer.storage] = found.get(pointer.storage, (place,))[0], place
        return found

    def own_parts(
        self, entries: list[list[Part]], spans: dict[int, tuple[int, int]], images: Images
    ) -> tuple[dict[int, int], int]:
        """Offsets of the storages that are each thread's own, and how much a thread needs for them.

        These are temporary storages that one phase alone uses, a part of them for each block of images.
        """
        offsets: dict[int, int] = {}
        most = 0
        for phase in entries:
            if len(phase) == 1:
                continue
            found: dict[int, tuple[int, int, int]] = {}  # bytes, first and last use
            for place, part in enumerate(phase):
                for pointer in self.pointers[part.call]:
                    storage = pointer.storage
                    if self.storages[storage].temporary and spans[storage][0] == spans[storage][1]:
                        size = self.own_size(pointer, part, images)
                        so_far, first, _ = found.get(storage, (size, place, place))
                        found[storage] = size if size == so_far else 0, first, place
            own, size = arrange((*life, storage) for storage, life in found.items() if life[0])
            offsets |= own
            most = max(most, size)
        return offsets, most

    def own_size(self, pointer: Pointer, part: Part, images: Images) -> int:
        """What a thread needs of a storage for a call in a phase; 0 if it needs all of it."""
        size = self.storages[pointer.storage].size
        if pointer.role == "scratch":  # a call that is one thread's uses the first of the parts
            return size // self.threads
        stride = part.strides[pointer.number] if part.strides else 0
        # Where such parts would not make up the storage, they are not in one piece each.
        return stride if pointer.offset == 0 and size <= stride * images.count else 0


class _Phase:
    """Calls that stand together, and what they do with memory."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        # Of each storage where a block of images finds its data: the stride and the offset. None: it differs.
        self.places: dict[int, tuple[int, int] | None] = {}
        self.written: set[int] = set()


class _Schedule:
    """The order of calls in which as many as can be stand together in phases."""

    def __init__(
        self, calls: Sequence[Call], pointers: list[list[Pointer]], images: Images
    ) -> None:
        self.calls, self.images = calls, images
        self.pointers = [[p for p in of_call if p.role != "scratch"] for of_call in pointers]
        self.reads = [{p.storage for p in of_call if p.reads} for of_call in self.pointers]
        self.writes = [{p.storage for p in of_call if p.writes} for of_call in self.pointers]
        self.known_strides: dict[tuple[int, int], list[int] | None] = {}

    def entries(self, numbers: list[int]) -> list[list[Part]]:
        """These calls, as a plan has them."""
        found: list[list[Part]] = []
        while numbers:
            before, phase, numbers = self.next_phase(numbers)
            if len(phase) == 1:  # all threads make it together
                phase = [Part(phase[0].call, None, 0)]
            found += [[Part(number, None, 0)] for number in before]
            found += [phase] if phase else []
        return found

    def next_phase(self, numbers: list[int]) -> tuple[list[int], list[Part], list[int]]:
        """Of these calls, in their order: those that can be made before a phase, the phase, and the rest."""
        before: list[int] = []
        rest: list[int] = []
        phase = _Phase()
        read_later: set[int] = set()
        written_later: set[int] = set()
        for number in numbers:
            reads, writes = self.reads[number], self.writes[number]
            # Sets are asked one by one, as there may be hundreds of phases with hundreds of calls to come.
            late = not (
                reads.isdisjoint(written_later)
                and writes.isdisjoint(written_later)
                and writes.isdisjoint(read_later)
            )
            if not late and self.joins(number, phase):
                continue
            free = reads.isdisjoint(phase.written) and writes.isdisjoint(phase.places.keys())
            if late or not free:
                rest.append(number)
                read_later |= reads
                written_later |= writes
            else:
                before.append(number)
        return before, phase.parts, rest

    def joins(self, number: int, phase: _Phase) -> bool:
        """Adds a call to a phase if a block of images finds nothing there that another has written."""
        pointers = self.pointers[number]
        met = (phase.places.get(pointer.storage) for pointer in pointers)
        floats = next((place[0] // FLOAT for place in met if place and place[0]), 0)
        strides = self.strides(number, floats)
        if strides is None:
            return False
        places = [(p.storage, (strides[p.number], p.offset)) for p in pointers]
        if any(p.writes and strides[p.number] == 0 for p in pointers):
            return False
        here = dict(places)
        for storage, place in places:
            changes = storage in self.writes[number] or storage in phase.written
            if changes and not (phase.places.get(storage, place) == place == here[storage]):
                return False
        phase.parts.append(Part(number, strides, floats))
        phase.written |= self.writes[number]
        for storage, place in places:
            if phase.places.setdefault(storage, place) != place:
                phase.places[storage] = None
        return True

    def strides(self, number: int, floats: int) -> list[int] | None:
        """What the call says to that, which it is asked once."""
        key = number, floats
        if key not in self.known_strides:
            self.known_strides[key] = self.calls[number].strides(self.images, floats)
        return self.known_strides[key]
