"""How many threads plays of a plan use: what is found out by trying, and that it does not show in results."""

import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import _core
from networks import batch, deferral, sgd, small

pytestmark = pytest.mark.usefixtures("isa_and_threads_restored")


def threads_used(pace, seconds, plays):
    used = []
    for _ in range(plays):
        used.append(pace.threads)
        pace.note(seconds[pace.threads])
    return used


def test_as_many_threads_as_are_quickest():
    soon = _core.Pace.SOON
    trial = [8] * 7 + [4] * 7 + [2] * 7 + [1] * 7
    pace = _core.Pace(8)
    used = threads_used(pace, {8: 0.003, 4: 0.0025, 2: 0.002, 1: 0.0021}, 28 + soon)
    assert used == trial + [2] * soon
    used = threads_used(pace, {8: 0.002, 4: 0.0025, 2: 0.001, 1: 0.0009}, 14 + soon)
    # What is slower with half of them is not tried with fewer.
    assert used == trial[:14] + [8] * soon
    used = threads_used(pace, {8: 0.001, 4: 0.001, 2: 0.001, 1: 0.001}, 28 + soon)
    assert used == trial + [1] * soon


def test_a_number_of_threads_is_kept_longer_whenever_it_is_found_again():
    soon, settled = _core.Pace.SOON, _core.Pace.SETTLED
    trial, pace = [2] * 7 + [1] * 7, _core.Pace(2)
    kept = soon
    while kept <= settled:
        assert threads_used(pace, {2: 0.002, 1: 0.001}, 14 + kept) == trial + [1] * kept
        kept *= 2
    assert threads_used(pace, {2: 0.002, 1: 0.001}, 14 + settled) == trial + [1] * settled
    assert threads_used(pace, {2: 0.001, 1: 0.002}, 14 + soon) == trial + [2] * soon
    assert threads_used(pace, {2: 0.001, 1: 0.002}, 14 + 2 * soon) == trial + [2] * 2 * soon


def test_one_slow_play_does_not_decide():
    pace = _core.Pace(2)
    times = [0.001, 0.5, 0.0011, 0.001, 0.4, 0.001, 0.3] + [0.002] * 7
    for seconds in times:
        pace.note(seconds)
    assert pace.threads == 2


def test_long_plays_use_all_threads():
    assert threads_used(_core.Pace(8), {8: 0.02}, 4000) == [8] * 4000


def test_bits_while_threads_are_tried():
    x, y = batch(40, (12,))
    losses = []
    for threads in (1, 4):
        _core.set_num_threads(threads)
        with deferral(True):
            lanegrad.manual_seed(1)
            net = small()
            optimizer = sgd(net.parameters())
            losses.append([])
            for _ in range(40):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()
                losses[-1].append(loss.item())
    assert losses[0] == losses[1]
