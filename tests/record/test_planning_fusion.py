"""Plans: which calls become one, and which are left out since nobody sees their results."""

from dataclasses import replace

import pytest

from lanegrad._plans.planning import make_plan
from made_up_calls import Noted, Spot, call, chain, held, image, names, temporary

pytestmark = pytest.mark.once


def test_a_chain_becomes_one_call():
    calls, storages = chain(4, fusable=True)
    plan = make_plan(calls, storages, 1)
    assert plan.names(calls) == ["c0+c1+c2+c3"]
    assert (plan.arena, plan.own) == ({}, {})


def fusable_pair(*between, held_result=False, operand=None, result=None):
    """A convolution, other calls, a sum of its result and storage 3, and what they become."""
    calls = [
        call("conv", image("in", 0), result or image("out", 1)),
        *between,
        call("add", operand or image("in", 1), image("in", 3), image("out", 2), fusable=True),
    ]
    storages = [held(), held(5) if held_result else temporary(5), held(), held(), held()]
    flat = []
    for entry in names(calls, storages):
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
    storages = [held(), temporary(), temporary(), temporary(), held(), temporary(1)]
    plan = make_plan(calls, storages, 1)
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
    calls, storages = chain(2, fusable=True)
    calls.insert(1, call("idle", image("in", 1), image("out", 3)))
    assert names(calls, [*storages, temporary()]) == ["c0+c1"]
