"""Plans of lists of calls: what they look like, and that they leave what the calls would leave in order."""

import random
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lanegrad._plans.planning import Images, Part, Plan, make_plan
from made_up_calls import (
    CELL,
    COUNT,
    FLOATS,
    IMAGES,
    Noted,
    Playing,
    Spot,
    call,
    chain,
    held,
    image,
    in_order,
    names,
    programs,
    temporary,
    whole,
)

pytestmark = pytest.mark.once


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
        (storage, cell): hash((storage, cell))
        for storage, cell in program.defined
        if not program.storages[storage].temporary
    }
    for i, storage in enumerate(program.storages):
        if not storage.temporary:
            before |= {place: hash(place) for place in program.cells_of(i)}
    expected = dict(before)
    in_order(program.kernels, program.storages, program.count, expected)
    for i in range(3):
        memory, rng = dict(before), random.Random(seed + i)
        Playing(plan, calls, program.storages, program.count, program.threads, memory, rng).play()
        for place in program.defined & before.keys():
            assert memory[place] == expected[place]


@settings(max_examples=100, deadline=None)
@given(programs())
def test_the_same_list_gives_the_same_plan(program):
    assert program.plan()[1] == program.plan()[1]


def long_list(repeats):
    calls, storages = [], [held()]
    for i in range(repeats):
        last = len(storages) - 1
        calls.append(
            call(f"a{i}", image("in", last), Spot("scratch", last + 3), image("out", last + 1))
        )
        calls.append(
            call(f"b{i}", whole("in", last + 1, COUNT), image("out", last + 2), kind="whole")
        )
        storages += [temporary(), temporary(), temporary(), temporary()]
        calls[-1].kernels[0] = replace(calls[-1].kernels[0], fusable=True)
        last = len(storages) - 1
        calls.append(call(f"c{i}", image("in", last - 2), image("out", last)))
    storages[-1] = held()
    return calls, storages


def lines_run(function, *arguments):
    """How many lines of Python a call takes."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


def test_a_long_list_is_planned_in_less_than_square_time():
    short, long = (lines_run(make_plan, *long_list(repeats), 2) for repeats in (50, 200))
    assert long < 12 * short
    calls, storages = long_list(250)
    assert len(make_plan(calls, storages, 2).entries) > 400


# Phases.


def test_no_calls():
    plan = make_plan([], [temporary()], 2)
    assert plan == Plan([], {}, 0, {}, 0, None)
    assert plan.names([]) == []


def test_one_call():
    calls, storages = chain(1)
    assert make_plan(calls, storages, 2) == Plan([[Part(0, None, 0)]], {}, 0, {}, 0, None)
    assert names(calls, storages) == ["c0"]


def test_a_chain_is_one_phase_and_needs_memory_for_one_block_of_images():
    calls, storages = chain(5)
    plan = make_plan(calls, storages, 2)
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
    storages = [held(count), temporary(count), held(count)]
    assert names(calls, storages, threads) == ([["c0", "c1"]] if even else ["c0", "c1"])


def test_nobody_tells_of_images():
    calls, storages = chain(3)
    for each in calls:
        each.told = None
    plan = make_plan(calls, storages, 1)
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
    storages = [held(), temporary(), temporary(), temporary(1), temporary(), held()]
    plan = make_plan(calls, storages, 1)
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
    storages = [held(), temporary(), held(1), held(1), temporary(1), held()]
    assert names(calls, storages) == ["pack", ["a", "b"], "sum", "update"]


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
    storages = [held(8), temporary(), temporary(1), held(8), held()]
    assert names(calls, storages) == ["a", "sum", ["b", "relu"]]


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
