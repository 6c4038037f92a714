"""Generators: seeds, states, and that nothing else touches them."""

import numpy as np
import pytest

import lanegrad
from lanegrad import random
from lanegrad.nn import functional as F
from lanegrad.random import Generator


def draws(count=50):
    dropped = F.dropout(lanegrad.ones(50), 0.5).tolist()
    return lanegrad.randn(count).tolist(), dropped


def test_manual_seed():
    assert random.manual_seed(7) is random.default_generator
    assert random.generator() is random.default_generator.numpy
    first = draws()
    assert draws()[0] != first[0]
    random.manual_seed(7)
    assert draws() == first
    assert random.initial_seed() == 7
    random.manual_seed(8)
    assert draws() != first


@pytest.mark.parametrize("seed", [0, 3, -1, -5, 2**63, 2**64 - 1, -(2**63), 1.5, "12", True])
def test_seeds_are_those_of_pytorch(torch, seed):
    with torch.random.fork_rng(), random.fork_rng():
        assert random.manual_seed(seed).initial_seed() == torch.manual_seed(seed).initial_seed()


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, "1", None])
def test_seeds_refused(torch, seed):
    for module in (torch, random):
        with pytest.raises((RuntimeError, ValueError)) as found:
            module.Generator().manual_seed(seed)
        assert found.type is (ValueError if isinstance(seed, int) else RuntimeError)


def test_a_new_generator(torch):
    ours, theirs = Generator(), torch.Generator()
    assert ours.initial_seed() == theirs.initial_seed()
    assert str(ours.device) == str(theirs.device)
    assert (
        Generator("cpu").manual_seed(3).numpy.random() == Generator().manual_seed(3).numpy.random()
    )
    with pytest.raises(RuntimeError, match=r"lanegrad runs on the CPU: .* cuda:0"):
        Generator("cuda:0")


def test_seed_of_the_operating_system():
    ours = Generator()
    assert ours.seed() == ours.initial_seed() != ours.seed()
    with random.fork_rng():
        assert random.seed() == random.initial_seed()


@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_state_says_all(before):
    random.manual_seed(1)
    for _ in range(before):
        random.generator().integers(5, dtype=np.int32)  # keeps half of a number for the next one
        draws()
    state = random.get_rng_state()
    assert (state.dtype, state.ndim) == (np.uint8, 1)
    numbers = random.generator().integers(9, size=7, dtype=np.int32).tolist(), draws()
    for form in (state, state.numpy(), state.clone()):
        random.set_rng_state(form)
        assert random.initial_seed() == 1
        assert numbers == (random.generator().integers(9, size=7, dtype=np.int32).tolist(), draws())
    other = Generator()
    other.set_state(state)
    assert other.numpy.integers(9, size=7, dtype=np.int32).tolist() == numbers[0]


def test_states_refused():
    ours = Generator()
    before = ours.get_state().tolist()
    with pytest.raises(TypeError, match="of uint8; found float32"):
        ours.set_state(lanegrad.zeros(72))
    with pytest.raises(RuntimeError, match=r"72 bytes; found shape \(3,\)"):
        ours.set_state(np.zeros(3, np.uint8))
    assert ours.get_state().tolist() == before


def test_fork_rng():
    random.manual_seed(2)
    expected = draws()
    random.manual_seed(2)
    with pytest.raises(TypeError), random.fork_rng():
        draws(None)
    assert draws() == expected
    random.manual_seed(2)
    with random.fork_rng(enabled=False):
        draws()
    assert draws() != expected


def test_what_is_no_generator():
    with pytest.raises(TypeError, match=r"expected a lanegrad\.Generator; found int"):
        random.generator(3)


def test_public_names(torch):
    left_out = {"thread_safe_generator"}  # of data loaders with threads
    assert set(torch.random.__all__) - left_out <= set(random.__all__)
