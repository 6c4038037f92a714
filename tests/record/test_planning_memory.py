"""Plans: where temporary storages lie, and which are a thread's own in a phase."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegrad._plans.planning import Storage, arrange, make_plan
from made_up_calls import CELL, COUNT, Spot, call, chain, held, image, names, temporary, whole

pytestmark = pytest.mark.once


def test_scratch_in_a_phase_is_for_one_thread():
    calls = [
        call("a", image("in", 0), Spot("scratch", 3), image("out", 1)),
        call("b", image("in", 1), Spot("scratch", 4), image("out", 2)),
        call("sum", whole("in", 2, COUNT), Spot("scratch", 5), whole("out", 6), kind="whole"),
    ]
    storages = [held(), temporary(), held(), *[temporary(6)] * 3, held(1)]
    plan = make_plan(calls, storages, 2)
    assert plan.names(calls) == [["a", "b"], "sum"]
    assert (set(plan.own), plan.own_bytes) == ({1, 3, 4}, 4 * CELL)
    assert plan.arena == {5: 0}


@pytest.mark.parametrize("storage", [temporary(6), held(6)])
def test_scratch_that_calls_share_keeps_them_out_of_phases(storage):
    calls, storages = chain(2)
    for each in calls[: 1 + storage.temporary]:
        (kernel,) = each.kernels
        each.kernels = [replace(kernel, spots=(*kernel.spots, Spot("scratch", 3)))]
    assert names(calls, [*storages, storage]) == ["c0", "c1"]


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
def test_storages_whose_parts_are_not_clear_are_no_threads_own(first, second):
    calls = [call("a", first, image("out", 0)), call("b", second, image("out", 2))]
    plan = make_plan(calls, [held(), temporary(8), held()], 2)
    assert plan.names(calls) == [["a", "b"]]
    assert (plan.own, plan.arena) == ({}, {1: 0})


def test_storages_without_bytes():
    calls = [
        call("a", whole("out", 0, 0), kind="whole"),
        call("b", whole("in", 0, 0), whole("out", 1)),
    ]
    plan = make_plan(calls, [Storage(0, True), held(1)], 1)
    assert plan.names(calls) == ["a", "b"]
    assert (plan.arena, plan.arena_bytes) == ({0: 0}, 0)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_storages_that_live_at_the_same_time_do_not_overlap(drawn):
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


def test_storages_that_live_one_after_the_other_share_memory():
    assert arrange([(100, 0, 1, 0), (100, 1, 2, 1), (128, 2, 3, 2)]) == ({2: 0, 1: 128, 0: 0}, 256)
